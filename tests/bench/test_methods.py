"""The bench of methods: its trainings and refusals."""

import numpy as np
import pytest

from mlcl_core.bench import BENCHES
from mlcl_core.errors import InputError


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A small file of vectors, and a home of its own."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    generator = np.random.default_rng(0)
    y = generator.random((60, 3)) < 0.4
    np.savez(tmp_path / "mine.npz", X=y @ generator.normal(size=(3, 6)) + generator.normal(size=(60, 6)), Y=y)
    return str(tmp_path / "mine.npz")


@pytest.mark.slow
def test_each_method_and_seed(file):
    """A rule and a loss are trained for every seed; mean and deviation are those of the runs."""
    numbers = BENCHES["methods"].run(data=file, methods="any_shared,bce", seeds=2, quick=True)
    assert numbers["data"] == "mine"
    assert set(numbers["items"]) == {"micro_f1", "macro_f1", "map"}
    assert list(numbers["methods"]) == ["any_shared", "bce"]
    for one in numbers["methods"].values():
        values = [run["map"] for run in one["runs"]]
        assert len(set(values)) == 2
        assert one["map"] == pytest.approx(np.mean(values), abs=1e-4)
        assert one["map_sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"methods": "magic"}, "there is no rule and no loss 'magic'"),
        ({"settings": "training.epochs"}, "'training.epochs' must be key=value"),
        ({"settings": "training.epoch=3"}, "there is no setting 'training.epoch'"),
        ({"data": "gone"}, "there is no data set 'gone'"),
    ],
)
def test_refuses(file, options, words):
    """A mistyped method, setting or file: one line."""
    with pytest.raises(InputError, match=words):
        BENCHES["methods"].run(**({"data": file, "seeds": 1} | options))
