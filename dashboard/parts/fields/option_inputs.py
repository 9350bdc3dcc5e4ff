"""Widgets made from the options of a registry: parameters of a new rule appear without further code."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.parts.fields.number_field import number_field
from mlcl_core.options import Option


def option_input(name: str, option: Option, *, key: str, mark: str = "") -> Any:
    """One widget for one option: a choice, a switch, a text or a number, with its line of help.

    ``mark``: what stands behind its title.
    """
    title = (option.title or name.replace("_", " ")) + mark
    if option.is_text:
        return text_input(title, option, key=key)
    if option.choices:
        return st.selectbox(
            title,
            option.choices,
            index=option.choices.index(option.default),
            format_func=lambda choice: choice.replace("_", " "),
            help=option.help,
            key=key,
            persist_state="session",
        )
    if isinstance(option.default, bool):
        return st.toggle(title, option.default, help=option.help, key=key, persist_state="session")
    return number_field(title, option, key=key)


def text_input(title: str, option: Option, *, key: str) -> str:
    """A line of free text, with its examples in the help."""
    examples = ", ".join(f"`{text}`" for text in option.examples)
    return st.text_input(
        title,
        option.default,
        max_chars=option.max_length,
        help=f"{option.help} For example {examples}." if examples else option.help,
        key=key,
        persist_state="session",
    )


def option_inputs(options: Mapping[str, Option], *, key: str) -> dict[str, Any]:
    """A widget for each option; ``key`` is the prefix of their session keys."""
    return {name: option_input(name, option, key=f"{key}.{name}") for name, option in options.items()}
