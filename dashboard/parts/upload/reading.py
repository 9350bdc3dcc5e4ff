"""What the pending file is taken for and what it holds, by the options told: looked at and read as everywhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard.loaders.reading import reading_shown
from dashboard.parts.upload.hand import PendingUpload, hand
from mlcl_core.errors import InputError

SHOWN = 5  # of the first items
TRIED_BYTES = 2_000_000  # of a file that is read once for each reading of a question
NAMED = 12  # labels in the line about the data
TRIED_ITEMS = 300  # among which those are sought that readings differ in


@dataclass(frozen=True)
class Seen:
    """A look at a file (:class:`mlcl_core.data.look.Look`), or why it was refused."""

    look: Any = None
    error: str | None = None


@dataclass(frozen=True)
class ParsedUpload:
    """The whole file as read, or why it was not.

    Args:
        vectors: Items and labels (:class:`mlcl_core.data.readers.LoadedData`).
        numbers: The statistics of the data set that they make.
        rows: Its first items.
        options: By which it was read.
        questions: What has to be decided first.
        error: Why it was refused.
    """

    vectors: Any = None
    numbers: Any = None
    rows: pd.DataFrame | None = None
    options: Mapping[str, Any] | None = None
    questions: tuple[Any, ...] = ()
    error: str | None = None


def params_of(pending: PendingUpload) -> Mapping[str, Any]:
    """The options of a file: those of its format, and the files of its other splits.

    Raises:
        InputError: No format has its ending.
    """
    from mlcl_core.data.files import reader_of
    from mlcl_core.data.parts import PART_PARAMS

    return {**reader_of(pending.path).params, **PART_PARAMS}


def params_shown(look: Any, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options that a file has, of all that files with its ending may have: an export has fewer than a table."""
    from mlcl_core.data.parts import PART_PARAMS
    from mlcl_core.data.readers import options_of

    if "format" not in look.facts:
        return params
    own = {**options_of(look.facts["format"]), **PART_PARAMS}
    return {name: option for name, option in params.items() if name in own}


def seen(pending: PendingUpload, options: Mapping[str, Any]) -> Seen:
    """The look at a file with some options."""
    from mlcl_core.data.look import look

    def see() -> Seen:
        with reading_shown("Looking at the file", pending.name):
            try:
                return Seen(look(pending.path, options))
            except (InputError, OSError) as error:
                return Seen(error=hand().named_as_known(str(error)))

    return hand().keep("look", (pending, dict(options)), see)


def look_in_hand() -> Any:
    """The last look at the pending file; None where it was refused, or let go."""
    _, last = hand().values.get("look", (None, Seen()))
    return last.look


def read_whole(pending: PendingUpload, options: Mapping[str, Any]) -> ParsedUpload:
    """The whole file, read with some options and checked."""

    def read() -> ParsedUpload:
        with reading_shown("Reading the file", pending.name):
            return _parsed(pending, options)

    return hand().keep("parsed", (pending, dict(options)), read)


def in_hand() -> tuple[PendingUpload, ParsedUpload]:
    """The pending file and what was read of it.

    Raises:
        InputError: It was let go: the connection ended meanwhile.
    """
    held = hand()
    if held.pending is None or "parsed" not in held.values:
        raise InputError("the file was let go when the connection ended; choose it again")
    return held.pending, held.values["parsed"][1]


def outcome(place: str, pending: PendingUpload, kind: str, options: Mapping[str, Any]) -> ParsedUpload | None:
    """What a small file holds under the options of a reading; None where that would take long, or is not known.

    Args:
        place: Of the reading among others.
        pending: The file.
        kind: Of its items; pictures take long.
        options: All options, with those of the reading.
    """
    if kind == "picture" or not pending.path.is_file() or pending.path.stat().st_size > TRIED_BYTES:
        return None

    def tried() -> ParsedUpload | None:
        parsed = _parsed(pending, options, items=TRIED_ITEMS, keep=False)
        return None if parsed.questions else parsed

    return hand().keep(f"outcome.{place}", (pending, dict(options)), tried)


def options_as_known(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the names of dropped files in place of the paths of their copies."""
    known = hand().named_as_known
    return {name: known(value) if isinstance(value, str) else value for name, value in options.items()}


def in_one_line(numbers: Mapping[str, Any]) -> str:
    """A data set in one line: "20 items, 5 labels, 2.3 an item: sun, fog, dune"."""
    names = list(numbers["label_counts"])
    items, labels = numbers["items"], numbers["labels"]
    # a comma within a name must not look like two names
    listed = ", ".join(f'"{name}"' if "," in name else name for name in names[:NAMED])
    sizes = f"{items:,} item{'s'[: items != 1]}, {labels:,} label{'s'[: labels != 1]}"
    return f"{sizes}, {numbers['cardinality']:.1f} an item: {listed}" + (", …" if len(names) > NAMED else "")


def _parsed(
    pending: PendingUpload, options: Mapping[str, Any], *, items: int = SHOWN, keep: bool = True
) -> ParsedUpload:
    from dashboard.parts.data.items import table
    from mlcl_core.data import statistics
    from mlcl_core.data.files import build_dataset, read_file
    from mlcl_core.data.tables.question import QuestionError

    try:
        loaded = read_file(pending.path, options)
        loaded = replace(loaded, said=tuple(map(hand().named_as_known, loaded.said)))
        data = build_dataset(loaded, Path(pending.name), 0, labels_only=True)
        rows = table(data, np.arange(min(items, len(data))))
        return ParsedUpload(loaded if keep else None, statistics(data), rows, dict(options))
    except QuestionError as error:
        return ParsedUpload(questions=error.questions)
    except (InputError, OSError) as error:
        return ParsedUpload(error=hand().named_as_known(str(error)))
