"""Earlier versions of the configuration: which keys were renamed, and how values of one become values of today's.

Imports neither pydantic nor torch.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mlcl_core.errors import InputError

VERSION: Final = 4
# Since version 3, files without splits are split to exact sizes; these sets are split as they always were.
EXACT_SINCE = 3
SHIPPED = ("icons", "digits", "movies")
# Since version 4, views are drawn by counters; runs begun before go on with the draw that they began with.
COUNTERS_SINCE = 4
# Keys of earlier versions; they go on working in files and in --set.
RENAMED = {
    "loss.queue": "loss.queue_size",
    "maps.share": "maps.cpu_share",
    "model.features": "model.feature_dim",
    "model.halvings": "model.num_downsamples",
    "model.projection": "model.projection_dim",
    "pretrained.longest": "pretrained.max_length",
}

OnRename = Callable[[str, str], object]
"""Is called with the key that was given and the one that it has now."""


def ignore_rename(_given: str, _now: str) -> None:
    """For files that earlier versions wrote by themselves."""


def upgraded_settings(settings: Mapping[str, Any], on_rename: OnRename = ignore_rename) -> dict[str, Any]:
    """Settings by their path, under the names of today; unknown paths are left alone.

    Raises:
        InputError: A setting is given under both its names.
    """
    found: dict[str, Any] = {}
    for path, value in settings.items():
        now = RENAMED.get(path, path)
        if now != path:
            _refuse_both(path, now, now in settings)
            on_rename(path, now)
        found[now] = value
    return found


def upgraded_tree(tree: Mapping[str, Any], on_rename: OnRename = ignore_rename) -> dict[str, Any]:
    """A configuration as read from JSON, of any version up to today's, as one of today's version.

    Only names, the version, the way to split and the draw of views are touched: values and unknown keys are for
    validation to judge.

    Raises:
        InputError: A setting is given under both its names, or the version is yet to come.
    """
    found = {key: dict(value) if isinstance(value, Mapping) else value for key, value in tree.items()}
    for given, now in RENAMED.items():
        (name, old), new = given.split("."), now.rpartition(".")[2]
        section = found.get(name)
        if isinstance(section, dict) and old in section:
            _refuse_both(given, now, new in section)
            on_rename(given, now)
            section[new] = section.pop(old)
    version = found.get("schema_version")
    if type(version) is int and 1 <= version < VERSION:  # true is no version
        if version < EXACT_SINCE:
            _keep_split(found.get("data"))
        if version < COUNTERS_SINCE:
            _keep_draw(found.setdefault("training", {}))
        found["schema_version"] = VERSION
    elif type(version) is int and version > VERSION:
        raise InputError(
            f"schema_version is {version}: a later version of MLCL Lab wrote it; this one reads 1 to {VERSION}"
        )
    return found


def _keep_split(data: Any) -> None:
    """Items that a run has trained on must not turn up in its test split when it is resumed."""
    if isinstance(data, dict) and (data.get("path") or data.get("name", SHIPPED[0]) not in SHIPPED):
        data.setdefault("split_method", "iterative")


def _keep_draw(training: Any) -> None:
    """A resumed run sees the views that it would have seen without a stop."""
    if isinstance(training, dict):
        training.setdefault("view_draw", "sequential")


def _refuse_both(given: str, now: str, both: bool) -> None:
    if both:
        raise InputError(f"{given} is called {now}; only one of them can be given")


__all__ = ["RENAMED", "VERSION", "OnRename", "ignore_rename", "upgraded_settings", "upgraded_tree"]
