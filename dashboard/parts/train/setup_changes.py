"""The changes to a preset, in sight whatever is folded, and buttons that undo one or all of them."""

import streamlit as st

from dashboard import state
from dashboard.parts.fields.config_field import said, title_of
from dashboard.parts.train.run_setup import changes, keep_left, like, put_back
from mlcl_core.engine.config import TrainConfig


def show_changes(config: TrainConfig) -> None:
    """A button to undo each change, and one to apply the changes made under the previous preset."""
    changed, start = changes(config), "that run" if like() else "the preset"
    left = st.session_state.get(state.SETUP_LEFT)
    if changed:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="setup-changes"):
            st.caption(f"Changed from {start}:", width="content")
            for path, (now, was) in changed.items():
                st.button(
                    f"{title_of(path)} {said(now)}",
                    icon=":material/undo:",
                    key=f"setup/back/{path}",
                    on_click=put_back,
                    args=([path],),
                    help=f"Put back to {start}'s {said(was)}.",
                )
            if len(changed) > 1:
                st.button("Put all back", key="setup/back", on_click=put_back, args=(list(changed),))
    if left:
        before, values = left
        words = ", ".join(f"{title_of(path)} {said(value)}" for path, value in values.items())
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="setup-left"):
            st.caption(f"Changed under {before}: {words}. Not taken along here.")
            st.button("Keep these here too", key="setup/keep", on_click=keep_left)
