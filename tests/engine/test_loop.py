"""Training: it learns, yields events in the documented order, and takes changes between two steps."""

import json
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from mlcl_core.engine import train
from mlcl_core.engine.build import explainable_part
from mlcl_core.engine.events import (
    BatchTaken,
    CheckpointDue,
    EpochDone,
    Finished,
    FittingProbe,
    FrameTaken,
    Started,
    StepDone,
)
from mlcl_core.engine.loop import STEPS_AHEAD, Trainer
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.losses import BatchLoss
from tests.engine.toy import events_of, toy_config, toy_data, toy_trainer, training


def test_events_come_in_the_documented_order() -> None:
    """Started, the space before training, then each step: batch, frame, epoch, StepDone, checkpoint; the probe last."""
    found = [(type(event), event.step) for event in toy_trainer(training__epochs=2).events()]
    assert found == [
        (Started, 0), (FrameTaken, 0), (CheckpointDue, 0),
        (BatchTaken, 1), (FrameTaken, 1), (StepDone, 1),
        (FrameTaken, 2), (StepDone, 2),
        (StepDone, 3),
        (BatchTaken, 4), (FrameTaken, 4), (EpochDone, 4), (StepDone, 4),
        (FrameTaken, 5), (StepDone, 5),
        (StepDone, 6), (CheckpointDue, 6),
        (StepDone, 7),
        (BatchTaken, 8), (FrameTaken, 8), (EpochDone, 8), (StepDone, 8), (CheckpointDue, 8),
        (FittingProbe, 8), (Finished, 8),
    ]  # fmt: skip


def test_a_toy_problem_is_learnt_in_thirty_steps() -> None:
    """Equal items come together, disjoint ones apart, and neighbours tell labels better than before."""
    trainer = Trainer(
        toy_config(
            seed=9, training__batch_size=32, training__epochs=15, optimiser__learning_rate=0.05, loss__temperature=0.2
        ),
        data=toy_data(noise=0.5),
    )
    frames = events_of(trainer, FrameTaken)
    before, after = frames[0].metrics, frames[-1].metrics
    assert trainer.step == 30
    assert after["cosine_equal"] - after["cosine_disjoint"] > before["cosine_equal"] - before["cosine_disjoint"] + 0.3
    assert after["loss"] < before["loss"] - 0.1
    assert after["knn_macro_f1"] > before["knn_macro_f1"] + 0.1
    assert after["rank_correlation"] > before["rank_correlation"] + 0.2


def test_each_step_says_why_it_is_slow() -> None:
    """Nothing at an ordinary temperature; a reason from a change to a tiny one on, until that is undone."""
    trainer = toy_trainer(training__epochs=2)
    heard = []
    for event in trainer.events():
        if isinstance(event, Started):
            assert event.slow == ()
        if isinstance(event, StepDone):
            heard.append(event.slow)
            if event.step in (2, 4):
                trainer.change({"loss.temperature": 0.005 if event.step == 2 else 0.1})
    assert [len(reasons) for reasons in heard] == [0, 0, 1, 1, 0, 0, 0, 0]
    assert "1 / temperature" in heard[2][0]


def test_the_fallback_of_auto_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Device auto on a machine without a GPU: the reason is in Started and in every step."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    trainer = Trainer(toy_config(training__device="auto", training__epochs=1), data=toy_data())
    started, done = events_of(trainer, Started), trainer.slow
    assert "so it trains on the CPU" in started[0].slow[0]
    assert done == started[0].slow


