"""iterative_split: what earlier runs began with, and the shipped sets have, bit for bit; never otherwise."""

import json
from pathlib import Path

import numpy as np
import pytest

from mlcl_core.data import load_data
from mlcl_core.data.split import SHARES
from mlcl_core.data.stratify.iterative import iterative_split
from mlcl_core.demo_runs.make import FOLDER, SAMPLES
from mlcl_core.engine.build import open_data
from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

Y = np.random.default_rng(5).random((40, 4)) < 0.25
GROUPS = np.random.default_rng(6).integers(0, 12, 40)
# as version 0.2 drew them with seed 3
ALONE = "ttttttTvtvtttttTTtvTttttTtTtttttttttTvtT"
GROUPED = "TttTtTtTTtttTvtvvvTtttttttttttttttvtttvT"
IN_TRAINING = "tttttvtttvttttvttttttttttttvttttttttvvtt"


def letters(split: np.ndarray) -> str:
    """One letter per item; T is test."""
    return "".join({"test": "T"}.get(str(name), str(name)[0]) for name in split)


def test_as_ever():
    """The splits of version 0.2, with and without groups, of all rows and of training rows."""
    assert letters(iterative_split(Y, SHARES, seed=3)) == ALONE
    assert letters(iterative_split(Y, SHARES, seed=3, groups=GROUPS)) == GROUPED
    assert letters(iterative_split(Y, {"train": 0.85, "validation": 0.15}, seed=3)) == IN_TRAINING


@pytest.mark.parametrize(("lines", "expected"), [(["all"] * 40, ALONE), (["train"] * 40 + ["test"] * 9, IN_TRAINING)])
def test_a_run_of_an_earlier_version_goes_on_with_its_split(tmp_path: Path, lines: list[str], expected: str):
    """A run's config.json without split_method: opened, its file has the split that the run began with."""
    rows = [",".join([str(i), *map(str, Y[i % 40].astype(int)), line]) for i, line in enumerate(lines)]
    file = tmp_path / "mine.csv"
    file.write_text("number,a,b,c,d,split\n" + "\n".join(rows))
    tree = {"data": {"name": "file", "path": str(file), "params": {"labels": "a,b,c,d"}, "seed": 3}}
    written = TrainConfig().model_dump()
    written["data"] = {**written["data"], **tree["data"]}
    del written["data"]["split_method"]
    found = {}
    for version in (2, 3):
        folder = tmp_path / str(version)
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({**written, "schema_version": version}))
        found[version] = letters(open_data(Run(folder).config().data).split)
    assert found[2] == expected + "T" * (len(lines) - 40)
    assert found[3] != found[2]


def test_another_method_is_refused(tmp_path: Path):
    """The error names those that there are."""
    np.savez(tmp_path / "a.npz", X=np.random.default_rng(0).random((40, 2)), Y=Y)
    with pytest.raises(InputError, match="no way 'random' to draw splits; there are: exact, iterative"):
        load_data(tmp_path / "a.npz", split_method="random")


def test_recorded_runs_have_the_split_of_the_icons():
    """The watched items of both shipped runs have the splits that the set has today."""
    data = load_data("icons")
    for run_id, _ in SAMPLES.values():
        probe = Run(FOLDER / run_id).watched_items()
        assert probe.split.tolist() == data.split[probe.ids].tolist()
