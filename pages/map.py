import streamlit as st

from dashboard import loaders, state
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.formatting import escaped
from dashboard.page_files import page_file
from dashboard.parts.cloud.cloud_view import anchor_row, describe, map_choice, show_cloud
from dashboard.parts.cloud.colour_choice import colour_choice
from dashboard.parts.cloud.downloads import show_map_downloads
from dashboard.parts.cloud.faithfulness import show_faithfulness
from dashboard.parts.cloud.item_table import chosen_point, show_item_table, table_choice
from dashboard.parts.cloud.on_map import on_map_choice
from dashboard.parts.cloud.selection_bar import show_selection_bar
from dashboard.parts.frame.current import current_run, current_view, refresh_interval
from dashboard.parts.frame.empty import show_no_run
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import live
from dashboard.parts.frame.search import show_search


def _space() -> None:
    run = current_run()
    watched = loaders.watched_items(run) if run else None
    left, right = st.columns([3.4, 1], gap="medium")
    with right:
        hits = show_search(run)
        with st.container(horizontal=True, gap="xsmall"):
            map_name = map_choice()
            files = st.container(width="content")
        as_table = table_choice()
        view = current_view(run, map_name) if run else None
        if view is not None:
            show_faithfulness(view)
            if watched is not None and len(watched.ids):
                st.markdown("**Anchor**")
                st.caption(
                    escaped(describe(watched, anchor_row(view.run, watched))) + "  \nClick a point to choose another."
                )
                st.page_link(page_file("anchor"), label="What pulls and pushes it?", icon=":material/anchor:")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            heading("Which items are neighbours, and can the picture be trusted?")
            colour = colour_choice(watched)
            on_map = on_map_choice()
            show_selection_bar(run)
        point = chosen_point(view, hits, wanted=as_table)
        with st.container(
            key="map-table" if as_table else "map-alone"
        ):  # with the table the cloud is lower, so both fit
            drawn: list[CloudFrame] = []
            if view is None:
                show_no_run("map")
            else:
                show_cloud(
                    view,
                    key="map.cloud",
                    colour=colour,
                    focus=point,
                    tools=True,
                    on_map=on_map,
                    marked=hits,
                    on_frame=drawn.append,
                )
        if as_table:
            show_item_table(view, hits)
    if view is not None:
        with files:
            show_map_downloads(view, drawn[0] if drawn else None)


run = current_run()
st.session_state[state.FRAGMENTS] = (state.LIVE,)
live(_space, every=refresh_interval(run), key=state.LIVE)
