"""The objects of a JSON file: one a line, the entries of an array, or the one that is the whole file."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.json_rows.unwrap import unwrapped
from mlcl_core.data.readers.text_file import CHUNK, TextFile
from mlcl_core.errors import InputError

FIRST = 100  # objects by which a kind of file is recognised
BLANKS = re.compile(r"[ \t\r\n]*")
LINES, ARRAY, OBJECTS, DOCUMENT = "lines", "array", "objects", "document"


class RepeatedKeyError(ValueError):
    """An object with the same key twice, of which Python would keep the last value."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        again = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise RepeatedKeyError(f"key {again[:60]!r} stands twice in one object")
    return found


# line breaks and tabs within texts are what they look like
DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats, strict=False)


@dataclass(frozen=True)
class Content:
    """What a JSON file holds.

    Args:
        shape: ``lines``: an object a line; ``array``; ``objects``, one after another over several lines; ``document``:
            one object.
        first: The first objects; the document alone, where no array in it holds the rows.
        records: All of them, from the beginning.
        said: What was taken without a question.
    """

    shape: str
    first: list[dict[str, Any]]
    records: Callable[[], Iterator[dict[str, Any]]]
    said: tuple[str, ...] = ()


def content_of(file: TextFile, is_kind: Callable[[list[dict[str, Any]]], bool]) -> Content:
    """The objects of a file.

    Args:
        file: The file.
        is_kind: Whether a document is of a kind that reads it as a whole; the rows of others are looked for in it.

    Raises:
        InputError: An empty file, one that is no JSON (line and column named), is cut off, or nested too deeply; rows
            that are no objects; a document in which no rows are found.
        UnicodeDecodeError: The file is not in its encoding.
    """
    with file.opened() as text:
        line = next((line for line in text if line.strip()), "")
        start = line.lstrip()[:1]
        if not start:
            raise InputError(f"{file.path} is empty; JSON is needed, an object for each item")
        if start == "[":
            return _of(ARRAY, lambda: _values(_whole(file), file, inside=True))
        if start != "{":
            raise InputError(
                f"{file.path} is no JSON: it begins with {line.strip()[:20]!r}, not with an object {{...}} or a list"
            )
        if _is_object(line):
            if any(rest.strip() for rest in text):
                return _of(LINES, lambda: _lines(file))
            return _document(_one_line(line, 1, file), is_kind, file)
    found = list(islice(_values(_whole(file), file, inside=False), 2))
    if len(found) > 1:
        return _of(OBJECTS, lambda: _values(_whole(file), file, inside=False))
    return _document(found[0], is_kind, file)


def is_document(path: Path) -> bool:
    """Whether a file may be one object: it begins with a bracket, and its first line is not one of several objects."""
    if path.name.lower().endswith(".gz"):
        return False
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as text:
            line = next((line for line in text if line.strip()), "")
            return line.lstrip()[:1] == "{" and not (_is_object(line) and any(rest.strip() for rest in text))
    except OSError:
        return False


def _of(shape: str, records: Callable[[], Iterator[dict[str, Any]]]) -> Content:
    return Content(shape, list(islice(records(), FIRST)), records)


def _document(document: dict[str, Any], is_kind: Callable[[list[dict[str, Any]]], bool], file: TextFile) -> Content:
    if is_kind([document]):
        return Content(DOCUMENT, [document], lambda: iter([document]))
    rows, said = unwrapped(document, file.path)
    return Content(ARRAY, rows[:FIRST], lambda: iter(rows), said)


def _is_object(line: str) -> bool:
    """Whether a line is a whole object."""
    try:
        return isinstance(DECODER.decode(line), dict)
    except (ValueError, RecursionError):
        return False


def _whole(file: TextFile) -> str:
    parts = []
    with file.opened() as text:
        while part := text.read(CHUNK):
            parts.append(part)
            progress()
    return "".join(parts)


def _lines(file: TextFile) -> Iterator[dict[str, Any]]:
    """The object of each line; empty lines are left out."""
    with file.opened() as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield _one_line(line, number, file)


def _one_line(line: str, number: int, file: TextFile) -> dict[str, Any]:
    place = f"line {number}"
    try:
        value = DECODER.decode(line)
    except json.JSONDecodeError as error:
        cut = "" if line.endswith("\n") else " (cut off?)"
        raise InputError(
            f"{file.path}: {place} is no JSON{cut}: {error.msg}, at character {error.pos + 1}; every line must be one "
            "object {...}"
        ) from error
    except (RepeatedKeyError, RecursionError, ValueError) as error:
        raise _wrong(file, place, error) from error
    return _object(value, place, file)


def _values(text: str, file: TextFile, *, inside: bool) -> Iterator[dict[str, Any]]:
    """The objects of an array, or those that stand one after another."""
    place = BLANKS.match(text).end() + inside  # type: ignore[union-attr]
    number = 0
    while True:
        place = BLANKS.match(text, place).end()  # type: ignore[union-attr]
        if text[place : place + 1] == ("]" if inside else ""):
            if number or not inside:
                break
            raise InputError(f"{file.path} is an empty list; an object for each item is needed")
        try:
            value, place = DECODER.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise _no_json(file, text, error.pos, error.msg, number) from error
        except (RepeatedKeyError, RecursionError, ValueError) as error:
            raise _wrong(file, f"entry {number}", error) from error
        yield _object(value, f"entry {number}", file)
        number += 1
        place = BLANKS.match(text, place).end()  # type: ignore[union-attr]
        if inside and text[place : place + 1] == ",":
            place += 1
        elif inside and text[place : place + 1] != "]":
            raise _no_json(file, text, place, "Expecting ',' or ']'", number - 1)
    if inside and text[place + 1 :].strip():
        raise _no_json(file, text, place + 1, "text stands behind the list", number - 1)


def _object(value: Any, place: str, file: TextFile) -> dict[str, Any]:
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a text", type(None): "null", bool: "true or false"}.get(type(value), "a number")
        raise InputError(f'{file.path}: {place} is {kind}; it must be an object such as {{"text": ..., "labels": ...}}')
    return value


def _no_json(file: TextFile, text: str, place: int, what: str, entry: int) -> InputError:
    if place >= len(text.rstrip()):
        return InputError(f"{file.path} is cut off: it ends within entry {entry} (counted from 0)")
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    return InputError(f"{file.path}: line {line}, column {column} is no JSON: {what}")


def _wrong(file: TextFile, place: str, error: Exception) -> InputError:
    if isinstance(error, RecursionError):
        return InputError(f"{file.path}: {place} is nested too deeply; lists and objects may stand in 200 others")
    if isinstance(error, RepeatedKeyError):
        return InputError(f"{file.path}: {place}: {error}")
    most = sys.get_int_max_str_digits()
    return InputError(f"{file.path}: {place} holds a number of more than {most} digits; write it as a text")
