"""The selection with its history, and the way a cloud carries it."""

import logging

import numpy as np
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from dashboard import selection, state
from dashboard.components.cloud import MAX_SELECTED, asked
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.colourings.cardinality import by_label_count
from dashboard.figures.selected import HOWS, MAX_STEPS, Chosen, History, Shown, combined
from dashboard.figures.wire import unpack
from dashboard.parts.cloud.change_selection import change_selection
from dashboard.parts.cloud.selection_bar import in_words
from mlcl_core.runs.run import Run
from tests.made_runs import ITEMS, made_run

MASKS = some.lists(some.booleans(), min_size=1, max_size=40).map(np.array)


@given(MASKS)
def test_bits_are_the_mask(mask: np.ndarray) -> None:
    """A mask of any length comes back from its bits, that of none and of all among them."""
    for one in (mask, np.zeros_like(mask), np.ones_like(mask)):
        assert Chosen.of(one, "lasso").mask(len(one)).tolist() == one.tolist()
    assert Chosen().mask(len(mask)) is None


@given(some.lists(some.tuples(some.sets(some.integers(0, 9)), some.sampled_from(HOWS)), max_size=20))
def test_combining_is_that_of_sets(steps: list[tuple[set[int], str]]) -> None:
    """Replacing, adding and taking away equal union and difference of sets of items."""
    mask, items = None, None
    for chosen, how in steps:
        mask = combined(mask, np.isin(np.arange(10), sorted(chosen)), how)
        if how == "add":
            items = chosen | (items or set())
        elif how == "subtract":
            items = (set(range(10)) if items is None else items) - chosen
        else:
            items = chosen
        assert set(np.flatnonzero(mask)) == items


@given(some.lists(some.sampled_from("abcuur"), max_size=60))
def test_undo_and_redo_walk_along_one_line(steps: list[str]) -> None:
    """Letters select, u undoes, r redoes, as along a list with a cursor, whose end a new step cuts off."""
    history, line, at = History(), [None], 0
    for step in steps:
        if step == "u":
            history, at = history.undone(), max(at - 1, 0)
        elif step == "r":
            history, at = history.redone(), min(at + 1, len(line) - 1)
        elif step.encode() != line[at]:
            history, line, at = history.then(Chosen(step.encode())), [*line[: at + 1], step.encode()], at + 1
        assert history.now.bits == line[at]
        assert (bool(history.past), bool(history.ahead)) == (at > 0, at < len(line) - 1)


