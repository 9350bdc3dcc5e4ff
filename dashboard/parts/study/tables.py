"""Methods x metrics, a table for each data set: means, intervals, marks and gains."""

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import escaped
from dashboard.figures.study_scores import LEGEND, gains_table, scores_table
from dashboard.parts.fields.number_field import KEEP
from dashboard.parts.frame.table import inert_table
from dashboard.parts.study.asked import Asked


def show_tables(asked: Asked) -> None:
    """Draw a table for each data set, with what its intervals are."""
    gains = st.toggle(
        "Gains over the untrained encoder and the items as given",
        key=state.STUDY_GAINS,
        persist_state=KEEP,
        help="A probe on the features of the encoder before training, and on the items themselves.",
    )
    for data in asked.axes.data:
        scores = loaders.study_scores(asked.folder, data, tuple(asked.metrics), asked.setting)
        if not scores:
            st.caption(f"{escaped(data)}: waits for its first cell.")
            continue
        st.markdown(f"**{escaped(data)}**")
        table = (
            gains_table(scores, asked.metrics, asked.titles)
            if gains
            else scores_table(scores, asked.metrics, asked.titles, asked.about)
        )
        number, text = st.column_config.NumberColumn, st.column_config.TextColumn
        inert_table(
            table,
            hide_index=True,
            key=f"study.table.{asked.folder.name}.{data}.{gains}",
            height=35 * len(table) + 38,
            width="content",
            column_config={
                "method": text(width=230, pinned=True),
                "seeds": number(format="%d", width=64),
                **{name: number(format="%+.3f", width=190) for name in table.columns[1:] if gains},
                **{asked.titles[name]: text(width=200) for name in asked.metrics if not gains},
            },
            alt=f"{len(table)} methods on {data}.",
        )
        note = loaders.study_note(asked.folder, data, asked.metrics[0], asked.about, asked.setting)
        st.caption(escaped(f"{note} {LEGEND}"))