@pytest.mark.parametrize(
    "settings", [{"loss__name": "bce"}, {"loss__logit": "bce", "loss__weight": 0.4}], ids=["bce", "contrastive and bce"]
)
def test_losses_on_logits_train(settings: dict[str, Any]) -> None:
    """bce alone and beside the contrastive loss go down; bce alone looks at no pairs, so it has no batch to show."""
    trainer = Trainer(
        toy_config(training__batch_size=32, training__epochs=15, optimiser__learning_rate=0.03, **settings),
        data=toy_data(noise=0.5),
    )
    events = list(training(trainer))
    frames = [event for event in events if isinstance(event, FrameTaken)]
    batches = [event for event in events if isinstance(event, BatchTaken)]
    assert frames[-1].metrics["loss"] < 0.85 * frames[0].metrics["loss"]
    assert bool(batches) == ("loss__logit" in settings)
    assert ("alignment" in frames[0].metrics) == ("loss__logit" in settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss__name": "probabilistic", "loss__params": {"label_weight": 0}},
        {"loss__name": "label_level"},
        {"loss__name": "label_level", "loss__params": {"negatives": 20}, "loss__logit": "bce"},
    ],
    ids=["probabilistic", "label_level", "label_level with hardest negatives"],
)
def test_a_loss_on_more_than_points_opens_its_batches(settings: dict[str, Any]) -> None:
    """What is written of a batch is of the loss that was trained: the same value, taken before the step."""
    trainer, seen = toy_trainer(watch__batch_every=1, **settings), []
    opened = explainable_part(trainer.loss)
    assert isinstance(opened, BatchLoss)
    for event in training(trainer):
        if isinstance(event, BatchTaken):
            seen.append(event)
            taken = trainer.stepper.last
            assert taken is not None
            terms = opened.explain_batch(taken.y, anchors=len(taken.y), **{**taken.inputs, "local_anchors": None})
            torch.testing.assert_close(event.force, terms.force.detach())
            assert float(event.force.abs().max()) > 0
            values = replace(opened, reduction="sum")(taken.z, taken.y, **taken.inputs)  # type: ignore[type-var]
            assert float(values.detach()) == pytest.approx(float(terms.value.detach().sum()), rel=1e-4)
    assert len(seen) == trainer.step


def test_the_mixture_of_losses_is_the_one_of_its_weight() -> None:
    """The first loss of a combined training is weight x contrastive + (1 - weight) x bce of the same batch."""

    def first(**settings: Any) -> float:
        return next(event.loss for event in toy_trainer(**settings).events() if isinstance(event, StepDone))

    combined = {"loss__logit": "bce"}
    contrastive, bce = first(**combined, loss__weight=1.0), first(**combined, loss__weight=0.0)
    assert first(**combined, loss__weight=0.3) == pytest.approx(0.3 * contrastive + 0.7 * bce, rel=1e-5)
    assert first() == pytest.approx(contrastive, rel=1e-6)


def test_how_often_one_looks_does_not_disturb_training() -> None:
    """Frames, batches and checkpoints at other steps: the same losses, to the bit."""
    often = [event.loss for event in events_of(toy_trainer(), StepDone)]
    seldom = toy_trainer(watch__frame_every=1, watch__batch_every=1, watch__checkpoint_every=1, watch__items=20)
    assert [event.loss for event in events_of(seldom, StepDone)] == often


def test_a_change_of_temperature_acts_from_the_next_step() -> None:
    """A live change between step 3 and 4 leaves 1 to 3 alone, and batch and frame say what was in force."""
    plain = events_of(toy_trainer(), StepDone)
    trainer, changed = toy_trainer(), []
    for event in training(trainer):
        changed.append(event)
        if isinstance(event, StepDone) and event.step == 3:
            trainer.change({"loss.temperature": "0.5", "optimiser.learning_rate": 0.004})
    losses = [event.loss for event in changed if isinstance(event, StepDone)]
    assert losses[:3] == [event.loss for event in plain[:3]]
    assert abs(losses[3] - plain[3].loss) > 0.01
    rates = [event.learning_rate for event in changed if isinstance(event, StepDone)]
    assert rates[3] == pytest.approx(4 * plain[3].learning_rate)
    temperature = {(type(event).__name__, event.step): event.settings["loss.temperature"]
                   for event in changed if isinstance(event, FrameTaken | BatchTaken)}  # fmt: skip
    assert temperature["BatchTaken", 1] == 0.1
    assert temperature["BatchTaken", 4] == temperature["FrameTaken", 4] == 0.5


def test_the_batch_taken_keeps_the_temperature_it_was_trained_with() -> None:
    """A change after the step does not alter its record."""
    trainer = toy_trainer()
    for event in trainer.events():
        if isinstance(event, StepDone) and event.step == 3:
            before = trainer.batch_taken()
            trainer.change({"loss.temperature": 1.0})
            after = trainer.batch_taken()
            break
    assert before is not None
    assert after is not None
    assert torch.equal(before.s, after.s)
    assert torch.equal(before.force, after.force)
    assert after.settings["loss.temperature"] == 0.1


