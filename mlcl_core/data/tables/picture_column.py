"""A column of pictures: names of files, encoded bytes, or structs of both; each is read when it is accessed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.pictures import PictureCells, Pictures
from mlcl_core.data.tables.arrow_types import is_bytes, is_text, plain_type, undictionaried
from mlcl_core.data.tables.facts import is_picture_name, mostly, undictionaried_text
from mlcl_core.data.tables.head import TableFile
from mlcl_core.errors import InputError


def pictures_of(table: pa.Table, name: str, rows: np.ndarray, file: TableFile) -> Pictures:
    """The pictures of some rows, named or encoded in a column.

    Args:
        table: All rows.
        name: The column.
        rows: The rows that are items.
        file: Names the table in errors, and reads pictures by their names.

    Raises:
        InputError: A column of another type, an empty cell.
    """
    column = undictionaried(table[name])
    column = column if len(rows) == len(column) else column.take(pa.array(rows))
    path, members = file.path, file.reader_of_members
    if pa.types.is_struct(column.type):
        return _in_structs(column, name, file)
    if is_bytes(column.type) and not mostly(column, is_picture_name):
        names = [""] * len(column)
        return Pictures(names, PictureCells(names, column, None, str(path)), str(path))
    if not is_text(column.type):
        raise InputError(f"{path}: column {name!r} holds {column.type}; pictures are names of files or encoded bytes")
    names = pc.fill_null(_names(column, name, path), "").to_pylist()
    if "" in names:
        row = int(rows[names.index("")])
        raise InputError(f"{path}: row {row}, column {name!r} is empty; every row needs a picture")
    return Pictures(names, PictureCells(names, None, members, str(path)), str(path))


def _names(column: pa.ChunkedArray, name: str, path: Path) -> pa.ChunkedArray:
    try:
        return undictionaried_text(column)
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise InputError(f"{path}: column {name!r} holds {column.type}, which is no text in UTF-8") from error


def _in_structs(column: pa.ChunkedArray, name: str, file: TableFile) -> Pictures:
    """Pictures in the form of the ``datasets`` library: encoded in ``bytes``, or else a file's name in ``path``."""
    path, members = file.path, file.reader_of_members
    kinds = {field.name: plain_type(field.type) for field in column.type}
    encoded_kind, named_kind = kinds.get("bytes", pa.null()), kinds.get("path", pa.null())
    if not is_bytes(encoded_kind) and not is_text(named_kind):
        raise InputError(f"{path}: column {name!r} holds {column.type}; pictures are structs of bytes and path")
    names = [""] * len(column)
    if is_text(named_kind):
        names = pc.fill_null(pc.struct_field(column, "path"), "").to_pylist()
    encoded = undictionaried(pc.struct_field(column, "bytes")) if is_bytes(encoded_kind) else None
    return Pictures(names, PictureCells(names, encoded, members, str(path)), str(path))


def holds_bytes(kind: pa.DataType) -> bool:
    """Whether a column of pictures may hold the encoded pictures rather than their names."""
    return is_bytes(kind) or pa.types.is_struct(kind)
