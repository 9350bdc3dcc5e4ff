"""Both spaces as clouds, side by side, or as one that moves from the first to the second."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard import loaders, selection, state
from dashboard.components.cloud import cloud, library
from dashboard.figures.anchor import items_alone
from dashboard.figures.cloud import CloudFrame, alt_text, empty_message
from dashboard.figures.colouring import Colouring
from dashboard.figures.colourings.relation import by_relation
from dashboard.figures.compare_marks import by_fate, by_overlap
from dashboard.parts.cloud.change_selection import change_selection
from dashboard.parts.cloud.cloud_view import describe, is_product, map_title, pick_item
from dashboard.parts.compare.compared import Compared, Side
from mlcl_core.errors import InputError
from mlcl_core.maps.procrustes import procrustes
from mlcl_core.runs.records import MapFrame
from mlcl_core.runs.run import Run

GROUP = "compare"
FATE, OVERLAP, RELATION = "anchor's neighbours", "neighbours kept", "relation to the anchor"
COLOURS = (FATE, OVERLAP, RELATION)
ALIGNED = "For this display, B is turned, shifted and scaled to lie on A."


@dataclass(frozen=True)
class Shown:
    """What both clouds show: the map, the colouring, the anchor's place among the common items (-1: none)."""

    map_name: str
    colour: str
    space: str
    item: int


def show_maps(pair: Compared, shown: Shown) -> None:
    """Draw two linked clouds, or one with a switch between A and B."""
    letters = dict(zip("AB", pair.both, strict=True))
    ship_items(pair)
    if not st.session_state.get(state.COMPARE_ONE_MAP):
        for column, (letter, side) in zip(st.columns(2, gap="small"), letters.items(), strict=True):
            with column:
                _cloud(pair, shown, letter, side, f"compare.cloud.{letter.lower()}", _map(side, shown))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        letter = st.segmented_control(
            "Space", list(letters), required=True, default="A", key=state.COMPARE_SIDE, label_visibility="collapsed"
        )
        alone = pair.common.watched[0] - len(pair.common)
        which = "that are not compared" if pair.common.sampled_from else "of A alone"
        stay = f" {alone:,} item{'s' * (alone != 1)} {which} stay{'s' * (alone == 1)} in place." * bool(alone)
        st.caption(f"{ALIGNED}{stay}")
    drawn = _map(letters[str(letter)], shown)
    if letter == "B" and isinstance(drawn, MapFrame):
        drawn = _onto(pair, shown, drawn)
    _cloud(pair, shown, str(letter), letters[str(letter)], "compare.cloud.one", drawn)


def ship_items(pair: Compared) -> None:
    """Names and pictures of B's items, where they are not those of A, which the page ships."""
    shipped = [loaders.items_message(side.run) for side in pair.both]
    if shipped[1] is not None and (shipped[0] is None or shipped[0][0] != shipped[1][0]):
        library(shipped[1][1], key="compare.library")


def _map(side: Side, shown: Shown) -> MapFrame | str:
    """The map of a side's frame, or why there is none."""
    if side.step not in side.run.map_steps(shown.map_name):
        title = map_title(shown.map_name)
        return f"There is no {title} map of step {side.step:,}. Another map is one click away."
    try:
        return loaders.map_frame(side.run, shown.map_name, side.step)
    except InputError as error:
        return str(error)


def _onto(pair: Compared, shown: Shown, drawn: MapFrame) -> MapFrame | str:
    """B's map of the common items, laid onto A's, with a place for each of A's items: those that B lacks stay."""
    target = _map(pair.a, shown)
    if not isinstance(target, MapFrame):
        return target
    rows = pair.common.rows
    both = np.isfinite(target.xy[rows[0]]).all(1) & np.isfinite(drawn.xy[rows[1]]).all(1)
    laid = procrustes(drawn.xy[rows[1]][both], target.xy[rows[0]][both], scale=True)
    places = np.array(target.xy, np.float32)
    places[rows[0]] = laid.apply(drawn.xy[rows[1]])
    return MapFrame(drawn.step, drawn.name, target.ids, places, drawn.scores)


def _cloud(pair: Compared, shown: Shown, letter: str, side: Side, key: str, drawn: MapFrame | str) -> None:
    if isinstance(drawn, str):
        cloud(empty_message(drawn, run=side.run.id), key=key, on_picked=lambda: None)
        return
    one_map = key.endswith("one")
    place = 0 if letter == "A" or one_map else 1
    run = pair.both[place].run
    rows, watched = pair.common.rows[place], run.watched_items()
    anchor = int(rows[shown.item]) if shown.item >= 0 else -1
    pairs = _pairs(pair, shown, side) if shown.colour == RELATION and not (one_map and letter == "B") else None
    colouring = by_relation(pairs) if pairs is not None else _colouring(pair, shown, run, place)
    title = map_title(shown.map_name)
    shipped = loaders.items_message(run)
    frame = CloudFrame(
        drawn.xy,
        colouring,
        items=shipped[0] if shipped else "",
        run=run.id,
        step=side.step,
        map_name=shown.map_name,
        status=f"{letter} · {title} · step {side.step:,}",
        alt=f"{letter}: " + alt_text(title, side.step, colouring, anchor=describe(watched, anchor) * (anchor >= 0)),
        pairs=pairs,
        anchor=anchor,
        anchor_id=int(watched.ids[anchor]) if anchor >= 0 else None,
        product=is_product(side.config.loss),
        space=f"compare {pair.a.run.id} {shown.map_name}" + f" {letter}" * (not one_map),
        stars=None if one_map else drawn.prototypes,
        star_names=watched.label_names,
        apart=drawn.apart,
        selection=selection.shown_on(run),
        group="" if one_map else GROUP,
    )
    cloud(
        frame.message(),
        key=key,
        on_picked=lambda: pick_item(key),
        on_selected=lambda: change_selection(key, run),
    )


def _pairs(pair: Compared, shown: Shown, side: Side) -> Any:
    """The anchor's pairs with the items of its run under the side's loss; None: it compares no pairs."""
    if shown.item < 0:
        return None
    row = int(pair.common.rows[pair.both.index(side)][shown.item])
    try:
        opened = loaders.pairs_under(side.run, side.step, side.config.loss, row)
    except InputError:
        return None
    return None if opened is None else items_alone(opened, len(side.run.watched_items().ids))


def _colouring(pair: Compared, shown: Shown, run: Run, place: int) -> Colouring:
    """Colours of the points of ``run``, which is A (``place`` 0) or B."""
    rows, items = pair.common.rows[place], len(run.watched_items().ids)
    if shown.colour == OVERLAP:
        return by_overlap(pair.spaces(shown.space).overlap, rows, items)
    a, b = pair.both
    changes = None
    if shown.item >= 0:
        changes = loaders.neighbour_changes(a.run, a.step, b.run, b.step, shown.space, shown.item)
    return by_fate(changes, rows, items, selection.shown_on(run).mask)
