"""The settings in force at a step: the configuration of a run with the changes made while it trained. No torch."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.live_settings import described
from mlcl_core.errors import InputError
from mlcl_core.runs.event_log import interventions
from mlcl_core.runs.run import Run


def config_at(run: Run, step: int | None) -> TrainConfig:
    """The configuration in force once ``step`` steps are done: what the next step is trained with.

    Args:
        run: The run.
        step: Steps done; None: with every change that is acknowledged, those for the next epoch included.

    Raises:
        InputError: Configuration or events cannot be read.
    """
    return in_force(run.config(), run.events("acknowledged"), step)


def in_force(config: TrainConfig, events: Sequence[dict[str, Any]], step: int | None) -> TrainConfig:
    """As :func:`config_at`, of a configuration and events that are read already.

    A change holds from the step that its acknowledgement names for it (``from_step``), else from the next step on.
    Changes that were refused, or that a damaged line holds, count for nothing.
    """
    changes = [change for line in interventions(events) if (change := _reached(line, step))]
    try:
        return config.with_settings({path: value for change in changes for path, value in change.items()})
    except InputError:
        for change in changes:
            with suppress(InputError):
                config = config.with_settings(change)
        return config


def change_words(line: dict[str, Any]) -> str:
    """A change in words, from its acknowledgement: "rule jaccard at step 6; batch size 8 from epoch 3, step 9, on"."""
    step, first = line.get("step", 0), line.get("from_step") or {}
    if "result" in line:
        return f"change {line['result']} at step {step:,}"
    settings = line.get("settings") or {}
    at_once = {path: value for path, value in settings.items() if first.get(path, step + 1) <= step + 1}
    late = {path: value for path, value in settings.items() if path not in at_once}
    words = [f"{described(at_once)} at step {step:,}"] if at_once else []
    if late:
        epoch = f"epoch {line['from_epoch']:,}, " if "from_epoch" in line else ""
        words.append(f"{described(late)} from {epoch}step {max(first[path] for path in late):,}, on")
    return "; ".join(words)


def _reached(line: dict[str, Any], step: int | None) -> dict[str, Any]:
    """Those settings of a change that are in force after a step."""
    first = line.get("from_step") or {}
    return {
        path: value
        for path, value in line["settings"].items()
        if step is None or first.get(path, line["step"] + 1) <= step + 1
    }


__all__ = ["change_words", "config_at", "in_force"]
