"""Trackers that accelerate knows: their names, whether they are installed, and how each is opened."""

from pathlib import Path
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.summary import leaves
from mlcl_core.errors import InputError

PROJECT = "mlcl-lab"
# How a run is named in a tracker that groups runs in a project; in the others it is known by its id.
NAMED: dict[str, dict[str, Any]] = {
    "wandb": {"name": "{name}", "id": "{id}", "resume": "allow"},
    "trackio": {"name": "{id}", "resume": "allow", "embed": False},
    "swanlab": {"experiment_name": "{name}"},
    "mlflow": {"run_name": "{name}"},
    "clearml": {"project_name": PROJECT, "task_name": "{name}"},
}
IN_FOLDER = {"dvclive": "dir"}  # which write files beside the working directory unless told where


def check_tracker(name: str | None) -> None:
    """Refuse a tracker that accelerate does not know, or whose package is not installed; None: there is none.

    Raises:
        InputError: With the names that there are, and those that are installed.
    """
    if name is None:
        return
    from accelerate import tracking

    known = sorted(tracking.LOGGER_TYPE_TO_CLASS)
    shipped = {str(one) for one in tracking.LoggerType}
    ready = {str(one) for one in tracking.get_available_trackers()}
    there = ", ".join(one for one in known if one in ready or one not in shipped) or "none"
    if name not in known:
        raise InputError(f"watch.tracker: there is no tracker {name!r}; trackers are {', '.join(known)}")
    if name in shipped and name not in ready:
        raise InputError(
            f"watch.tracker: the package of {name!r} is not installed; of {', '.join(known)} there are here: {there}"
        )


def open_tracker(name: str, config: TrainConfig, run_id: str, run_name: str, folder: Path) -> Any:
    """A tracker that is ready to take numbers, and holds the configuration.

    Args:
        name: As :func:`check_tracker` accepts it.
        config: The whole configuration, stored under the paths of its settings.
        run_id: Of the run, a safe name of files.
        run_name: Of the run.
        folder: Where a tracker that writes files may do so.

    Raises:
        Exception: Whatever the tracker raises.
    """
    from accelerate import tracking

    kind = tracking.LOGGER_TYPE_TO_CLASS[name]
    words = {"name": run_name, "id": run_id}
    options = {
        key: value.format(**words) if isinstance(value, str) else value for key, value in NAMED.get(name, {}).items()
    }
    if name in IN_FOLDER:
        options[IN_FOLDER[name]] = str(folder)
    if kind.requires_logging_directory:
        # its first argument names a folder
        tracker = kind(run_id, str(folder), **options)
    else:
        tracker = kind(PROJECT, **options)
    tracker.start()
    tracker.store_init_configuration(
        {path: "none" if value is None else value for path, value in leaves(config.model_dump())}
    )
    return tracker


__all__ = ["check_tracker", "open_tracker"]
