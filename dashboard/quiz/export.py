"""``mlcl export --what quiz``: the answers as a file."""

from pathlib import Path
from typing import Any

from dashboard.export import TABLE_FORMATS
from dashboard.export.origin import origin_text
from dashboard.export.write import Write, write_new
from dashboard.quiz.store import kept_answers
from dashboard.quiz.table import answers_table
from mlcl_core.errors import InputError


def export_answers(path: Path, *, home: Path | None = None, force: bool = False) -> dict[str, Any]:
    """Write all answers to the quiz as a table.

    Args:
        path: The file; its ending names the format.
        home: The home directory.
        force: Replace a file that exists.

    Returns:
        ``files``, their ``bytes``, ``items`` (attempts), ``what`` in words, and what was left out, ``said``.

    Raises:
        InputError: An unknown ending, no answers, a file that cannot be written.
    """
    kind = TABLE_FORMATS.get(path.suffix.lower().removeprefix("."))
    if kind is None:
        raise InputError(f"{path}: the ending {path.suffix!r} is no table; there are .{', .'.join(TABLE_FORMATS)}")
    answers = kept_answers(home)
    if not answers.attempts:
        raise InputError(f"there are no answers to the quiz. {answers.problems}".strip())
    table = answers_table(answers.attempts)
    files: dict[Path, Write] = {path: lambda file: kind.write(table, file)}
    if kind.beside:
        files[path.with_name(f"{path.name}.json")] = lambda file: file.write(origin_text(table))
    write_new(files, force=force)
    return {
        "files": [str(one) for one in files],
        "bytes": sum(one.stat().st_size for one in files),
        "items": len(table),
        "what": "one a quiz that was handed in",
        "said": [answers.problems] if answers.problems else [],
    }
