"""The cache by file: a value is kept until the file behind it is written again."""

import os
from pathlib import Path

import pytest

from dashboard.loaders.cached import cached_by_file, written_at
from mlcl_core.runs.run import Run


@pytest.mark.parametrize("spinner", [None, False], ids=["lru_cache", "Streamlit's cache"])
def test_a_value_is_kept_until_its_file_is_written_again(tmp_path: Path, spinner: bool | None) -> None:
    """One reading for each file, argument and time of writing; a replaced file is read again."""
    read: list[tuple[str, str]] = []

    def file_of(run: Run, name: str) -> Path:
        return run.path / name

    @cached_by_file(file_of, entries=9, spinner=spinner)
    def first_line(run: Run, name: str) -> str:
        read.append((run.id, name))
        return (run.path / name).read_text()

    @cached_by_file(file_of, entries=9, spinner=spinner)
    def length(run: Run, name: str) -> int:
        return len((run.path / name).read_text())

    for run_id, name in (("a", "x"), ("a", "y"), ("b", "x")):
        (tmp_path / run_id).mkdir(exist_ok=True)
        (tmp_path / run_id / name).write_text(f"{run_id}{name}")
    for _ in range(2):
        for run_id, name in (("a", "x"), ("a", "y"), ("b", "x")):
            # another object for the same directory each time
            assert first_line(Run(tmp_path / run_id), name) == f"{run_id}{name}"
            assert length(Run(tmp_path / run_id), name) == 2
    assert read == [("a", "x"), ("a", "y"), ("b", "x")]
    (tmp_path / "a" / "x").write_text("new")
    os.utime(tmp_path / "a" / "x", ns=(1, written_at(tmp_path / "a" / "y") + 1))
    assert first_line(Run(tmp_path / "a"), "x") == "new"
    assert first_line(Run(tmp_path / "b"), "x") == "bx"
    assert len(read) == 4


def test_a_missing_file_was_never_written(tmp_path: Path) -> None:
    """0, so that a file that appears later is another one."""
    assert written_at(tmp_path / "none") == 0


def test_the_least_recently_used_value_goes_first() -> None:
    """No more than ``entries`` values are kept."""
    read = []

    @cached_by_file(lambda number: 0, entries=2)
    def double(number: int) -> int:
        read.append(number)
        return 2 * number

    assert [double(number) for number in (1, 2, 1, 3, 1, 2)] == [2, 4, 2, 6, 2, 4]
    assert read == [1, 2, 3, 2]


def test_an_error_is_not_kept() -> None:
    """The next call tries again."""
    tried = []

    @cached_by_file(lambda number: 0, entries=2)
    def fail(number: int) -> int:
        tried.append(number)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fail(1)
    assert tried == [1, 1]
