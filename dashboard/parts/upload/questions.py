"""Questions about a file: all readings side by side, with what results from each, and a button for each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.figures.formatting import escaped
from dashboard.parts.frame.table import inert_table
from dashboard.parts.upload.reading import in_one_line
from dashboard.parts.upload.rows import shown_columns

SIDE_BY_SIDE = 3
ROWS = 3  # items shown of each reading
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


def differing(tables: Sequence[Any], most: int = ROWS) -> list[str]:
    """Names of the items to show of each reading: first those that not all readings give the same labels.

    Args:
        tables: Items and labels under each reading.
        most: How many.
    """
    held = [
        {item: tuple(labels) for item, labels in zip(table["item"], table["labels"], strict=True)} for table in tables
    ]
    names = list(dict.fromkeys(name for one in held for name in one))
    return sorted(names, key=lambda name: len({one.get(name) for one in held}) == 1)[:most]


def _show_readings(question: Any, choose: Choose, key: str, outcome: Outcome) -> None:
    outcomes = [outcome(choice) for choice in question.choices]
    names = differing([one.rows for one in outcomes if one is not None and one.rows is not None])
    for start in range(0, len(question.choices), SIDE_BY_SIDE):
        row = question.choices[start : start + SIDE_BY_SIDE]
        for number, (place, choice) in enumerate(zip(st.columns(len(row), gap="medium"), row, strict=True), start):
            with place:
                reading = choice.reading if len(choice.reading) <= LONGEST else choice.reading[:LONGEST] + "…"
                st.markdown(escaped(reading))
                _show_outcome(outcomes[number], names, f"{key}.{number}")
                st.button(
                    "Take this",
                    icon=":material/check:",
                    key=f"{key}.{number}.take",
                    on_click=choose,
                    args=(question.text, choice.reading, dict(choice.options)),
                    help=escaped(choice.as_set()),
                )


def _show_outcome(parsed: Any, names: list[str], key: str) -> None:
    """What results from a reading, as far as it is known: a line, and some items."""
    if parsed is None:
        return
    if parsed.error:
        st.caption(f":red[:material/error:] {escaped(parsed.error)}")
        return
    st.caption(escaped(in_one_line(parsed.numbers)))
    rows = parsed.rows[parsed.rows["item"].isin(names)].head(ROWS)
    shown = shown_columns(rows)
    inert_table(
        shown[[name for name in ("item", "text", "labels") if name in shown]],
        hide_index=True,
        height=38 + 35 * max(1, len(names)),
        column_config={
            "item": st.column_config.TextColumn(width="small"),
            "text": st.column_config.TextColumn(width="medium"),
            "labels": st.column_config.ListColumn(width="medium"),
        },
        key=f"{key}.rows",
        alt=f"{len(rows)} items, read so.",
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
