"""Settings changed while a run trains: from when they hold, what is refused, and a resume that equals no stop."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from mlcl_core.engine.checkpoint import Checkpoint
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.events import BatchTaken, CheckpointDue, EpochDone, Event, FrameTaken, StepDone
from mlcl_core.engine.live_settings import LIVE_SETTINGS, described, live_setting, live_values
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.schedule import learning_rate
from mlcl_core.errors import InputError
from tests.engine.test_checkpoint import bits, same
from tests.engine.toy import toy_trainer, training

# 64 items train: four steps an epoch at first. Step 6 is the second of the second epoch.
RULE = {"loss.rule": "jaccard", "loss.placement": "outside", "loss.normalise": "weight_sum"}
SMALLER = {"training.batch_size": 8}
DEALT = {"training.sampler": "positives", "training.sampler_params": {"at_least": 2}}


def steered(trainer: Trainer, changes: dict[int, dict[str, Any]]) -> Iterator[Event]:
    """Train to the last step; after some steps settings are changed, as a worker does between two steps."""
    for event in training(trainer):
        yield event
        if isinstance(event, StepDone) and event.step in changes:
            trainer.change(changes[event.step])


def steps_of(trainer: Trainer, changes: dict[int, dict[str, Any]]) -> list[StepDone]:
    """The steps of such a training."""
    return [event for event in steered(trainer, changes) if isinstance(event, StepDone)]


def test_live_settings_are_settings() -> None:
    """Every setting that may change while a run trains exists; parameters belong to a choice that may change too."""
    assert set(live_values(TrainConfig())) == set(LIVE_SETTINGS)
    for setting in LIVE_SETTINGS.values():
        assert not setting.params_of or LIVE_SETTINGS[setting.params_of].when == setting.when
    assert live_setting("loss.rule_params.threshold") is LIVE_SETTINGS["loss.rule_params"]
    assert live_setting("loss.rule.threshold") is None
    assert live_setting("model.width") is None


def test_a_change_in_words() -> None:
    """Titles and values; what no page wrote is told as it is."""
    assert described({"loss.temperature": 0.2, "loss.rule": "any_shared"}) == "temperature 0.2, rule any-shared"
    params = {"loss.rule_params": {"threshold": 0.5}, "training.sampler_params": {}, "loss.rule_params.strict": True}
    assert described(params) == (
        "parameters of the rule threshold 0.5, parameters of the sampler as by default, strict on"
    )
    assert described({"training.batch_size": 4096, "x": None}) == "batch size 4,096, x None"


@pytest.mark.parametrize(
    ("settings", "from_step", "from_epoch"),
    [
        (RULE, 7, None),
        (SMALLER, 9, 3),
        ({**DEALT, "loss.temperature": 0.3}, 9, 3),
    ],
    ids=["rule", "batch size", "sampler and temperature"],
)
def test_when_a_change_holds(settings: dict[str, Any], from_step: int, from_epoch: int | None) -> None:
    """Asked after step 6 of 4 an epoch: from step 7, or from epoch 3, which begins with step 9."""
    plain = [done.loss for done in steps_of(toy_trainer(), {})]
    trainer = toy_trainer()
    events = steered(trainer, {})
    losses = [next(event.loss for event in events if isinstance(event, StepDone)) for _ in range(6)]
    change = trainer.change(settings)
    last = max(settings, key=lambda path: change.from_step[path])
    assert (change.from_step[last], change.from_epoch) == (from_step, from_epoch)
    assert change.from_step.get("loss.temperature", 7) == 7
    losses += [event.loss for event in events if isinstance(event, StepDone)]
    first = min(change.from_step.values())
    assert losses[: first - 1] == plain[: first - 1]
    assert losses[first - 1] != plain[first - 1]


def test_another_batch_size_makes_epochs_of_another_length() -> None:
    """Four steps an epoch, then eight: 4 + 4 + 8 steps; frames, ends of epochs and checkpoints follow."""
    trainer = toy_trainer()
    events = list(steered(trainer, {6: SMALLER}))
    done = [event for event in events if isinstance(event, StepDone)]
    assert [event.items for event in done] == [16] * 8 + [8] * 8
    assert [event.total for event in done] == [12] * 6 + [16] * 10
    assert [event.items_left for event in done] == [176, 160, 144, 128, 112, 96, 80, *range(64, -1, -8)]
    assert [(event.epoch, event.step) for event in events if isinstance(event, EpochDone)] == [(1, 4), (2, 8), (3, 16)]
    assert [event.step for event in events if isinstance(event, FrameTaken)][-2:] == [15, 16]
    assert [event.step for event in events if isinstance(event, CheckpointDue)] == [0, 6, 12, 16]
    batches = [torch.unique(ids).numel() for ids in (trainer.course.plan.batches(2))]
    assert batches == [8] * 8


def test_the_learning_rate_follows_the_share_of_epochs() -> None:
    """Step for step today's where nothing changes; in epochs of another length, as in a run of that length alone."""
    options = toy_trainer().config.optimiser
    plain = [done.learning_rate for done in steps_of(toy_trainer(), {})]
    assert plain == [learning_rate(step, 12, options) for step in range(12)]
    changed = [done.learning_rate for done in steps_of(toy_trainer(), {6: SMALLER})]
    assert changed == plain[:8] + [learning_rate(step, 24, options) for step in range(16, 24)]


