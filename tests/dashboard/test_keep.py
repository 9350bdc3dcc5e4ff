"""What a browser keeps: read once, written by number, and checked, whatever it sends."""

import json
from typing import Any

import pytest
import streamlit as st

from dashboard import state
from dashboard.components import keep as keeping
from dashboard.components.keep import MAX_BYTES, answered, keep, keeps, kept


class Browser:
    """One session and its browser; each drawing is kept in ``drawn``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        """Take the place of Streamlit's session and of the component."""
        self.session: dict[str, Any] = {}
        self.drawn: list[dict[str, Any]] = []
        monkeypatch.setattr(st, "session_state", self.session)
        monkeypatch.setattr(keeping, "_mount", lambda **options: self.drawn.append(options["data"]))

    def says(self, text: Any, *, there: Any = True, **other: Any) -> Any:
        """The component's message arrives, and the page is drawn again; gives what is kept."""
        data = self.drawn[-1]
        sent = {"session": data["session"], "number": data["number"], "there": there, "text": text, **other}
        self.session["keep.guesses"] = {"said": sent}
        found = kept("guesses")
        self.session["keep.guesses"] = {"said": None}
        return found


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A session that was just opened, its page drawn once."""
    found = Browser(monkeypatch)
    assert kept("guesses") is None
    return found


def test_a_value_is_read_then_written(browser: Browser) -> None:
    """Nothing known, then the browser's value; a new one is sent once by its number; None forgets."""
    assert (keeps(), answered("guesses")) == (None, False)
    assert browser.says('{"a":[1]}') == {"a": [1]}
    assert (keeps(), answered("guesses")) == (True, True)
    assert browser.drawn[-1]["number"] == 0
    keep("guesses", {"a": [2]})
    assert kept("guesses") == {"a": [2]}
    assert (browser.drawn[-1]["number"], browser.drawn[-1]["text"]) == (1, '{"a":[2]}')
    keep("guesses", None)
    assert kept("guesses") is None
    assert (browser.drawn[-1]["number"], browser.drawn[-1]["text"]) == (2, "null")


def test_a_click_before_the_answer_loses_nothing(browser: Browser) -> None:
    """What was kept before holds; where nothing was, the session's value is written then."""
    keep("guesses", [1])
    assert kept("guesses") == [1]
    assert browser.drawn[-1]["text"] is None
    assert browser.says("[7]") == [7]
    assert browser.drawn[-1]["number"] == 0


def test_it_is_written_once_the_browser_answered(browser: Browser) -> None:
    """A browser that keeps nothing yet."""
    keep("guesses", [1])
    kept("guesses")
    assert browser.says(None) == [1]
    assert (browser.drawn[-1]["number"], browser.drawn[-1]["text"]) == (1, "[1]")


def test_another_tab(browser: Browser) -> None:
    """Its value is taken; but not one that was said before this session wrote."""
    browser.says("[1]")
    assert browser.says("[1,2]") == [1, 2]
    keep("guesses", [3])
    assert browser.says("[1]") == [3]
    assert browser.says(None) is None


def test_a_browser_without_storage(browser: Browser) -> None:
    """The session goes on with its own values."""
    assert browser.says(None, there=False) is None
    assert keeps() is False
    keep("guesses", [1])
    assert kept("guesses") == [1]


DEEP = "[" * 9_000 + "]" * 9_000
ODD = ["", "{", "NaN", "[Infinity]", DEEP, '"' + "x" * MAX_BYTES + '"', '"' + "é" * (MAX_BYTES - 9) + '"', "9" * 9_000]


@pytest.mark.parametrize("text", [*ODD, '"\ud800'], ids=range(len(ODD) + 1))
def test_texts_that_are_no_json_are_dropped(browser: Browser, text: str) -> None:
    """Broken, too deep, too large: nothing is kept, and one line stands in the log."""
    assert browser.says(text) is None
    assert keeps() is True


@pytest.mark.parametrize(
    "other",
    [
        {"session": "another"},
        *({"number": odd} for odd in (-1, True, 2.0, "0", 10**30, 5)),
        *({"text": odd} for odd in (5, ["x"], {"a": 1}, True)),
        *({"there": odd} for odd in (1, None, "yes")),
    ],
)
def test_odd_messages_are_dropped(browser: Browser, other: dict[str, Any]) -> None:
    """Of another session, or of other types."""
    assert browser.says(**{"text": "[1]", **other}) is None
    assert keeps() is None


def test_what_cannot_be_kept(browser: Browser) -> None:
    """No JSON, too much, no name."""
    for value in ({1, 2}, float("nan"), "x" * MAX_BYTES):
        with pytest.raises((ValueError, TypeError)):
            keep("guesses", value)
    for name in ("", "A", "a b", "../a", "a" * 41):
        with pytest.raises(ValueError, match="small letters"):
            keep(name, 1)
    assert browser.session[state.KEEP].texts == {}
    keep("guesses", "x" * (MAX_BYTES - 2))
    assert len(json.dumps(kept("guesses"))) == MAX_BYTES
