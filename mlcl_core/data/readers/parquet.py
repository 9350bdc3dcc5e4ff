"""Parquet, by pyarrow."""

from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlcl_core.data.readers.members import Read
from mlcl_core.data.readers.record import Reader, Vectors, first_line
from mlcl_core.data.readers.table import SAMPLE, TABLE_PARAMS, Roles, TableOptions, holds_bytes, roles_of, vectors_of
from mlcl_core.errors import InputError

MOST_ENCODED = (1 << 31) - 1  # bytes of a column of encoded pictures, which is held in memory
PIECE = 10  # rows that are read at once where they hold pictures


def read_parquet(path: Path, *, raw: bytes | None = None, members: Read | None = None, **options: str) -> Vectors:
    """Read the columns of a Parquet file; those left out by ``ignore`` are not read at all.

    Args:
        path: One file. Features are numbers of any type; labels are columns of 0 and 1 or of true and false, or one
            column of text or of lists of text; text may be categorical. Pictures are names of files, or encoded bytes,
            bare or in a struct of ``bytes`` and ``path``.
        raw: What the file holds, where it lies in an archive; None: it is read from its path.
        members: Reads pictures by the names in the table; None: those in the table's folder.
        **options: As in ``TABLE_PARAMS``; a column of lists needs no separator.

    Raises:
        InputError: A truncated or foreign file, a column's name that stands twice, pictures of more than
            ``MOST_ENCODED`` bytes together, and what :func:`vectors_of` refuses.
    """
    said = TableOptions(**options)
    roles = roles_of(_columns(path, raw), path, said, lambda name: _first_cells(path, raw, name))
    return vectors_of(_table(path, raw, roles), roles, path, said.separator, members)


def _source(path: Path, raw: bytes | None) -> Path | pa.BufferReader:
    return path if raw is None else pa.BufferReader(raw)


def _columns(path: Path, raw: bytes | None) -> list[str]:
    try:
        with pq.ParquetFile(_source(path, raw)) as file:
            return file.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _first_cells(path: Path, raw: bytes | None, column: str) -> pa.ChunkedArray:
    try:
        with pq.ParquetFile(_source(path, raw)) as file:
            # a column called a brings a.b with it
            batches = islice(file.iter_batches(batch_size=PIECE, columns=[column]), SAMPLE // PIECE)
            return pa.chunked_array([batch[column] for batch in batches], file.schema_arrow.field(column).type)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error


def _table(path: Path, raw: bytes | None, roles: Roles) -> pa.Table:
    columns, picture = roles.needed, roles.picture
    try:
        with pq.ParquetFile(_source(path, raw), page_checksum_verification=True) as file:
            if picture is not None and holds_bytes(file.schema_arrow.field(picture).type):
                table = _pieces(file, columns, picture, path)
            else:
                # a column called a brings a.b with it
                table = file.read(columns=columns).select(columns)
        # text that is no UTF-8
        table.validate(full=True)
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error
    return table


def _pieces(file: pq.ParquetFile, columns: list[str], picture: str, path: Path) -> pa.Table:
    """Few rows at a time, as bytes that a small file holds once may stand in each of its rows."""
    _refuse_large(_declared(file.metadata, picture), picture, path)
    pieces, size = [], 0
    for piece in file.iter_batches(batch_size=PIECE, columns=columns):
        pieces.append(piece.select(columns))
        size += piece[picture].nbytes
        _refuse_large(size, picture, path)
    return pa.Table.from_batches(pieces, pa.schema([file.schema_arrow.field(name) for name in columns]))


def _declared(metadata: pq.FileMetaData, column: str) -> int:
    groups = (metadata.row_group(place) for place in range(metadata.num_row_groups))
    parts = (group.column(place) for group in groups for place in range(group.num_columns))
    return sum(part.total_uncompressed_size for part in parts if part.path_in_schema.split(".")[0] == column)


def _refuse_large(size: int, column: str, path: Path) -> None:
    if size > MOST_ENCODED:
        raise InputError(
            f"{path}: column {column!r} holds {size:,} bytes of pictures or more; at most {MOST_ENCODED:,} are read "
            "from a table: save them as files beside it"
        )


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path} is damaged or not a Parquet file: {first_line(error)}")


PARQUET = Reader("parquet", "Parquet", (".parquet",), read_parquet, params=TABLE_PARAMS)
