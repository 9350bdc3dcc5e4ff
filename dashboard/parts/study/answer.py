"""What a study says, in sentences, above everything else."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import loaders
from dashboard.figures.formatting import escaped
from dashboard.loaders.study_grid import setting_words
from dashboard.parts.study.panels import chosen_setting
from mlcl_core.studies.folder import StudyFolder, StudyStatus

if TYPE_CHECKING:
    from mlcl_core.studies.compare import Sentence

COMPUTING = "The answer is being computed: test items are resampled."
HOW, FIRST, UNDECIDED = "how", "items", "undecided"  # what a sentence is about
MANY = 3  # sentences about undecided comparisons; more are folded


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
            _show_sentences(found)


def _show_sentences(found: "Sequence[Sentence]") -> None:
    """Those that decide something first; many that decide nothing are folded."""
    first, undecided = folded(found)
    lines = [f"**{escaped(one.text)}**" if one.about == FIRST else escaped(one.text) for one in first]
    st.markdown("\n".join(f"* {line}" for line in lines))
    if undecided:
        with st.expander(f"{len(undecided):,} comparisons are undecided"):
            st.markdown("\n".join(f"* {escaped(one.text)}" for one in undecided))
    for one in found:
        if one.about == HOW:
            st.caption(escaped(one.text))


def folded(found: "Sequence[Sentence]") -> "tuple[list[Sentence], list[Sentence]]":
    """The sentences in sight, and those about undecided comparisons where there are many: all but a metric's first."""
    said = [one for one in found if one.about != HOW]
    seen: set[tuple[str, ...]] = set()
    rest = []
    for one in said:
        if one.about == UNDECIDED and one.metrics in seen:
            rest.append(one)
        seen.add(one.metrics)
    if len(rest) <= MANY:
        return said, []
    return [one for one in said if one not in rest], rest
