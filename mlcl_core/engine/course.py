"""Where a training stands in its epochs, which may differ in batch size and sampler, and the batches to come."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from jaxtyping import Int64
from torch import Tensor

from mlcl_core.data import LabelMatrix, steps_an_epoch
from mlcl_core.data.samplers import SAMPLERS
from mlcl_core.engine.build import training_sampler
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.dealt_ahead import dealt_ahead
from mlcl_core.losses import Loss


@dataclass(frozen=True, eq=False)
class Plan:
    """How the batches of an epoch are dealt.

    Attributes:
        config: The configuration in force when the epoch begins.
        batches: Item ids of each batch of an epoch, by its number.
        steps: Batches an epoch.
        items: Items of a batch.
        takes_time: Whether dealing takes a noticeable part of a step.
    """

    config: TrainConfig
    batches: Callable[[int], Iterable[Tensor]]
    steps: int
    items: int
    takes_time: bool


def plan_of(config: TrainConfig, loss: Loss, ids: Int64[Tensor, " n"], labels: LabelMatrix) -> Plan:
    """The plan of a configuration for the items ``ids``, by its sampler; ``loss`` says which pairs are positive.

    Raises:
        InputError: As :func:`mlcl_core.engine.build.training_sampler`.
    """
    make, positive = training_sampler(config, loss)
    size, seed = config.training.batch_size, config.seed

    def batches(epoch: int) -> Iterable[Tensor]:
        return make(ids, size, seed=seed, epoch=epoch, labels=labels, positive=positive)

    steps, costly = steps_an_epoch(len(ids), size), SAMPLERS[config.training.sampler].takes_time
    return Plan(config, batches, steps, min(size, len(ids)), costly)


class Course:
    """Counts steps and epochs.

    Attributes:
        epochs: Their number.
        step: Steps done.
        epoch: The epoch of the next step, from 0.
        position: Steps of that epoch that are done; 0: it has not begun.
        plan: Of the epoch under way; between two epochs, of the one that is over.
        coming: Of the epochs that have not begun.
    """

    def __init__(self, epochs: int, plan: Plan):
        """Stand before the first step."""
        self.epochs, self.plan, self.coming = epochs, plan, plan
        self.step = self.epoch = self.position = 0

    @property
    def next(self) -> Plan:
        """The plan of the next step's epoch."""
        return self.plan if self.position else self.coming

    @property
    def total(self) -> int:
        """Steps of the whole training."""
        return self.step + self.steps_left

    @property
    def steps_left(self) -> int:
        """Steps that are not done."""
        under_way, later = self._left
        return under_way + later * self.coming.steps

    @property
    def items_left(self) -> int:
        """Items of the batches that are not trained on."""
        under_way, later = self._left
        return under_way * self.plan.items + later * self.coming.steps * self.coming.items

    @property
    def _left(self) -> tuple[int, int]:
        """Steps left of the epoch under way, and epochs that have not begun."""
        if not self.position:
            return 0, max(0, self.epochs - self.epoch)
        return self.plan.steps - self.position, max(0, self.epochs - self.epoch - 1)

    @property
    def as_even(self) -> tuple[int, int]:
        """Step and total as if every epoch had the length of this one: the share of the epochs that is done."""
        steps = self.next.steps
        return self.epoch * steps + self.position, self.epochs * steps

    @property
    def next_epoch(self) -> tuple[int, int] | None:
        """The next epoch that has not begun, from 0, and its first step, from 1; None: the last one is under way."""
        under_way, later = self._left
        return (self.epochs - later, self.step + under_way + 1) if later else None

    def begin_step(self) -> bool:
        """Begin the next step; whether an epoch of another plan begins with it."""
        changes = self.next is not self.plan
        self.plan = self.next
        return changes

    def end_step(self) -> bool:
        """Count a step as done; whether its epoch is."""
        self.step, self.position = self.step + 1, self.position + 1
        if self.position < self.plan.steps:
            return False
        self.epoch, self.position = self.epoch + 1, 0
        return True

    def stand(self, step: int, epoch: int, position: int) -> None:
        """Go on from a checkpoint."""
        self.step, self.epoch, self.position = step, epoch, position


class Dealer:
    """Deals the batch of each step; in a thread, some steps ahead, where that takes time and ``ahead()`` allows it."""

    def __init__(self, course: Course, ahead: Callable[[], bool]):
        """Nothing is dealt yet."""
        self._course, self._ahead = course, ahead
        self._plan: Plan | None = None
        self._stream: Iterator[Tensor] = iter(())
        self._dealt: tuple[Plan, int, Tensor] | None = None

    def batch(self) -> Tensor:
        """Item ids of the next step's batch; asked for again, the same, unless the plan has changed meanwhile."""
        plan, step = self._course.next, self._course.step
        if self._dealt is None or self._dealt[:2] != (plan, step):
            if plan is not self._plan:
                self.close()
                self._plan, self._stream = plan, self._streamed(plan)
            self._dealt = plan, step, next(self._stream)
        return self._dealt[2]

    def close(self) -> None:
        """Deal no more."""
        stream, self._plan, self._stream = self._stream, None, iter(())
        if isinstance(stream, Generator):
            stream.close()

    def _streamed(self, plan: Plan) -> Generator[Tensor, None, None]:
        """The batches from the next one to the last, as long as the plan is this one."""
        first, position, epochs = self._course.epoch, self._course.position, self._course.epochs
        batches = (
            ids
            for epoch in range(first, epochs)
            for ids in islice(plan.batches(epoch), position if epoch == first else 0, None)
        )
        return dealt_ahead(batches) if plan.takes_time and self._ahead() else batches


__all__ = ["Course", "Dealer", "Plan", "plan_of"]
