"""Named selections of a run."""

from pathlib import Path

import numpy as np
import pytest

from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run
from mlcl_core.runs.selections import delete_selection, read_selection, save_selection, selection_names, selection_path


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run's directory."""
    (tmp_path / "a-run").mkdir()
    return Run(tmp_path / "a-run")


def test_saved_read_deleted(run: Run) -> None:
    """Ids come back sorted; a name of any script; deleting twice is no error."""
    assert selection_names(run) == []
    assert save_selection(run, " Wölfe 2 ", np.array([9, 3, 4])) == "Wölfe 2"
    save_selection(run, "empty", np.zeros(0, np.int64))
    assert selection_names(run) == ["empty", "Wölfe 2"]
    assert read_selection(run, "Wölfe 2").tolist() == [3, 4, 9]
    assert read_selection(run, "empty").dtype == np.int64
    for _ in range(2):
        delete_selection(run, "Wölfe 2")
    assert selection_names(run) == ["empty"]


@pytest.mark.parametrize("name", ["", " ", "../x", "a/b", "a.b", "12", "1-2", "none", "NUL", "x" * 61, "a\nb", "<b>"])
def test_names_that_are_none(run: Run, name: str) -> None:
    """No path, no markup, no word of links, and none that could be ids; nothing is written."""
    for act in (lambda: save_selection(run, name, np.array([1])), lambda: read_selection(run, name)):
        with pytest.raises(InputError):
            act()
    assert list(run.path.iterdir()) == []


def test_a_name_is_taken_once(run: Run) -> None:
    """Also in other letters, which some disks do not tell apart; the first selection stays."""
    save_selection(run, "mine", np.array([1]))
    with pytest.raises(InputError, match="already"):
        save_selection(run, "MINE", np.array([2]))
    assert read_selection(run, "mine").tolist() == [1]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"ids": [1.5]}', '{"ids": [true]}', '{"ids": [-1]}', '{"ids": 3}'])
def test_a_damaged_file_is_named(run: Run, text: str) -> None:
    """One line with the file."""
    save_selection(run, "mine", np.array([1]))
    selection_path(run, "mine").write_text(text)
    with pytest.raises(InputError, match=r"mine\.json"):
        read_selection(run, "mine")


def test_a_deleted_run_is_not_made_again(run: Run) -> None:
    """Saving into a run that was deleted meanwhile fails with one line and makes no directory."""
    run.path.rmdir()
    with pytest.raises(InputError, match="cannot be kept"):
        save_selection(run, "mine", np.array([1]))
    assert not run.path.exists()
