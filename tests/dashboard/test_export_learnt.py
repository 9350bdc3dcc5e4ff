"""What a run has learnt, as files: all items, the probe, the encoder; each is read back."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from dashboard.export.write import FOLDER_MARK
from mlcl_core.cli import main
from mlcl_core.data import load_data
from mlcl_core.engine.encoder_folder import load_encoder
from mlcl_core.engine.measure import encode
from mlcl_core.models import fit_linear_probe
from mlcl_core.runs.evaluate import best_checkpoint
from mlcl_core.runs.opened_run import OpenedRun, open_run
from mlcl_core.runs.run import Run
from tests.toy_run import NASTY
from tests.trained_runs import vectors_run

ITEMS = 96


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory with a trained run, whose name looks like markup, made once."""
    place = tmp_path_factory.mktemp("home")
    vectors_run(place, NASTY)
    return place


@pytest.fixture
def opened(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> OpenedRun:
    """The run at its last checkpoint; its home directory is in force, and the working directory is empty."""
    monkeypatch.setenv("MLCL_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    found = open_run(Run(next((home / "runs").iterdir())))
    found.load(12)
    return found


def exported(what: str, to: str, *arguments: str, code: int = 0) -> None:
    """``mlcl export`` ends with that exit code."""
    assert main(["export", NASTY, "--what", what, "--to", to, *arguments]) == code


def test_embeddings_are_those_of_all_items(opened: OpenedRun, capsys: pytest.CaptureFixture[str]) -> None:
    """96 rows in 32 bits, where 50 are watched; another checkpoint has others; the project's reader takes them back."""
    exported("embeddings", "a.npz", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["step"], told["items"]) == (12, ITEMS)
    seen = encode(opened.network, opened.data, torch.arange(ITEMS), opened.device)
    with np.load("a.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["h"], seen.h.numpy())
        assert np.array_equal(arrays["z"], seen.z.numpy())
        assert arrays["split"].tolist() == opened.data.split.tolist()
        assert np.array_equal(arrays["labels"], opened.data.labels.dense().numpy())
    exported("embeddings", "b.parquet", "--at", "6")
    table = pq.read_table("b.parquet")
    assert not np.allclose(table["h0"].to_numpy(), seen.h[:, 0].numpy())
    found = load_data("b.parquet", text="none", ignore="text,z*")
    assert found.items.shape == (ITEMS, 8)
    assert found.split.tolist() == opened.data.split.tolist()


@pytest.mark.parametrize("ending", ["npz", "parquet"])
def test_the_probe_predicts_without_the_lab(opened: OpenedRun, ending: str) -> None:
    """Numbers of the file, put into the formula that it states, are the probabilities of the probe of the training."""
    data, seen = opened.data, encode(opened.network, opened.data, torch.arange(ITEMS), opened.device)
    train, validation = data.indices("train"), data.indices("validation")
    probe = fit_linear_probe(seen.h[train], data.labels[train], seen.h[validation], data.labels[validation])
    exported("probe", f"a.{ending}")
    if ending == "npz":
        with np.load("a.npz", allow_pickle=False) as found:
            weights, bias, mean, deviation = (found[name] for name in ("weights", "bias", "mean", "deviation"))
            threshold, strength, names = found["threshold"], found["strength"], found["label"].tolist()
    else:
        table = pq.read_table("a.parquet")
        origin = json.loads(table.schema.metadata[b"mlcl_lab"])
        weights = np.stack([table[f"w{place}"].to_numpy() for place in range(8)], 1)
        mean, deviation = np.array(origin["mean"]), np.array(origin["deviation"])
        bias, threshold, strength = (table[name].to_numpy() for name in ("bias", "threshold", "strength"))
        names = table["label"].to_pylist()
    h = seen.h.numpy().astype(np.float64)
    probability = 1 / (1 + np.exp(-(bias + (h - mean) / deviation @ weights.T)))
    np.testing.assert_allclose(probability, probe.scores(seen.h).numpy(), atol=1e-12)
    assert set(threshold) == {probe.threshold}
    assert set(strength) == {probe.strength}
    assert names == list(data.label_names)


def test_the_encoder_is_opened_again(opened: OpenedRun) -> None:
    """From rows as they are in the file it gives h and z of the run; the card shows the run's name as text."""
    exported("encoder", "mine")
    with np.load(opened.run.config().data.path, allow_pickle=False) as arrays:
        found = load_encoder("mine").encode(arrays["X"])
    seen = encode(opened.network, opened.data, torch.arange(ITEMS), opened.device)
    torch.testing.assert_close(found.h, seen.h, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.z, seen.z, rtol=1e-4, atol=1e-5)
    card = Path("mine/README.md").read_text()
    assert r"# \<img src\=x onerror\=alert\(1\)\> \*\*sky\*\*" in card
    assert card.count("<") == 1
    assert str(opened.run.path.parent.parent) not in card
    assert json.loads((Path("mine") / FOLDER_MARK).read_text())["step"] == 12


def test_the_best_checkpoint_is_that_of_an_evaluation(opened: OpenedRun, capsys: pytest.CaptureFixture[str]) -> None:
    """It is chosen on validation items, and said; it is one of those after the start."""
    exported("probe", "a.csv", "--best", "--json")
    told = json.loads(capsys.readouterr().out)
    moment = best_checkpoint(opened, [], lambda *_: None)
    assert told["step"] == moment.step
    assert told["said"] == [f"of 2 checkpoints that at step {moment.step} is best on validation"]
    assert set(moment.qualities) == {6, 12}


def test_what_is_refused(opened: OpenedRun, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, exit code 2, and nothing is left behind; a folder of another program is never replaced."""
    Path("other").mkdir()
    Path("other/mine.txt").write_text("mine")
    exported("encoder", "there")
    for what, to, arguments, words in (
        ("embeddings", "a.npz", ("--at", "7"), "no checkpoint at step 7; there are checkpoints at 0, 6, 12"),
        ("embeddings", "a.html", (), "is no format of embeddings; there are .parquet, .csv, .npz"),
        ("items", "a.csv", ("--best",), "--best chooses a checkpoint for embeddings, probe or encoder"),
        ("probe", "a.csv", ("--map", "pca"), "--map is of the watched items"),
        ("probe", "a.csv", ("--space", "z"), "--space is of an encoder of texts"),
        ("encoder", "new", ("--space", "z"), "others give h and z, both"),
        ("encoder", "there", (), "--force replaces it"),
        ("encoder", "other", ("--force",), "is no folder that was exported before"),
        ("encoder", "no/there", (), "there is no folder"),
        ("encoder", str(opened.run.path / "encoder"), (), "belongs to a run"),
    ):
        capsys.readouterr()
        exported(what, to, *arguments, code=2)
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1
    exported("encoder", "there", "--at", "0", "--force")
    assert sorted(path.name for path in Path().iterdir()) == ["other", "there"]
    assert Path("other/mine.txt").read_text() == "mine"
