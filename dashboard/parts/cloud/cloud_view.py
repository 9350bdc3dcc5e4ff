"""The cloud of the watched items on a page: the choice of map, colours and anchor, and the effect of a click."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import streamlit as st

from dashboard import loaders, selection, state
from dashboard.access import may_act, shown
from dashboard.components.cloud import cloud, picked
from dashboard.figures.anchor import items_alone
from dashboard.figures.cloud import CloudFrame, alt_text, empty_message, without_direction
from dashboard.figures.colouring import Colouring
from dashboard.figures.formatting import label_set, shortened
from dashboard.figures.map_names import map_title, offered_maps
from dashboard.figures.on_map import OnMap
from dashboard.figures.what_if import Edits, edited
from dashboard.parts.cloud.arrows import watched_arrows
from dashboard.parts.cloud.change_selection import change_selection
from dashboard.parts.cloud.on_map import filled, turn_neighbours
from dashboard.parts.cloud.painted import painted
from dashboard.parts.frame.anchor_column import choose_item
from dashboard.parts.frame.current import View
from mlcl_core.engine.config import LossConfig
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP, MAPS
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import MapFrame, WatchedItems
from mlcl_core.runs.run import Run

KEEP: Final = "session"
ONE_SIZE = 60  # of 255: between the sizes of a small and a large weight
MAX_REASON_LENGTH = 120  # characters of a reason in the cloud's status line
WAITING = (
    "Getting ready: the first points appear with the first frame of the untrained network. Texts and pictures are "
    "encoded once before that; the bar above shows the progress."
)


def map_choice() -> str:
    """Which of the maps is shown."""
    chosen = st.segmented_control(
        "Map",
        offered_maps(),
        format_func=map_title,
        default=FIRST_MAP,
        required=True,
        key=state.MAP,
        persist_state=KEEP,
        label_visibility="collapsed",
        help=" ".join(f"{MAPS[name].title}: {MAPS[name].hint}." for name in offered_maps()),
    )
    return str(chosen or FIRST_MAP)


def anchor_row(run: Run, watched: WatchedItems) -> int:
    """Row of the anchor among the watched items: the chosen one, else one with many kinds of relations."""
    chosen = st.session_state.get(state.ITEM)
    found = [] if chosen is None else (watched.ids == chosen).nonzero()[0].tolist()
    return int(found[0]) if found else loaders.default_anchor(run)


def pick_item(key: str) -> None:
    """Make the clicked item the anchor."""
    chosen = picked(key)
    if chosen is not None:
        choose_item(chosen)


def show_cloud(
    view: View,
    *,
    key: str,
    colour: str = "relation",
    role: str = "anchor",
    sentence: bool = False,
    focus: int = -1,
    hint: str = "",
    edits: Edits = (),
    forces: bool = False,
    tools: bool = False,
    on_map: OnMap | None = None,
    marked: np.ndarray | None = None,
    group: str = "",
    on_frame: Callable[[CloudFrame], object] | None = None,
    window: tuple[float, float, float, float] | None = None,
) -> Any:
    """Draw one frame; return the anchor's pairs (AnchorPairs), or None.

    ``colour``: as in links; ``edits``: labels that replace items' own; ``forces``: draw the anchor's strongest forces
    as arrows; ``tools``: show the selection, with the tools that change it; ``on_map``: what to draw besides the
    points; ``marked``: rows of the hits of a search; ``group``: clouds of the same group share window, hovered item,
    anchor and selection in the browser; ``on_frame``: called with what is drawn, for files of it; ``window``: the first
    view, and points of one size, for clouds that are compared by eye.
    """
    opened_map = _open_map(view)
    if view.step is None or isinstance(opened_map, str):
        empty = empty_message(str(opened_map), run=view.run.id, sentence=sentence)
        cloud(empty, key=key, on_picked=lambda: None)
        return None
    drawn, watched = opened_map
    row = anchor_row(view.run, watched)
    opened, without = _pairs(view, row, role, edits)
    watched = replace(watched, labels=edited(watched.labels, edits))
    pairs = None if opened is None else items_alone(opened, len(watched.ids))
    colouring, instead = painted(view, watched, pairs, colour)
    with_anchor = pairs is not None and colouring.mode == "relation"
    frame = _frame(view, drawn, watched, row, colouring, named=with_anchor)
    frame = replace(
        frame,
        status=frame.status + shown(without or instead),
        pairs=pairs if with_anchor else None,
        focus=focus,
        sentence=sentence,
        hint=hint,
        arrows=watched_arrows(view.run, view.step, drawn.xy, opened, edits) if forces and with_anchor else None,
        edits=dict(edits),
        selection=selection.shown_on(view.run) if tools else None,
        on_map=filled(on_map, view, row),
        marked=marked,
        group=group,
    )
    frame = _in_window(frame, window)
    if on_frame is not None:
        on_frame(frame)
    _mount(frame, key, view.run)
    return pairs


def _in_window(frame: CloudFrame, window: tuple[float, float, float, float] | None) -> CloudFrame:
    if window is None:
        return frame
    sizes = np.full_like(frame.colouring.size, ONE_SIZE)
    return replace(frame, window=window, colouring=replace(frame.colouring, size=sizes))


def _mount(frame: CloudFrame, key: str, run: Run) -> None:
    changes = {"on_selected": lambda: change_selection(key, run), "on_wanted": turn_neighbours}
    cloud(frame.message(), key=key, on_picked=lambda: pick_item(key), **changes)


def _open_map(view: View) -> tuple[MapFrame, WatchedItems] | str:
    """The map of a view with its watched items, or the reason why there is nothing to draw."""
    watched = loaders.watched_items(view.run)
    if view.step is None or watched is None:
        return _why_empty(view)
    try:
        return loaders.map_frame(view.run, view.map_name, view.step), watched
    except InputError as error:
        return shown(str(error))


def _frame(
    view: View, drawn: MapFrame, watched: WatchedItems, row: int, colouring: Colouring, *, named: bool
) -> CloudFrame:
    """The frame of a map without pairs; ``named``: its text for screen readers names the anchor."""
    run, step, title = view.run, view.step or 0, map_title(view.map_name)
    shipped = loaders.items_message(run)
    return CloudFrame(
        drawn.xy,
        colouring,
        items=shipped[0] if shipped else "",
        run=run.id,
        step=step,
        map_name=view.map_name,
        status=_status(view, title, drawn),
        alt=alt_text(title, step, colouring, anchor=describe(watched, row) if named else ""),
        anchor=row,
        anchor_id=int(watched.ids[row]) if row >= 0 else None,
        product=is_product(loaders.config_at(run, step).loss),
        label_weights=_label_weights(view, watched, row) if named else None,
        space=f"{run.id} {view.map_name}",
        stars=drawn.prototypes,
        star_names=watched.label_names,
        trail_of=row,
        apart=drawn.apart,
    )


def _pairs(view: View, row: int, role: str, edits: Edits) -> tuple[Any, str]:
    """The anchor's pairs, and the reason where they are missing because the frame cannot be read."""
    if row < 0 or view.step is None:
        return None, ""
    try:
        return loaders.pairs(view.run, view.step, row, role, edits), ""
    except InputError as error:
        frame = numbered_path(view.run.path / "frames", view.step)
        if not frame.exists():
            return None, " · no relations: only the map of this step is kept"
        return (
            None,
            f" · no relations: {shortened(str(error).replace(f'{view.run.path}{os.sep}', ''), MAX_REASON_LENGTH)}",
        )


