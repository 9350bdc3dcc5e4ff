"""Kinds of JSON documents, recognised by what they hold. To add one: its file, one line here, its test."""

from typing import Any

from mlcl_core.data.readers.json.record import JsonKind
from mlcl_core.registry import records_in

# The first that fits is taken.
# isort: off
from mlcl_core.data.readers.json.coco import COCO
from mlcl_core.data.readers.json.datumaro import DATUMARO
# isort: on

KINDS = records_in(globals(), JsonKind)


def recognise(document: Any) -> JsonKind | None:
    """The kind of a document; None where no kind fits."""
    return next((kind for kind in KINDS.values() if kind.fits(document)), None)


__all__ = ["KINDS", "JsonKind", "recognise"]