def test_fifty_steps_are_kept() -> None:
    """After 60 selections, 50 undos reach the tenth, and no more."""
    history = History()
    for number in range(60):
        history = history.then(Chosen(bytes([number])))
    for _ in range(70):
        history = history.undone()
    assert (history.now.bits, len(history.ahead)) == (bytes([9]), MAX_STEPS)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """A finished run, and a session of its own."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    monkeypatch.setattr(st, "session_state", {})
    return made_run(tmp_path, "finished")


def test_the_session_keeps_the_selection_by_item(run: Run, tmp_path) -> None:
    """Ids are sorted; undo, redo, all, none and clear; a run of the same items keeps it, one of others has its own."""
    assert selection.selected_ids() is None
    selection.select([7, 3, 99], why="table")
    assert selection.selected_ids().tolist() == [3, 7]
    assert selection.why_selected() == "table"
    selection.select([5], "add")
    selection.select([3], "subtract")
    assert selection.selected_ids().tolist() == [5, 7]
    selection.invert()
    assert len(selection.selected_ids()) == ITEMS - 2
    selection.select_all()
    selection.invert()
    assert selection.selected_ids().tolist() == []
    for _ in range(3):
        selection.undo()
    assert selection.selected_ids().tolist() == [5, 7]
    selection.redo()
    selection.clear()
    assert selection.selected_ids() is None
    selection.undo()
    assert len(selection.selected_ids()) == ITEMS - 2

    twin = made_run(tmp_path, "finished", name="same items")
    st.session_state[state.RUN] = twin.id
    assert len(selection.selected_ids()) == ITEMS - 2
    st.session_state[state.RUN] = made_run(tmp_path, "finished", frames=False).id
    selection.select([3])
    assert selection.selected_ids() is None
    st.session_state[state.RUN] = run.id
    assert len(selection.selected_ids()) == ITEMS - 2


def frame(shown: Shown | None) -> tuple[dict, dict]:
    """A frame of 20 points with that selection, unpacked."""
    about = {"items": "i", "run": "r", "step": 3, "map_name": "pca", "status": "", "alt": ""}
    colouring = by_label_count(np.ones((20, 2), dtype=bool))
    return unpack(CloudFrame(np.zeros((20, 2), np.float32), colouring, selection=shown, **about).message())


def test_a_frame_carries_a_bit_a_point() -> None:
    """20 points: 3 bytes of bits; a selection of none is one; without a selection there are no bits."""
    mask = np.arange(20) % 3 == 0
    header, arrays = frame(Shown(mask, undo=True, seen=4))
    assert header["selection"] == {"on": True, "undo": True, "redo": False, "seen": 4}
    assert len(arrays["selected"]) == 3
    assert np.unpackbits(arrays["selected"], bitorder="little")[:20].astype(bool).tolist() == mask.tolist()
    assert frame(Shown(np.zeros(20, bool)))[0]["selection"]["on"]
    header, arrays = frame(Shown(None))
    assert (header["selection"]["on"], "selected" in arrays) == (False, False)
    assert frame(None)[0]["selection"] is None


def sent(to: Run, **changes: object) -> dict:
    """A message of a browser about the selection."""
    return {"selected": {"run": to.id, "how": "replace", "ids": [3, 1], "number": 5, **changes}}


@pytest.mark.parametrize("viewer", [False, True])
def test_a_browsers_selection_is_taken(run: Run, monkeypatch: pytest.MonkeyPatch, viewer: bool) -> None:
    """Ids and commands change the selection, a viewer's in class mode too; the number of the message is sent back."""
    if viewer:
        monkeypatch.setenv("MLCL_CLASS", "1")
    st.session_state["cloud"] = sent(run)
    change_selection("cloud", run)
    assert selection.selected_ids().tolist() == [1, 3]
    for number, (how, count) in enumerate({"invert": ITEMS - 2, "undo": 2, "redo": ITEMS - 2, "all": ITEMS}.items(), 6):
        st.session_state["cloud"] = sent(run, how=how, ids=[], number=number)
        change_selection("cloud", run)
        assert len(selection.selected_ids()) == count
        assert selection.shown_on(run).seen == number
    st.session_state["cloud"] = sent(run, how="clear", ids=[])
    change_selection("cloud", run)
    assert selection.selected_ids() is None


FORGED = [
    *({"ids": [3, 40]}, {"ids": [-1]}, {"ids": [1.5]}, {"ids": ["3"]}, {"ids": [True]}, {"ids": [2**60]}),
    *({"ids": "31"}, {"ids": {"3": 1}}, {"ids": None}, {"ids": [3] * (MAX_SELECTED + 1)}, {"how": "delete"}),
    *({"how": ["add"]}, {"run": "another"}, {"run": 3}, {"number": "5"}),
]


def test_a_forged_selection_changes_nothing(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """Items of another run, no whole numbers, too many, an unknown wish: dropped, and one line in the log says so."""
    selection.select([7])
    for forged in FORGED:
        caplog.clear()
        st.session_state["cloud"] = sent(run, **forged)
        with caplog.at_level(logging.WARNING):
            change_selection("cloud", run)
        assert selection.selected_ids().tolist() == [7]
        (line,) = caplog.messages
        assert line.startswith("dropped a message for cloud.selected")
        assert len(line) < 200


def test_a_hundred_thousand_ids_are_accepted(run: Run) -> None:
    """The largest selection that a run can have passes the checks."""
    st.session_state["cloud"] = sent(run, ids=list(range(MAX_SELECTED)))
    assert len(asked("cloud").ids) == MAX_SELECTED


def test_the_selection_in_words() -> None:
    """None and all are said as such."""
    assert [in_words(count, 2000) for count in (0, 124, 2000)] == [
        "none of 2,000 selected",
        "124 of 2,000 selected",
        "all 2,000 selected",
    ]
