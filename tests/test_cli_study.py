"""mlcl study: the plan, the end, what failed, and what is asked or refused first."""

import io
import json
import re
from pathlib import Path

import pytest

from mlcl_core.cli import main
from mlcl_core.cli.study import duration
from mlcl_core.studies import run_cell
from mlcl_core.studies.cells import cells_of
from mlcl_core.studies.file import study_from_json
from tests.sources import ROOT
from tests.studies.tiny import tiny_data, tiny_file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tiny study as a file, and a home of its own."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    path = tmp_path / "tiny.json"
    study = json.loads(tiny_file(tiny_data(tmp_path / "mine.npz"), keep_runs=False).to_json())
    study["base"]["training.batch_size"] = 128
    path.write_text(json.dumps(study))
    return str(path)


def test_a_study_is_planned_and_trained(file, capsys):
    """The plan trains nothing; after the study it says that nothing is left; the name is enough then."""
    assert main(["study", file, "--plan", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["cells"], plan["done"], plan["left"], plan["tunings"]) == (4, 0, 4, 0)
    assert plan["minutes"] > 0  # a piece of each kind of training was timed
    assert not Path(plan["dir"]).exists()
    assert main(["study", file]) == 0
    out, told = capsys.readouterr()
    assert told == "data mine: training.batch_size is 128, and 56 items train: each batch is all of them.\n"
    assert re.search(r"study tiny: 4 cells\nto be trained: 4 cells; about \d+ (s|min)", out)
    assert main(["study", "tiny", "--json"]) == 0
    ended = json.loads(capsys.readouterr().out)
    assert (ended["done"], ended["failed"], len(ended["rows"])) == (4, 0, 4)


def test_a_failed_cell_is_told_and_trained_again(file, capsys, monkeypatch):
    """Exit code 1 with its line; --retry trains it; an array's process trains its cell alone."""
    train = run_cell.train_cell
    monkeypatch.setattr(run_cell, "train_cell", lambda *_, **options: 1 / 0)
    assert main(["study", file, "--cell", "1"]) == 1
    assert "1 of 1 cells failed, the first" in (told := capsys.readouterr()).err
    assert "failed: mine, bce, seed 0: ZeroDivisionError: division by zero" in told.err
    monkeypatch.setattr(run_cell, "train_cell", train)
    assert main(["study", file, "--retry"]) == 0
    assert "4 cells, 1 done, 1 of them failed" in capsys.readouterr().out


def test_a_million_cells_are_asked_for(file, capsys, monkeypatch):
    """Without a terminal it is refused at once; the answer no trains nothing."""
    tree = json.loads(Path(file).read_text())
    tree["grid"]["loss.temperature"] = [0.1 + step / 1000 for step in range(500)]
    Path(file).write_text(json.dumps({**tree, "seeds": list(range(1000))}))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["study", file]) == 2
    assert "has 1,000,000 cells; stdin is not a terminal to answer on: say --yes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"grid": {}}, "grid is empty"),
        ({"base": {"preset": "vectors", "loss.temprature": 1}}, "there is no setting 'loss.temprature'"),
        ({"grid": {"method": ["magic"]}}, "there is no rule and no loss 'magic'"),
        ({"protocol": "magic"}, "protocol: there is no 'magic'"),
    ],
)
def test_bad_input_is_one_line(file, capsys, change, words):
    """Exit code 2, one line, no folder."""
    Path(file).write_text(json.dumps({**json.loads(Path(file).read_text()), **change}))
    assert main(["study", file]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (Path(file).parent / "home" / "studies").exists()


def test_the_readme_shows_a_study():
    """As printed: 18 cells, and 9 trainings that tune."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("```json\n", 1)[1].split("```", 1)[0]
    file = study_from_json(text)
    assert len(cells_of(file)) == 18
    assert file.tuned == ("optimiser.learning_rate", [0.0003, 0.001, 0.003], 1000)


def test_a_duration_in_words():
    """Seconds, minutes, hours."""
    assert [duration(one) for one in (40, 900, 12000)] == ["40 s", "15 min", "3 h 20 min"]
