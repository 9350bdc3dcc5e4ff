"""The Compare page as a whole."""

import streamlit as st

from dashboard import state
from dashboard.parts.cloud.cloud_view import map_choice
from dashboard.parts.cloud.selection_bar import show_selection_bar
from dashboard.parts.compare.choose import show_choice
from dashboard.parts.compare.compared import RULES, Compared, compared
from dashboard.parts.compare.item import anchor_place, show_item
from dashboard.parts.compare.maps import COLOURS, RELATION, Shown, show_maps
from dashboard.parts.compare.numbers import show_agreement, show_overlap
from dashboard.parts.compare.rule_pairs import show_rule_pairs
from dashboard.parts.compare.shared import show_shared
from dashboard.parts.compare.tables import show_items, show_mixed, show_scores
from dashboard.parts.frame.current import current_run
from dashboard.parts.frame.empty import show_no_run
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import in_one_line
from mlcl_core.errors import InputError

TITLE = "Where do two spaces differ, and why?"
ITEM, PAIRS = "Neighbours of the anchor", "Pairs of the anchor"
ITEMS, SETS, SCORES = "Items", "Label sets", "Metrics"
SPACES = {"h": "near in h", "z": "near in z"}


def show_compare() -> None:
    """Draw the choice, what is not shared, the histogram beside both maps, and one panel under them."""
    run = current_run()
    if run is None:
        heading(TITLE)
        show_no_run("compare")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        heading(TITLE)
        show_choice(run)
    try:
        pair = compared(run)
        show_shared(pair)
    except InputError as error:
        st.info(in_one_line(str(error)), icon=":material/compare_arrows:")
        return
    _show(pair)


def _show(pair: Compared) -> None:
    place = anchor_place(pair)
    left, right = st.columns([1, 2.7], gap="small")
    with right:
        map_name, space, colour = _show_switches(pair)
    with left:
        if pair.kind == RULES:
            show_agreement(pair)
        else:
            show_overlap(pair, space)
    with right, st.container(key="compare-maps"):
        show_maps(pair, Shown(map_name, colour, space, place))
    _show_panel(pair, space, place)


def _show_switches(pair: Compared) -> tuple[str, str, str]:
    """The map, the space whose neighbours are counted, and the colouring."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        map_name = map_choice()
        space = st.segmented_control(
            "Neighbours in",
            list(SPACES),
            format_func=SPACES.__getitem__,
            required=True,
            default="h",
            key=state.COMPARE_SPACE,
            persist_state="session",
            label_visibility="collapsed",
            help="h: the features before the projection head, which are what is used afterwards. z: the projected "
            "features, on which the loss acts.",
        )
        colours = (RELATION,) if pair.kind == RULES else COLOURS
        colour = st.selectbox(
            "Colour by",
            colours,
            format_func=lambda name: f"colour: {name}",
            key=f"{state.COMPARE_COLOUR}.{pair.kind}",
            persist_state="session",
            label_visibility="collapsed",
            width=235,
        )
        st.toggle(
            "one map",
            key=state.COMPARE_ONE_MAP,
            persist_state="session",
            help="On: one cloud, whose points move from A to B. Off: both clouds side by side; they share zoom, "
            "hovered point, anchor and selection.",
        )
        show_selection_bar(pair.a.run)
    return map_name, str(space), str(colour or colours[0])


def _show_panel(pair: Compared, space: str, place: int) -> None:
    panels = [PAIRS, ITEMS] if pair.kind == RULES else [ITEM, ITEMS, SETS, SCORES]
    if st.session_state.get(state.COMPARE_PANEL) not in panels:
        st.session_state[state.COMPARE_PANEL] = panels[0]
    panel = st.segmented_control(
        "Panel",
        panels,
        required=True,
        key=state.COMPARE_PANEL,
        persist_state="session",
        label_visibility="collapsed",
    )
    if panel == ITEMS:
        show_items(pair, space)
    elif panel == SETS:
        show_mixed(pair, space)
    elif panel == SCORES:
        show_scores(pair)
    elif panel == PAIRS:
        show_rule_pairs(pair, place)
    else:
        show_item(pair, space, place)
