"""The one way to offer a file for download: its content is made when the button is pressed."""

from collections.abc import Callable

import streamlit as st


def offer_download(
    title: str,
    content: Callable[[], str | bytes],
    *,
    file_name: str,
    mime: str,
    key: str,
    help: str | None = None,
    disabled: bool = False,
) -> None:
    """Draw a button that saves a file in the browser; the page is not drawn again.

    A function, because Streamlit stores content that is there already under an address which the browser asks for at
    once: where a rerun has replaced the content meanwhile, the console shows an error 404.

    Args:
        title: On the button.
        content: Makes the content, in a thread of its own: no ``st.`` call works in it.
        file_name: Proposed to the browser.
        mime: Type of the content.
        key: Unique on its page.
        help: Tooltip.
        disabled: Whether the button is grey.
    """
    st.download_button(
        title,
        content,
        file_name=file_name,
        mime=mime,
        icon=":material/download:",
        key=key,
        on_click="ignore",
        help=help,
        disabled=disabled,
    )
