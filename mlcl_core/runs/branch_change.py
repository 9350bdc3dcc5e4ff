"""Whether a branch can take its change of settings: judged as its worker will judge it at that step."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.build import fitted, training_loss
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.steering import Steering
from mlcl_core.errors import InputError
from mlcl_core.runs.event_log import interventions


def refuse_change(
    config: TrainConfig,
    checkpoint: Mapping[str, Any],
    lines: Sequence[dict[str, Any]],
    at: int,
    settings: Mapping[str, Any],
    data: MultiLabelData,
) -> None:
    """Go through the steps from a checkpoint to that of a change, with the changes that a run took there, untrained.

    Args:
        config: The configuration of the run.
        checkpoint: The values of the checkpoint.
        lines: The events of the run.
        at: The step of the change.
        settings: The change.
        data: The items of the run.

    Raises:
        InputError: With the reason why it cannot be taken.
    """
    steering = Steering(config, fitted(training_loss(config.loss), data), data, 1)
    steering.restore(checkpoint["step"], checkpoint["settings"], checkpoint.get("epoch"))
    for line in interventions(lines, after=checkpoint["step"] - 1):
        if line["step"] > at:
            continue
        _go_on(steering, line["step"])
        with suppress(InputError):  # at the step of the checkpoint, which holds it already
            steering.take(steering.changed(line["settings"]))
    _go_on(steering, at)
    steering.changed(settings)


def _go_on(steering: Steering, step: int) -> None:
    while steering.course.step < step:
        steering.begin_step()
        steering.course.end_step()


__all__ = ["refuse_change"]