def test_the_batch_taken_is_the_batch_trained_on() -> None:
    """Items in two views, unit embeddings, similarities cos/tau, weights of the rule, forces that sum to zero."""
    trainer = toy_trainer()
    batch = next(event for event in trainer.events() if isinstance(event, BatchTaken))
    assert batch.ids.tolist() == [*batch.ids[:16].tolist()] * 2
    assert batch.view.tolist() == [0] * 16 + [1] * 16
    assert torch.equal(batch.y, trainer.data.labels[batch.ids])
    assert batch.z.norm(dim=1) == pytest.approx(np.ones(32), abs=1e-5)
    assert batch.s.numpy() == pytest.approx((batch.z @ batch.z.T / 0.1).numpy(), abs=1e-4)
    assert batch.force.sum(1).numpy() == pytest.approx(np.zeros(32), abs=1e-5)
    assert batch.w.diagonal().count_nonzero() == 0
    assert batch.pictures is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"model.width": 32},
            "model.width cannot change while it trains; loss.temperature, optimiser.learning_rate, loss.rule, ",
        ),
        ({"loss.temperature": 0}, "loss.temperature is 0"),
        ({"optimiser.learning_rate": "fast"}, "optimiser.learning_rate is 'fast'"),
    ],
)
def test_refused_changes_change_nothing(settings: dict[str, Any], words: str) -> None:
    """A setting that is fixed, or an impossible value: one line, and nothing is changed."""
    trainer = toy_trainer()
    before = trainer.config
    with pytest.raises(InputError, match=words):
        trainer.change({"loss.temperature": 0.7, **settings})
    assert trainer.config == before


def test_a_loss_that_is_no_number_fails_the_run() -> None:
    """NaN embeddings end the training with a line that names the step, which yields no event."""
    trainer = toy_trainer()
    steps = []

    def break_after_two() -> None:
        for event in trainer.events():
            if isinstance(event, StepDone):
                steps.append(event.step)
                if event.step == 2:
                    with torch.no_grad():
                        next(trainer.network.head.parameters()).fill_(torch.nan)

    with pytest.raises(RunFailed, match=r"the loss became nan at step 3; a smaller learning rate"):
        break_after_two()
    assert steps == [1, 2]


class LateDevice:
    """Stands for a GPU: the loss of a step is computed at once and noted when it is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, broken: int = 0):
        """Measure the steps of trainers; the loss of step ``broken`` is infinite."""
        self.steps, self.read, self.broken = 0, [], broken
        monkeypatch.setattr("mlcl_core.engine.loop.StepClock", lambda device: self)

    def stop(self, loss: torch.Tensor) -> Any:
        """Number of the step and its loss, to be read later."""
        self.steps += 1
        return LateNumbers(self, self.steps, math.inf if self.steps == self.broken else float(loss))


@dataclass(frozen=True)
class LateNumbers:
    """Loss and duration of one step of a device."""

    device: LateDevice
    step: int
    value: float
    seconds: float = 0.01

    @property
    def loss(self) -> float:
        """The loss, waited for."""
        self.device.read.append(self.step)
        return self.value


def test_a_gpu_may_be_four_steps_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Step k waits for the loss of step k - 4 and for no later one; a checkpoint waits for all of them."""
    trainer, device = toy_trainer(), LateDevice(monkeypatch)
    trainer._ahead = STEPS_AHEAD
    for _, done in trainer.steps():
        assert device.read == list(range(1, done.step - STEPS_AHEAD + 1))
        if done.step == 8:
            trainer.checkpoint()
            assert device.read == list(range(1, 9))
            break


