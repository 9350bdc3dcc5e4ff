"""Coverage of intervals on simulated predictions, and the true values that they are held against."""

import numpy as np
import pytest

from mlcl_core.bench import BENCHES
from mlcl_core.bench.coverage_cases import World
from mlcl_core.metrics import FINAL_METRICS, Predictions


def test_true_values_are_those_of_many_items() -> None:
    """On 20,000 drawn items every metric is near its closed form, at a quality other than 0 too."""
    world = World()
    labels, scores = world.draw(20_000, np.array([[0.3]]), np.random.default_rng(0))
    found = Predictions(labels, scores[0, 0].astype(np.float64), 0.0)
    measure = {name: FINAL_METRICS[name].measure(found) for name in ("micro_f1", "subset_accuracy", "hamming_loss")}
    assert measure["micro_f1"] == pytest.approx(world.micro_f1(0.3), abs=0.005)
    assert measure["subset_accuracy"] == pytest.approx(world.subset_accuracy(0.3), abs=0.01)
    assert 1 - measure["hamming_loss"] == pytest.approx(world.accuracy(0.3), abs=0.002)
    assert FINAL_METRICS["macro_f1"].measure(found) == pytest.approx(world.f1(0.3).mean(), abs=0.01)
    assert labels.mean(0) == pytest.approx(world.share, abs=0.01)


def test_models_err_together() -> None:
    """Two methods go wrong on the same decisions more often than by chance, two seeds of one still more often."""
    world = World()
    labels, scores = world.draw(5_000, np.zeros((2, 2)), np.random.default_rng(0))
    wrong = ((scores > 0) != labels).reshape(4, -1)
    kinship = np.corrcoef(wrong)
    assert kinship[0, 1] > kinship[0, 2] + 0.05
    assert kinship[0, 2] > 0.15


def test_seeds_move_the_true_value_as_they_should() -> None:
    """The standard deviation of the true micro-F1 over seeds is the effect asked for."""
    world = World()
    quality = world.spread(0.02) * np.random.default_rng(0).standard_normal(2_000)
    assert np.std([world.micro_f1(one) for one in quality]) == pytest.approx(0.02, rel=0.06)


@pytest.mark.parametrize(("items", "effects"), [(400, 0.02), (150, 0.01)])
def test_intervals_cover(items: int, effects: float) -> None:
    """Of 100 cases intervals hold the true value in 88 at least, and equal methods differ in 12 at most."""
    found = BENCHES["coverage"].run(cases=100, items=items, effects=effects, resamples=400)
    (numbers,) = found["results"].values()
    for name in ("micro_f1", "accuracy", "subset_accuracy", "macro_f1"):
        kinds = ("model", "models_apart", "method", "methods_apart")
        assert min(numbers[name][kind] for kind in kinds) >= 0.88, name
        assert numbers[name]["false_positives"] <= 0.12, name
        # an interval that always holds it says nothing
        assert min(numbers[name][kind] for kind in kinds) < 1, name


def test_seeds_cannot_be_left_out(monkeypatch) -> None:
    """The proof that the simulation can fail: without the part of the seeds equal methods differ far too often."""
    import mlcl_core.statistics.intervals as module

    monkeypatch.setattr(module, "error_method", lambda sd, seeds, se, items: (se, float(items - 1)))
    found = BENCHES["coverage"].run(cases=40, items=400, effects=0.02, resamples=100)
    (numbers,) = found["results"].values()
    assert numbers["micro_f1"]["false_positives"] > 0.12
    assert not found["within"]
