"""Kinds of JSON files, recognised by their objects. To add one: its file, one line here, its test."""

from mlcl_core.data.readers.json.format import json_format
from mlcl_core.data.readers.json.record import JsonKind
from mlcl_core.registry import records_in

# The first kind that recognises a file is taken; records are read where none does.
# isort: off
from mlcl_core.data.readers.json.label_studio import LABEL_STUDIO
from mlcl_core.data.readers.json.label_studio_min import LABEL_STUDIO_MIN
from mlcl_core.data.readers.json.fiftyone import FIFTYONE
from mlcl_core.data.readers.json.fiftyone_labels import FIFTYONE_LABELS
from mlcl_core.data.readers.json.prodigy import PRODIGY
from mlcl_core.data.readers.json.doccano import DOCCANO
from mlcl_core.data.readers.json.records import RECORDS
# isort: on

JSON_KINDS = records_in(globals(), JsonKind)
JSON = json_format(JSON_KINDS)

__all__ = ["JSON", "JSON_KINDS", "JsonKind"]
