"""Objects that are rows, as any program writes them: a key is a column."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.json_rows.record import JsonOptions, Known, RowsKind
from mlcl_core.data.readers.values import table_of


def _any(first: Sequence[Mapping[str, Any]]) -> bool:
    return True


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    return Known()


RECORDS = RowsKind("records", "a row for each object", _any, table_of, _known, by_row=True)
