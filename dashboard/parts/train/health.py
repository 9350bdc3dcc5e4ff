"""The health panel: what needs a look in this training, and at which anchors."""

import streamlit as st

from dashboard import loaders, state
from dashboard.access import shown
from dashboard.figures.formatting import escaped
from dashboard.figures.health import Finding, sampled_anchors
from dashboard.page_files import page_file
from dashboard.parts.anchor.watched import no_pairs
from dashboard.parts.train.concerned import choose_concerned
from mlcl_core.errors import InputError
from mlcl_core.runs.records import WatchedItems
from mlcl_core.runs.run import Run

BETTER = {"up": "Higher is better.", "down": "Lower is better.", "none": "Neither way is better."}
TROUBLE, FINE, EARLY = ":orange[:material/error:]", ":green[:material/check_circle:]", ":material/hourglass_empty:"


def show_health(run: Run) -> None:
    """All findings of the frame that the timeline shows, each with its meaning, its direction and its anchors."""
    step = loaders.nearest_step(run.frame_steps(), st.session_state.get(state.STEP))
    probe = loaders.watched_items(run)
    if step is None or probe is None:
        st.info("Health is read from the frames of a run, and this one has none yet.")
        return
    try:
        found = loaders.health(run, step)
    except InputError as error:
        st.error(escaped(shown(str(error))), icon=":material/error:")
        return
    with st.container(gap="xsmall"):
        _list(run, step, probe, found)


def _list(run: Run, step: int, probe: WatchedItems, found: list[Finding]) -> None:
    from mlcl_core.engine.alarms import warm_up

    troubles = [one.record.title for one in found if one.look]
    st.markdown(
        f"{TROUBLE} **To look at: {', '.join(troubles)}**" if troubles else f"{FINE} **No threshold is crossed**",
        help="The thresholds are rules of thumb.",
    )
    n = len(probe.ids)
    if loaders.loss(run, step) is None:
        st.caption(f"Step {step:,}, {n:,} watched items. {no_pairs(run)}")
    else:
        st.caption(f"Step {step:,}: {len(sampled_anchors(n)):,} anchors, each among all {n:,} watched items.")
    if any(one.early for one in found):
        first = warm_up(run.status().total)
        st.caption(f"{EARLY} Judged from step {first:,} on: the first steps of a training put items close together.")
    # findings beyond a threshold come first: the panel is shorter than the list
    for finding in sorted(found, key=lambda one: not one.look):
        _show(finding, [int(probe.ids[row]) for row in finding.rows])


def _show(finding: Finding, ids: list[int]) -> None:
    record = finding.record
    with st.container(gap="xxsmall"):
        sign = TROUBLE if finding.look else EARLY if finding.early else FINE
        st.markdown(f"{sign} {record.title}: **{escaped(finding.value)}**")
        if finding.look:
            st.markdown(f":orange-background[{escaped(finding.look)}]")
        st.caption(f"{record.summary} {BETTER[record.direction]}")
        if ids and st.button(
            "Open the anchor concerned" if len(ids) == 1 else f"Open the worst of {len(ids)} anchors",
            on_click=choose_concerned,
            args=(record.title, ids),
            icon=":material/anchor:",
            type="tertiary",
            key=f"health.{record.name}",
        ):
            st.switch_page(page_file("anchor"))
