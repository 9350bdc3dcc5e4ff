"""What was told about the pending file: the options by which it is read, exactly those of ``--set``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.parts.upload.hand import PendingUpload
from mlcl_core.options import Option


@dataclass(frozen=True)
class Answer:
    """An answered question.

    Args:
        text: The question.
        reading: The reading that was chosen.
        options: The options that choose it.
    """

    text: str
    reading: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What was told about one file; it is small, and kept in the session.

    Args:
        token: Of the file.
        options: What was told.
        saved: The options saved beside the file, with which it began.
        answers: The questions answered so far.
        before: The options before the last change.
    """

    token: str
    options: Mapping[str, Any] = field(default_factory=dict)
    saved: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    before: Mapping[str, Any] | None = None

    def in_force(self, params: Mapping[str, Option]) -> dict[str, Any]:
        """The options by which the file is read; a saved one that was taken back is at its default."""
        back = {name: params[name].default for name in self.saved if name in params}
        return {**back, **self.options}

    def changed(self, params: Mapping[str, Option]) -> dict[str, Any]:
        """The options that differ from those saved beside the file: what a command line has to say."""
        return {name: value for name, value in self.in_force(params).items() if self.saved.get(name) != value}

    @property
    def answered(self) -> tuple[Answer, ...]:
        """The answers that still hold: none of their options was changed since."""
        return tuple(
            one for one in self.answers if all(self.options.get(name) == value for name, value in one.options.items())
        )


def told_about(pending: PendingUpload) -> Told:
    """What was told about a file; at first, what is saved beside it.

    Raises:
        InputError: What is saved beside it cannot be read.
    """
    from mlcl_core.data.tables.saved import saved_answers

    told = st.session_state.get(state.UPLOAD_TOLD)
    if told is None or told.token != pending.token:
        saved = {} if pending.copied else saved_answers(pending.path)
        begin: Mapping[str, Any] = st.session_state.pop(state.UPLOAD_BEGIN, None) or {}
        told = Told(pending.token, {**saved, **begin}, saved)
        st.session_state[state.UPLOAD_TOLD] = told
    return told


def change_options(changes: Mapping[str, Any]) -> None:
    """Change options; an empty text takes one back."""
    told: Told = st.session_state[state.UPLOAD_TOLD]
    options = {name: value for name, value in {**told.options, **changes}.items() if value != ""}
    st.session_state[state.UPLOAD_TOLD] = replace(told, options=options, before=told.options)


def answer_question(text: str, reading: str, options: Mapping[str, Any]) -> None:
    """Answer a question by the options of a reading."""
    change_options(options)
    told: Told = st.session_state[state.UPLOAD_TOLD]
    answers = (*(one for one in told.answered if one.text != text), Answer(text, reading, dict(options)))
    st.session_state[state.UPLOAD_TOLD] = replace(told, answers=answers)


def ask_again(text: str) -> None:
    """Take an answer back."""
    told: Told = st.session_state[state.UPLOAD_TOLD]
    for one in told.answers:
        if one.text == text:
            change_options(dict.fromkeys(one.options, ""))


def undo() -> None:
    """Put the options back to what they were before the last change."""
    told: Told = st.session_state[state.UPLOAD_TOLD]
    if told.before is not None:
        st.session_state[state.UPLOAD_TOLD] = replace(told, options=told.before, before=None)


def typed(options: Mapping[str, Any], params: Mapping[str, Option]) -> dict[str, Any]:
    """Options of a reading, which are texts, in the types that a format takes, as the command line reads them."""
    return {
        name: value if params[name].is_text or params[name].choices else json.loads(value)
        for name, value in options.items()
    }


def options_told() -> Mapping[str, Any]:
    """The options of the file in hand."""
    told: Told = st.session_state[state.UPLOAD_TOLD]
    return told.options


def saved_beside(options: Mapping[str, Any]) -> None:
    """Note that options were saved beside the file."""
    told: Told = st.session_state[state.UPLOAD_TOLD]
    st.session_state[state.UPLOAD_TOLD] = replace(told, options=dict(options), saved=dict(options))
