"""Which study is shown: one of the home directory, or one that ships and has not run."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import state
from dashboard.figures.formatting import plain, shortened
from dashboard.figures.study_words import listed
from dashboard.loaders import StudyRow
from mlcl_core.studies.file import STUDIES

FIELD = "study.choice"
MAX_TITLE = 80  # characters


@dataclass(frozen=True)
class Chosen:
    """What is shown.

    Attributes:
        name: Of the study.
        row: It, where the home directory has it; None: it ships, and has not run.
    """

    name: str
    row: StudyRow | None


def not_run(rows: Sequence[StudyRow]) -> list[str]:
    """Names of the studies that ship, and that the home directory does not have."""
    there = {row.folder.name for row in rows}
    return [name for name in STUDIES if name not in there]


def chosen_study(rows: Sequence[StudyRow]) -> Chosen | None:
    """The study of this session, else the first of the list; None where no study has run and none is asked for."""
    wanted = st.session_state.get(state.STUDY)
    for row in rows:
        if row.folder.name == wanted:
            return Chosen(row.folder.name, row)
    if wanted in not_run(rows):
        return Chosen(str(wanted), None)
    return Chosen(rows[0].folder.name, rows[0]) if rows else None


def show_choice(rows: Sequence[StudyRow]) -> Chosen | None:
    """Draw the list; the key that links set is the truth, the field follows it."""
    chosen = chosen_study(rows)
    names = {row.folder.name: listed(shortened(row.title, MAX_TITLE), row.status, row.changed) for row in rows}
    names |= {name: f"{name} · ships with the Lab, has not run" for name in not_run(rows)}
    if not names:
        return chosen
    st.session_state[FIELD] = chosen.name if chosen else None
    st.selectbox(
        "Study",
        list(names),
        format_func=lambda name: plain(names.get(str(name), str(name))),
        key=FIELD,
        on_change=_take,
        placeholder="Choose a study",
        label_visibility="collapsed",
        width=520,
    )
    return chosen


def choose(name: str) -> None:
    """Callback: show a study."""
    st.session_state[state.STUDY] = name


def _take() -> None:
    choose(str(st.session_state.get(FIELD)))


def under_way(chosen: Chosen | None) -> bool:
    """Whether a process works on the study, or will."""
    return chosen is not None and chosen.row is not None and _alive(chosen.row)


def _alive(row: StudyRow) -> bool:
    return row.status is not None and row.status.alive


__all__ = ["Chosen", "choose", "chosen_study", "not_run", "show_choice", "under_way"]
