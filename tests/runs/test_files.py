"""Files are complete or absent, whatever happens while they are written."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcl_core.errors import InputError
from mlcl_core.runs import files
from mlcl_core.runs.files import (
    append_line,
    load_arrays,
    read_json,
    read_kept,
    read_lines,
    remove_leftovers,
    save_arrays,
    write_atomic,
    write_json,
)


def full_disk(*_: Any, **__: Any) -> Iterator[None]:
    """Fail as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Writing makes missing folders, replaces the old file, and leaves nothing beside it."""
    path = tmp_path / "a" / "b" / "file.bin"
    write_atomic(path, b"first")
    write_atomic(path, b"second")
    assert path.read_bytes() == b"second"
    assert [one.name for one in path.parent.iterdir()] == ["file.bin"]


def test_a_deleted_run_is_not_brought_back(tmp_path: Path) -> None:
    """Folders are made within an existing folder, however deep; within a missing one none is."""
    run = tmp_path / "runs" / "one"
    with pytest.raises(FileNotFoundError):
        write_atomic(run / "maps" / "pca" / "file.bin", b"", within=run)
    with pytest.raises(FileNotFoundError):
        write_json(run / "status.json", {}, within=run)
    assert list(tmp_path.iterdir()) == []
    run.mkdir(parents=True)
    write_atomic(run / "maps" / "pca" / "file.bin", b"data", within=run)
    assert (run / "maps" / "pca" / "file.bin").read_bytes() == b"data"


@pytest.mark.parametrize("failing", ["replace", "open"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """On a full disk the error names the file, the old one is unchanged, and nothing is left beside it."""
    path = tmp_path / "file.bin"
    write_atomic(path, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(Path, failing, full_disk)
        with pytest.raises(OSError, match="No space left on device") as refused:
            write_atomic(path, b"new")
    assert refused.value.errno == errno.ENOSPC
    assert refused.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_line_is_appended_after_a_half_written_one(tmp_path: Path) -> None:
    """A writer killed within a line damages that line only."""
    path = tmp_path / "events.jsonl"
    append_line(path, {"step": 1})
    with path.open("ab") as file:
        file.write(b'{"step": 2, "lo')
    assert read_lines(path) == [{"step": 1}]
    append_line(path, {"step": 3})
    append_line(path, {"step": 4})
    assert read_lines(path) == [{"step": 1}, {"step": 3}, {"step": 4}]
    assert path.read_bytes().endswith(b"\n")


def test_a_line_that_does_not_fit_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for half a line: the error names the file, and later lines are read."""
    path = tmp_path / "events.jsonl"
    append_line(path, {"step": 1})
    write, calls = os.write, []

    def half(handle: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space left on device") as refused:
            append_line(path, {"step": 2})
    assert refused.value.filename == str(path)
    assert b"".join(calls).count(b"step") == 1 or len(calls) == 2
    append_line(path, {"step": 3})
    assert read_lines(path) == [{"step": 1}, {"step": 3}]


def test_garbage_between_lines_is_passed_over(tmp_path: Path) -> None:
    """Half a line, foreign text, bytes, a list, endless brackets: only whole objects are returned."""
    path = tmp_path / "events.jsonl"
    lines = [
        b'{"a": 1}',
        b'{"a": ',
        b"hello",
        b"\xff\xfe\x00",
        b"[1, 2]",
        b"7",
        b"",
        b"[" * 200_000,
        b'{"a": 2}',
        b"nu",
    ]
    path.write_bytes(b"\n".join(lines))
    assert read_lines(path) == [{"a": 1}, {"a": 2}]


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    """A file that is not there yet is an empty one."""
    assert read_lines(tmp_path / "events.jsonl") == []


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    """A message may hold a file name that is not valid UTF-8, which is read unchanged."""
    name = os.fsdecode(b"caf\xe9.npz")
    append_line(tmp_path / "lines", {"error": f"there is no file {name}", "note": "Übung"})
    write_json(tmp_path / "one", {"path": name})
    assert read_lines(tmp_path / "lines") == [{"error": f"there is no file {name}", "note": "Übung"}]
    assert read_json(tmp_path / "one") == {"path": name}


def test_nan_is_never_written(tmp_path: Path) -> None:
    """JSON has no NaN: writing one is refused, and the file is unchanged."""
    write_json(tmp_path / "one", {"loss": 1.0})
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "one", {"loss": float("nan")})
    assert read_json(tmp_path / "one") == {"loss": 1.0}


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xff"], ids=["missing", "empty", "half", "bytes"])
def test_json_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    """A missing or damaged JSON file: one line that names it."""
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"config\.json: (cannot be read|not JSON)") as refused:
        read_json(path)
    assert "\n" not in str(refused.value)


