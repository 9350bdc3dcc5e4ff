"""A home with a damaged run opens: a few of the damages of ``mlcl bench faults``."""

import itertools
from pathlib import Path

import pytest

from mlcl_core.bench.faults_homes import (
    EDITED,
    KINDS,
    Edit,
    apply,
    damages,
    edited_homes,
    edits,
    file_of,
    pristine,
    wrong_with,
)
from mlcl_core.runs.run import Run
from tests.open_homes import command_line, pages


@pytest.mark.slow
def test_thirty_edits_are_read() -> None:
    """The command line and every reading: no exception, one line each, the neighbour unchanged."""
    found = edited_homes(count=30, seed=7, also=(command_line,))
    assert found["edits"] == 30
    assert found["failures"] == {}


@pytest.mark.slow
def test_pages_open_on_edited_runs() -> None:
    """Train, Map, Anchor and a lesson: no box with code."""
    assert edited_homes(count=4, seed=11, also=(pages,))["failures"] == {}


def test_the_edits_are_all_there_are() -> None:
    """Eleven kinds of files, every damage of each kind once before one is repeated; equal for equal seeds."""
    possible = {(kind, damage) for kind in KINDS for damage in damages(kind)}
    assert len(possible) > 150
    drawn = edits(2 * len(possible), seed=3)
    first = {(edit.kind, edit.damage) for edit in drawn[: len(possible)]}
    assert first == {(edit.kind, edit.damage) for edit in drawn[len(possible) :]} == possible
    assert drawn == edits(2 * len(possible), seed=3)
    assert drawn[:20] != edits(20, seed=4)


@pytest.mark.slow
def test_an_edit_changes_the_file_it_names(tmp_path: Path) -> None:
    """One damage of each kind, and no other file."""
    for kind, damage in [(one, name) for one in KINDS for name in itertools.islice(damages(one), 2, 4)]:
        home = tmp_path / f"{kind}-{damage}"
        pristine(home)
        run = Run(home / "runs" / EDITED)
        before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
        changed = file_of(run, kind)
        apply(home, Edit(kind, damage, 1))
        assert {path for path, data in before.items() if path.read_bytes() != data} == {changed}


def test_what_goes_wrong_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another exception, two lines from a command and a missing neighbour are reported."""
    pristine(tmp_path)
    assert wrong_with(tmp_path, also=(command_line,)) == ([], False)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "problem", lambda run: 1 / 0)
        wrong, _ = wrong_with(tmp_path, also=(command_line,))
        assert any("ZeroDivisionError" in line for line in wrong)
    with monkeypatch.context() as patch:
        patch.setattr("mlcl_core.cli.entry.MAX_ERROR", 10**6)
        patch.setattr(Run, "config", lambda run: open(run.path / ("x" * 5_000)))  # noqa: SIM115, PTH123
        assert wrong_with(tmp_path, also=(command_line,))[0]
    (tmp_path / "runs" / "sample-icons-any" / "config.json").unlink()
    assert "neighbour" in wrong_with(tmp_path, also=(command_line,))[0][0]
