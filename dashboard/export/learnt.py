"""What a run has learnt, as files: embeddings of all items, the linear probe, the encoder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.export import TABLE_FORMATS
from dashboard.export.embeddings import embeddings_table
from dashboard.export.encoder import write_encoder
from dashboard.export.origin import origin_text
from dashboard.export.probe import probe_table
from dashboard.export.table import ExportTable
from dashboard.export.write import Write, refuse_folder, refuse_path, write_folder, write_new
from mlcl_core.errors import InputError
from mlcl_core.runs.evaluate import best_checkpoint
from mlcl_core.runs.opened_run import OpenedRun, open_run
from mlcl_core.runs.run import Run

TABLES: dict[str, Callable[[OpenedRun, int], ExportTable]] = {"embeddings": embeddings_table, "probe": probe_table}
ENCODER = "encoder"
SPACES = ("h", "z")

OnProgress = Callable[[int, int, str], None]


def export_learnt_table(
    run: Run,
    what: str,
    path: Path,
    *,
    step: int | None = None,
    best: bool = False,
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Write embeddings of all items, or the linear probe, as a table.

    Args:
        run: The run.
        what: A key of ``TABLES``.
        path: The file; its ending names the format.
        step: The step of a checkpoint; None: the last.
        best: The checkpoint that is best on validation items, in place of the last.
        force: Replace a file that exists.
        on_progress: Called while items are encoded by a frozen encoder.

    Returns:
        ``files``, their ``bytes``, ``run``, ``step``, ``items`` (rows of the table), ``what`` in words, and what is to
        be known in sentences, ``said``.

    Raises:
        InputError: An unknown ending, a run without a checkpoint, or without one at the step; data that changed; a
            file that cannot be written.
    """
    kind = TABLE_FORMATS.get(path.suffix.lower().removeprefix("."))
    if kind is None:
        endings = ", ".join(f".{name}" for name in TABLE_FORMATS)
        raise InputError(f"{path}: the ending {path.suffix!r} is no format of {what}; there are {endings}")
    refuse_path(path, force=force)  # before items are encoded
    opened, at, said = _opened(run, step, best, on_progress)
    table = TABLES[what](opened, at)
    files: dict[Path, Write] = {path: lambda file: kind.write(table, file)}
    if kind.beside:
        files[path.with_name(f"{path.name}.json")] = lambda file: file.write(origin_text(table))
    write_new(files, force=force)
    return _told(opened, at, what, list(files), len(table), said)


def export_encoder(
    run: Run,
    path: Path,
    *,
    step: int | None = None,
    best: bool = False,
    space: str | None = None,
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Write the encoder as a folder; arguments and result are those of :func:`export_learnt_table`.

    ``space``: of an encoder of texts, ``h`` (before the projection head; None stands for it) or ``z``. ``force``:
    replace a folder that was exported before.

    Raises:
        InputError: As :func:`export_learnt_table`; or the encoder has no form that other programs open.
    """
    refuse_folder(path, force=force)
    opened, at, said = _opened(run, step, best, on_progress)
    opened.load(at)
    if space is not None and opened.loaded.kind != "text":
        raise InputError("--space chooses what an encoder of texts gives; others give h and z, both")
    write_folder(path, lambda folder: write_encoder(opened, at, folder, space or SPACES[0]), force=force)
    files = sorted(one for one in path.rglob("*") if one.is_file())
    return {**_told(opened, at, ENCODER, files, len(opened.data), said), "files": [str(path)]}


def _opened(run: Run, step: int | None, best: bool, on_progress: OnProgress | None) -> tuple[OpenedRun, int, list[str]]:
    """The run, the step of the checkpoint that is meant, and what is to be known of both."""
    opened = open_run(run, on_progress)
    said = [opened.notice] if opened.notice else []
    if best:
        moment = best_checkpoint(opened, said, on_progress or (lambda done, of, phase: None))
        said.append(
            f"of {max(1, len(moment.qualities)):,} checkpoints that at step {moment.step:,} is best on validation"
        )
        return opened, moment.step, said
    return opened, opened.steps[-1] if step is None else step, said


def _told(opened: OpenedRun, step: int, what: str, files: list[Path], items: int, said: list[str]) -> dict[str, Any]:
    return {
        "files": [str(path) for path in files],
        "bytes": sum(path.stat().st_size for path in files),
        "run": opened.run.id,
        "step": step,
        "items": items,
        "what": f"{what} of the checkpoint at step {step:,}",
        "said": said,
    }
