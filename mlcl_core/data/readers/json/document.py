"""A JSON document, from bytes that may be anything."""

import json
from pathlib import Path
from typing import Any

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import first_line
from mlcl_core.errors import InputError

STEP = 10_000  # objects parsed between two signs of progress
MAX_JSON = 1 << 30  # bytes of a document, which is kept in memory


class _Watched:
    """Reports progress as objects are parsed."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, entry: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        if self.count % STEP == 0:
            progress()
        return entry


def parsed(raw: bytes, path: Path) -> Any:
    """The document in UTF-8, UTF-16 or UTF-32.

    Raises:
        InputError: An empty file, other bytes, a document that ends early or is no JSON (line and column named), or
            one of too many levels.
    """
    if not raw.strip():
        raise InputError(f"{path} is empty; it must hold JSON")
    try:
        return json.loads(raw, object_hook=_Watched())
    except json.JSONDecodeError as error:
        ends = "ends early" if error.pos >= len(error.doc.rstrip()) else "is no JSON"
        raise InputError(f"{path} {ends}: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{path} holds lists or objects in each other, too many levels deep") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text: byte {error.start} is no {error.encoding.upper()}") from error
    # a whole number of thousands of digits
    except ValueError as error:
        raise InputError(f"{path} is no JSON that can be read: {first_line(error)}") from error
