"""Events read as they are added."""

import json
from pathlib import Path
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.runs import event_log
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run


def test_only_what_was_added_is_read(tmp_path: Path) -> None:
    """A second reading parses the new line and no other."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    assert log.read() == []
    for step in range(5):
        append_line(path, {"event": "step", "step": step})
    assert [line["step"] for line in log.read()] == [0, 1, 2, 3, 4]
    append_line(path, {"event": "step", "step": 5})
    parsed = []
    with patch.object(event_log, "whole_objects", lambda data: parsed.append(data) or []):
        log.read()
    assert parsed == [b'{"event": "step", "step": 5}\n', b""]


def test_a_half_written_line_counts_once_it_is_whole(tmp_path: Path) -> None:
    """Half a line is nothing; the same line whole but without its end counts, and counts once."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    path.write_bytes(b'{"step": 1}\n{"st')
    assert log.read() == [{"step": 1}]
    path.write_bytes(b'{"step": 1}\n{"step": 2}')
    assert log.read() == [{"step": 1}, {"step": 2}]
    append_line(path, {"step": 3})
    assert log.read() == [{"step": 1}, {"step": 2}, {"step": 3}]


def test_a_replaced_file_is_read_anew(tmp_path: Path) -> None:
    """Another file in its place, a shorter one, none at all: what it says then."""
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    path.write_text('{"step": 1}\n{"step": 2}\n')
    log.read()
    other = tmp_path / "other"
    other.write_text('{"step": 7}\n{"step": 8}\n{"step": 9}\n')
    other.replace(path)
    assert [line["step"] for line in log.read()] == [7, 8, 9]
    path.write_text('{"step": 4}\n')
    assert log.read() == [{"step": 4}]
    path.unlink()
    assert log.read() == []


lines = st.lists(st.tuples(st.sampled_from(["step", "frame", "resumed"]), st.integers(-1, 9)), max_size=30)


@given(lines, st.data())
def test_piece_by_piece_is_as_at_once(tmp_path_factory, lines: list[tuple[str, int]], data: st.DataObject) -> None:
    """Whatever the pieces in which a file grew, byte by byte even, the log holds what one reading of all gives."""
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
