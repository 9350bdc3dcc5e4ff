"""What a study says, in sentences, above everything else."""

import streamlit as st

from dashboard import loaders
from dashboard.figures.formatting import escaped
from dashboard.loaders.study_grid import setting_words
from dashboard.parts.study.panels import chosen_setting
from mlcl_core.studies.folder import StudyFolder, StudyStatus

COMPUTING = "The answer is being computed: test items are resampled."
HOW, FIRST = "how", "items"  # what a sentence is about


def show_answer(folder: StudyFolder, status: StudyStatus) -> None:
    """Draw the sentences of each data set; those of a study that is not done say so."""
    axes = loaders.study_axes(folder)
    setting = chosen_setting(folder.name, axes)
    with st.container(border=True, key="study-answer", gap="xsmall"):
        if status.done < status.total:
            st.caption(f"From the {status.done:,} of {status.total:,} cells that are done.")
        if setting:
            st.caption(escaped(f"At {setting_words(setting)}."))
        for data in axes.data:
            found = loaders.study_answer(folder, data, setting)
            st.markdown(f"**{escaped(data)}**")
            if found is None:
                st.caption(COMPUTING)
                continue
            said = [one for one in found if one.about != HOW]
            lines = [f"**{escaped(one.text)}**" if one.about == FIRST else escaped(one.text) for one in said]
            st.markdown("\n".join(f"* {line}" for line in lines))
            details = [escaped(line) for one in said for line in one.details]
            if details:
                with st.expander("By how much, and what would decide it"):
                    st.markdown("\n".join(f"* {line}" for line in details))
            for one in found:
                if one.about == HOW:
                    st.caption(escaped(one.text))
