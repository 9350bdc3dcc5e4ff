"""The settings in force while a run trains: how they change, and what a resumed run needs to know of them."""

from collections.abc import Mapping
from typing import Any

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.build import fitted, training_loss
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.course import Course, Plan, plan_of
from mlcl_core.engine.live_change import Change, refuse_impossible, whole_change
from mlcl_core.engine.live_settings import LIVE_SETTINGS, changed_values
from mlcl_core.engine.network import OF_NETWORK
from mlcl_core.errors import InputError
from mlcl_core.losses import Loss


class Steering:
    """Holds the settings of the next step and of the next epoch.

    Attributes:
        config: The configuration in force.
        coming: That of the epochs that have not begun.
        loss: The loss in force.
        course: Where the training stands in its epochs.

    Args:
        config: The configuration of the run.
        loss: Its loss, fitted to the data.
        data: The items as the network takes them.
        processes: How many share each batch.

    Raises:
        InputError: A batch has fewer items than there are processes.
    """

    def __init__(self, config: TrainConfig, loss: Loss, data: MultiLabelData, processes: int):
        """Begin with the configuration of the run."""
        self.config = self.coming = self._first = config
        self.loss, self._data, self._processes = loss, data, processes
        self._ids = data.indices("train")
        # the network is built for this loss, and stays as it is
        self._lacks = set(OF_NETWORK) - loss.needs
        self._refuse_few(config)
        self.course = Course(config.training.epochs, self._plan(config, loss))

    def changed(self, settings: Mapping[str, Any]) -> Change:
        """What a change would put in force.

        Raises:
            InputError: A setting that cannot change while a run trains, or a change that this run cannot take.
        """
        whole, notice = whole_change(self.coming, settings)
        at_once = {path: value for path, value in whole.items() if LIVE_SETTINGS[path].when == "step"}
        late, epoch = [path for path in whole if path not in at_once], self.course.next_epoch
        if late and epoch is None:
            raise InputError(f"{', '.join(late)} can change from the next epoch on, and the last one is under way")
        now = self.config.with_settings(at_once)
        change = Change(
            settings=whole,
            from_step={path: self.course.step + 1 if epoch is None or path in at_once else epoch[1] for path in whole},
            from_epoch=None if epoch is None or not late else epoch[0] + 1,
            notice=notice,
            now=now,
            coming=self.coming.with_settings(whole),
            loss=self._fitted(now),
        )
        refuse_impossible(change, self.coming, lacks=self._lacks, data=self._data)
        self._refuse_few(change.coming)
        return change

    def take(self, change: Change) -> None:
        """Put a change in force: at once what holds from the next step on, the rest when the next epoch begins."""
        self.config, self.coming, self.loss = change.now, change.coming, change.loss
        self.course.coming = self._plan(change.coming, change.loss)

    def begin_step(self) -> None:
        """Put in force what waited for an epoch, where one begins with this step."""
        if self.course.begin_step() and self.config != self.coming:
            self.config = self.coming
            # steps of another size: what was recorded for this loss (mlcl_core.engine.graph) is recorded again
            self.loss = self._fitted(self.config)

    @property
    def changed_since_the_start(self) -> dict[str, Any]:
        """The settings in force that are others than those of the configuration."""
        return changed_values(self.config, self._first)

    @property
    def without_larger_batches(self) -> str:
        """How a run goes on whose batches were made larger than its memory: a resume makes them as large again."""
        if self.config.training.batch_size <= self._first.training.batch_size:
            return ""
        return "it was made larger while the run trained, and a branch from an earlier step goes on without that; "

    def state(self) -> dict[str, Any]:
        """Where the training stands, for a checkpoint: epoch, steps of it done, settings when it began, and to come."""
        return {
            "number": self.course.epoch,
            "position": self.course.position,
            "begun_with": changed_values(self.course.plan.config, self._first),
            "coming": changed_values(self.coming, self._first),
        }

    def restore(self, step: int, settings: Mapping[str, Any], state: Mapping[str, Any] | None) -> None:
        """Go on from a checkpoint.

        Args:
            step: Steps done.
            settings: :attr:`changed_since_the_start`.
            state: Of :meth:`state`; None: of a version in which all epochs were alike.
        """
        self.config = self.coming = begun = self._first.with_settings(settings)
        epoch, position = divmod(step, max(1, self.course.plan.steps))
        if state is not None:
            epoch, position = state["number"], state["position"]
            self.coming = self._first.with_settings(state["coming"])
            begun = self._first.with_settings(state["begun_with"])
        self.loss = self._fitted(self.config)
        self.course.plan = self._plan(begun, self._fitted(begun))
        self.course.coming = self._plan(self.coming, self.loss)
        self.course.stand(step, epoch, position)

    def _fitted(self, config: TrainConfig) -> Loss:
        return fitted(training_loss(config.loss), self._data)

    def _plan(self, config: TrainConfig, loss: Loss) -> Plan:
        return plan_of(config, loss, self._ids, self._data.labels)

    def _refuse_few(self, config: TrainConfig) -> None:
        if (smallest := min(config.training.batch_size, len(self._ids))) < self._processes:
            raise InputError(f"{self._processes} processes share a batch of {smallest}; it must have an item for each")


__all__ = ["Steering"]
