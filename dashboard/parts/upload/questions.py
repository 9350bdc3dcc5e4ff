"""Questions about a file: all readings side by side, with what results from each, and a button for each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.figures.formatting import escaped
from dashboard.parts.frame.table import inert_table
from dashboard.parts.upload.reading import in_one_line
from dashboard.parts.upload.rows import shown_columns

SIDE_BY_SIDE = 3
LONGEST = 300  # characters of a reading

Choose = Callable[[str, str, Mapping[str, Any]], None]
Outcome = Callable[[Any], Any]


def show_questions(questions: Sequence[Any], choose: Choose, *, key: str, outcome: Outcome = lambda _: None) -> None:
    """Draw questions one below the other.

    Args:
        questions: :class:`mlcl_core.data.tables.question.Question`.
        choose: Callback of a button: the question, the reading and its options.
        key: Prefix of the keys of the widgets.
        outcome: The :class:`ParsedUpload` that results from a reading; None where it is not known.
    """
    for place, question in enumerate(questions):
        with st.container(border=True, key=f"{key}.question.{place}"):
            text = question.text[:1].upper() + question.text[1:]
            st.markdown(f":orange[:material/help:] **{escaped(text)}**")
            _show_readings(question, choose, f"{key}.{place}", outcome)
            _ask_number(question, choose, f"{key}.{place}")


def _show_readings(question: Any, choose: Choose, key: str, outcome: Outcome) -> None:
    for start in range(0, len(question.choices), SIDE_BY_SIDE):
        row = question.choices[start : start + SIDE_BY_SIDE]
        for number, (place, choice) in enumerate(zip(st.columns(len(row), gap="medium"), row, strict=True), start):
            with place:
                _show_reading(question, choice, choose, f"{key}.{number}", outcome)


def _show_reading(question: Any, choice: Any, choose: Choose, key: str, outcome: Outcome) -> None:
    reading = choice.reading if len(choice.reading) <= LONGEST else choice.reading[:LONGEST] + "…"
    st.markdown(escaped(reading))
    parsed = outcome(choice)
    if parsed is not None and parsed.error:
        st.caption(f":red[:material/error:] {escaped(parsed.error)}")
    elif parsed is not None:
        st.caption(escaped(in_one_line(parsed.numbers)))
        rows = shown_columns(parsed.rows)
        inert_table(
            rows[[name for name in ("item", "text", "labels") if name in rows]],
            hide_index=True,
            height=38 + 35 * len(parsed.rows),
            column_config={
                "item": st.column_config.TextColumn(width="small"),
                "text": st.column_config.TextColumn(width="medium"),
                "labels": st.column_config.ListColumn(width="medium"),
            },
            key=f"{key}.rows",
            alt=f"The first {len(parsed.rows)} items, read so.",
        )
    st.button(
        "Take this",
        icon=":material/check:",
        key=f"{key}.take",
        on_click=choose,
        args=(question.text, choice.reading, dict(choice.options)),
        help=f"`{choice.as_set()}`",
    )


def _ask_number(question: Any, choose: Choose, key: str) -> None:
    """A field for another number, where each reading is a number of the same option."""
    found = _number_asked(question)
    if found is None:
        return
    option, start, whole = found
    field, button = st.columns([1, 3], gap="small", vertical_alignment="bottom")
    with field:
        number = st.number_input(
            "Another number of labels" if option == "labels" else "Another number",
            value=start,
            step=1 if whole else 0.05,
            key=f"{key}.number.{option}",
        )
    text = f"{number:g}" if not whole else str(int(number))
    with button:
        st.button(
            "Take this number",
            key=f"{key}.take_number",
            on_click=choose,
            args=(question.text, f"{option} = {text}", {option: text}),
        )


def _number_asked(question: Any) -> tuple[str, int | float, bool] | None:
    """The option that a question asks a number for, the likelier number, and whether it is a whole one."""
    for choice in question.choices:
        if len(choice.options) == 1:
            [(option, text)] = choice.options.items()
            try:
                number = float(text)
            except ValueError:
                continue
            whole = option != "threshold" and number.is_integer()
            return option, int(number) if whole else number, whole
    return None