def test_arrays_come_back(tmp_path: Path) -> None:
    """Arrays and metadata are read as written; float16 as float32, views by their values."""
    path = tmp_path / "frames" / "one.safetensors"
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    save_arrays(path, {"z": values.astype(np.float16), "view": values[:, ::2], "ids": np.arange(3)}, {"settings": "{}"})
    arrays, metadata = load_arrays(path)
    assert metadata == {"settings": "{}"}
    assert arrays["z"].dtype == np.float32
    assert np.array_equal(arrays["z"], values)
    assert np.array_equal(arrays["view"], values[:, ::2])
    assert arrays["ids"].dtype == np.int64


def test_arrays_that_cannot_be_read(tmp_path: Path) -> None:
    """Truncated, empty, foreign, a folder, missing: one line that names the file, never a crash."""
    path = tmp_path / "one.safetensors"
    save_arrays(path, {"z": np.ones((5, 3), np.float32)})
    whole = path.read_bytes()
    contents = [whole[:length] for length in (0, 4, 8, 20, len(whole) - 1)] + [b"PK\x03\x04" * 30]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"one\.safetensors: cannot be read"):
            load_arrays(path)
    (tmp_path / "folder").mkdir()
    for other in (tmp_path / "folder", tmp_path / "nowhere"):
        with pytest.raises(InputError, match="cannot be read"):
            load_arrays(other)


def test_numbers_that_numpy_does_not_know(tmp_path: Path) -> None:
    """A foreign file in bfloat16, which numpy lacks, is refused as a damaged one."""
    header = json.dumps({"z": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "one").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 4)
    with pytest.raises(InputError, match="cannot be read"):
        load_arrays(tmp_path / "one")


def test_leftovers_of_the_dead_are_removed(tmp_path: Path) -> None:
    """Temporary files of killed writers are deleted, in all folders; those of living ones, and the files, stay."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    frames = tmp_path / "frames"
    frames.mkdir()
    dead = [frames / f".00000001.safetensors.{done.pid}.140.tmp", tmp_path / f".status.json.{done.pid}.tmp"]
    alive = frames / f".00000002.safetensors.{os.getpid()}.140.tmp"
    for path in (*dead, alive, frames / "00000001.safetensors"):
        path.write_bytes(b"x")
    remove_leftovers(tmp_path)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {alive.name, "00000001.safetensors"}


def test_a_file_is_parsed_once_for_each_that_stands_there(tmp_path: Path) -> None:
    """The value is kept until the file is replaced; another file, however similar and however soon, is read."""
    asked: list[bytes] = []

    def parse(data: bytes) -> bytes:
        asked.append(data)
        return data

    path = tmp_path / "status.json"
    for text in (b"one", b"two", b"six"):
        write_atomic(path, text)
        os.utime(path, ns=(0, 0))  # written in the same moment, as far as the disk can tell
        assert read_kept(path, parse) == text
        assert read_kept(path, parse) == text
    assert asked == [b"one", b"two", b"six"]
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read_kept(path, parse)


def test_what_cannot_be_parsed_is_asked_for_again(tmp_path: Path) -> None:
    """An error is not kept: the next call parses again."""
    path = tmp_path / "status.json"
    write_atomic(path, b"{")
    for _ in range(2):
        with pytest.raises(ValueError, match="Expecting"):
            read_kept(path, json.loads)


def test_no_more_than_so_many_readings_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest value is dropped for the newest."""
    monkeypatch.setattr(files, "MAX_KEPT", 2)
    monkeypatch.setattr(files, "_kept", {})
    for name in "abc":
        write_atomic(tmp_path / name, name.encode())
        read_kept(tmp_path / name, bytes)
    assert [path for path, _ in files._kept] == [str(tmp_path / "b"), str(tmp_path / "c")]
