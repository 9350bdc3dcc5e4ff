"""Parquet, by pyarrow; the origin stands in the file's key-value metadata."""

import json
from typing import BinaryIO

import pyarrow.parquet as pq

from dashboard.export.record import ORIGIN, TableFormat
from dashboard.export.table import ExportTable


def write_parquet(table: ExportTable, file: BinaryIO) -> None:
    """Write a table; the metadata have the origin as JSON under the key ``mlcl_lab``."""
    pq.write_table(table.columns.replace_schema_metadata({ORIGIN: json.dumps(table.origin)}), file)


PARQUET = TableFormat("parquet", "Parquet", "application/vnd.apache.parquet", write_parquet)
