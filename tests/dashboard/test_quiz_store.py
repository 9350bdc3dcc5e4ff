"""Kept answers: whole or not at all, bounded, checked when written and when read; and their file for the teacher."""

import csv
import errno
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.figures.formatting import JOINER
from dashboard.parts.frame.downloads import table_file
from dashboard.quiz import store
from dashboard.quiz.attempt import MAX_PSEUDONYM, checked_outcomes, checked_pseudonym
from dashboard.quiz.questions import QUESTIONS
from dashboard.quiz.store import FOLDER, MAX_BYTES, delete_answers, keep_attempt, kept_answers
from dashboard.quiz.table import answers_table
from mlcl_core.cli import main
from mlcl_core.errors import InputError
from tests.quiz_attempts import attempt


def test_kept_answers_are_read_as_they_were(tmp_path: Path) -> None:
    """In the order of their times; the same attempt a second time changes nothing; each file is small."""
    late, early = attempt(1, at=5.0, pseudonym="שלום"), attempt(2, "after", at=3.0, which_pairs_pull="right")
    for one in (late, early, replace(late, at=9.0)):
        keep_attempt(one, tmp_path)
    assert kept_answers(tmp_path).attempts == (early, late)
    assert kept_answers(tmp_path).problems == ""
    assert {path.stat().st_size < MAX_BYTES for path in (tmp_path / FOLDER).iterdir()} == {True}
    assert kept_answers(tmp_path / "new").attempts == ()
    assert not (tmp_path / "new").exists()


def test_three_hundred_hand_in_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From many threads: each file is there, and none beside them."""
    monkeypatch.setattr("mlcl_core.runs.files.os.fsync", lambda _: None)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda number: keep_attempt(attempt(number), tmp_path), range(300)))
    assert len(kept_answers(tmp_path).attempts) == len(list((tmp_path / FOLDER).iterdir())) == 300


def test_the_number_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when many hand in at once: not one more than the limit, and a sentence."""
    monkeypatch.setattr(store, "MAX_ATTEMPTS", 5)

    def keep(number: int) -> str:
        try:
            keep_attempt(attempt(number), tmp_path)
        except InputError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(keep, range(20)))
    assert len(kept_answers(tmp_path).attempts) == said.count("") == 5
    assert {*said} == {"", "the answers cannot be kept: there are 5 already, the most that are kept"}
    monkeypatch.setattr(store, "MAX_ATTEMPTS", 3)
    assert kept_answers(tmp_path).problems == "2 files beyond the 3 that are read are left out."


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pseudonym": "x" * 1_000_000}, "the name has 1,000,000 characters; 40 are the most"),
        ({"outcomes": {"no_such": "right"}}, "the quiz has no question “no_such”"),
        ({"outcomes": {"tail_label": "other_side"}}, "tail_label has no answer “other_side”"),
        ({"outcomes": {"tail_label": "x" * 1_000_000}}, "tail_label has no answer “" + "x" * 40 + "…”"),
        ({"when": "now"}, "when is not valid"),
        ({"seed": -1}, "seed is not valid"),
        ({"id": "../../../x"}, "the answers have no valid name or id"),
        ({"browser": "x"}, "browser is not valid"),
        ({"at": float("nan")}, "at is not valid"),
    ],
)
def test_forged_answers_are_refused(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    """One sentence, and nothing is written."""
    with pytest.raises(InputError) as refused:
        keep_attempt(replace(attempt(1), **changed), tmp_path)
    assert str(refused.value) == said
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "No space left on device"), (errno.EROFS, "Read-only")])
def test_a_disk_that_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    """A full disk, a read-only one: one sentence, and no half of a file; what was kept stays."""
    keep_attempt(attempt(1), tmp_path)

    def full(*_: object) -> int:
        raise OSError(number, said)

    with monkeypatch.context() as patch:
        patch.setattr("mlcl_core.runs.files.os.fsync", full)
        with pytest.raises(InputError, match=f"The answers cannot be kept: {said}"):
            keep_attempt(attempt(2), tmp_path)
    assert [one.name for one in (tmp_path / FOLDER).iterdir()] == [f"{attempt(1).id}.json"]


