"""The events of training, in the order in which they occur."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, Generic, TypeVar

from torch import Tensor

from mlcl_core.engine.measured import Measured
from mlcl_core.errors import RunFailed

Whole = TypeVar("Whole")


@dataclass(frozen=True)
class Later(Generic[Whole]):
    """A frame, batch or checkpoint that is not whole yet: copies to the host are under way, metrics not measured.

    It is of its step, however long training has gone on meanwhile.

    Attributes:
        step: Steps done.
        kind: What it will be.
        nbytes: Its size in memory.
        take: Waits for the copies and does the rest; for any thread, once. It raises RunFailed where the loss of a step
            so far is NaN or infinite.
    """

    step: int
    kind: type[Whole]
    nbytes: int
    take: Callable[[], Whole]


@dataclass(frozen=True)
class Started:
    """Training is about to begin (or to go on) after ``step`` of ``total`` steps.

    ``slow``: why the device or the precision is not the fastest one; empty where it is.
    """

    step: int
    total: int
    device: str
    items: int
    slow: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepDone:
    """One batch was trained on: all other events of this step came before, and the next step has not begun.

    A GPU may still be at work on it: what needs no number of it should not ask for one.

    ``slow``: why this step took a slower path, the reasons of :class:`Started` first; empty where it took none.
    ``total``, ``items_left``: steps of the whole training, and items of the batches that are still to come, which
    another batch size changes.
    """

    step: int
    measured: Measured
    learning_rate: float
    items: int
    slow: tuple[str, ...] = ()
    total: int = 0
    items_left: int = 0

    @property
    def loss(self) -> float:
        """The loss of the batch, waited for.

        Raises:
            RunFailed: It is NaN or infinite.
        """
        value = self.measured.loss
        if not isfinite(value):
            advice = "a smaller learning rate or a larger temperature may help"
            raise RunFailed(f"the loss became {value} at step {self.step}; {advice}")
        return value

    @property
    def seconds(self) -> float:
        """How long the step took, waited for: between its first and its last operation."""
        return self.measured.seconds


@dataclass(frozen=True)
class FrameTaken:
    """The watched items as the network sees them now, on the CPU; ``settings`` are the live settings in force."""

    step: int
    ids: Tensor
    z: Tensor
    h: Tensor
    metrics: dict[str, float]
    settings: dict[str, Any]
    prototypes: Tensor | None = None


@dataclass(frozen=True)
class BatchTaken:
    """The batch just trained on as the loss saw it, on the CPU: rows are anchors, columns the whole batch, then, with a
    momentum encoder, the queue.

    ``view`` is 0 or 1, 2 for entries of the queue; ``w`` weight, ``s`` similarity, ``force`` dL_i/ds_ij of the
    per-anchor loss.
    """

    step: int
    ids: Tensor
    view: Tensor
    z: Tensor
    y: Tensor
    w: Tensor
    s: Tensor
    force: Tensor
    pictures: Tensor | None
    settings: dict[str, Any]


@dataclass(frozen=True)
class EpochDone:
    """One pass over the training items."""

    step: int
    epoch: int


@dataclass(frozen=True)
class CheckpointDue:
    """``Trainer.checkpoint()`` is to be saved now."""

    step: int


@dataclass(frozen=True)
class FittingProbe:
    """Training is over; the linear probe is about to be fitted on the frozen encoder."""

    step: int


@dataclass(frozen=True)
class Finished:
    """The linear probe's numbers on the test items, for the trained and for the untrained encoder.

    ``items``: its numbers on the items as given, without an encoder; None: there are none, ``why_no_items`` says why.
    ``doubts``: why they are uncertain, as :func:`mlcl_core.data.split_doubts` says.
    """

    step: int
    test: dict[str, float]
    untrained: dict[str, float]
    probe: dict[str, Any]
    doubts: tuple[str, ...] = ()
    items: dict[str, float] | None = None
    why_no_items: str | None = None


Event = Later | Started | StepDone | FrameTaken | BatchTaken | EpochDone | CheckpointDue | FittingProbe | Finished
