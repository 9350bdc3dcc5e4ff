"""The command line beside scores: what the split leaves in doubt."""

import json
from pathlib import Path

import pytest

from mlcl_core.cli import main
from mlcl_core.runs.files import append_line
from tests.made_runs import made_run

DOUBT = "test has 12 items, fewer than 30: scores on them are uncertain"


def test_scores_in_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Why scores are uncertain stands beside them in show and as JSON; in the list they have a star, others none."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    run = made_run(tmp_path, "finished", name="done")
    made_run(tmp_path, "finished", name="sure")
    append_line(run.path / "events.jsonl", {**(run.finished() or {}), "doubts": [DOUBT]})
    printed = {}
    for name in ("done", "sure"):
        assert main(["show", name, "--json"]) == 0
        printed[name] = json.loads(capsys.readouterr().out)["doubts"]
    assert printed == {"done": [DOUBT], "sure": []}
    assert main(["show", "done"]) == 0
    shown = capsys.readouterr().out
    assert f"in doubt: {DOUBT}" in shown
    outside = int((run.watched_items().split != "train").sum())
    assert f"in doubt: the sample outside training has {outside} items, fewer than 30: scores on them are unc" in shown
    assert main(["runs"]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "0.400*" in rows["done"]
    assert "0.400*" not in rows["sure"]
    assert out.endswith("* in doubt; mlcl show RUN says why\n")
