"""The mapper process."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from mlcl_core.maps import MAPS
from mlcl_core.runs import mapper
from mlcl_core.runs.budget import Budget
from mlcl_core.runs.launch import GAVE_UP
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.mapper import MapScheduler, affordable_items, draw_maps, main, shares_the_cpu
from mlcl_core.runs.niceness import BACKGROUND
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run
from tests.runs.handmade import embeddings, make_run, write_frame, write_status


def start(run: Run, name: str = "pca") -> subprocess.Popen:
    """A mapper as the worker starts it."""
    # in a session of its own: UMAP steps back with its whole session, and that would be the tests'
    command = [sys.executable, "-m", "mlcl_core.runs.mapper", str(run.path), name]
    return subprocess.Popen(command, start_new_session=True)


def both(run: Run) -> list[int]:
    """Both mappers, one after the other: their exit codes."""
    return [main([str(run.path), name]) for name in ("pca", "umap")]


def wait_for(condition: object, seconds: float = 60) -> None:
    """Wait until something holds, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def whole(run: Run) -> dict[str, list[int]]:
    """Every map that is there, read."""
    for name in run.map_names():
        for step in run.map_steps(name):
            assert np.isfinite(run.map(name, step).xy).all()
    return {name: run.map_steps(name) for name in run.map_names()}


@pytest.mark.slow
def test_draws_while_the_run_goes_on_and_ends_with_it(tmp_path: Path) -> None:
    """As processes: maps come while the run runs, a second mapper gives way, and the end of the run ends them."""
    spot = np.ones((60, 6), np.float16)  # of one spot UMAP has nothing to fit, and compiles nothing
    run = make_run(tmp_path, state="running")
    for step in (0, 20):
        write_frame(run, step, spot)
    processes = [start(run, name) for name in ("pca", "umap")]
    try:
        wait_for(lambda: run.map_steps("pca") == [0, 20])
        assert not FileLock(run.path / "mapper.pca.lock").acquire()
        write_frame(run, 40, spot)
        write_status(run, "running", 40)
        wait_for(lambda: 40 in run.map_steps("pca"))
        write_frame(run, 60, spot)
        write_status(run, "finished", 60)
        assert [process.wait(60) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert whole(run)["pca"] == [0, 20, 40, 60]
    assert 60 in run.map_steps("umap")
    assert run.map("umap", 60).scores["share"] > 0


def test_numba_keeps_its_code_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all runs of a home directory in its cache, unless the environment names another folder."""
    run = make_run(tmp_path, (0,))
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    assert main([str(run.path), "pca"]) == 0
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "cache" / "numba")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "other"))
    assert main([str(run.path), "pca"]) == 0
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "other")


@pytest.mark.skipif(not hasattr(os, "nice"), reason="the system has no niceness")
def test_umap_steps_back(tmp_path: Path) -> None:
    """UMAP runs at a lower priority, PCA at the usual one."""
    run = make_run(tmp_path, (0,), "running")
    processes = {name: start(run, name) for name in ("pca", "umap")}
    try:
        niceness = os.nice(0)
        wait_for(lambda: psutil.Process(processes["umap"].pid).nice() == BACKGROUND)
        wait_for(lambda: run.map_steps("pca") == [0])
        assert psutil.Process(processes["pca"].pid).nice() == niceness
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


@pytest.mark.slow
def test_killed_and_started_again(tmp_path: Path) -> None:
    """SIGKILL at three moments leaves whole files only; the next mapper completes them."""
    steps = tuple(range(0, 1200, 20))
    run = make_run(tmp_path, steps, "finished", **{"maps.umap": False})
    for enough in (1, 12, 30):
        process = start(run)
        wait_for(lambda enough=enough: len(run.map_steps("pca")) >= enough)
        process.kill()
        process.wait()
        whole(run)
    assert start(run).wait(60) == 0
    assert whole(run) == {"pca": list(steps)}


def test_imports_no_torch() -> None:
    """The process starts without torch, scikit-learn and umap, and without numba until UMAP is drawn."""
    heavy = ("torch", "sklearn", "umap", "numba")
    code = f"import sys, mlcl_core.runs.mapper; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_ends_when_all_is_drawn(tmp_path: Path, state: str) -> None:
    """A run that has ended, however, gets its maps and the mappers end; again: nothing is left to do."""
    run = make_run(tmp_path, (0, 20), state)
    assert both(run) == [0, 0]
    assert whole(run) == {"pca": [0, 20], "umap": [20]}
    assert both(run) == [0, 0]


def test_interrupted_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that died without a word ends the mapper too, after a moment of patience."""
    monkeypatch.setattr(mapper, "INTERRUPTED_SECONDS", 0.5)
    run = make_run(tmp_path, (0,), "running", **{"maps.umap": False})
    write_status(run, "running", heartbeat=time.time() - 60)
    begun = time.monotonic()
    assert main([str(run.path), "pca"]) == 0
    assert time.monotonic() - begun >= 0.5
    assert run.map_steps("pca") == [0]


def test_a_map_that_this_machine_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: object) -> None:
    """One line in the events and in the log says why; the other maps are drawn, and the mapper is not started again."""
    monkeypatch.setitem(MAPS, "torchdr_umap", replace(MAPS["torchdr_umap"], lacking=lambda: "no GPU"))
    run = make_run(tmp_path, (0,), "finished", **{"maps.umap": False, "maps.torchdr_umap": True})
    assert [main([str(run.path), name]) for name in ("pca", "torchdr_umap")] == [0, 1]
    assert whole(run) == {"pca": [0]}
    said = "GPU UMAP maps are not drawn on this machine: no GPU"
    assert [(line["name"], line["given_up"], line["text"]) for line in run.events("mapper")] == [
        ("torchdr_umap", True, said)
    ]
    assert capfd.readouterr().err == f"{said}\n"
    assert FileLock(run.path / "mapper.torchdr_umap.lock").marked() == GAVE_UP


