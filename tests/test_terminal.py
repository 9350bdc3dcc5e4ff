"""Texts of users as a terminal shows them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.terminal import printable


@pytest.mark.parametrize(("text", "shown"), [
    ("a\x1b[2J\x1b]0;owned\x07", r"a\x1b[2J\x1b]0;owned\x07"),
    ("two\nlines\r\t", r"two\nlines\r\t"),
    ("\u202egnp.exe\u2066x\u2069\u200e", r"\u202egnp.exe\u2066x\u2069\u200e"),
    ("\x9b31m\x7f\u2028\ufeff\U000e0041", r"\x9b31m\x7f\u2028\ufeff\U000e0041"),
    ("caf\udce9", r"caf\udce9"),
    ("Übung σ 試験 می\u200cخواهم 👩\u200d🔬 −½ C:\\new", "Übung σ 試験 می\u200cخواهم 👩\u200d🔬 −½ C:\\new"),
])  # fmt: skip
def test_control_characters_are_spelt_out(text: str, shown: str) -> None:
    """Escape sequences, ends of lines, BiDi overrides, halves of surrogates; letters and joiners stay."""
    assert printable(text) == shown


@given(st.text())
def test_nothing_that_acts_is_left(text: str) -> None:
    """Of every text: one line without control or format characters but the two joiners, and what is visible stays."""
    shown = printable(text)
    assert not [
        one
        for one in shown
        if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in "\u200c\u200d"
    ]
    assert printable(shown) == shown
    if text.isprintable():
        assert shown == text
