"""The fields that change how a file is read; each writes one option, and shows what is in force."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.figures.formatting import escaped, plain
from dashboard.parts.upload.reading import look_in_hand
from dashboard.parts.upload.roles import WORDS, possible_roles, with_role
from dashboard.parts.upload.told import Told, change_options, options_told
from mlcl_core.options import Option

TITLES = {
    "labels": "Columns of labels",
    "text": "Column of texts",
    "picture": "Column of pictures",
    "names": "Column of names",
    "split": "Column of splits",
    "group": "Column of groups",
    "ignore": "Columns to leave out",
    "xml": "Mulan's XML file of labels",
    "cell": "Labels in a cell are",
    "separator": "Labels are separated by",
    "unknown": "Unknown cells count as",
    "threshold": "A label is carried from",
    "no_label": "Words that mean no label",
    "rows": "One row is",
    "items": "The items are in the file",
    "delimiter": "Columns are separated by",
    "decimal": "Decimal mark",
    "encoding": "Encoding",
    "header": "The first row holds names",
    "train": "The items to train on are in the file",
    "validation": "The items to validate on are in the file",
    "test": "The items to test on are in the file",
}
MARKS = {",": "comma ,", ";": "semicolon ;", "\t": "tab", "tab": "tab", "|": "bar |", " ": "blank", "#": "hash #"}
# texts of which some are usual; others can be typed
USUAL = {
    "separator": (";", "|", ",", "#", " ", "tab"),
    "delimiter": (",", ";", "tab", "|"),
    "encoding": ("utf-8", "cp1252", "latin-1", "utf-16", "shift_jis", "gb18030"),
}
PLACEHOLDERS = {"items": "/path/to/texts.csv", "train": "this file", "validation": "none", "test": "none"}
WORDS_OF = {
    "unknown": {"no": "not carried", "yes": "carried", "drop_item": "leave the item out"},
    "rows": {"item": "an item", "item_label": "a label of an item", "annotator": "one annotator's answer"},
    "decimal": {".": "point .", ",": "comma ,"},
    "separator": MARKS,
    "delimiter": MARKS,
}


def option_field(name: str, option: Option, told: Told, *, place: str, found: str = "") -> None:
    """One field for one option.

    Args:
        name: Of the option.
        option: What it may be.
        told: What is told so far.
        place: Where the field stands; a part of its key.
        found: What is in force where nothing is told.
    """
    key = f"upload.{told.token}.{place}.{name}"
    title = TITLES.get(name, option.title or name.replace("_", " ").capitalize())
    value = told.options.get(name, option.default)
    if option.is_text or option.choices:
        value = str(value)  # saved by hand, it may be a number
    # the options are the truth: a field may have been answered elsewhere
    st.session_state[key] = value
    common: dict[str, Any] = {"key": key, "help": option.help, "on_change": _change_option, "args": (key, name)}
    words = WORDS_OF.get(name, {}) if name != "cell" else _cell_forms()
    as_found = f"as found: {words.get(found, found)}" if found else "as found"
    usual = USUAL.get(name, tuple(words))
    if option.choices or usual:
        options = list(dict.fromkeys(("", *option.choices, *usual, value)))
        st.selectbox(
            title,
            options,
            format_func=lambda one: plain(words.get(str(one), str(one)) if one else as_found),
            accept_new_options=name in USUAL,
            **common,
        )
    elif option.is_text:
        st.text_input(title, placeholder=PLACEHOLDERS.get(name, as_found), max_chars=option.max_length, **common)
    elif isinstance(option.default, bool):
        st.toggle(title, **common)
    else:
        st.number_input(
            title, min_value=option.minimum, max_value=option.maximum, step=1 if option.is_whole else None, **common
        )


def role_field(column: Any, look: Any, params: Mapping[str, Option], told: Told, *, place: str) -> None:
    """The role of a column of a look."""
    name, role = column.name, column.role
    key = f"upload.{told.token}.{place}.role.{name}"
    st.session_state[key] = role
    st.selectbox(
        f"Column {escaped(name) or '(no name)'} is",
        possible_roles(role, look.holds.get(name, ""), params),
        format_func=WORDS.__getitem__,
        key=key,
        on_change=_change_role,
        args=(key, name, tuple(params)),
        label_visibility="visible" if place == "mend" else "collapsed",
    )


def _cell_forms() -> dict[str, str]:
    from mlcl_core.data.tables.cells import CELLS

    return {name: form.title for name, form in CELLS.items()}


def _change_option(key: str, name: str) -> None:
    value = st.session_state[key]
    change_options({name: "" if value is None else value})


def _change_role(key: str, name: str, known: tuple[str, ...]) -> None:
    look = look_in_hand()
    if look is not None:
        changes = with_role(roles_of(look), options_told(), name, st.session_state[key])
        change_options({option: value for option, value in changes.items() if option in known})


def roles_of(look: Any) -> dict[str, str]:
    """The role of each column, in the order of the file."""
    return {column.name: column.role for column in look.columns}
