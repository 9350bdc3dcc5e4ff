"""Parquet, by pyarrow."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlcl_core.data.readers.record import Reader, Vectors, first_line
from mlcl_core.data.readers.table import TABLE_PARAMS, roles_of, vectors_of
from mlcl_core.errors import InputError


def read_parquet(path: Path, *, labels: str = "", separator: str = "", text: str = "", ignore: str = "") -> Vectors:
    """Read the columns of a Parquet file; those left out by ``ignore`` are not read at all.

    Args:
        path: One file. Features are numbers of any type; labels are columns of 0 and 1 or of true and false, or one
            column of text or of lists of text; text may be categorical.
        labels, separator, text, ignore: As in ``TABLE_PARAMS``; a column of lists needs no separator.

    Raises:
        InputError: A truncated or foreign file, a column's name that stands twice, and what :func:`vectors_of` refuses.
    """
    columns = _columns(path)
    roles = roles_of(columns, path, labels, ignore, text)
    return vectors_of(_table(path, roles.needed), roles, path, separator)


def _columns(path: Path) -> list[str]:
    try:
        with pq.ParquetFile(path) as file:
            return file.schema_arrow.names
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _table(path: Path, columns: list[str]) -> pa.Table:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            # a column called a brings a.b with it
            table = file.read(columns=columns).select(columns)
        # text that is no UTF-8
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error
    return table


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path} is damaged or not a Parquet file: {first_line(error)}")


PARQUET = Reader("parquet", "Parquet", (".parquet",), read_parquet, params=TABLE_PARAMS)
