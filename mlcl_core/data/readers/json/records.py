"""Objects that are rows, whoever wrote them: a key is a column."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.json.columns import table_of
from mlcl_core.data.readers.json.record import JsonKind, JsonOptions, Known


def _any(first: Sequence[Mapping[str, Any]]) -> bool:
    return True


def _known(table: pa.Table, options: JsonOptions, path: Path) -> Known:
    return Known()


RECORDS = JsonKind("records", "a row for each object", _any, table_of, _known, by_row=True)
