"""The process that compiles what UMAP needs."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcl_core.maps import MAPS, Map
from mlcl_core.runs import launch, warm_up
from mlcl_core.runs.lock import FileLock


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each map that was drawn, whether it continues another; a file stands for what numba keeps."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    found: list[bool] = []

    def make(z: np.ndarray, before: np.ndarray | None) -> Map:
        found.append(before is not None)
        place = Path(os.environ["NUMBA_CACHE_DIR"])
        place.mkdir(exist_ok=True)
        (place / "kept").touch()
        return Map("umap", np.zeros((len(z), 2), np.float32))

    def refuse(*_: object) -> Map:
        raise AssertionError("a map that compiles nothing is drawn")

    records = {"umap": replace(MAPS["umap"], make=make), "pca": replace(MAPS["pca"], make=refuse)}
    monkeypatch.setattr(warm_up, "MAPS", records)
    return found


def test_both_ways_of_drawing_are_compiled_once(tmp_path: Path, made: list[bool]) -> None:
    """A first map and one that continues it, of the maps that compile alone; the second time nothing is drawn."""
    assert warm_up.needed(tmp_path)
    assert warm_up.main([str(tmp_path)]) == 0
    assert made == [False, True]
    assert warm_up.main([str(tmp_path)]) == 0
    del os.environ["NUMBA_CACHE_DIR"]
    assert not warm_up.needed(tmp_path)
    assert len(made) == 2


def test_one_at_a_time(tmp_path: Path, made: list[bool]) -> None:
    """While one is at it, another steps back."""
    (tmp_path / "cache").mkdir()
    lock = FileLock(tmp_path / "cache" / "warm_up.lock")
    assert lock.acquire()
    assert warm_up.main([str(tmp_path)]) == 0
    assert made == []
    lock.release()


def test_another_place_for_what_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names a place of its own, nothing is started."""
    started: list[object] = []
    monkeypatch.setattr(launch, "_start", lambda *what: started.append(what))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    launch.spawn_warm_up(tmp_path)
    assert started == []
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    launch.spawn_warm_up(tmp_path)
    assert [arguments for arguments, _ in started] == [["mlcl_core.runs.warm_up", str(tmp_path)]]


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["no such place"]])
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Anything but one directory is a usage error."""
    assert warm_up.main(arguments) == 2
    assert "usage" in capsys.readouterr().err
