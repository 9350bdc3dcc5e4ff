"""A study as one file, in the format that the file's ending names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dashboard.export.study import STUDY_FORMATS
from dashboard.export.write import refuse_path, write_new
from mlcl_core.errors import InputError
from mlcl_core.studies.folder import StudyFolder

METRICS = ("macro_f1", "micro_f1")


def export_study(
    folder: StudyFolder, path: Path, metrics: Sequence[str] = METRICS, *, force: bool = False
) -> dict[str, Any]:
    """Write what a study says.

    Args:
        folder: The study, of which some cells have a result.
        path: The file; its ending names the format.
        metrics: Columns of the tables.
        force: Replace a file that exists.

    Returns:
        ``study``, ``file``, ``bytes``, ``cells`` that have a result.

    Raises:
        InputError: An unknown ending, a study without a result or with a damaged file, a file that cannot be written.
    """
    kind = STUDY_FORMATS.get(path.suffix.lower().removeprefix("."))
    if kind is None:
        endings = ", ".join(f".{name}" for name in STUDY_FORMATS)
        raise InputError(f"{path}: the ending {path.suffix!r} is no format of a study; there are {endings}")
    refuse_path(path, force=force)  # before anything is computed
    if not (folder.exists and folder.status().done):
        raise InputError(f"study {folder.name!r} has no result yet: mlcl study {folder.name} trains its cells")
    content = kind.make(folder, metrics)
    write_new({path: lambda file: file.write(content)}, force=force)
    return {"study": folder.name, "file": str(path), "bytes": len(content), "cells": folder.status().done}
