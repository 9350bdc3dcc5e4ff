"""A file beside a table that names the classes whose numbers its label cells hold."""

import json
from typing import Any

from mlcl_core.data.readers.record import first_line
from mlcl_core.data.tables.head import TableFile
from mlcl_core.errors import InputError

MAX_CLASSES = 1_000_000
RIGHT = "it must name the classes: one a line, a JSON list, or a JSON object of names by numbers from 0 on"


def class_names_in(name: str, file: TableFile) -> tuple[str, ...]:
    """The names of classes, in the order of their numbers; none where no file is named.

    Args:
        name: A file in the folder, or the archive, of the table; empty: none.
        file: The table.

    Raises:
        InputError: No such file, one that leads outside, or one that names no classes.
    """
    if not name:
        return ()
    what = f"{file.path}: label_names={name}"
    try:
        text = file.reader_of_members(name, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{what} is no text in UTF-8; {RIGHT}") from error
    if text.lstrip().startswith(("[", "{")):
        names = _of_json(text, what)
    else:
        names = [line.strip() for line in text.splitlines() if line.strip()]
    if not names:
        raise InputError(f"{what} is empty; {RIGHT}")
    if len(names) > MAX_CLASSES:
        raise InputError(f"{what} names {len(names):,} classes; at most {MAX_CLASSES:,} are allowed")
    twice = next((one for place, one in enumerate(names) if one in names[:place]), None) if len(names) < 2000 else None
    if twice is not None or len(set(names)) < len(names):
        raise InputError(f"{what} names {twice or 'a class'!r} twice; every class needs a name of its own")
    return tuple(names)


def _of_json(text: str, what: str) -> list[str]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} is no sound JSON: {first_line(error)}; {RIGHT}") from error
    if isinstance(found, dict):
        numbered = {key: value for key, value in found.items() if key.isdecimal()}
        if not numbered and all(isinstance(value, int) for value in found.values()):
            # names with their numbers, as label2id is written
            numbered = {str(value): key for key, value in found.items()}
        places = sorted(map(int, numbered))
        if not found or len(numbered) < len(found) or places != list(range(len(found))):
            raise InputError(f"{what} has no names for 0, 1, 2, ...; {RIGHT}")
        found = [numbered[str(place)] for place in places]
    if not all(isinstance(one, str) for one in found):
        raise InputError(f"{what} holds what is no name; {RIGHT}")
    return list(found)
