"""Files of a map: its items, those selected, the picture, the replay of the run."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from dashboard import loaders, selection, state
from dashboard.export.items import items_table
from dashboard.export.origin import origin
from dashboard.export.record import MAX_REPLAY_ITEMS
from dashboard.figures.cloud import CloudFrame
from dashboard.parts.cloud.cloud_view import map_title
from dashboard.parts.frame.current import View
from dashboard.parts.frame.download import offer_download
from dashboard.parts.frame.downloads import downloads, offer_sheet, offer_table
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.run import Run

if TYPE_CHECKING:
    from dashboard.figures.print_sheet import Sheet

NO_FRAME = "The embeddings of this step are not kept; its map is."
MANY = 5_000  # items whose pairs take longer than a few seconds
COLUMNS = "id, split, labels, text, x, y, z, h"


def show_map_downloads(view: View, frame: CloudFrame | None) -> None:
    """The popover: items of the step, its selected ones, the picture, the replay."""
    with downloads("map.download", disabled=frame is None) as is_open:
        if not is_open or frame is None or view.step is None:
            return
        run, step, ids = view.run, view.step, selection.selected_ids()
        if ids is not None:
            _offer_items(run, step, view.map_name, ids, key="map.download.selected")
        _offer_items(run, step, view.map_name, None, key="map.download.items")
        sheet = partial(map_sheet, view.run, frame)
        offer_sheet("**The map** for print", sheet, stem=f"{run.id}-{view.map_name}-{step}", key="map.download.sheet")
        st.markdown("**The whole run** as a replay: one file that plays without this app")
        count = len(frame.xy)
        if count > MANY:
            slow = f"Computing the pairs of {count:,} items takes a while."
            st.caption(slow if count <= MAX_REPLAY_ITEMS else f"A replay holds at most {MAX_REPLAY_ITEMS:,} items.")
        offer_download(
            "Replay",
            partial(_replay, run, step, view.map_name),
            file_name=f"{run.id}-{view.map_name}.html",
            mime="text/html",
            key="map.download.replay",
            disabled=count > MAX_REPLAY_ITEMS,
        )


def offer_selected(run: Run, ids: np.ndarray) -> None:
    """The selected items as a table, at the step and with the map that pages show."""
    name = str(st.session_state.get(state.MAP) or FIRST_MAP)
    step = loaders.nearest_step(run.map_steps(name), st.session_state.get(state.STEP))
    if step is None:
        name, step = FIRST_MAP, loaders.nearest_step(run.frame_steps(), st.session_state.get(state.STEP))
    if step is not None and len(ids):
        _offer_items(run, step, name, ids, key="selection.download")


def _offer_items(run: Run, step: int, name: str, ids: np.ndarray | None, *, key: str) -> None:
    watched = loaders.watched_items(run)
    count = (0 if watched is None else len(watched.ids)) if ids is None else len(ids)
    there = step in run.frame_steps()
    frame = loaders.frame(run, step) if there else None
    which = f"all {count:,} items" if ids is None else f"the {count:,} selected items"
    offer_table(
        f"**{which.capitalize()}** at step {step:,}: {COLUMNS}",
        partial(items_table, run, step, name if step in run.map_steps(name) else None, ids),
        stem=f"{run.id}-{'items' if ids is None else 'selected'}-{step}",
        key=key,
        cells=0 if frame is None else count * (frame.z.shape[1] + frame.h.shape[1]),
        said="" if there else NO_FRAME,
    )


def map_sheet(run: Run, frame: CloudFrame) -> "Sheet":
    """The figure of a frame of a run, with its origin."""
    from dashboard.figures.print_cloud import cloud_sheet

    told = origin(run, frame.step, frame.map_name)
    title = f"{run.name} · {map_title(frame.map_name)} · step {frame.step:,}"
    notes = [
        f"run {run.id}, step {frame.step:,}, map {frame.map_name}: coordinates without unit",
        f"configuration {told['configuration'][:16]}, "
        + ", ".join(f"{name} {version}" for name, version in told["versions"].items()),
    ]
    return cloud_sheet(frame, title, notes, told)


def _replay(run: Run, step: int, map_name: str) -> bytes:
    from dashboard.export.replay import replay

    return replay(run, step, map_name).html
