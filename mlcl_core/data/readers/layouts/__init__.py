"""How pictures and labels lie in a folder or an archive. To add a way: its file, one line here, its test."""

from typing import Any

from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.readers.table_formats import ENDINGS
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.errors import InputError
from mlcl_core.options import Option
from mlcl_core.registry import records_in

# The first that fits is taken.
# isort: off
from mlcl_core.data.readers.layouts.table_beside import TABLE_BESIDE
from mlcl_core.data.readers.layouts.class_folders import CLASS_FOLDERS
# isort: on

LAYOUTS = records_in(globals(), Layout)
LAYOUT_PARAMS: dict[str, Option] = {
    name: option for layout in LAYOUTS.values() for name, option in layout.params.items()
}


def layout_of(members: Members) -> Layout:
    """The first layout that fits.

    Raises:
        InputError: None does.
    """
    found = next((layout for layout in LAYOUTS.values() if layout.fits(members)), None)
    if found is None:
        others = " or ".join(layout.title for layout in LAYOUTS.values() if layout is not TABLE_BESIDE)
        raise InputError(
            f"{members.path} holds no table ({', '.join(ENDINGS)}); one is needed that names the pictures and their "
            f"labels, or else {others}"
        )
    return found


def table_among(members: Members) -> LocatedTable | None:
    """The table that a folder or an archive holds; None where its layout has none."""
    layout = layout_of(members)
    return None if layout.locate is None else layout.locate(members)


def read_members(members: Members, **params: Any) -> LoadedData:
    """Read a folder or an archive in the first layout that fits.

    Args:
        members: The files.
        **params: As in ``LAYOUT_PARAMS``.

    Raises:
        InputError: No layout fits, an option is set that the layout does not have, and what its reader refuses.
    """
    layout = layout_of(members)
    for name, value in params.items():
        if name not in layout.params and value != LAYOUT_PARAMS[name].default:
            has = ", ".join(layout.params)
            raise InputError(
                f"{members.path} is read as {layout.title}, which has no option {name}; its options are {has}"
            )
    return layout.read(members, **{name: value for name, value in params.items() if name in layout.params})


__all__ = ["LAYOUTS", "LAYOUT_PARAMS", "Layout", "Members", "layout_of", "read_members", "table_among"]
