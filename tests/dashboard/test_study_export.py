"""A study as a file: all formats from one folder, what they say, and what the command line refuses."""

import csv
import hashlib
import io
import json
import re
from pathlib import Path

import pytest

from dashboard.export.study import STUDY_FORMATS
from dashboard.export.study.facts import facts_of, labels_digest, shared_file
from mlcl_core.cli import main
from mlcl_core.metrics import FINAL_METRICS
from mlcl_core.studies.file import study_from_json
from mlcl_core.studies.folder import StudyFolder
from tests.studies.made import made_file, made_study

METRICS = ("macro_f1", "micro_f1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory with a study; one cell failed, one data set is a file, and temperature is an axis."""
    home = tmp_path_factory.mktemp("study") / "home"
    data = [{"name": "mine", "path": str(home / "mine.npz"), "where": "a page", "preset": "icons"}, "icons"]
    grid = {"data": data, "method": ["bce", {"name": "A_1 & <b>", "loss.rule": "any_shared"}]}
    made_study(home, file=made_file(grid={**grid, "loss.temperature": [0.1, 0.2]}), failed=[1])
    return home


def test_every_format_says_the_answer(home: Path) -> None:
    """Answer first, then the numbers of each data set and setting, then what repeats it; names are escaped."""
    folder = made_study(home.parent / "same")
    made = {name: kind.make(folder, METRICS).decode() for name, kind in STUDY_FORMATS.items()}
    assert set(made) == {"md", "csv", "tex", "html"}
    for name in ("md", "tex", "html"):
        places = [made[name].find(words) for words in ("Answer", "has the highest mean", "How it was made")]
        assert places == sorted(places), name
        assert places[0] > 0, name
    assert re.search(r"\| \*\*0\.\d{3} \\\[0\.\d{3}, 0\.\d{3}\\\]\*\* ★ \|", made["md"])
    assert r"\textbf{0." in made["tex"]
    assert made["html"].count("<svg") == 2 * 2 + 2  # forest and bands of two data sets, ranks in two metrics
    assert "<script" not in made["html"]


def test_csv_has_a_line_for_every_number(home: Path) -> None:
    """Data x settings x methods x metrics; intervals of those that were asked for; the mean is that of the rows."""
    folder = StudyFolder(home, "made")
    lines = list(csv.DictReader(io.StringIO(STUDY_FORMATS["csv"].make(folder, METRICS).decode())))
    assert len(lines) == 2 * 2 * 2 * len(FINAL_METRICS)
    rows = folder.rows()
    for line in lines:
        same = (rows["data"] == line["data"]) & (rows["method"] == line["method"]) & (rows["state"] == "ok")
        of = rows[same & (rows["loss.temperature"] == float(line["loss.temperature"]))][line["metric"]]
        assert float(line["mean"]) == pytest.approx(of.mean())
        assert int(line["seeds"]) == len(of)
        assert bool(line["these models: low"]) == (line["metric"] in METRICS)


def test_a_reader_can_repeat_it(home: Path) -> None:
    """Its file is read as a study, without folders of this machine; its hash, those of the data, seeds and versions."""
    folder = StudyFolder(home, "made")
    text, facts = shared_file(folder.file), dict(facts_of(folder))
    assert str(home) not in text
    again = study_from_json(text)
    assert again.grid["data"][0]["path"] == "mine.npz"
    assert (again.seeds, again.grid["method"]) == (folder.file.seeds, folder.file.grid["method"])
    assert facts["SHA-256 of the study's file below"] == hashlib.sha256(text.encode()).hexdigest()
    assert facts["Data mine"].startswith("file mine.npz; where a page; 250 training and 60 test items, 5 labels; 1 of")
    assert facts["Data mine"].endswith(labels_digest(folder.labels("mine")))
    assert (facts["Seeds"], facts["Tuning"]) == ("0, 1, 2", "Nothing is tuned.")
    assert facts["Method A_1 & <b>"] == 'loss.rule "any_shared"'
    assert facts["Protocol"].startswith("Linear probe")
    assert {"python", "mlcl-lab", "torch", "scikit-learn"} <= {one.split()[0] for one in facts["Versions"].split(", ")}


def test_the_command_line_writes_and_refuses(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One file by its ending; an unknown ending, a file that exists, a study without a result: a line each."""
    monkeypatch.setenv("MLCL_HOME", str(home))
    file = tmp_path / "made.md"
    assert main(["study", "made", "--to", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cells"], told["bytes"]) == (24, file.stat().st_size)
    assert "A\\_1 \\& \\<b\\>" in file.read_text()
    made_study(home, done=0, file=made_file(name="empty"))
    for arguments, line in (
        (("made", str(file)), "exists already; --force replaces it"),
        (("made", str(tmp_path / "x.pdf")), "is no format of a study; there are .md, .csv, .tex, .html"),
        (("empty", str(tmp_path / "x.md")), "has no result yet"),
        (("nosuch", str(tmp_path / "x.md")), "there is no study 'nosuch'"),
    ):
        assert main(["study", arguments[0], "--to", arguments[1]]) == 2
        error = capsys.readouterr().err
        assert line in error
        assert error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.md"]
