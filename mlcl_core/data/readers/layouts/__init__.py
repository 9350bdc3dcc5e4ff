"""How pictures and labels lie in a folder or an archive. To add a way: its file, one line here, its test."""

from typing import Any

from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.tables.reader import LocatedTable, read_located
from mlcl_core.errors import InputError
from mlcl_core.options import Option
from mlcl_core.registry import records_in

# The first that fits is taken.
# isort: off
from mlcl_core.data.readers.layouts.table_beside import PLAIN, TABLE_BESIDE
from mlcl_core.data.readers.layouts.roboflow import ROBOFLOW
from mlcl_core.data.readers.layouts.json_export import JSON_EXPORT
from mlcl_core.data.readers.layouts.cvat_export import CVAT_EXPORT
from mlcl_core.data.readers.layouts.json_table import JSON_TABLE
from mlcl_core.data.readers.layouts.voc import VOC
from mlcl_core.data.readers.layouts.yolo import YOLO
from mlcl_core.data.readers.layouts.class_folders import CLASS_FOLDERS
# isort: on

LAYOUTS = records_in(globals(), Layout)
LAYOUT_PARAMS: dict[str, Option] = {
    name: option for layout in LAYOUTS.values() for name, option in layout.params.items()
}


def located(members: Members) -> LocatedTable:
    """The table that a folder or an archive holds, or that its files make, in the first layout that fits.

    Raises:
        InputError: No layout fits, and what its search refuses.
    """
    return _found(members)[1]


def _found(members: Members) -> tuple[Layout, LocatedTable]:
    for layout in LAYOUTS.values():
        table = layout.find(members)
        if table is not None:
            return layout, table
    others = " or ".join(layout.title for layout in LAYOUTS.values() if layout is not TABLE_BESIDE)
    raise InputError(
        f"{members.path} holds no table ({', '.join(PLAIN)}); one is needed that names the pictures and their "
        f"labels, or else {others}"
    )


def read_members(members: Members, **params: Any) -> LoadedData:
    """Read a folder or an archive in the first layout that fits.

    Args:
        members: The files.
        **params: As in ``LAYOUT_PARAMS``.

    Raises:
        InputError: As :func:`located`, an option is set that the layout does not have, and what its reader refuses.
    """
    layout, table = _found(members)
    for name, value in params.items():
        if name not in layout.params and value != LAYOUT_PARAMS[name].default:
            has = ", ".join(layout.params)
            raise InputError(
                f"{members.path} is read as {layout.title}, which has no option {name}; its options are {has}"
            )
    return read_located(table, **params)


__all__ = ["LAYOUTS", "LAYOUT_PARAMS", "Layout", "Members", "located", "read_members"]
