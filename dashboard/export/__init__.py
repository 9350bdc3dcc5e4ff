"""Runs and tables as files. To add a format: its file, one line here, its test."""

from dashboard.export.items import items_table
from dashboard.export.record import TableFormat
from dashboard.export.table import ExportTable
from mlcl_core.registry import records_in

# isort: off
from dashboard.export.parquet import PARQUET
from dashboard.export.csv import CSV
from dashboard.export.npz import NPZ
# isort: on

TABLE_FORMATS = records_in(globals(), TableFormat)

__all__ = ["TABLE_FORMATS", "ExportTable", "TableFormat", "items_table"]
