"""Steps as a CUDA graph: when they are recorded, and that a recording trains as ordinary steps do.

A recording is played by the CPU: it calls the function again and writes into the tensors of its first results, as a
graph does.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from mlcl_core.engine import graph
from mlcl_core.engine.events import StepDone
from mlcl_core.engine.graph import TRIES, GraphedCall, choose_graph
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.step import Learnt
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.pairs.slow import slow_paths
from tests.engine.toy import events_of, toy_config, toy_trainer, training

CUDA = torch.device("cuda")


class Player:
    """Stands for a CUDA device: notes what is called as it is, recorded and launched.

    Attributes:
        log: One word a call: ``called``, ``recorded`` or ``launched``.
        waits: What ordinary calls that are watched seem to wait for.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the device."""
        self.log: list[str] = []
        self.waits: list[str] = []
        monkeypatch.setattr(graph, "_beside", self.call)
        monkeypatch.setattr(graph, "_watched", lambda call: (call(), self.waits))
        monkeypatch.setattr(graph, "_recorded", self.record)

    def call(self, function: Callable[..., Any], inputs: Sequence[Tensor]) -> Any:
        """An ordinary call."""
        self.log.append("called")
        return function(*inputs)

    def record(self, function: Callable[..., Any], inputs: Sequence[Tensor]) -> Callable[[], Any]:
        """A recording of a call with these tensors."""
        self.log.append("recorded")
        kept: list[Any] = []

        def launch() -> Any:
            self.log.append("launched")
            fresh = function(*inputs)
            kept.append(fresh)
            for own, new in zip(_tensors(kept[0]), _tensors(fresh), strict=True):
                own.copy_(new)
            return kept[0]

        return launch


def _tensors(found: Any) -> list[Tensor]:
    if isinstance(found, Learnt):
        return [found.loss, found.z, *(x for x in found.inputs.values() if isinstance(x, Tensor))]
    return [found]


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> Player:
    """A device that plays recordings."""
    return Player(monkeypatch)


def test_two_ordinary_calls_come_before_the_recording(player: Player) -> None:
    """Then each call is one launch on the values given; another key or shape begins again."""
    graphed, key = GraphedCall[Tensor](), object()

    def results(key: object, *values: float) -> list[float]:
        return graphed(lambda x: x * x, key, torch.tensor(values)).tolist()

    assert [results(key, value, 2.0) for value in (1.0, 3.0, 4.0, 5.0)] == [[1, 4], [9, 4], [16, 4], [25, 4]]
    assert player.log == ["called", "called", "recorded", "launched", "launched"]
    player.log.clear()
    assert results(key, 6.0) == [36]
    assert graphed.obstacle == "shapes change from step to step"
    assert results(key, 7.0) == [49]
    assert graphed.obstacle == ""
    assert results(object(), 8.0) == [64]
    assert graphed.obstacle == ""
    assert player.log == ["called"] * 3


def test_what_waits_for_the_device_is_not_recorded(player: Player) -> None:
    """After a few calls that waited it is called as it is, with the place; one that did not wait is enough."""
    graphed, key, x = GraphedCall[Tensor](), object(), torch.ones(1)
    player.waits = ["hero.py, line 3"]
    for _ in range(TRIES + 3):
        graphed(torch.neg, key, x)
    assert graphed.for_good
    assert graphed.obstacle == "it reads numbers from the device while it computes (hero.py, line 3)"
    assert player.log == ["called"] * (TRIES + 1)
    graphed(torch.neg, again := object(), x)
    graphed(torch.neg, again, x)
    player.waits = []
    graphed(torch.neg, again, x)
    graphed(torch.neg, again, x)
    assert (graphed.obstacle, player.log[-2:]) == ("", ["recorded", "launched"])


@pytest.mark.parametrize(
    ("settings", "device", "processes", "words"),
    [
        ({}, torch.device("cpu"), 1, "a CUDA graph needs a CUDA device, not cpu"),
        ({}, CUDA, 2, "2 processes exchange embeddings within a step"),
        ({"model.encoder": "text_transformer"}, CUDA, 1, "shapes change from batch to batch"),
    ],
)
def test_where_no_graph_is_possible(settings: dict[str, Any], device: torch.device, processes: int, words: str) -> None:
    """On: refused in one line. Auto: a reason on a GPU, nothing elsewhere. Off: nothing."""
    config = toy_config().with_settings(settings)
    with pytest.raises(InputError, match=rf"training\.graph is 'on', and {words}.*; auto or off would do"):
        choose_graph(config.with_settings({"training.graph": "on"}), device, processes)
    for wanted in ("auto", "off"):
        with slow_paths() as reasons:
            assert not choose_graph(config.with_settings({"training.graph": wanted}), device, processes)
        assert [words in reason for reason in reasons] == [True] * (wanted == "auto" and device == CUDA)


def test_one_gpu_with_fixed_shapes_has_a_graph() -> None:
    """By itself and where it is asked for."""
    with slow_paths() as reasons:
        assert choose_graph(toy_config(), CUDA, 1)
        assert choose_graph(toy_config(training__graph="on"), CUDA, 1)
    assert not reasons


def graphed_trainer(checkpoint: Any = None, wanted: str = "auto", **settings: Any) -> Trainer:
    """A trainer of the toy problem whose steps are recorded, on a device that plays recordings."""
    trainer = toy_trainer(checkpoint, **settings)
    trainer.steering.config = trainer.config.with_settings({"training.graph": wanted})
    trainer.stepper._graph = GraphedCall()
    return trainer


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"loss__logit": "bce", "optimiser__name": "sgd"},
        {"loss__momentum": 0.9, "loss__queue_size": 32, "loss__candidates": "both"},
    ],
    ids=["adamw", "two losses and sgd", "queue"],
)
def test_a_recording_trains_as_ordinary_steps_do(player: Player, settings: dict[str, Any]) -> None:
    """With a live change on the way: losses, batches, frames and final state are equal to the bit."""

    def train(trainer: Trainer) -> tuple[list[Any], dict[str, Tensor]]:
        seen: list[Any] = []
        for event in training(trainer):
            seen.append(getattr(event, "loss", None))
            seen += [x for x in vars(event).values() if isinstance(x, Tensor)]
            if isinstance(event, StepDone) and event.step == 6:
                trainer.change({"loss.temperature": 0.3, "optimiser.learning_rate": 0.01})
        return seen, trainer.checkpoint().tensors

    more = {"training__epochs": 4, **settings}
    seen, state = train(toy_trainer(**more))
    graphed, graphed_state = train(graphed_trainer(**more))
    assert len(seen) == len(graphed)
    assert all(torch.equal(a, b) if isinstance(a, Tensor) else a == b for a, b in zip(seen, graphed, strict=True))
    assert all(torch.equal(tensor, graphed_state[name]) for name, tensor in state.items())
    assert player.log.count("launched") >= 6
    assert player.log.count("recorded") == 2


def test_a_resumed_recording_equals_an_uninterrupted_one(player: Player) -> None:
    """From the checkpoint at step 6 on, the losses are equal to the bit, though recordings begin again."""
    trainer = graphed_trainer()
    losses, checkpoint = [], None
    for _, done in trainer.steps():
        losses.append(done.loss)
        checkpoint = trainer.checkpoint() if done.step == 6 else checkpoint
    assert [done.loss for done in events_of(graphed_trainer(checkpoint), StepDone)] == losses[6:]


def test_a_step_that_cannot_be_recorded_says_so(player: Player) -> None:
    """Auto: a reason with each step. On: the run fails with it."""
    player.waits = ["hero.py, line 3"]
    reason = "the step is no CUDA graph, as it reads numbers from the device while it computes (hero.py, line 3)"
    done = events_of(graphed_trainer(), StepDone)
    assert [event.slow for event in done] == [()] * TRIES + [(f"training.graph auto: {reason}",)] * (12 - TRIES)
    with pytest.raises(RunFailed, match=r"training\.graph on: .*; training.graph=auto or off would train all the same"):
        graphed_trainer(wanted="on").follow()


def test_a_queue_that_fills_up_says_so(player: Player) -> None:
    """Some 13 labelled items of 16 a step fill a queue of 32: nothing is said once the shapes stand still."""
    trainer = graphed_trainer(loss__momentum=0.9, loss__queue_size=32, loss__candidates="both")
    done = events_of(trainer, StepDone)
    assert [len(event.slow) for event in done[:6]] == [0, 1, 1, 1, 0, 0]
    assert "shapes change from step to step" in done[1].slow[0]


def test_the_trainer_asks_for_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trainer whose device has graphs makes its steps by them; on this CPU, none."""
    assert toy_trainer().stepper._graph is None
    monkeypatch.setattr("mlcl_core.engine.compute.choose_graph", lambda *_: True)
    assert toy_trainer().stepper._graph is not None
