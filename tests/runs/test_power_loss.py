"""Files that must survive a power loss are on the disk before their names, and before what depends on them."""

import os
from pathlib import Path
from typing import Any

import pytest

from mlcl_core.engine.presets import preset
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.files import append_line, write_atomic
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker.recorder import Recorder
from tests.engine.toy import toy_trainer
from tests.runs.handmade import make_run


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Names of files and folders, as they are synchronised to the disk and renamed into place."""
    found: list[tuple[str, str]] = []
    sync, replace, rename = os.fsync, Path.replace, Path.rename

    def name(path: Path) -> str:
        return path.name if path.name[:1] != "." else path.name.split(".tmp")[0].lstrip(".").split(f".{os.getpid()}")[0]

    def synced(handle: int) -> None:
        found.append(("sync", name(Path(f"/proc/self/fd/{handle}").readlink())))
        sync(handle)

    def replaced(path: Path, target: Any) -> Path:
        found.append(("rename", Path(target).name))
        return replace(path, target)

    def renamed(path: Path, target: Any) -> Path:
        found.append(("rename", Path(target).name))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(Path, "rename", renamed)
    return found


def test_a_durable_file(tmp_path: Path, order: list[tuple[str, str]]) -> None:
    """Its content first, then its name; other files are not synchronised, which would slow every step."""
    write_atomic(tmp_path / "a.bin", b"a")
    assert order == [("rename", "a.bin")]
    order.clear()
    write_atomic(tmp_path / "b.bin", b"b", durable=True)
    assert order == [("sync", "b.bin"), ("rename", "b.bin"), ("sync", tmp_path.name)]


def test_a_checkpoint_stands_on_lines_that_survive(tmp_path: Path, order: list[tuple[str, str]]) -> None:
    """Events before the checkpoint, its tensors before the JSON that completes it."""
    run = make_run(tmp_path)
    append_line(run.path / "events.jsonl", {"event": "step", "step": 0})
    order.clear()
    Recorder(run).record(toy_trainer().checkpoint_later())
    names = [name for what, name in order if what == "sync" and name != "checkpoints"]
    assert names == ["events.jsonl", "00000000.safetensors", "00000000.json"]


def test_a_new_run(tmp_path: Path, order: list[tuple[str, str]]) -> None:
    """Configuration and name before the directory appears, and the directory too."""
    run = Store(home_directory(tmp_path)).create(preset("icons"))
    synced = [name for what, name in order if what == "sync"]
    assert {"config.json", "meta.json"} <= set(synced)
    assert order[-2:] == [("rename", run.id), ("sync", "runs")]
