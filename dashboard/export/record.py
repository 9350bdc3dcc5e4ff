"""What the registry holds of each kind of file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from dashboard.export.table import ExportTable

MAX_REPLAY_ITEMS = 20_000  # whose pairs are computed in a minute, and of which a file of 6 MB holds some
ORIGIN = "mlcl_lab"  # the name of the origin in the metadata of a file


@dataclass(frozen=True)
class TableFormat:
    """One kind of file that holds a table.

    Attributes:
        name: The ending of the file's name, without the dot.
        title: On buttons.
        mime: Its type, for browsers.
        write: Writes a table into an open file.
        beside: Whether the file has no place for the origin, which then stands beside it, in ``FILE.json``.
    """

    name: str
    title: str
    mime: str
    write: Callable[[ExportTable, BinaryIO], None]
    beside: bool = False