def _label_weights(view: View, watched: WatchedItems, row: int) -> Any:
    """How much the anchor's labels weigh in the loss of the step shown; None where it weighs none."""
    return loaders.label_weights(view.run, loaders.config_at(view.run, view.step or 0).loss, watched.labels[row])


def describe(watched: WatchedItems, row: int) -> str:
    """An item in words: its name and labels."""
    labels = [name for name, has in zip(watched.label_names, watched.labels[row], strict=True) if has]
    return f"{watched.names[row] or f'item {watched.ids[row]}'} {label_set(labels)}"


def is_product(loss: LossConfig) -> bool:
    """Whether the weight is K^s x K^d, which the sentence then states."""
    params = loss.rule_params
    usual = params.get("factors", "both") == "both" and params.get("roles", "anchor") == "anchor"
    return loss.rule == "similarity_dissimilarity" and usual


def _status(view: View, title: str, drawn: MapFrame) -> str:
    words = f"{title} · step {view.step:,}"
    if view.wanted is not None and view.wanted != view.step:
        words += f" (nearest map to step {view.wanted:,})"
    if drawn.apart is not None:
        words += f" · {without_direction(int(drawn.apart.sum()))}"
    return words


def _why_empty(view: View) -> str:
    if view.map_name != FIRST_MAP and view.run.map_steps(FIRST_MAP):
        title, near = map_title(view.map_name), f"{map_title(FIRST_MAP)} is one click away."
        if view.map_name not in view.run.config().maps.drawn():
            return f"This run makes no {title} maps; {near}"
        return f"{title} draws its first map: that takes a few seconds and longer beside a training. {near}"
    if view.status.alive:
        return WAITING
    if view.run.frame_steps():
        if not may_act():
            return "This run's maps are not drawn yet: they are drawn when the teacher opens it."
        try:
            loaders.draw_maps(view.run)
        except InputError as error:
            return shown(str(error))
        return "This run's maps are being drawn now."
    return "This run ended before its first frame." + " Resume it, or start a new one." * may_act()