@pytest.mark.parametrize("asked", ["nothing", "checkpoint", "frame_taken", "batch_taken"])
def test_nothing_is_recorded_of_a_step_whose_loss_became_infinite(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    """The error names the step, whatever asks first: step 7, or a checkpoint, frame or batch after step 4."""
    trainer = toy_trainer()
    LateDevice(monkeypatch, broken=3)
    trainer._ahead = STEPS_AHEAD
    seen = []

    def train() -> None:
        for _, done in trainer.steps():
            seen.append(done.step)
            if done.step == 4 and asked != "nothing":
                getattr(trainer, asked)()

    with pytest.raises(RunFailed, match="the loss became inf at step 3;"):
        train()
    assert seen[-1] == (6 if asked == "nothing" else 4)
    with pytest.raises(RunFailed, match="at step 3;"):
        trainer.checkpoint()


def test_the_last_losses_are_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Step 10 of 12 became infinite: the end of the training says so."""
    trainer = toy_trainer()
    LateDevice(monkeypatch, broken=10)
    trainer._ahead = STEPS_AHEAD
    with pytest.raises(RunFailed, match="at step 10;"):
        trainer.follow()


def test_frames_hold_unit_vectors_and_plain_finite_numbers() -> None:
    """z has length one, h is float32, every live number is finite and fit for JSON."""
    for frame in events_of(toy_trainer(), FrameTaken):
        assert frame.z.norm(dim=1) == pytest.approx(np.ones(50), abs=1e-5)
        assert frame.h.dtype == frame.z.dtype == torch.float32
        assert frame.ids.tolist() == sorted(set(frame.ids.tolist()))
        assert set(frame.metrics) >= {
            "loss",
            "cosine_equal",
            "uniformity",
            "alignment",
            "rank_correlation",
            "knn_macro_f1",
        }
        assert json.loads(json.dumps(frame.metrics, allow_nan=False)) == frame.metrics


def test_finished_tells_both_encoders_by_one_protocol() -> None:
    """The five numbers of the trained and of the untrained encoder; zero training leaves both alike."""
    *_, ended = toy_trainer(training__epochs=1, optimiser__learning_rate=1e-12).events()
    assert isinstance(ended, Finished)
    assert set(ended.test) == set(ended.untrained) == {"micro_f1", "macro_f1", "map", "hamming_loss", "subset_accuracy"}
    assert ended.test == ended.untrained


SCENES = {
    "data.name": "digits",
    "data.params.scenes": 30,
    "model.encoder": "convolutional",
    "model.width": 8,
    "model.feature_dim": 16,
}


def test_train_is_a_plain_iterator() -> None:
    """train(config) yields events from Started on, with no files and no processes; refusals come at the call."""
    events = train(toy_config().with_settings(SCENES))
    assert isinstance(next(events), Started)
    frame = next(events)
    assert isinstance(frame, FrameTaken)
    assert len(frame.ids) == 30
    with pytest.raises(InputError, match=r"data\.path is missing"):
        train(toy_config())


def test_small_pictures_of_a_batch_are_kept() -> None:
    """Picture data: the batch taken holds the augmented views as bytes, white paper as 255."""
    config = toy_config().with_settings(SCENES)
    batch = next(event for event in train(config) if isinstance(event, BatchTaken))
    assert batch.pictures is not None
    assert batch.pictures.dtype == torch.uint8
    assert len(batch.pictures) == len(batch.ids)
    assert batch.pictures.float().mean() > 128


def test_sgd_and_no_clipping_train_too() -> None:
    """The other optimiser, constant rate, no limit to the gradient."""
    settings = {
        "optimiser__name": "sgd",
        "optimiser__schedule": "constant",
        "optimiser__clip": 0,
        "training__epochs": 1,
    }
    assert len(events_of(toy_trainer(**settings), StepDone)) == 4


def test_bfloat16_trains_on_the_cpu() -> None:
    """Autocast to bfloat16 keeps loss, frames and checkpoints in float32."""
    trainer = toy_trainer(training__precision="bfloat16", training__epochs=1)
    events = list(training(trainer))
    frame = next(event for event in events if isinstance(event, FrameTaken))
    assert frame.z.dtype == frame.h.dtype == torch.float32
    assert all(tensor.dtype != torch.bfloat16 for tensor in trainer.checkpoint().tensors.values())


def test_a_sampler_decides_who_comes_together() -> None:
    """Of equal label sets, with at_least=2: more anchors of a batch have two positives than uniformly; batches fit."""
    share = {}
    for sampler, params in (("uniform", {}), ("positives", {"at_least": 2})):
        trainer = toy_trainer(
            loss__rule="all_equal", training__sampler=sampler, training__sampler_params=params, watch__batch_every=1
        )
        enough = []
        for batch in events_of(trainer, BatchTaken):
            y = batch.y[:16]
            assert len(batch.ids[:16].unique()) == 16
            found = (y[:, None] == y[None]).all(2) & y.any(1)
            enough.append(float((found.sum(1) - found.diagonal().long() >= 2).double().mean()))
        assert trainer.step == 12
        share[sampler] = np.mean(enough)
    assert share["positives"] > share["uniform"] + 0.1
