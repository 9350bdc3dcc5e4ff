"""Which errors of a class's server are told in a line: those about what a browser sent."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import Serialized, WStates

from dashboard import guard
from dashboard.guard import _shortened, fits, in_short


@pytest.fixture(autouse=True)
def _this_file_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code of ours that makes a mistake here."""
    monkeypatch.setattr(guard, "OURS", (*guard.OURS, Path(__file__)))


def test_the_code_of_the_pages_is_ours() -> None:
    """The Lab's files are recognised wherever it is installed."""
    assert Path(guard.__file__).is_relative_to(guard.OURS[0])
    assert [folder.name for folder in guard.OURS[:3]] == ["dashboard", "mlcl_core", "pages"]


def error_of(action: Callable[[], Any]) -> BaseException:
    """What an action raises."""
    try:
        action()
    except Exception as error:
        return error
    raise AssertionError("it raises nothing")


def test_an_error_on_the_way_through_streamlit_alone_is_short() -> None:
    """An invalid message: the traceback has no frame of the Lab."""
    error = error_of(lambda: json.loads("{"))
    way = error.__traceback__
    while way is not None and way.tb_frame.f_code.co_filename == __file__:
        way = way.tb_next
    assert in_short(error.with_traceback(way)) is not None


def test_an_error_in_the_values_of_widgets_is_short() -> None:
    """A text for a widget that takes a list: Streamlit's unpacking fails, below a call of the Lab."""
    values = WStates()
    values["w"] = Serialized(WidgetState(id="w", string_value="{"))
    values.set_widget_metadata(WidgetMetadata("w", json.loads, json.dumps, "string_value"))
    error = error_of(lambda: values["w"])
    words = in_short(error) or ""
    assert "\n" not in words
    assert words.startswith("JSONDecodeError: ")


def test_an_error_of_ours_keeps_its_way() -> None:
    """An error in the Lab's code, also below Streamlit's: None, so that the whole traceback is logged."""
    assert in_short(error_of(lambda: {}["x"])) is None
    assert in_short(error_of(lambda: st.columns("no number"))) is None


def test_a_log_tells_it_in_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """The filter replaces the traceback by one line; other records pass unchanged."""
    log = logging.getLogger("tests.guard")
    log.addFilter(_shortened)
    error = ValueError("no\nvalue")
    log.warning("about %s", "it", exc_info=error)
    log.warning("only %s", "words")
    try:
        Path().joinpath(None)  # type: ignore[arg-type]
    except TypeError:
        log.exception("a mistake")
    log.removeFilter(_shortened)
    short, words, mistake = caplog.records
    assert (short.getMessage(), short.exc_info) == ("about it: ValueError: no value", None)
    assert words.getMessage() == "only words"
    assert mistake.exc_info


@pytest.mark.parametrize("kind", ["string_value", "double_value", "trigger_value", "json_trigger_value"])
def test_a_value_fits_its_widget(kind: str) -> None:
    """A widget accepts a value in its own field, or none; numbers in either of two fields."""
    values = [WidgetState(id="w")]
    for field in WidgetState.DESCRIPTOR.oneofs_by_name["value"].fields:
        values.append(WidgetState(id="w"))
        if field.message_type is None:
            setattr(values[-1], field.name, {"bool": True, "str": "x", "bytes": b"x"}.get(_type(field.name), 1))
        else:
            getattr(values[-1], field.name).SetInParent()
    fitting = {value.WhichOneof("value") for value in values if fits(value, kind)}
    assert fitting == {None, kind} | ({"int_value"} if kind == "double_value" else set())


def _type(field: str) -> str:
    """The kind of Python value that a plain field takes."""
    if field in ("trigger_value", "bool_value"):
        return "bool"
    return "bytes" if field == "bytes_value" else "str" if "string" in field or "json" in field else "number"
