"""The popover with the switches of what a map shows besides its points."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.on_map import OnMap
from dashboard.parts.frame.current import View
from mlcl_core.errors import InputError

KEEP: Final = "session"
# field of OnMap, label, on at first, help
SWITCHES = (
    (
        "trail",
        "Trail of the anchor",
        False,
        "Positions of the anchor on the last maps: a thin line with one dot per map, the oldest palest.",
    ),
    (
        "neighbours",
        "Neighbours in the embedding",
        False,
        "Lines from the anchor to its 15 nearest items in the embedding, before the head: solid where they are among "
        "the 15 nearest on the map too, dashed where they are not. Dashed circles: near on the map alone.",
    ),
    (
        "names",
        "Names of labels",
        True,
        "A label's name stands where its items lie densest, if it is at least twice as frequent there as among all "
        "items, or if nine in ten carry it there. Names make room for arrows of forces, and for what a closer look "
        "shows.",
    ),
    (
        "items",
        "Pictures or texts of items",
        True,
        "Zoomed in, an item's picture or the beginning of its text stands in place of its point, where there is room.",
    ),
    (
        "rings",
        "Rings of labels",
        False,
        "Zoomed in, the ring around a point has a piece in the colour of each of its labels, up to the fourth.",
    ),
)
_KEYS = {name: state.shown_on_map(name) for name, *_ in SWITCHES}


def on_map_choice() -> OnMap:
    """Draw the popover; return the switches."""
    with st.popover("Show", help="What the map shows besides its points", key="on-map"):
        chosen: dict[str, Any] = {
            name: st.checkbox(label, value=first, key=_KEYS[name], persist_state=KEEP, help=about)
            for name, label, first, about in SWITCHES
        }
    st.session_state[state.ON_MAP] = OnMap(**chosen)
    return OnMap(**chosen)


def switches() -> OnMap:
    """The switches as another page left them, for a page without the popover."""
    kept: OnMap | None = st.session_state.get(state.ON_MAP)
    first: dict[str, Any] = {name: on for name, _, on, _ in SWITCHES}
    return OnMap(**first) if kept is None else kept


def turn_neighbours() -> None:
    """Callback: show the anchor's neighbours, or no longer."""
    turned = replace(switches(), neighbours=not switches().neighbours)
    st.session_state[state.ON_MAP], st.session_state[_KEYS["neighbours"]] = turned, turned.neighbours


def filled(wanted: OnMap | None, view: View, row: int) -> OnMap | None:
    """With the numbers that the switches ask for; without those that cannot be read, whose reason the cloud says."""
    if wanted is None or view.step is None:
        return wanted
    run, name, step = view.run, view.map_name, view.step
    near = places = None
    with suppress(InputError):
        near = loaders.anchor_neighbours(run, name, step, row) if wanted.neighbours else None
    with suppress(InputError):
        places = loaders.label_places(run, name, step) if wanted.names else None
    before = loaders.trail(run, name, step, row) if wanted.trail and row >= 0 else None
    return replace(wanted, near=near, places=places, places_before=before)
