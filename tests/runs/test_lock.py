"""A lock has one holder, and the system releases it when the holder dies."""

import subprocess
import sys
import threading
from pathlib import Path

from mlcl_core.runs.lock import FileLock

HOLD = "import sys, pathlib; from mlcl_core.runs.lock import FileLock; lock = FileLock(pathlib.Path(sys.argv[1])); "


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    """A second holder is refused without waiting, until the first releases the lock."""
    one, two = (FileLock(tmp_path / "locks" / "cpu.lock") for _ in range(2))
    assert one.acquire()
    assert not two.acquire()
    one.release()
    assert two.acquire()
    two.release()
    two.release()


def test_patience_waits_for_a_lock_that_is_let_go(tmp_path: Path) -> None:
    """A worker that is ending releases its lock within a moment: the next one waits for it."""
    one, two = (FileLock(tmp_path / "worker.lock") for _ in range(2))
    assert one.acquire()
    assert not two.acquire(patience=0.1)
    timer = threading.Timer(0.1, one.release)
    timer.start()
    assert two.acquire(patience=30.0)
    timer.join()
    two.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """SIGKILL leaves no lock behind."""
    path = tmp_path / "cpu.lock"
    code = HOLD + "lock.acquire(); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = FileLock(path)
        assert not lock.acquire()
        holder.kill()
        holder.wait()
        assert lock.acquire()
        lock.release()
