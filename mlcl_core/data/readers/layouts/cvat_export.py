"""Pictures and an export of their annotations by CVAT, in XML."""

from functools import partial
from typing import Any

from mlcl_core.data.readers.cvat import MAX_XML, table
from mlcl_core.data.readers.known_table import EXPORT_PARAMS, KnownTable, combined, known_format
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable

NAME = "annotations.xml"
TITLE = "CVAT's annotations.xml"


def find(members: Members) -> LocatedTable | None:
    """The files called ``annotations.xml``, one or one in each folder; None where there are none."""
    names = [name for name in members.sizes if name.rpartition("/")[2].lower() == NAME]
    return members.located(known_format("cvat", TITLE, partial(_made, members, names))) if names else None


def _made(members: Members, names: list[str], file: TableFile, options: Any) -> KnownTable:
    del file, options
    parts = {
        name: table(members.contents(name, MAX_XML), members.path / name, PictureNames(members.sizes, name))
        for name in names
    }
    return combined(parts, members.path)


CVAT_EXPORT = Layout("cvat_export", TITLE, find, EXPORT_PARAMS)
