"""A run as one file, in the format that the file's ending names."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dashboard.export import TABLE_FORMATS
from dashboard.export.items import items_table
from dashboard.export.origin import origin_text
from dashboard.export.write import Write, refuse_path, write_new
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.run import Run

REPLAY = "html"


def export_run(
    run: Run, path: Path, *, step: int | None = None, map_name: str | None = None, force: bool = False
) -> dict[str, Any]:
    """Write a run as one file: the watched items at a step as a table, or the whole run as a replay.

    Args:
        run: The run.
        path: The file; its ending names the format.
        step: The step of a frame, or that at which a replay opens; None: the last.
        map_name: The map of the coordinates, or that is played; None: the first.
        force: Replace a file that exists.

    Returns:
        ``files``, their ``bytes``, ``run``, ``step`` (of a replay ``steps``), ``map``, ``items``, ``what`` in words,
        and what is to be known in sentences, ``said``.

    Raises:
        InputError: An unknown ending, a step without a frame, a map that there is not, a file that cannot be written.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending == REPLAY:
        return _replay(run, path, step, map_name, force)
    kind = TABLE_FORMATS.get(ending)
    if kind is None:
        endings = ", ".join(f".{name}" for name in (*TABLE_FORMATS, REPLAY))
        raise InputError(f"{path}: the ending {path.suffix!r} is no format; there are {endings}")
    table = items_table(run, step, map_name)
    files: dict[Path, Write] = {path: lambda file: kind.write(table, file)}
    if kind.beside:
        files[path.with_name(f"{path.name}.json")] = lambda file: file.write(origin_text(table))
    write_new(files, force=force)
    at = table.origin["step"]
    said = [] if "map" in table.origin else [f"the run has no map of step {at:,}: x and y are empty"]
    return _told(run, files, len(table), f"step {at:,}", said, step=at, map=table.origin.get("map"))


def _replay(run: Run, path: Path, step: int | None, map_name: str | None, force: bool) -> dict[str, Any]:
    from dashboard.export.replay import replay  # imports torch and Streamlit

    refuse_path(path, force=force)  # before the pairs are computed
    made = replay(run, step, map_name)
    files: dict[Path, Write] = {path: lambda file: file.write(made.html)}
    write_new(files, force=force)
    what = f"a replay of {len(made.steps):,} frames"
    return _told(run, files, made.items, what, made.said, steps=made.steps, map=map_name or FIRST_MAP)


def _told(run: Run, files: Iterable[Path], items: int, what: str, said: list[str], **more: Any) -> dict[str, Any]:
    paths = list(files)
    return {
        "files": [str(path) for path in paths],
        "bytes": sum(path.stat().st_size for path in paths),
        "run": run.id,
        **more,
        "items": items,
        "what": what,
        "said": said,
    }
