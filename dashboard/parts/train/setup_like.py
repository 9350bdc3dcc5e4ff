"""What the set-up form says of the run that the next one is to be like."""

from collections.abc import Sequence

import streamlit as st

from dashboard.access import shown
from dashboard.figures.formatting import escaped, shortened
from dashboard.figures.run_difference import words
from dashboard.parts.train.run_setup import end_like, like
from mlcl_core.engine.summary import changed_settings


def show_like(in_form: Sequence[str]) -> None:
    """The run, the settings that stand outside the form and are taken along, and a way back to the preset.

    Args:
        in_form: Paths of the settings that have a field; with a dot at the end, all below.
    """
    model = like()
    if model is None:
        return
    base, changed = changed_settings(model.config)
    fields = tuple(path for path in in_form if path.endswith("."))
    outside = [
        f"{escaped(path)} {escaped(shortened(words(value), 80))}"
        for path, (value, _) in changed.items()
        if path not in in_form and not path.startswith(fields)
    ]
    told = f"Like **{escaped(model.name)}**: the fields show its settings."
    if outside:
        told += f" Taken along too, without a field here, and other than in {escaped(base)}: {', '.join(outside)}."
    if model.changed:
        told += " What was changed while it trained is not: the new run begins as that one began."
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="setup-like"):
        st.caption(shown(told), width="stretch")
        st.button("Back to the preset", key="setup/like/end", on_click=end_like, width="content")
