"""How pictures and labels lie in a folder or an archive. To add a way: its file, one line here, its test."""

from collections.abc import Callable
from typing import Any

from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.errors import InputError
from mlcl_core.options import Option
from mlcl_core.registry import records_in

# The first that fits is taken.
# isort: off
from mlcl_core.data.readers.layouts.table_beside import PLAIN, TABLE_BESIDE, located_table
from mlcl_core.data.readers.layouts.roboflow import ROBOFLOW
from mlcl_core.data.readers.layouts.json_export import JSON_EXPORT
from mlcl_core.data.readers.layouts.cvat_export import CVAT_EXPORT
from mlcl_core.data.readers.layouts.class_folders import CLASS_FOLDERS
# isort: on

LAYOUTS = records_in(globals(), Layout)
LAYOUT_PARAMS: dict[str, Option] = {
    name: option for layout in LAYOUTS.values() for name, option in layout.params.items()
}


def _found(members: Members) -> tuple[Layout, Callable[..., LoadedData]]:
    """The first layout that fits, and what reads it; raises :class:`InputError` where none does."""
    for layout in LAYOUTS.values():
        read = layout.find(members)
        if read is not None:
            return layout, read
    others = " or ".join(layout.title for layout in LAYOUTS.values() if layout is not TABLE_BESIDE)
    raise InputError(
        f"{members.path} holds no table ({', '.join(PLAIN)}); one is needed that names the pictures and their "
        f"labels, or else {others}"
    )


def table_among(members: Members) -> LocatedTable | None:
    """The table beside the pictures of a folder or an archive; None where its files lie in another way."""
    return located_table(members) if _found(members)[0] is TABLE_BESIDE else None


def read_members(members: Members, **params: Any) -> LoadedData:
    """Read a folder or an archive in the first layout that fits.

    Args:
        members: The files.
        **params: As in ``LAYOUT_PARAMS``.

    Raises:
        InputError: No layout fits, an option is set that the layout does not have, and what its reader refuses.
    """
    layout, read = _found(members)
    for name, value in params.items():
        if name not in layout.params and value != LAYOUT_PARAMS[name].default:
            has = f"its options are {', '.join(layout.params)}" if layout.params else "it has none"
            raise InputError(f"{members.path} is read as {layout.title}, which has no option {name}; {has}")
    return read(**{name: value for name, value in params.items() if name in layout.params})


__all__ = ["LAYOUTS", "LAYOUT_PARAMS", "Layout", "Members", "read_members", "table_among"]
