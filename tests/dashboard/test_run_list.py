"""Rows of runs, kept while their files stay the same, and what is made beside them a little at a time."""

import os
from pathlib import Path
from time import time_ns

import pytest

from dashboard import loaders
from dashboard.figures.run_table import Extra, columns, ordered
from dashboard.loaders import run_files, run_list
from mlcl_core.runs.event_log import last_finished
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.made_runs import made_run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of its own, and nothing kept."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    for kept in (run_list._rows, run_list._made, run_files._listed):
        kept.clear()
    return tmp_path


def test_a_row_is_read_again_when_a_file_changes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an ended run nothing is read twice; a new tag, a new event, another status are seen; a run that goes on is
    asked each time.
    """
    run, alive = made_run(home, "finished", name="one"), made_run(home, "running", name="goes on")
    read: list[str] = []
    of = run_list.run_row
    monkeypatch.setattr(run_list, "run_row", lambda one: (read.append(one.id), of(one))[1])
    loaders.run_rows()
    read.clear()
    loaders.run_rows()
    assert read == [alive.id]
    Store(home).tag(run, ["new"])
    assert loaders.run_rows()[-1].tags == ("new",)
    append_line(run.path / "events.jsonl", {"event": "finished", "step": 5, "test": {"map": 0.9}})
    assert last_finished(run.path / "events.jsonl") is not None
    assert loaders.run_rows()[-1].test == {"map": 0.9}


def test_what_takes_longer_comes_call_by_call(home: Path) -> None:
    """Without time nothing is made, and the call says so; with time all of it; afterwards no time is needed."""
    runs = [made_run(home, "finished", name=name) for name in ("one", "two", "three")]
    nothing = loaders.extras(runs[:2], runs, "pca", "loss", 0.0)
    assert not nothing.complete
    assert set(nothing.of.values()) == {Extra()}
    whole = loaders.extras(runs[:2], runs, "pca", "loss", None)
    assert whole.complete
    assert [whole.of[run.id].picture is not None for run in runs] == [True, True, False]
    assert whole.of[runs[0].id].curve == [1.0, 0.5, 0.33333]
    assert set(whole.uses) == {run.id for run in runs}
    assert loaders.extras(runs[:2], runs, "pca", "loss", 0.0) == whole
    # of another metric the earlier curve stands until there is time
    other = loaders.extras(runs[:1], [], "pca", "alignment", 0.0)
    assert (other.complete, other.of[runs[0].id].curve) == (False, [1.0, 0.5, 0.33333])


def test_runs_without_maps_events_or_directory_have_nothing(home: Path) -> None:
    """A run that has no frame yet, one with a damaged map, one that is gone: no picture, and no error."""
    young, odd = made_run(home, "queued", frames=False), made_run(home, "finished")
    (path,) = (odd.path / "maps" / "pca").glob("*5.safetensors")
    path.write_bytes(b"x")
    gone = Run(home / "runs" / "gone")
    found = loaders.extras([young, odd, gone], [], "umap", "loss", None).of
    assert [found[run.id].picture for run in (young, odd, gone)] == [None] * 3
    assert (found[young.id].curve, found[gone.id]) == (None, Extra(disk=0))


def test_the_list_of_runs_is_kept_while_none_comes_or_goes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A young folder is listed each time; an older one once; a run that comes or goes is seen at once."""
    one = made_run(home, "finished", name="one")
    listed: list[int] = []
    runs = Store.runs
    monkeypatch.setattr(Store, "runs", lambda self: (listed.append(1), runs(self))[1])
    for _ in range(2):
        assert [run.id for run in loaders.runs()] == [one.id]
    assert len(listed) == 2
    old = time_ns() - 3 * run_files.YOUNG_NS
    os.utime(home / "runs", ns=(old, old))
    for _ in range(3):
        assert [run.id for run in loaders.runs()] == [one.id]
    assert len(listed) == 3
    two = made_run(home, "finished", name="two")
    assert [run.id for run in loaders.runs()] == [two.id, one.id]
    Store(home).delete(one)
    assert [run.id for run in loaders.runs()] == [two.id]
    # after some seconds it is listed anyway
    monkeypatch.setattr(run_files, "KEPT_SECONDS", -1.0)
    os.utime(home / "runs", ns=(old - 1, old - 1))
    before = len(listed)
    loaders.runs()
    loaders.runs()
    assert len(listed) == before + 2


def test_rows_without_a_value_come_last_in_both_directions(home: Path) -> None:
    """By every column that can be sorted by: no error, no row lost, and nothing before something."""
    made_run(home, "finished", name="b", loss__name="bce")
    made_run(home, "queued", name="A", frames=False)
    damaged = made_run(home, "failed", name="c")
    (damaged.path / "config.json").write_text("{")
    rows = loaders.run_rows()
    for name, column in columns().items():
        if column.sortable:
            for falling in (True, False):
                values = [column.value(row, Extra()) for row in ordered(rows, name, falling=falling, extras={})]
                there = [value not in (None, "", []) for value in values]
                assert there == sorted(there, reverse=True), name
                assert len(values) == 3
    assert [row.name for row in ordered(rows, "name", falling=False, extras={})] == ["A", "b", "c"]
