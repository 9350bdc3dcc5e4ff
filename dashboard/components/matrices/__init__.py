"""The matrices component: an editable batch and its matrices of relation, weight, cosine and force, one shared hover.

Hovering, arrow keys and the pair's sentence are handled in the browser; only an edit of the batch, or its undoing,
reaches the server.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.components.mount import component, is_text, is_whole, read_files, received

FOLDER = Path(__file__).parent
# concatenated: every file stands after the files whose functions it uses
SCRIPTS = ("words.js", "paint.js", "cells.js", "grid.js", "part.js", "batch.js", "matrices.js")

_mount = component(
    "mlcl_matrices",
    js=read_files(FOLDER, *SCRIPTS),
    css=read_files(FOLDER, "matrices.css", "part.css"),
)


def matrices(
    payload: dict[str, Any], *, key: str, on_edit: Callable[[], None], on_undo: Callable[[], None] = lambda: None
) -> None:
    """Draw a payload of ``figures.relations.relations_payload``, or of ``figures.matrix_part.part_payload``.

    ``on_edit`` runs after an edit, which :func:`edit_of` then returns; ``on_undo`` after a click on undo
    (:func:`undo_of`).
    """
    _mount(key=key, data=payload, on_edit_change=on_edit, on_undo_change=on_undo)


def edit_of(key: str) -> dict[str, Any] | None:
    """The edit that arrived just now: {batch, edit, items: [{id, labels}]}.

    Each edit carries the whole batch as the browser shows it, so an edit that overtakes another one loses nothing.
    """
    return received(key, "edit", batch=is_text, edit=is_whole, items=_is_items)


def undo_of(key: str) -> dict[str, Any] | None:
    """The wish to undo that arrived just now: {batch}, the batch that the browser shows."""
    return received(key, "undo", batch=is_text)


def _is_items(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and is_whole(one.get("id"))
        and one["id"] >= 0
        and isinstance(one.get("labels"), list)
        and all(on in (0, 1) for on in one["labels"])
        for one in value
    )
