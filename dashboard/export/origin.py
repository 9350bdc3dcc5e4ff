"""Where the numbers of a file come from: run, step, map, configuration, versions."""

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from dashboard.export.table import ExportTable
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

PACKAGES = ("mlcl-lab", "torch", "numpy")


def origin(run: Run, step: int | None, map_name: str | None = None, **more: Any) -> dict[str, Any]:
    """The origin of a file, as plain JSON.

    Args:
        run: The run.
        step: The step; None: of no single step.
        map_name: The map that coordinates are from; None: none.
        more: Further entries, such as ``columns``: what each kind of column is, and its unit.

    Returns:
        ``run`` (id), ``name``, ``step``, ``map``, ``configuration`` (SHA-256 of config.json), ``versions``, ``more``.
    """
    found: dict[str, Any] = {"run": run.id, "name": run.name}
    if step is not None:
        found["step"] = step
    if map_name is not None:
        found["map"] = map_name
    return {**found, "configuration": configuration_digest(run), "versions": versions(), **more}


def origin_text(table: ExportTable) -> bytes:
    """The origin of a table as a JSON file."""
    return (json.dumps(table.origin, indent=2) + "\n").encode()


def configuration_digest(run: Run) -> str:
    """SHA-256 of the run's config.json, as ``sha256sum`` prints it.

    Raises:
        InputError: The file cannot be read.
    """
    try:
        return hashlib.sha256((run.path / "config.json").read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{run.path / 'config.json'}: cannot be read: {error.strerror}") from None


def versions(more: Iterable[str] = ()) -> dict[str, str]:
    """Versions of Python, of packages that numbers depend on, and of ``more``; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in (*PACKAGES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
