"""Events read as they are added."""

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.errors import InputError
from mlcl_core.runs import event_log
from mlcl_core.runs.event_log import EventLog, events_of, last_finished
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run


def tell(path: Path, *steps: int) -> None:
    """Append a line for each step."""
    for step in steps:
        append_line(path, {"event": "step", "step": step})


def test_only_what_was_added_is_read(tmp_path: Path) -> None:
    """A second reading parses the new line and no other."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    assert log.read() == []
    for step in range(5):
        append_line(path, {"event": "step", "step": step})
    assert [line["step"] for line in log.read()] == [0, 1, 2, 3, 4]
    append_line(path, {"event": "step", "step": 5})
    with patch.object(event_log, "_event", wraps=event_log._event) as parse:
        log.read()
    assert [call.args[0] for call in parse.call_args_list] == [b'{"event": "step", "step": 5}', b""]


def test_a_half_written_line_counts_once_it_is_whole(tmp_path: Path) -> None:
    """Half a line is ignored; a whole line without its newline counts, once."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    one, two, three = ({"event": "step", "step": step} for step in (1, 2, 3))
    path.write_text(json.dumps(one) + '\n{"event": "st')
    assert log.read() == [one]
    path.write_text(json.dumps(one) + "\n" + json.dumps(two))
    assert log.read() == [one, two]
    append_line(path, three)
    assert log.read() == [one, two, three]
    assert log.odd is None


