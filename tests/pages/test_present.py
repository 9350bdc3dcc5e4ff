"""Present, where several stand before screens, and the teacher's sheets, which a viewer has not."""

from dashboard import state
from dashboard.lessons import LESSONS
from tests.pages.conftest import words


def test_two_teachers_present_different_lessons(opened) -> None:
    """Each session has its own lesson, card and guess; leaving Present in one leaves the other's on."""
    one, other = opened("learn"), opened("learn")
    one.button(key="learn.begin.pull_and_push").click().run()
    other.button(key="learn.begin.long_tail").click().run()
    for app in (one, other):
        app.button(key="learn.present.switch").click().run()
    one.button(key="learn.next").click().run()
    assert "card 2 of" in words(one)
    assert "card 1 of" in words(other)
    one.button(key="learn.present.switch").click().run()
    assert (one.session_state[state.PRESENT], other.session_state[state.PRESENT]) == (False, True)
    assert LESSONS["long_tail"].title in words(other)
    for app in (one, other):
        assert not app.exception


def test_a_viewer_has_no_sheets(opened, monkeypatch) -> None:
    """They hold the answers: the popover is there without class mode, and not for a viewer in a class."""
    assert "For the teacher" in [block.proto.popover.label for block in popovers(opened("learn"))]
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "a-token-of-20-letters")
    assert "For the teacher" not in [block.proto.popover.label for block in popovers(opened("learn"))]


def popovers(app) -> list:
    """The popovers on the page."""
    found, waiting = [], [app.main]
    while waiting:
        block = waiting.pop()
        for child in getattr(block, "children", {}).values():
            waiting.append(child)
            if getattr(getattr(child, "proto", None), "HasField", None) and child.type == "popover":
                found.append(child)
    return found
