"""Answers about a file, saved beside it as ``FILE.schema.json`` and taken up by themselves."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlcl_core.data.readers.record import first_line
from mlcl_core.errors import InputError

ENDING = ".schema.json"
VERSION = 1
MAX_BYTES = 1 << 20


def answers_path(path: Path) -> Path:
    """Where the answers about a file are saved."""
    return path.with_name(path.name + ENDING)


def saved_answers(path: Path) -> dict[str, Any]:
    """The options saved beside a file; none where nothing is saved.

    Raises:
        InputError: The file beside it is no such file.
    """
    place = answers_path(path)
    if not place.is_file():
        return {}
    try:
        if place.stat().st_size > MAX_BYTES:
            raise InputError(f"{place} is {place.stat().st_size:,} bytes large; at most {MAX_BYTES:,} are read")
        return answers_in(place.read_bytes(), str(place))
    except OSError as error:
        raise InputError(f"{place} can't be read: {first_line(error)}; delete it, or save the answers again") from error


def answers_in(raw: bytes, name: str) -> dict[str, Any]:
    """The options in the contents of such a file.

    Raises:
        InputError: It is no such file; ``name`` names it.
    """
    try:
        found = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} can't be read: {first_line(error)}; delete it, or save the answers again") from error
    options = found.get("options") if isinstance(found, dict) else None
    if not isinstance(options, dict) or found.get("version") != VERSION:
        raise InputError(f"{name} holds no answers of version {VERSION}; delete it, or save the answers again")
    wrong = next((key for key, value in options.items() if not isinstance(value, str | int | float | bool)), None)
    if wrong is not None:
        raise InputError(f"{name}: option {wrong!r} is no text and no number; delete it, or save the answers again")
    return dict(options)


def answers_text(options: Mapping[str, Any], schema: Mapping[str, Any] | None) -> str:
    """The contents of such a file."""
    held = {"version": VERSION, "options": dict(options), "schema": schema}
    return json.dumps(held, indent=2, ensure_ascii=False) + "\n"


def save_answers(path: Path, options: Mapping[str, Any], schema: Mapping[str, Any] | None) -> Path:
    """Save options beside a file, and the schema that they give, for readers; the file appears whole.

    Raises:
        OSError: The folder cannot be written.
    """
    place = answers_path(path)
    part = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        part.write_text(answers_text(options, schema), encoding="utf-8")
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
    return place
