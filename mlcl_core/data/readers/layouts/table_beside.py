"""A table and the pictures that it names, in its folder and the sub-folders."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mlcl_core.data.readers.csv import CSV, read_csv
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.members import TABLE_ENDINGS, InArchive, Read, find_table
from mlcl_core.data.readers.parquet import read_parquet
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.errors import InputError

MAX_TABLE = 1 << 29  # bytes of the table in an archive, which is kept in memory


def has_table(members: Members) -> bool:
    """Whether any file beside the pictures is a table."""
    return any(name.lower().endswith(TABLE_ENDINGS) for name in members.read.top())


def find(members: Members) -> Callable[..., LoadedData] | None:
    """What reads the table; None where there is none."""
    return partial(read_beside, members) if has_table(members) else None


def read_beside(members: Members, **params: Any) -> LoadedData:
    """Read the only table there is, or the one called metadata, labels or table.

    Args:
        members: Where it is.
        **params: Those of :func:`read_csv` and :func:`read_parquet`.

    Raises:
        InputError: No table or several, one that a link places outside, and what its reader refuses.
    """
    table, raw = located_table(members)
    return _read(table, members.read, raw, **params)


def located_table(members: Members) -> tuple[Path, bytes | None]:
    """The path of the table, and its bytes where it is in an archive; raises as :func:`read_beside`."""
    if isinstance(members.read, InArchive):
        archive, top = members.read.archive, members.read.folder
        name = find_table(members.read.top(), str(members.path))
        inside = f"{top}/{name}" if top else name
        table = members.path / inside
        return table, archive.read(inside, str(table), MAX_TABLE)
    table = members.path / find_table(members.read.top(), f"the folder {members.path}")
    if not table.resolve().is_relative_to(members.path.resolve()):
        raise InputError(f"{table} leads out of the folder by a link; only files inside are opened")
    return table, None


def _read(path: Path, members: Read, raw: bytes | None = None, **params: Any) -> LoadedData:
    """Read a table by the reader for its ending; raises as that reader does."""
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, raw=raw, members=members, **{k: v for k, v in params.items() if k != "delimiter"})
    return read_csv(path, raw=raw, members=members, **params)


TABLE_BESIDE = Layout("table", "a table and the pictures that it names", find, CSV.params)
