"""A run as one file, in the format that the file's ending names."""

import json
from pathlib import Path
from typing import Any

from dashboard.export import TABLE_FORMATS
from dashboard.export.items import items_table
from dashboard.export.write import Write, write_new
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run


def export_run(
    run: Run, path: Path, *, step: int | None = None, map_name: str | None = None, force: bool = False
) -> dict[str, Any]:
    """Write a run's watched items at a step as a table.

    Args:
        run: The run.
        path: The file; its ending names the format.
        step: The step of a frame; None: the last.
        map_name: The map of the coordinates; None: the first.
        force: Replace a file that exists.

    Returns:
        ``files``, their ``bytes``, ``run``, ``step``, ``map``, ``items``, ``what`` in words, ``said``.

    Raises:
        InputError: An unknown ending, a step without a frame, a map that there is not, a file that cannot be written.
    """
    kind = TABLE_FORMATS.get(path.suffix.lower().removeprefix("."))
    if kind is None:
        endings = ", ".join(f".{name}" for name in TABLE_FORMATS)
        raise InputError(f"{path}: the ending {path.suffix!r} is no format; there are {endings}")
    table = items_table(run, step, map_name)
    files: dict[Path, Write] = {path: lambda file: kind.write(table, file)}
    if kind.beside:
        text = json.dumps(table.origin, indent=2) + "\n"
        files[path.with_name(f"{path.name}.json")] = lambda file: file.write(text.encode())
    write_new(files, force=force)
    at = table.origin["step"]
    return {
        "files": [str(one) for one in files],
        "bytes": sum(one.stat().st_size for one in files),
        "run": run.id,
        "step": at,
        "map": table.origin.get("map"),
        "items": len(table),
        "what": f"step {at:,}",
        "said": [] if "map" in table.origin else [f"the run has no map of step {at:,}: x and y are empty"],
    }
