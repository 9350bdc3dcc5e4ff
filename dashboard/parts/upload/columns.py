"""What columns mean, and how the file is written: fields that change it, and those that mend a refusal."""

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.figures.formatting import escaped
from dashboard.parts.upload.fields import option_field, role_field
from dashboard.parts.upload.told import Told, undo
from mlcl_core.options import Option

MANY = 30  # columns, beyond which roles are given by names and patterns
BY_ROLES = ("labels", "text", "picture", "names", "split", "group", "ignore")
IN_A_ROW = 4
SAMPLES = 3
NAMED = re.compile(r"columns? '((?:[^'\\]|\\.)*)'|columns? \"([^\"]*)\"|column \d+ \((.*?)\)")
OF_A_ROLE = {"split": re.compile(r"\bsplit of row \d"), "name": re.compile(r"stands? at rows \d")}
OPTION = re.compile(r"\boptions? (\w+)|\b(\w+)=")


def show_columns(look: Any, params: Mapping[str, Option], told: Told) -> None:
    """Draw all fields: a role for each column where there are few, and how the file is written."""
    few = 0 < len(look.columns) <= MANY and "labels" in params
    if few:
        _show_roles(look, params, told)
    rest = [name for name in params if not (few and name in BY_ROLES)]
    for start in range(0, len(rest), IN_A_ROW):
        places = st.columns(IN_A_ROW, gap="small", vertical_alignment="bottom")
        for place, name in zip(places, rest[start : start + IN_A_ROW], strict=False):
            with place:
                option_field(name, params[name], told, place="form", found=found_of(look, name))


def show_refusal(error: str, look: Any, params: Mapping[str, Option], told: Told) -> None:
    """Draw why a file is refused, with the fields that mend it."""
    with st.container(border=True, key="upload.refused"):
        st.error(escaped(error), icon=":material/error:")
        columns = _columns_named(error, look) if look and "labels" in params else []
        options = [name for name in _options_named(error) if name in params and not (columns and name in BY_ROLES)]
        for column in columns[:IN_A_ROW]:
            role_field(column, look, params, told, place="mend")
        for name in options[:IN_A_ROW]:
            option_field(name, params[name], told, place="mend", found=found_of(look, name) if look else "")
        if told.before is not None:
            st.button("Take back the last change", icon=":material/undo:", key="upload.undo", on_click=undo)
        elif not columns and not options:
            st.caption("Mend the file and choose it again.")


def found_of(look: Any, name: str) -> str:
    """What is in force for an option where nothing is told, as far as one word says it."""
    if name in ("cell", "separator"):
        found = {getattr(column, name) for column in look.columns if column.role == "label"}
        return found.pop() if len(found) == 1 else ""
    if name == "header":
        return "" if not look.facts else "yes" if look.facts.get("header", True) else "no"
    return str(look.facts.get(name) or "")


def _show_roles(look: Any, params: Mapping[str, Option], told: Told) -> None:
    cells = {name: [row[place] for row in look.preview[:SAMPLES]] for place, name in enumerate(look.header)}
    for column in look.columns:
        name, sample, role = st.columns([2, 4, 2.4], gap="small", vertical_alignment="center")
        with name:
            st.markdown(f"**{escaped(column.name) or '(no name)'}**")
        with sample:
            st.caption(escaped(" · ".join(cell[:40] for cell in cells.get(column.name, ()) if cell)) or "empty")
        with role:
            role_field(column, look, params, told, place="form")


def _columns_named(error: str, look: Any) -> list[Any]:
    """The columns that an error names, or speaks of by their role."""
    names = {next(filter(None, found)).replace("\\'", "'") for found in NAMED.findall(error) if any(found)}
    roles = {role for role, words in OF_A_ROLE.items() if words.search(error)}
    return [column for column in look.columns if column.name in names or column.role in roles]


def _options_named(error: str) -> list[str]:
    return list(dict.fromkeys(one or other for one, other in OPTION.findall(error)))