def test_damaged_files_are_named_and_left_out(tmp_path: Path) -> None:
    """Cut, foreign, too large, of another question, a folder: the others are read; deleting takes all files."""
    keep_attempt(attempt(1), tmp_path)
    whole = json.loads((tmp_path / FOLDER / f"{attempt(1).id}.json").read_text())
    damaged = {
        "cut.json": json.dumps(whole)[:-9],
        "foreign.json": "[1]",
        "large.json": json.dumps(whole) + " " * MAX_BYTES,
        "odd.json": json.dumps(whole | {"outcomes": {"=cmd": "right"}}),
        "name.json": json.dumps(whole | {"pseudonym": "a\u202eb"}),
        "true.json": json.dumps(whole | {"seed": True}),
    }
    for name, text in damaged.items():
        (tmp_path / FOLDER / name).write_text(text)
    (tmp_path / FOLDER / "notes.txt").write_text("of another program")
    found = kept_answers(tmp_path)
    assert len(found.attempts) == 1
    assert {one.split(" ")[0] for one in found.damaged} == {*damaged}
    assert found.problems.startswith("Left out, because damaged: cut.json (not JSON); foreign.json (must be an object")
    assert found.problems.endswith("and 1 more.")
    assert delete_answers(tmp_path) == 7
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["notes.txt"]


def test_names_are_one_line() -> None:
    """Surrounding spaces, control characters and changes of the writing direction go; letters of any script stay."""
    assert checked_pseudonym("  a\tb\u202e\n") == "a b"
    assert checked_pseudonym("שלום") == "שלום"
    assert checked_pseudonym("x" * MAX_PSEUDONYM) == "x" * MAX_PSEUDONYM
    assert checked_outcomes({}) == dict.fromkeys(QUESTIONS, "skipped")


def test_the_command_writes_all_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``mlcl export --what quiz``: a table and what its columns are; no answers, a run, another ending are refused."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    file = tmp_path / "answers.csv"
    command = ["export", "--what", "quiz", "--to", str(file)]
    assert main(command) == 2
    assert capsys.readouterr().err.endswith("there are no answers to the quiz.\n")
    keep_attempt(attempt(1))
    assert main(command) == 0
    assert capsys.readouterr().out.startswith(f"{file} and {file}.json: 1 items, one a quiz that was handed in")
    assert len(file.read_text().splitlines()) == 2
    assert "tail_label" in json.loads(Path(f"{file}.json").read_text())["columns"]
    for more, said in (
        (["mine"], "leave RUN out"),
        (["--at", "3"], "leave --at out"),
        (["--force", "--to", "a.html"], "no table; there are .parquet, .csv, .npz"),
    ):
        assert main([*command, *more]) == 2
        assert said in capsys.readouterr().err
    assert main(["export", "--to", str(file)]) == 2
    assert "name a run" in capsys.readouterr().err


HARD = ("=cmd|' /C calc'!A0", "+1", "@x", "-2", 'say "hi", you', "שלום עולם", "a;b", "")


def test_the_file_of_300_rows(tmp_path: Path) -> None:
    """Comma-separated, one row an attempt: a spreadsheet reads no name as a formula, each other name is as it was, and
    every column is documented.
    """
    attempts = [
        replace(attempt(number, at=60.0 * number, tail_label="right"), pseudonym=checked_pseudonym(HARD[number % 8]))
        for number in range(300)
    ]
    table = answers_table(attempts)
    rows = list(csv.DictReader(io.StringIO(table_file(table, "csv").decode())))
    assert len(rows) == 300
    assert {*rows[0]} == {*table.origin["columns"]} == {*table.columns.column_names}
    for row, one in zip(rows, attempts, strict=True):
        assert row["pseudonym"].replace(JOINER, "") == one.pseudonym
        assert row["pseudonym"][:1] not in {*"=+-@"}
        assert (row["right"], row["tail_label"], row["map_distance"]) == ("1", "right", "unknown")
    assert rows[61]["handed_in"] == "1970-01-01T01:01Z"
    for question in QUESTIONS.values():
        assert all(words in table.origin["columns"][question.name] for words in question.mistakes.values())
