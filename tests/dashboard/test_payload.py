"""What travels to components, and what comes back from them: one checked way each."""

import ast
import json
import logging
import math
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
import torch
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from dashboard.components.mount import is_text, is_whole, received
from dashboard.figures.payload import payload
from dashboard.figures.wire import pack, unpack

ROOT = Path(__file__).parents[2]


class Code(IntEnum):
    """A number with a name."""

    ONE = 1


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array(3), 3),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([True, False]), [True, False]),
        (np.array(["a", "ü"]), ["a", "ü"]),
        (np.str_("x"), "x"),
        ((1, (2, [np.float64(3)])), [1, [2, [3.0]]]),
        (Code.ONE, 1),
        (float("nan"), None),
        (float("-inf"), None),
        (np.float32("nan"), None),
        (np.array([1.0, np.nan, np.inf]), [1.0, None, None]),
        ({1: "a", np.int32(2): "b"}, {"1": "a", "2": "b"}),
        (MappingProxyType({"a": np.zeros(0)}), {"a": []}),
        (2**53, 2**53),
    ],
)
def test_what_json_lacks_is_made_into_what_it_has(value: Any, sent: Any) -> None:
    """NumPy numbers and arrays, tuples, integer keys; a number that is not finite becomes null."""
    found = payload({"key": value})["key"]
    assert found == sent
    assert type(found) is type(sent) or isinstance(found, str)
    assert json.loads(json.dumps(payload({"key": value}), allow_nan=False)) == {"key": sent}


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        {1, 2},
        1j,
        np.complex64(1),
        np.array([object()]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        torch.zeros(2),
        pd.DataFrame({"a": [1]}),
        pd.Series([1]),
        Path("x"),
        object(),
        range(3),
        {b"key": 1},
        {True: 1},
        {None: 1},
        {1: "a", "1": "b"},
        2**53 + 1,
        np.uint64(2**63),
        math.inf.as_integer_ratio,
    ],
)
def test_another_kind_is_refused_by_the_name_of_its_key(value: Any) -> None:
    """Streamlit would send the whole dict as one text; here the error names the key at any depth."""
    with pytest.raises((TypeError, ValueError), match=r"^cloud\.items\[1\]\.odd"):
        payload({"fine": 1, "items": [0, {"odd": value}]}, "cloud")


def test_what_holds_itself_is_refused() -> None:
    """A list that contains itself ends at 16 levels."""
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(ValueError, match="16 levels"):
        payload({"ring": ring})


PLAIN = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_what_is_plain_stays_as_it_is(value: Any) -> None:
    """All JSON types, nested at will: the same values, as text that every browser reads."""

    def known(one: Any) -> Any:
        if isinstance(one, dict):
            return {key: known(inner) for key, inner in one.items()}
        if isinstance(one, list):
            return [known(inner) for inner in one]
        return None if isinstance(one, float) and not math.isfinite(one) else one

    assert json.loads(json.dumps(payload(value), allow_nan=False)) == known(value)


def test_the_clouds_header_goes_the_same_way() -> None:
    """NumPy and NaN in the header of a binary message, and a lone surrogate from a file's name."""
    header, _ = unpack(pack({"n": np.int64(3), "box": np.array([0.5, np.nan]), "name": "a\udc80b"}, {}))
    assert (header["n"], header["box"], header["name"]) == (3, [0.5, None], "a?b")
    with pytest.raises(TypeError, match=r"header\.names"):
        pack({"names": {"a"}}, {})


def test_no_component_is_mounted_around_it() -> None:
    """Streamlit's `components` is used only in mount.py, by any name of import."""
    met = []
    for path in [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            own = isinstance(node, ast.Attribute) and node.attr in ("components", "component", "declare_component")
            imported = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streamlit.components")
            if own or imported:
                met.append((path.name, ast.unparse(node)))
    assert {name for name, _ in met} == {"mount.py"}


def _page_with_an_odd_value() -> None:
    import numpy as np

    from dashboard.components.mount import component

    component("mlcl_odd", js="export default function () {}")(data={"n": np.int64(3), "share": float("nan")}, key="odd")


def test_a_browser_gets_json_and_not_one_text() -> None:
    """The worst dict that Streamlit would send as one text arrives as a dict."""
    app = AppTest.from_function(_page_with_an_odd_value).run()
    assert not app.exception
    assert json.loads(app._tree[0].children[0].proto.json) == {"n": 3, "share": None}


ODD = [
    *([], "text", 5, 1.5, True, {}, {"id": None}, {"id": "7"}, {"id": 7.0}, {"id": True}, {"id": 2**60}),
    *({"id": float("nan")}, {"id": [7]}, [{"id": 7}], {"id": {"id": 7}}, {"run": "x"}, {"id": 7, "run": 3}),
]


@pytest.mark.parametrize("sent", ODD)
def test_a_malformed_message_is_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sent: Any
) -> None:
    """Whatever a browser sends for a click: nothing happens, and the log says so in one line."""
    monkeypatch.setattr(st, "session_state", {"cloud": {"picked": sent}})
    with caplog.at_level(logging.WARNING):
        assert received("cloud", "picked", id=is_whole, run=is_text) is None
    (line,) = caplog.messages
    assert line.startswith("dropped a message for cloud.picked: ")
    assert "\n" not in line
    assert len(line) < 200


@pytest.mark.parametrize("state", [None, "text", 5, [], {}, {"picked": None}, {"moved": {"id": 7}}])
def test_no_message_is_none(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, state: Any) -> None:
    """Nothing sent, or another event: None, and no line in the log."""
    monkeypatch.setattr(st, "session_state", {} if state is None else {"cloud": state})
    assert received("cloud", "picked", id=is_whole) is None
    assert caplog.messages == []


def test_a_message_is_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the checked entries of a valid message are returned."""
    monkeypatch.setattr(st, "session_state", {"cloud": {"picked": {"id": 7, "run": "a", "more": "x"}}})
    assert received("cloud", "picked", id=is_whole, run=is_text) == {"id": 7, "run": "a"}