def test_no_frames(tmp_path: Path) -> None:
    """A run that ended before its first frame has no maps, and the mapper ends."""
    run = make_run(tmp_path, state="failed")
    assert main([str(run.path), "pca"]) == 0
    assert run.map_names() == []


def test_last_frame_is_refused(tmp_path: Path) -> None:
    """A last frame of NaN does not keep the mapper alive; the one before it gets the UMAP map."""
    run = make_run(tmp_path, (0, 20))
    write_frame(run, 40, np.full((60, 6), np.nan, np.float16))
    assert both(run) == [0, 0]
    assert whole(run) == {"pca": [0, 20], "umap": [20]}


def test_broken_umap_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When UMAP fails it is given up with a line in log.txt and exit code 1."""

    def broken(*_: object) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(MapScheduler, "draw_latest", broken)
    run = make_run(tmp_path, (0, 20))
    assert both(run) == [0, 1]
    assert whole(run) == {"pca": [0, 20]}
    assert "umap is given up: RuntimeError: no compiler" in (run.path / "log.txt").read_text()


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk it tries again, and after the run's end gives up with exit code 1."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mapper, "RETRY_SECONDS", 0.01)
    run = make_run(tmp_path, (0,))
    monkeypatch.setattr(Path, "replace", full)
    assert main([str(run.path), "pca"]) == 1
    assert "No space left" in (run.path / "log.txt").read_text()


def test_deleted_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is deleted meanwhile ends the mapper."""
    run = make_run(tmp_path, (0,), "running")
    monkeypatch.setattr(mapper, "sleep", lambda _: run.path.rename(tmp_path / "gone"))
    assert draw_maps(run, "pca") == 0


def test_second_mapper_steps_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one mapper holds the lock, another does nothing and says so by ending well."""
    monkeypatch.setattr(mapper, "LOCK_SECONDS", 0.2)
    run = make_run(tmp_path, (0,))
    lock = FileLock(run.path / "mapper.pca.lock")
    assert lock.acquire()
    assert main([str(run.path), "pca"]) == 0
    assert run.map_names() == []
    lock.release()
    assert main([str(run.path), "pca"]) == 0
    assert run.map_steps("pca") == [0]


@pytest.mark.parametrize("arguments", [[], ["a"], ["a", "tsne"], ["a", "pca", "b"]])
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Anything but a directory and a kind of map is a usage error."""
    assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_no_such_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory that is no run gives one line and exit code 2, and stays as it was."""
    assert main([str(tmp_path / "none"), "pca"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("state", "device", "threads", "cores", "expected"),
    [
        ("running", "cpu", 0, 2, True),
        ("running", "cpu (2 threads)", 2, 2, True),
        ("running", None, 2, 2, True),
        ("running", "cpu", 2, 4, False),
        ("running", "cuda (NVIDIA)", 0, 2, False),
        ("paused", "cpu", 0, 2, False),
        ("queued", "cpu", 0, 2, False),
        ("finished", "cpu", 0, 2, False),
    ],
)
def test_when_the_budget_holds(state: str, device: str | None, threads: int, cores: int, expected: bool) -> None:
    """The budget holds beside a training on this machine's CPU that leaves no core free, and only then."""
    assert shares_the_cpu(Status(state, device=device), threads, cores) is expected


def test_fewer_landmarks_when_maps_are_dear() -> None:
    """A map may cost what its share brings in eight seconds; beyond that fewer items are fitted, not below 200."""
    assert affordable_items(600, 600, 0.4, 0.1) == 600
    assert affordable_items(600, 600, 1.6, 0.1) == 300
    assert affordable_items(600, 600, 60.0, 0.1) == 200
    assert affordable_items(600, 300, 0.4, 0.1) == 600
    assert affordable_items(100, 100, 60.0, 0.1) == 100


def test_budget_is_kept_beside_a_running_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the run runs on the CPU, a mapper in debt draws no UMAP, and draws it when the run has ended."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(mapper, "Budget", _Broke)
    run = make_run(tmp_path, (0,), "running")
    turns = []

    def sleep(seconds: float) -> None:
        if len(turns) == 5:  # the run has ended: no more frames come, however long its last map takes
            time.sleep(seconds)
            return
        turns.append(run.map_steps("umap"))
        write_frame(run, 20 * len(turns), embeddings(20 * len(turns)))
        if len(turns) == 5:
            write_status(run, "finished")
        monkeypatch.setattr(mapper, "STATUS_SECONDS", 0.0)

    monkeypatch.setattr(mapper, "sleep", sleep)
    assert draw_maps(run, "umap") == 0
    assert turns == [[]] * 5
    assert run.map_steps("umap") == [100]


class _Broke(Budget):
    """A budget that is overdrawn for ever."""

    def may_spend(self) -> bool:
        return not self.limited
