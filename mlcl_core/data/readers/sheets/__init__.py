"""Workbooks of Excel and LibreOffice: the values of one sheet as a table. Nothing in them is run."""

from mlcl_core.data.readers.sheets.format import SHEETS

__all__ = ["SHEETS"]
