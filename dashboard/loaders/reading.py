"""How far a file is read, on the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from time import monotonic
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.figures.formatting import escaped

if TYPE_CHECKING:
    from mlcl_core.data.reader_client import FileProgress

SECONDS = 2.0  # a file that is read by then shows nothing


@contextmanager
def reading_shown(text: str, name: str = "") -> Iterator[None]:
    """Show a spinner, and how far files are read within the block, where that takes longer than ``SECONDS``.

    A rerun of the page, when it is asked for meanwhile, ends the reading.

    Args:
        text: Beside the spinner.
        name: The name to show for the file, which may be a copy under another name.
    """
    from mlcl_core.data.reader_client import while_reading

    # within a cached function, Streamlit would record what is shown, and show it again at every look
    outside, begun = copy_context(), monotonic()
    place = None

    def show(reading: "FileProgress") -> None:
        nonlocal place
        if monotonic() - begun < SECONDS:
            return
        place = place or st.empty()
        so_far = escaped(str(reading.named(name) if name else reading))
        if reading.total:
            place.progress(min(1.0, reading.done / reading.total), so_far)
        else:
            place.caption(so_far)

    try:
        with st.spinner(text), while_reading(lambda reading: outside.run(show, reading)):
            yield
    finally:
        if place is not None:
            place.empty()
