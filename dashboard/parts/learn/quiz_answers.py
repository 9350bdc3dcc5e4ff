"""The answers of a class: shares before and after, gains with intervals, mistakes; export, deletion."""

import streamlit as st

from dashboard import state
from dashboard.access import may_act, require_teacher
from dashboard.export import ExportTable
from dashboard.parts.frame.downloads import downloads, offer_table
from dashboard.parts.frame.live import errors_in_one_line, in_one_line, live
from dashboard.parts.frame.table import inert_table
from dashboard.parts.learn.quiz_state import leave_quiz
from dashboard.quiz.in_words import HOW_TO_READ, both_words, mistake_rows, summary_rows, took_words
from dashboard.quiz.store import Answers, delete_answers, kept_answers
from dashboard.quiz.summary import summarise
from dashboard.quiz.table import answers_table
from mlcl_core.errors import InputError

EVERY = 5.0  # seconds between two readings
KEY = "quiz-answers"


def show_answers() -> None:
    """The page of the teacher; a viewer's session sees one sentence."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption("Try yourself · answers of the class")
        with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", width="content"):
            if may_act():
                with errors_in_one_line():
                    _files()
            st.button("All lessons", icon=":material/list:", key="quiz.leave", type="tertiary", on_click=leave_quiz)
    if may_act():
        live(_show, every=EVERY, key=KEY)
    else:
        st.info("The answers of the class are the teacher's to read.", icon=":material/lock:")


def _show() -> None:
    answers = kept_answers()
    if answers.problems:
        st.warning(in_one_line(answers.problems), icon=":material/warning:")
    if error := st.session_state.get(state.QUIZ_ERROR):
        st.error(in_one_line(error), icon=":material/error:")
    if not answers.attempts:
        st.info("No answers yet: they appear here as they are handed in.", icon=":material/hourglass_empty:")
        return
    summary = summarise(answers.attempts)
    st.markdown(took_words(summary))
    st.markdown(both_words(summary))
    inert_table(summary_rows(summary), hide_index=True, height="content")
    st.caption(HOW_TO_READ)
    if rows := mistake_rows(summary):
        with st.expander("All mistakes, before and after", key="quiz.mistakes"):
            inert_table(rows, hide_index=True, height="content")


def _files() -> None:
    answers = kept_answers()
    there = bool(answers.attempts or answers.damaged)
    with downloads("quiz.files", disabled=not answers.attempts) as is_open:
        if is_open:
            title = "All answers, one row an attempt"
            offer_table(title, _table, stem="quiz-answers", key="quiz.table")
    with st.popover("Delete", icon=":material/delete:", disabled=not there, key="quiz.delete"):
        st.markdown(f"Delete {_all_of(answers)}? This cannot be undone; download them first if they are wanted.")
        st.button("Delete for good", type="primary", key="quiz.delete.all", on_click=delete_all)


def _all_of(answers: Answers) -> str:
    count = len(answers.attempts) + len(answers.damaged) + answers.left_out
    return f"the answers of all {count:,} quizzes" if count > 1 else "the answers of the one quiz that is kept"


def _table() -> ExportTable:
    return answers_table(kept_answers().attempts)


def delete_all() -> None:
    """Callback: delete all answers."""
    st.session_state.pop(state.QUIZ_ERROR, None)
    try:
        require_teacher()
        delete_answers()
    except InputError as error:
        st.session_state[state.QUIZ_ERROR] = str(error)
