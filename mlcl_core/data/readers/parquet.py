"""Parquet tables, by pyarrow."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.hf_features import class_names, features_in
from mlcl_core.data.readers.record import first_line
from mlcl_core.data.tables.build import needed
from mlcl_core.data.tables.draft import refuse_wide
from mlcl_core.data.tables.head import FEWEST, TableFile, TableFormat, TableHead, rows_of_head
from mlcl_core.data.tables.options import TableOptions
from mlcl_core.data.tables.picture_column import holds_bytes
from mlcl_core.data.tables.schema import PICTURE, TableSchema
from mlcl_core.errors import InputError

MAX_ENCODED = (1 << 31) - 1  # bytes of a column of encoded pictures, which is kept in memory
PIECE = 10  # rows read at once where they hold pictures
BATCH = 1 << 26  # bytes read at once elsewhere, as far as the file declares their size
MAX_ROWS = 1 << 20  # read at once


def read_head(file: TableFile, options: TableOptions) -> TableHead:
    """The first rows of a Parquet file, typed; of pictures, which are large, fewer.

    Raises:
        InputError: A truncated or foreign file, one without rows.
    """
    del options
    path = file.path
    try:
        with pq.ParquetFile(_source(file), page_checksum_verification=True) as parquet:
            schema = parquet.schema_arrow
            refuse_wide(len(schema), path)
            large = any(holds_bytes(kind) for kind in schema.types)
            declared = sum(_declared(parquet.metadata, schema.names)) / max(1, parquet.metadata.num_rows)
            rows = PIECE if large else min(rows_of_head(len(schema)), max(FEWEST, int(BATCH / max(1.0, declared))))
            width = sum(map(_width, schema.types))
            refuse_large(int(min(rows, parquet.metadata.num_rows) * width), file.size, f"{path} claims wide rows")
            batch = next(parquet.iter_batches(batch_size=rows), None)
            total = parquet.metadata.num_rows
            table = schema.empty_table() if batch is None else pa.Table.from_batches([batch])
            table.validate(full=True)
    except (InputError, MemoryError):
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error
    classes = class_names(features_in(schema.metadata))
    return TableHead(file, "parquet", table, total <= table.num_rows, classes=classes)


def read(file: TableFile, schema: TableSchema) -> pa.Table:
    """The columns that a schema needs; others are not read at all.

    Raises:
        InputError: A truncated or foreign file, pictures of more than ``MAX_ENCODED`` bytes together.
    """
    columns, picture, path = needed(schema), schema.first(PICTURE), file.path
    try:
        with pq.ParquetFile(_source(file), page_checksum_verification=True) as parquet:
            if picture is not None and holds_bytes(parquet.schema_arrow.field(picture).type):
                table = _pieces(parquet, columns, picture, path)
            else:
                table = _batches(parquet, columns, path, file.size)
        # text that is not UTF-8
        table.validate(full=True)
    except (InputError, MemoryError):
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error
    return table


def _source(file: TableFile) -> Path | pa.BufferReader:
    return file.path if file.raw is None else pa.BufferReader(file.raw)


def _batches(file: pq.ParquetFile, columns: list[str], path: Path, size: int) -> pa.Table:
    """The rows in batches, as a few bytes of the file may be repeated in a million rows."""
    rows = file.metadata.num_rows
    schema = pa.schema([file.schema_arrow.field(name) for name in columns])
    width = sum(map(_width, schema.types))
    refuse_large(int(rows * width), size, f"{path} claims {rows:,} rows of {len(columns):,} columns that are needed")
    declared = sum(_declared(file.metadata, columns))
    at_once = max(1, min(MAX_ROWS, int(BATCH / max(1, width, declared / max(1, rows)))))
    batches, taken, done = [], 0, 0
    for batch in file.iter_batches(batch_size=at_once, columns=columns):
        # selecting a column called a selects a.b too
        batches.append(batch.select(columns))
        taken += batches[-1].nbytes
        refuse_large(taken, size, f"{path} holds long texts or lists, or the same again and again")
        done += len(batch)
        progress(done, rows, "rows")
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
    pieces, size, done = [], 0, 0
    for piece in file.iter_batches(batch_size=PIECE, columns=columns):
        pieces.append(piece.select(columns))
        size += piece[picture].nbytes
        _refuse_large(size, picture, path)
        done += len(piece)
        progress(done, file.metadata.num_rows, "rows")
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


PARQUET = TableFormat("parquet", "Parquet", (".parquet",), read_head, read)
