"""Parquet tables, by pyarrow."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.members import Read
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.table import (
    SAMPLE,
    TABLE_PARAMS,
    ColumnRoles,
    TableOptions,
    holds_bytes,
    loaded_from_table,
    roles_of,
)
from mlcl_core.errors import InputError

MAX_ENCODED = (1 << 31) - 1  # bytes of a column of encoded pictures, which is kept in memory
PIECE = 10  # rows read at once where they hold pictures
BATCH = 1 << 26  # bytes read at once elsewhere, as far as the file declares their size
MAX_ROWS = 1 << 20  # read at once


def read_parquet(path: Path, *, raw: bytes | None = None, members: Read | None = None, **options: str) -> LoadedData:
    """Read the columns of a Parquet file; those left out by ``ignore`` are not read at all.

    Args:
        path: One file. Features are numbers of any type; labels are columns of 0 and 1 or of true and false, or one
            column of text or of lists of text; text may be categorical. Pictures are names of files, or encoded bytes,
            bare or in a struct of ``bytes`` and ``path``.
        raw: The contents of a file in an archive; None: the file is read from its path.
        members: Reads pictures by the names in the table; None: those in the table's folder.
        **options: As in ``TABLE_PARAMS``; a column of lists needs no separator.

    Raises:
        InputError: A truncated or foreign file, a repeated name of a column, pictures of more than
            ``MAX_ENCODED`` bytes together, and what :func:`loaded_from_table` refuses.
    """
    chosen = TableOptions(**options)
    roles = roles_of(_columns(path, raw), path, chosen, lambda name: _first_cells(path, raw, name))
    return loaded_from_table(_table(path, raw, roles), roles, path, chosen.separator, members)


def _source(path: Path, raw: bytes | None) -> Path | pa.BufferReader:
    return path if raw is None else pa.BufferReader(raw)


def _columns(path: Path, raw: bytes | None) -> list[str]:
    try:
        with pq.ParquetFile(_source(path, raw)) as file:
            return file.schema_arrow.names
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _first_cells(path: Path, raw: bytes | None, column: str) -> pa.ChunkedArray:
    try:
        with pq.ParquetFile(_source(path, raw)) as file:
            # selecting a column called a selects a.b too
            batches = islice(file.iter_batches(batch_size=PIECE, columns=[column]), SAMPLE // PIECE)
            return pa.chunked_array([batch[column] for batch in batches], file.schema_arrow.field(column).type)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error


def _table(path: Path, raw: bytes | None, roles: ColumnRoles) -> pa.Table:
    columns, picture = roles.needed, roles.picture
    try:
        with pq.ParquetFile(_source(path, raw), page_checksum_verification=True) as file:
            if picture is not None and holds_bytes(file.schema_arrow.field(picture).type):
                table = _pieces(file, columns, picture, path)
            else:
                table = _batches(file, columns, path, path.stat().st_size if raw is None else len(raw))
        # text that is not UTF-8
        table.validate(full=True)
    except (InputError, MemoryError):
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error
    return table


def _batches(file: pq.ParquetFile, columns: list[str], path: Path, size: int) -> pa.Table:
    """The rows in batches, as a few bytes of the file may be repeated in a million rows."""
    rows = file.metadata.num_rows
    schema = pa.schema([file.schema_arrow.field(name) for name in columns])
    width = sum(map(_width, schema.types))
    refuse_large(int(rows * width), size, f"{path} claims {rows:,} rows of {len(columns):,} columns that are needed")
    declared = sum(_declared(file.metadata, columns))
    at_once = max(1, min(MAX_ROWS, int(BATCH / max(1, width, declared / max(1, rows)))))
    batches, taken = [], 0
    for batch in file.iter_batches(batch_size=at_once, columns=columns):
        # selecting a column called a selects a.b too
        batches.append(batch.select(columns))
        taken += batches[-1].nbytes
        refuse_large(taken, size, f"{path} holds long texts or lists, or the same again and again")
        progress()
    return pa.Table.from_batches(batches, schema)


def _width(kind: pa.DataType) -> float:
    """Bytes of a cell; for a type without a fixed length, those of its offset alone."""
    try:
        return kind.bit_width / 8
    except ValueError:
        return 4.0


def _pieces(file: pq.ParquetFile, columns: list[str], picture: str, path: Path) -> pa.Table:
    """The rows, a few at a time, as large cells that a small file holds once may be repeated in every row."""
    _refuse_large(sum(_declared(file.metadata, [picture])), picture, path)
    pieces, size = [], 0
    for piece in file.iter_batches(batch_size=PIECE, columns=columns):
        pieces.append(piece.select(columns))
        size += piece[picture].nbytes
        _refuse_large(size, picture, path)
        progress()
    return pa.Table.from_batches(pieces, pa.schema([file.schema_arrow.field(name) for name in columns]))


def _declared(metadata: pq.FileMetaData, columns: list[str]) -> Iterator[int]:
    """The decompressed size of each row group of some columns, in bytes."""
    wanted = frozenset(columns)
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for part in map(group.column, range(group.num_columns)):
            if part.path_in_schema in wanted or part.path_in_schema.partition(".")[0] in wanted:
                yield part.total_uncompressed_size


def _refuse_large(size: int, column: str, path: Path) -> None:
    if size > MAX_ENCODED:
        raise InputError(
            f"{path}: column {column!r} holds {size:,} bytes of pictures or more; at most {MAX_ENCODED:,} are read "
            "from a table: save them as files beside it"
        )


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path} is damaged or not a Parquet file: {first_line(error)}")


PARQUET = Reader("parquet", "Parquet", (".parquet",), read_parquet, params=TABLE_PARAMS)
