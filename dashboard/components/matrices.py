"""The matrices component: an editable batch and its matrices of relation, weight, cosine and force, one shared hover.

Hovering, arrow keys and the pair's sentence live in the browser; only an edit of the batch comes back to the server.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

# every file after those whose functions it uses
SCRIPTS = ("matrices_words.js", "matrices_paint.js", "matrices_grid.js", "matrices_batch.js", "matrices.js")
HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "mlcl_matrices",
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
    css=(HERE / "matrices.css").read_text(encoding="utf-8"),
)


def matrices(payload: dict[str, Any], *, key: str, on_edit: Callable[[], None]) -> None:
    """Draw a payload of :func:`dashboard.figures.relations.relations_payload`.

    After an edit, ``on_edit`` runs with ``st.session_state[key]["edit"]`` = {batch, edit, items: [{id, labels}]}: the
    whole batch as it stands now, so that an edit which overtakes another one loses nothing.
    """
    _mount(key=key, data=payload, on_edit_change=on_edit)
