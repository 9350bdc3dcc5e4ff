"""Formats of files that hold rows and columns. To add one: its file, one line here, its test."""

from pathlib import Path

from mlcl_core.data.tables.head import TableFormat
from mlcl_core.registry import records_in

# Forms list them in this order.
# isort: off
from mlcl_core.data.readers.csv import CSV
from mlcl_core.data.readers.parquet import PARQUET
from mlcl_core.data.readers.json_rows import JSON
from mlcl_core.data.readers.sheets import SHEETS
# isort: on

TABLE_FORMATS = records_in(globals(), TableFormat)
ENDINGS = {ending: format for format in TABLE_FORMATS.values() for ending in format.suffixes}


def format_of(path: Path) -> TableFormat | None:
    """The table format of a file, by its ending; None where it is no table."""
    return next((format for ending, format in ENDINGS.items() if path.name.lower().endswith(ending)), None)
