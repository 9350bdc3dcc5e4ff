"""Kinds of JSON files, recognised by their objects. To add one: its file, one line here, its test."""

from mlcl_core.data.readers.json.format import json_format
from mlcl_core.data.readers.json.record import JsonKind
from mlcl_core.registry import records_in

# The first kind that recognises a file is taken; records are read where none does.
# isort: off
from mlcl_core.data.readers.json.records import RECORDS
# isort: on

JSON_KINDS = records_in(globals(), JsonKind)
JSON = json_format(JSON_KINDS)

__all__ = ["JSON", "JSON_KINDS", "JsonKind"]
