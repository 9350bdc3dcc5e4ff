"""One popover of files for each place: tables as CSV and Parquet, figures as PNG and SVG; drawn while it is open."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import streamlit as st

from dashboard.export import TABLE_FORMATS, ExportTable
from dashboard.parts.frame.download import offer_download

if TYPE_CHECKING:
    from dashboard.figures.print_sheet import Sheet

ON_PAGES = ("csv", "parquet")
MAX_CELLS = 5_000_000  # of a table that goes through the browser: 60 MB of CSV
FIGURES: dict[Literal["png", "svg"], str] = {"png": "image/png", "svg": "image/svg+xml"}
TOO_LARGE = "This table is too large for a browser: `mlcl export` writes it."


@contextmanager
def downloads(key: str, *, disabled: bool = False) -> Iterator[bool]:
    """The popover; the value is whether it is open, so that a closed one costs a page nothing."""
    popover = st.popover("Download", icon=":material/download:", key=key, on_change="rerun", disabled=disabled)
    with popover:
        yield bool(popover.open)


def offer_table(
    title: str,
    make: Callable[[], ExportTable],
    *,
    stem: str,
    key: str,
    cells: int = 0,
    said: str = "",
) -> None:
    """A line with a button for each format of tables.

    Args:
        title: What the table holds.
        make: Makes it, when a button is pressed: no ``st.`` call works in it.
        stem: Of the file's name.
        key: Unique on its page.
        cells: How many numbers it has, if they may be too many.
        said: Why there is no table; the buttons are then grey.
    """
    said = said or (TOO_LARGE if cells > MAX_CELLS else "")
    _titled(title, said)
    with st.container(horizontal=True, gap="small"):
        for name in ON_PAGES:
            kind = TABLE_FORMATS[name]
            offer_download(
                kind.title,
                lambda name=name: table_file(make(), name),  # type: ignore[misc]
                file_name=f"{stem}.{name}",
                mime=kind.mime,
                key=f"{key}.{name}",
                disabled=bool(said),
            )


def offer_sheet(title: str, make: Callable[[], "Sheet"], *, stem: str, key: str) -> None:
    """A line with a button for each format of figures; arguments as for :func:`offer_table`."""
    _titled(title, "")
    with st.container(horizontal=True, gap="small"):
        for kind, mime in FIGURES.items():
            offer_download(
                kind.upper(),
                lambda kind=kind: make().file(kind),  # type: ignore[misc]
                file_name=f"{stem}.{kind}",
                mime=mime,
                key=f"{key}.{kind}",
            )


def table_file(table: ExportTable, name: str) -> bytes:
    """The table as a file of a format; one without a place for the origin gets it in columns."""
    kind = TABLE_FORMATS[name]
    file = io.BytesIO()
    kind.write(table.with_origin_columns() if kind.beside else table, file)
    return file.getvalue()


def _titled(title: str, said: str) -> None:
    st.markdown(title)
    if said:
        st.caption(said)
