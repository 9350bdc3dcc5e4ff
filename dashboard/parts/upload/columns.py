"""The roles of a file's columns as guessed: described in words, and corrected by the user."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.formatting import escaped, plain
from dashboard.parts.fields.option_inputs import option_input
from dashboard.parts.frame.table import inert_table
from dashboard.parts.upload.file import PendingUpload, first_look

KINDS = {"text": "texts", "features": "numbers", "picture": "pictures"}
MARKS = {",": "comma ,", ";": "semicolon ;", "\t": "tab", "|": "bar |"}
SEPARATORS = {";": "semicolon ;", "|": "bar |", ",": "comma ,"}
ONE_LABEL = "nothing: one label per cell"
NONE = "none"
LISTS, COLUMNS = "one column of lists", "columns of 0 and 1"
MAX_CHIPS = 40  # columns in a field of chips; more are only counted
MAX_LISTED = 6


def corrected(guess: Any, pending: PendingUpload) -> Any:
    """The guess with the user's corrections.

    Raises:
        InputError: As :func:`first_look`, with another delimiter.
    """
    if not guess.columns:
        return _with_options(guess, pending)
    items, labels, rest = st.columns(3, gap="medium")
    with rest:
        guess = _delimiter(guess, pending)
    # choices made for other columns do not apply
    key = f"upload.{pending.token}.{guess.delimiter}"
    with items:
        guess = _items(guess, key)
    with labels:
        guess = _labels(guess, key)
    with rest:
        return _names_and_split(guess, key)


def in_words(guess: Any) -> str:
    """What will be read, in one or two sentences."""
    if not guess.columns:
        return f"Read as {KINDS[guess.kind]} with labels, in the order of the file."
    by_role: dict[str, list[str]] = {}
    for column in guess.columns:
        by_role.setdefault(guess.role(column), []).append(column.name)
    what = {
        "text": "The items are the texts in {}.",
        "picture": "The items are the pictures in {}.",
        "feature": "The items are the numbers in {}.",
        "label": "Labels: {}.",
        "name": "Names: {}.",
        "split": "Split: {}.",
        "group": "Together by: {}.",
        "nothing": "Not used: {}.",
    }
    return " ".join(words.format(_listed(by_role[role])) for role, words in what.items() if role in by_role)


def show_preview(guess: Any) -> None:
    """The first rows of the file."""
    if not guess.preview:
        return
    roles = {column.name: guess.role(column) for column in guess.columns}
    names: list[str] = []
    for name in guess.header:
        role = roles.get(name, "nothing")
        shown = f"{name or '(no name)'} · {role}" if role != "nothing" else name
        while shown in names:
            shown += " "
        names.append(shown)
    inert_table(
        pd.DataFrame(list(guess.preview), columns=names),
        hide_index=True,
        height=38 + 35 * min(5, len(guess.preview)),
        key="upload.preview",
        alt=f"The first {len(guess.preview)} rows.",
    )


def _with_options(guess: Any, pending: PendingUpload) -> Any:
    """A format that describes its own columns; its options are asked for."""
    from mlcl_core.data import READERS

    # a second file cannot be dropped together with the first
    params = {
        name: option for name, option in READERS[guess.format].params.items() if name != "xml" or not pending.copied
    }
    if not params:
        return guess
    given: dict[str, Any] = {}
    for place, (name, option) in zip(st.columns(len(params)), params.items(), strict=True):
        key = f"upload.{pending.token}.{name}"
        with place:
            given[name] = option_input(name, option, key=key)
            st.caption(option.help)
    return first_look(pending, options=given)


def _delimiter(guess: Any, pending: PendingUpload) -> Any:
    if not guess.delimiter:
        return guess
    marks = list(MARKS)
    mark = st.selectbox(
        "Columns are separated by",
        marks,
        index=marks.index(guess.delimiter),
        format_func=MARKS.__getitem__,
        key=f"upload.{pending.token}.delimiter",
    )
    return guess if mark == guess.delimiter else first_look(pending, delimiter=mark)


def _items(guess: Any, key: str) -> Any:
    """Texts, numbers or pictures, and their column."""
    from mlcl_core.data.guess import can_be_text

    texts = [column.name for column in guess.columns if can_be_text(column)]
    pictures = [column.name for column in guess.columns if column.holds == "pictures"]
    kinds = [*(["text"] if texts else []), "features", *(["picture"] if pictures else [])]
    kind = st.selectbox(
        "Items are", kinds, index=kinds.index(guess.kind), format_func=KINDS.__getitem__, key=f"{key}.kind"
    )
    if kind == "features":
        return replace(guess, kind="features")
    columns, found = (texts, guess.text) if kind == "text" else (pictures, guess.picture)
    column = st.selectbox(
        "in the column",
        columns,
        index=columns.index(found) if found in columns else 0,
        format_func=plain,
        key=f"{key}.{kind}",
    )
    changed = {"text": column} if kind == "text" else {"picture": column}
    return _freed(replace(guess, kind=kind, **changed), column)


def _labels(guess: Any, key: str) -> Any:
    """One column of lists with its separator, or columns of 0 and 1."""
    from mlcl_core.data.guess import can_be_list

    item = guess.text if guess.kind == "text" else guess.picture if guess.kind == "picture" else None
    lists = [column.name for column in guess.columns if can_be_list(column) and column.name != item]
    ones = [column.name for column in guess.columns if column.holds == "0 and 1"]
    forms = [LISTS, COLUMNS] if len(ones) > 1 or len(guess.labels) > 1 else [LISTS]
    form = st.selectbox("Labels are in", forms, index=len(forms) - 1 if len(guess.labels) > 1 else 0, key=f"{key}.form")
    if form == COLUMNS:
        if len(ones) > MAX_CHIPS:
            st.caption(f"{len(guess.labels):,} columns of 0 and 1, {_listed(list(guess.labels))}.")
            return guess if len(guess.labels) > 1 else replace(guess, labels=tuple(ones), separator="")
        default = list(guess.labels) if len(guess.labels) > 1 else ones
        chosen = st.multiselect(
            "which are",
            sorted({*ones, *default}, key=_order(guess)),
            default=default,
            format_func=plain,
            key=f"{key}.ones",
        )
        return replace(guess, labels=tuple(chosen), separator="")
    if not lists:
        return guess
    found = guess.labels[0] if len(guess.labels) == 1 and guess.labels[0] in lists else None
    column = st.selectbox(
        "which is",
        lists,
        index=lists.index(found) if found else None,
        format_func=plain,
        placeholder="choose the column of labels",
        key=f"{key}.list",
    )
    if column is None:
        return replace(guess, labels=(), separator="")
    started = next(one.separator for one in guess.columns if one.name == column)
    guess = _freed(replace(guess, labels=(column,), separator=started), column)
    return replace(guess, separator=_separator(guess, column, key))


def _separator(guess: Any, column: str, key: str) -> str:
    """The separator of the labels in a cell: one of the usual marks, or a typed text."""
    from mlcl_core.data import guess as guessing

    options = [*SEPARATORS, ONE_LABEL]
    start = guess.separator if guess.separator in SEPARATORS else ONE_LABEL
    mark = st.selectbox(
        "Labels are separated by",
        options,
        index=options.index(start),
        format_func=lambda mark: SEPARATORS.get(mark, plain(mark)),
        accept_new_options=True,
        key=f"{key}.separator.{column}",
        help="Choose or type the text between two labels.",
    )
    if mark == start == ONE_LABEL or mark is None:
        return ""  # lists of a Parquet file, one number per label, or words without a separator
    return guessing.ONE_LABEL if mark == ONE_LABEL else str(mark)


def _names_and_split(guess: Any, key: str) -> Any:
    """The columns of names, splits and groups; guessed from their names, or chosen."""
    taken = {guess.text if guess.kind == "text" else None, guess.picture if guess.kind == "picture" else None}
    free = [column.name for column in guess.columns if column.name not in taken | {*guess.labels}]
    asked = {
        "names": ("Names are in", "The name of an item on hover cards and in tables."),
        "split": ("Train, validation, test are in", "Without such a column they are drawn by a seed: 70, 10 and 20 %."),
        "group": ("Items belong together by", "Equal cells fall into the same split: a patient, an author, a film."),
    }
    for what, (title, explained) in asked.items():
        found = getattr(guess, what)
        options = [NONE, *free] if found is None or found in free else [NONE, found, *free]
        column = st.selectbox(
            title,
            options,
            index=options.index(found) if found is not None else 0,
            format_func=lambda name: plain(name) or "(no name)",
            key=f"{key}.{what}",
            help=explained,
        )
        guess = replace(guess, **{what: None if column == NONE else column})
    return guess


def _freed(guess: Any, column: str) -> Any:
    """The guess in which a column has no role but the one just chosen."""
    freed: dict[str, Any] = {}
    freed |= {"names": None} if guess.names == column else {}
    freed |= {"split": None} if guess.split == column else {}
    freed |= {"group": None} if guess.group == column else {}
    freed |= {"labels": ()} if guess.labels == (column,) and column in (guess.text, guess.picture) else {}
    return replace(guess, **freed)


def _order(guess: Any) -> Any:
    places = {column.name: place for place, column in enumerate(guess.columns)}
    return lambda name: places[name]


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"**{escaped(name) or '(no name)'}**" for name in names[:MAX_LISTED])
    return shown + (f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else "")
