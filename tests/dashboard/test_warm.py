"""Loading in the background: once a process, whatever the home directory is."""

import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import warm

ROOT = Path(__file__).parents[2]


def test_begun_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every page calls it; one thread loads, and after the wait it is done."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    monkeypatch.setattr(warm, "_threads", [])
    loaded: list[Path | None] = []
    monkeypatch.setattr(warm, "_load", loaded.append)
    first = warm.begin()
    warm.wait()
    assert warm.done()
    assert warm.begin() is first
    assert loaded == [tmp_path]


def test_a_home_directory_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An unusable home directory does not keep torch from loading; a page reports it."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(warm, "_threads", [])
    loaded: list[Path | None] = []
    monkeypatch.setattr(warm, "_load", loaded.append)
    warm.wait()
    assert loaded == [None]


def test_the_app_begins_without_torch() -> None:
    """What `mlcl app` imports before it loads torch in the background imports no torch itself."""
    code = "import sys; from dashboard import warm, serve; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
