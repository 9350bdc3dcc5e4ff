"""Equal seeds give equal bits; a resumed training equals an uninterrupted one."""

from typing import Any

import pytest
import torch

from mlcl_core.engine.checkpoint import Checkpoint
from mlcl_core.engine.events import CheckpointDue, Event, Finished, FrameTaken, StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import InputError
from tests.engine.toy import events_of, toy_data, toy_trainer, training


def bits(events: list[Event]) -> list[Any]:
    """All events of a training, without times."""
    found: list[Any] = []
    for event in events:
        if isinstance(event, StepDone):
            found.append((event.step, event.loss, event.learning_rate))
        elif isinstance(event, FrameTaken):
            found.append((event.step, event.z.numpy().tobytes(), event.h.numpy().tobytes(), event.metrics))
        elif isinstance(event, Finished):
            found.append((event.test, event.untrained, event.probe))
    return found


def same(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two checkpoints hold the same bits."""
    return one.tensors.keys() == other.tensors.keys() and all(
        torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items()
    )


def test_same_seed_same_bits_other_seed_other_bits() -> None:
    """Two trainings of one configuration are equal to the last bit; another seed gives another."""
    one, two = toy_trainer(), toy_trainer()
    first = bits(list(one.events()))
    torch.rand(3)
    assert bits(list(two.events())) == first
    assert same(one.checkpoint(), two.checkpoint())
    other = bits(list(training(toy_trainer(seed=1))))
    assert all(here != there for here, there in zip(first, other, strict=False))


@pytest.mark.parametrize(
    "settings",
    [{}, {"optimiser__name": "sgd"}, {"training__view_draw": "sequential"}],
    ids=["adamw", "sgd", "schema 3"],
)
@pytest.mark.parametrize("stop", [0, 6, 12])
def test_resumed_equals_uninterrupted(stop: int, settings: dict[str, Any]) -> None:
    """From a checkpoint at the beginning, in the middle of an epoch, and at the end: the rest is equal, bit for bit."""
    alone = toy_trainer(**settings)
    rest: list[Event] = []
    checkpoint = None
    for event in training(alone):
        rest.append(event)
        if isinstance(event, CheckpointDue) and event.step == stop:
            checkpoint, rest = alone.checkpoint(), []
    torch.rand(5)
    assert checkpoint is not None
    resumed = toy_trainer(checkpoint, **settings)
    assert resumed.step == stop
    assert bits(list(training(resumed))) == bits(rest)
    assert same(resumed.checkpoint(), alone.checkpoint())


@pytest.mark.parametrize(
    ("sampler", "params"), [("positives", {"at_least": 2}), ("label_balanced", {})], ids=["positives", "label_balanced"]
)
def test_resumed_in_the_middle_of_an_epoch_under_any_sampler(sampler: str, params: dict[str, Any]) -> None:
    """Step 6 is the second of four: the rest equals the uninterrupted training, and differs from uniform batches."""
    settings = {"loss__rule": "all_equal", "training__sampler": sampler, "training__sampler_params": params}
    alone = toy_trainer(**settings)
    rest: list[Event] = []
    checkpoint = None
    for event in training(alone):
        rest.append(event)
        if isinstance(event, CheckpointDue) and event.step == 6:
            checkpoint, rest = alone.checkpoint(), []
    assert checkpoint is not None
    resumed = toy_trainer(checkpoint, **settings)
    assert bits(list(training(resumed))) == bits(rest)
    assert same(resumed.checkpoint(), alone.checkpoint())
    uniform = toy_trainer(checkpoint, loss__rule="all_equal")
    assert bits(list(training(uniform))) != bits(rest)


def test_a_checkpoint_can_be_used_twice() -> None:
    """Training does not change the checkpoint it continues from: a second resume equals the first."""
    trainer = toy_trainer()
    checkpoint = None
    for event in trainer.events():
        if isinstance(event, CheckpointDue) and event.step == 6:
            checkpoint = trainer.checkpoint()
            break
    first, second = (bits(list(training(toy_trainer(checkpoint)))) for _ in range(2))
    assert first == second


def test_live_settings_come_back_with_the_checkpoint() -> None:
    """A temperature that was changed before the checkpoint is in force after it; so is the time already spent."""
    trainer = toy_trainer()
    events = training(trainer)
    for event in events:
        if isinstance(event, StepDone) and event.step == 2:
            trainer.change({"loss.temperature": 0.4})
            trainer.seconds = 12.5
            break
    resumed = toy_trainer(trainer.checkpoint())
    assert resumed.settings["loss.temperature"] == 0.4
    assert resumed.seconds == 12.5
    rest = [event.loss for event in events if isinstance(event, StepDone)]
    assert [event.loss for event in events_of(resumed, StepDone)] == rest


def test_a_resumed_training_does_not_tell_its_first_frame_again() -> None:
    """Events up to the checkpoint are not repeated."""
    checkpoint = toy_trainer().checkpoint()
    kinds = [type(event).__name__ for event in training(toy_trainer(checkpoint))]
    assert kinds[:2] == ["Started", "BatchTaken"]


def test_a_checkpoint_of_another_network_is_refused() -> None:
    """A checkpoint of another network is refused in one line, with its step."""
    with pytest.raises(InputError, match=r"the checkpoint at step 0 does not fit the network: ") as refused:
        toy_trainer(toy_trainer().checkpoint(), model__width=24)
    assert "\n" not in str(refused.value)


def test_what_a_checkpoint_lacks_is_noticed() -> None:
    """A checkpoint without its random state or its settings is not whole."""
    checkpoint = toy_trainer().checkpoint()
    assert checkpoint.whole
    tensors = {name: tensor for name, tensor in checkpoint.tensors.items() if name != "random.torch"}
    assert not Checkpoint(0, tensors, checkpoint.values).whole
    assert not Checkpoint(0, checkpoint.tensors, {"step": 0}).whole


def test_data_that_is_at_hand_is_not_loaded_again() -> None:
    """A trainer given its data uses that very object."""
    data = toy_data()
    assert Trainer(toy_trainer().config, data=data).data is data
