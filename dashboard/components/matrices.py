"""The matrices component: an editable batch and its matrices of relation, weight, cosine and force, one shared hover.

Hovering, arrow keys and the pair's sentence live in the browser; only an edit of the batch comes back to the server.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.components.mount import component, heard, is_text, is_whole

# every file after those whose functions it uses
SCRIPTS = ("matrices_words.js", "matrices_paint.js", "matrices_grid.js", "matrices_batch.js", "matrices.js")
HERE = Path(__file__).parent

_mount = component(
    "mlcl_matrices",
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
    css=(HERE / "matrices.css").read_text(encoding="utf-8"),
)


def matrices(payload: dict[str, Any], *, key: str, on_edit: Callable[[], None]) -> None:
    """Draw a payload of :func:`dashboard.figures.relations.relations_payload`.

    After an edit ``on_edit`` runs; :func:`edit_of` then has it.
    """
    _mount(key=key, data=payload, on_edit_change=on_edit)


def edit_of(key: str) -> dict[str, Any] | None:
    """The edit that came just now, {batch, edit, items: [{id, labels}]}: the whole batch as it stands in the browser.

    An edit which overtakes another one so loses nothing.
    """
    return heard(key, "edit", batch=is_text, edit=is_whole, items=_is_items)


def _is_items(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and is_whole(one.get("id"))
        and one["id"] >= 0
        and isinstance(one.get("labels"), list)
        and all(on in (0, 1) for on in one["labels"])
        for one in value
    )