def test_a_replaced_file_is_read_anew(tmp_path: Path) -> None:
    """Another file in its place, a shorter one, none: what that holds is returned."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    tell(path, 1, 2)
    log.read()
    other = tmp_path / "other"
    tell(other, 7, 8, 9)
    other.replace(path)
    assert [line["step"] for line in log.read()] == [7, 8, 9]
    path.write_text('{"event": "step", "step": 4}\n')
    assert [line["step"] for line in log.read()] == [4]
    path.unlink()
    assert log.read() == []


lines = st.lists(st.tuples(st.sampled_from(["step", "frame", "resumed"]), st.integers(-1, 9)), max_size=30)


@given(lines, st.data())
def test_piece_by_piece_is_as_at_once(tmp_path_factory, lines: list[tuple[str, int]], data: st.DataObject) -> None:
    """However a file grows, even byte by byte, the log equals one reading of the whole."""
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    text = "".join(
        json.dumps({"event": event, "step": step, "at": at}) + "\n" for at, (event, step) in enumerate(lines)
    )
    log, written = EventLog(path), 0
    while written < len(text):
        piece = data.draw(st.integers(1, len(text)))
        with path.open("a") as file:
            file.write(text[written : written + piece])
        written += piece
        assert log.read() == Run(path.parent).events()


kinds = st.sets(st.sampled_from(["step", "frame", "resumed", "never"]), min_size=1)


@given(lines, kinds, st.integers(0, 40))
def test_some_kinds_are_those_among_all(
    tmp_path_factory, lines: list[tuple[str, int]], kinds: set[str], cut: int
) -> None:
    """Events of some kinds equal those of a whole reading, after resumes and with the end of the file cut off."""
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    text = "".join(json.dumps({"step": step, "event": event, "note": "frame"}) + "\n" for event, step in lines)
    path.write_text(text[: max(0, len(text) - cut)])
    assert events_of(path, kinds) == [event for event in EventLog(path).read() if event["event"] in kinds]


ODD = [
    (b"hello", "not JSON"),
    (b"[" * 20_000, "not JSON"),
    (b"[1]", "no JSON object"),
    (b"{}", "event: field required"),
    (b'{"event": "step"}', "step: field required"),
    (b'{"event": "step", "step": "three"}', "step: input should be a valid integer"),
    (b'{"event": "step", "step": 1e999}', "step: "),
    (b'{"event": "step", "step": 1, "at": NaN}', "at: "),
    (b'{"event": "step", "step": -2}', "step: "),
    (b'{"event": "frame", "step": 1, "metrics": {"loss": "low"}}', "metrics.loss: input should be a valid number"),
    (b'{"event": "frame", "step": 1, "metrics": [1]}', "metrics: "),
    (b'{"event": "frame", "step": 1, "settings": {"loss.temperature": 1e300}}', "settings.loss.temperature: "),
    (b'{"event": "acknowledged", "step": 1, "request": "a", "action": "set"}', "a change of settings names none"),
    (
        b'{"event": "acknowledged", "step": 1, "request": "a", "action": "set", "settings": {"x": "inf"}}',
        "settings.x: ",
    ),
    (b'{"event": "finished", "step": 1, "test": {"map": null}}', "test.map: "),
    (b'{"event": "alarm", "step": 1, "text": "' + b"x" * 100_000 + b'"}', "text: "),
]


@pytest.mark.parametrize(("line", "why"), ODD, ids=[str(place) for place in range(len(ODD))])
def test_a_line_that_is_no_event_is_passed_over_and_counted(tmp_path: Path, line: bytes, why: str) -> None:
    """Every key has its type and its bounds; the first odd line is named with what is wrong, the others stay."""
    path = tmp_path / "events.jsonl"
    tell(path, 1)
    with path.open("ab") as file:
        file.write(line + b"\n" + line + b"\n")
    tell(path, 2)
    log = EventLog(path)
    assert [event["step"] for event in log.read()] == [1, 2]
    assert (log.odd or "").startswith(f"2 lines of 4 are no event and passed over; line 2: {why}")
    assert len(log.odd or "") < 300


def test_what_a_later_version_tells_is_kept(tmp_path: Path) -> None:
    """Unknown kinds and keys are kept; a setting requested as text stays text."""
    path, line = tmp_path / "events.jsonl", {"event": "moved house", "step": 3, "to": ["a", {"b": None}]}
    append_line(path, line)
    more = {"event": "step", "step": 4, "mood": "good"}
    asked = {
        "event": "acknowledged",
        "step": 4,
        "request": "a",
        "action": "set",
        "settings": {"loss.temperature": "0.2"},
    }
    for one in (more, asked):
        append_line(path, one)
    assert EventLog(path).read() == [line, more, asked]


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    """A folder, a pipe without a writer, a link to itself: one line, without waiting."""
    path = tmp_path / "events.jsonl"
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "loop": lambda: path.symlink_to(path)}[kind]()
    for reading in (EventLog(path).read, lambda: last_finished(path), lambda: events_of(path, ["step"])):
        with pytest.raises(InputError, match=r"events\.jsonl: cannot be read") as refused:
            reading()
        assert "\n" not in str(refused.value)


TOTAL = 6
lives = st.lists(st.tuples(st.integers(0, TOTAL), st.booleans(), st.integers(-1, 6)), min_size=1, max_size=5)


@given(lives)
def test_the_last_finished_line_is_found_from_the_end(tmp_path_factory, lives: list[tuple[int, bool, int]]) -> None:
    """However often a run was resumed at an earlier step: the result of reading all lines."""
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    at = 0
    for number, (steps, ends, back) in enumerate(lives):
        if number:
            at = min(at, back)
            append_line(path, {"event": "resumed", "step": at})
        for step in range(at + 1, min(at + steps, TOTAL) + 1):
            append_line(path, {"event": "step", "step": step, "padding": "x" * 40})
        at = min(at + steps, TOTAL)
        if ends and at == TOTAL:
            append_line(path, {"event": "checkpoint", "step": at})
            append_line(path, {"event": "finished", "step": at, "life": number})
    with patch.object(event_log, "BLOCK", 64):
        found = last_finished(path)
    assert found == next(reversed(Run(path.parent).events("finished")), None)
    with path.open("ab") as file:
        file.write(b'{"event": "finished", "st')
    assert last_finished(path) == found


def test_of_a_long_file_only_the_end_is_read(tmp_path: Path) -> None:
    """One block of a file of megabytes; without an end, the search stops at the last step."""
    path = tmp_path / "events.jsonl"
    line = json.dumps({"event": "step", "step": 1, "padding": "x" * 1000}) + "\n"
    for ending in ("", '{"event": "finished", "step": 1}\n'):
        path.write_text(line * 3_000 + ending)
        with patch.object(event_log, "_read_at", wraps=event_log._read_at) as read:
            assert (last_finished(path) is None) == (not ending)
        assert read.call_count == 1
