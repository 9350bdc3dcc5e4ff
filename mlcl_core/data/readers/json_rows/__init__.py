"""Kinds of JSON files, recognised by their objects. To add one: its file, one line here, its test."""

from mlcl_core.data.readers.json_rows.format import json_format
from mlcl_core.data.readers.json_rows.record import RowsKind
from mlcl_core.registry import records_in

# The first kind that recognises a file is taken; records are read where none does.
# isort: off
from mlcl_core.data.readers.json_rows.label_studio import LABEL_STUDIO
from mlcl_core.data.readers.json_rows.label_studio_min import LABEL_STUDIO_MIN
from mlcl_core.data.readers.json_rows.fiftyone import FIFTYONE
from mlcl_core.data.readers.json_rows.fiftyone_labels import FIFTYONE_LABELS
from mlcl_core.data.readers.json_rows.prodigy import PRODIGY
from mlcl_core.data.readers.json_rows.doccano import DOCCANO
from mlcl_core.data.readers.json_rows.records import RECORDS
# isort: on

ROWS_KINDS = records_in(globals(), RowsKind)
JSON = json_format(ROWS_KINDS)

__all__ = ["JSON", "ROWS_KINDS", "RowsKind"]