# Step 4 ends an epoch; 6 is the second step of one, and 8 the last in which its change waits.
CHANGES = {
    "batch size in the middle of an epoch": {6: SMALLER},
    "sampler, then a rule that it asks": {2: DEALT, 6: {"loss.rule": "all_equal"}},
    "a formula that weighs labels": {2: {"loss.rule": "formula", "loss.rule_params": {"expression": "rare / either"}}},
    "several, one in place of another that waits": {1: SMALLER, 2: {"training.batch_size": 32}, 4: {**DEALT, **RULE}},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_stopped_anywhere_and_resumed_it_equals_an_uninterrupted_run(changes: dict[int, dict[str, Any]]) -> None:
    """Before, at and after each change and each end of an epoch, pending changes included: equal, bit for bit."""
    settings = {"watch__frame_every": 4, "watch__batch_every": 100, "watch__items": 12}
    alone, rests = toy_trainer(**settings), dict[int, list[Event]]()
    checkpoints: dict[int, Checkpoint] = {0: alone.checkpoint()}
    for event in steered(alone, changes):
        for rest in rests.values():
            rest.append(event)
        if isinstance(event, StepDone):
            rests[event.step] = []
    again = toy_trainer(**settings)
    for event in training(again):
        if isinstance(event, StepDone):
            if event.step in changes:
                again.change(changes[event.step])
            checkpoints[event.step] = again.checkpoint()
    last = alone.checkpoint()
    for step, rest in rests.items():
        if all(abs(step - near) > 1 for near in (*changes, 8)):
            continue
        resumed = toy_trainer(checkpoints[step], **settings)
        assert (resumed.step, resumed.total) == (step, alone.total if step >= max(changes) else resumed.total)
        assert bits(list(steered(resumed, {at: change for at, change in changes.items() if at > step}))) == bits(rest)
        assert same(resumed.checkpoint(), last)
        assert resumed.checkpoint().values["epoch"] == last.values["epoch"]


def test_a_checkpoint_of_a_version_with_even_epochs_is_resumed() -> None:
    """Without the place in its epoch: step 6 of 4 an epoch is the second of the second."""
    alone, rest = toy_trainer(), list[Event]()
    for event in training(alone):
        rest.append(event)
        if isinstance(event, CheckpointDue) and event.step == 6:
            checkpoint, rest = alone.checkpoint(), []
    old = {name: value for name, value in checkpoint.values.items() if name != "epoch"}
    old["settings"] = {"loss.temperature": 0.1, "optimiser.learning_rate": 1e-3}
    resumed = toy_trainer(Checkpoint(6, checkpoint.tensors, old))
    assert bits(list(training(resumed))) == bits(rest)


def test_frames_and_batches_are_of_the_loss_they_are_trained_with() -> None:
    """After a change of the rule the watched loss and positives are the new rule's; an older batch keeps its own."""
    trainer = toy_trainer(watch__frame_every=1)
    events = steered(trainer, {})
    while not isinstance(event := next(events), StepDone) or event.step < 3:
        pass
    batch, frame = trainer.batch_taken(), trainer.frame_taken()
    assert batch is not None
    trainer.change({"loss.rule": "all_equal"})
    same_batch, after = trainer.batch_taken(), trainer.frame_taken()
    assert same_batch is not None
    assert torch.equal(same_batch.w, batch.w)
    assert same_batch.settings["loss.rule"] == "similarity_dissimilarity"
    assert torch.equal(after.z, frame.z)
    assert after.settings["loss.rule"] == "all_equal"
    fresh = toy_trainer(trainer.checkpoint(), loss__rule="all_equal")
    assert after.metrics == fresh.frame_taken().metrics
    assert after.metrics["loss"] != frame.metrics["loss"]
    later = next(event for event in events if isinstance(event, BatchTaken))
    assert later.settings["loss.rule"] == "all_equal"
    assert set(later.w.unique().tolist()) != set(batch.w.unique().tolist())


def test_parameters_go_with_their_rule() -> None:
    """Those that fit are kept; else the new rule begins with its own defaults and those given, and says so."""
    trainer = toy_trainer(loss__rule="jaccard", loss__rule_params={"epsilon": 0.001})
    kept = trainer.change({"loss.rule": "overlap_ratio"})
    assert (kept.notice, trainer.config.loss.rule_params) == ("", {"epsilon": 0.001})
    change = trainer.change({"loss.rule": "similarity_dissimilarity", "loss.rule_params.factors": "similarity"})
    begun = {"loss.rule": "similarity_dissimilarity", "loss.rule_params": {"factors": "similarity"}}
    assert change.settings == begun
    assert change.notice == (
        "similarity_dissimilarity begins with its own parameters of the rule: epsilon stood for overlap_ratio."
    )
    one = trainer.change({"loss.rule_params.roles": "reference"})
    assert one.settings == {"loss.rule_params": {"factors": "similarity", "roles": "reference"}}
    assert trainer.change({"loss.rule_params": {}}).settings == {"loss.rule_params": {}}


@pytest.mark.parametrize(
    ("run", "settings", "words"),
    [
        ({}, {"training.batch_size": 65}, "training.batch_size is 65, and 64 items train"),
        ({}, {"training.batch_size": 1}, "training.batch_size is 1: input should be greater than or equal to 2"),
        ({}, {"loss.rule": "fair"}, "rule is 'fair'; it must be one of similarity_dissimilarity, "),
        ({}, {"loss.rule_params.heat": 3}, "similarity_dissimilarity has no option heat"),
        ({}, {"training.sampler": "lucky"}, "training.sampler: there is no sampler 'lucky'"),
        ({}, {"training.sampler_params.at_least": 3}, "sampler uniform has no option at_least"),
        ({}, {"loss.placement": "beside"}, "placement is 'beside'; it must be one of outside, "),
        ({"loss__name": "bce"}, {"loss.rule": "jaccard"}, "loss.rule cannot change: the loss bce has no rule"),
        ({"loss__name": "bce"}, {"loss.temperature": 0.2}, "loss.temperature cannot change: the loss bce has no"),
        ({"loss__name": "msc"}, {"loss.rule_params.beta": 2}, "loss.rule_params cannot change: the loss msc has no"),
        ({"loss__name": "bce"}, DEALT, "training.sampler 'positives' asks which pairs are positive"),
        ({}, {"loss.candidates": "both"}, "loss.candidates cannot change while it trains; loss.temperature, "),
    ],
)
def test_what_a_run_cannot_take_is_refused(run: dict[str, Any], settings: dict[str, Any], words: str) -> None:
    """One line with the reason, and nothing is changed."""
    trainer = toy_trainer(**run)
    before = trainer.config, trainer.steering.coming, trainer.loss, trainer.course.coming
    with pytest.raises(InputError) as refused:
        trainer.change(settings)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert (trainer.config, trainer.steering.coming, trainer.loss, trainer.course.coming) == before


def test_what_waits_for_an_epoch_needs_one() -> None:
    """In the last epoch a batch size has no epoch to hold in; a temperature has steps."""
    trainer = toy_trainer()
    for event in training(trainer):
        if isinstance(event, StepDone) and event.step == 9:
            with pytest.raises(
                InputError, match=r"training.batch_size can change from the next epoch on, and the last"
            ):
                trainer.change(SMALLER)
            assert trainer.change({"loss.temperature": 0.2}).from_step == {"loss.temperature": 10}
            break


def test_a_loss_that_needs_what_the_network_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prototypes, for one: the network was built without them, and that is the reason given."""
    from mlcl_core.engine import steering

    trainer = toy_trainer()
    monkeypatch.setattr(steering, "training_loss", lambda config: toy_trainer(loss__name="msc").loss)
    with pytest.raises(InputError, match=r"the loss needs a prototype for each label, .*; this run's network has none"):
        trainer.change({"loss.rule": "jaccard"})


def test_a_rule_without_a_positive_is_refused() -> None:
    """A rule under which no training item has a positive would train nothing."""
    trainer = toy_trainer()
    with pytest.raises(InputError, match="none of the 64 training items has a positive"):
        trainer.change({"loss.rule": "formula", "loss.rule_params": {"expression": "0 * both"}})
