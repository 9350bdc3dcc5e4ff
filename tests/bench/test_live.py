"""The bench of watching."""

from pathlib import Path

import numpy as np
import pytest

from mlcl_core.bench.intervals import gaps, rate
from mlcl_core.bench.live import live
from mlcl_core.errors import RunFailed


def test_rate_by_hand() -> None:
    """From the second step on: three steps of 50 items in two seconds; a slow start does not count."""
    assert rate([0.0, 30.0, 30.5, 31.0, 32.0], 50, 2) == 75
    assert rate([0.0, 2.0], 50, 0) == 25


def test_too_few_steps() -> None:
    """A speed needs at least two steps."""
    with pytest.raises(RunFailed, match="only 3 steps"):
        rate([0.0, 1.0, 2.0], 50, 3)


def test_gaps_by_hand() -> None:
    """Moments outside the interval do not count; the gap at its end does."""
    assert gaps([0.0, 2.0, 4.0, 9.0, 30.0], 1.0, 20.0) == {"count": 3, "first": 1.0, "median": 5.0, "longest": 11.0}
    assert gaps([], 0.0, 10.0) == {"count": 0, "first": None, "median": None, "longest": None}


@pytest.mark.slow
def test_live_end_to_end(tmp_path: Path) -> None:
    """All three legs train, and every number of the table is there."""
    generator = np.random.default_rng(0)
    path = tmp_path / "small.npz"
    np.savez(path, X=generator.normal(size=(300, 8)).astype(np.float32), Y=generator.random((300, 5)) < 0.4)
    settings = {"data.path": str(path), "model.width": 16, "training.batch_size": 64, "watch.frame_every": 100}
    numbers = live(preset_name="vectors", seconds=3.0, settings=settings, quick=True)
    assert all(value > 0 for values in numbers["items_per_second"].values() for value in values)
    assert 0 < numbers["ratio"]["umap"]["lowest"] <= numbers["ratio"]["umap"]["median"]
    watched = numbers["maps"]["umap"][0]
    assert watched["pca"]["cpu_seconds"] > 0
    assert watched["umap"]["cpu_seconds"] > 0
    assert "umap" not in numbers["maps"]["pca"][0]
    assert numbers["bytes"]["to_browser"] < 120_000
