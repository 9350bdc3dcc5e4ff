"""Pictures and an export of their annotations by CVAT, in XML."""

from collections.abc import Callable
from functools import partial

from mlcl_core.data.readers.cvat import MAX_XML, table
from mlcl_core.data.readers.known_table import combined, loaded
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.record import LoadedData

NAME = "annotations.xml"


def find(members: Members) -> Callable[..., LoadedData] | None:
    """What reads the files called ``annotations.xml``, one or one in each folder; None where there are none."""
    names = [name for name in members.sizes if name.rpartition("/")[2].lower() == NAME]
    return partial(_read, members, names) if names else None


def _read(members: Members, names: list[str]) -> LoadedData:
    parts = {
        name: table(members.contents(name, MAX_XML), members.path / name, PictureNames(members.sizes, name))
        for name in names
    }
    return loaded(combined(parts, members.path), members.path, members.read)


CVAT_EXPORT = Layout("cvat_export", "CVAT's annotations.xml", find)
