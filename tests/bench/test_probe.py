"""The bench of the linear probe."""

import torch

from mlcl_core.bench import BENCHES
from mlcl_core.bench.probe import features_and_labels


def test_quick() -> None:
    """Every case has both times and both errors; ours is within 1e-4 of the optimum; torch keeps its threads."""
    before = torch.get_num_threads()
    found = BENCHES["probe"].run(quick=True, sample=5, threads=1)
    assert torch.get_num_threads() == before
    for name, labels in (("icons", 6), ("many", 10)):
        case = found[name]
        assert case["seconds"] > 0
        assert case["scikit_learn_seconds"] > 0
        assert case["labels"] == labels
        assert case["scikit_learn_labels"] == 5
        assert case["error"] < 1e-4
        assert case["scikit_learn_error"] < 0.5


def test_every_label_has_both_sides() -> None:
    """The made labels, rare ones too, are carried by some item and lacked by some other; features are standardised."""
    x, y = features_and_labels(120, 6, 30, 3)
    assert y.any(0).all()
    assert not y.all(0).any()
    assert torch.allclose(x.std(0, correction=0), torch.ones(6, dtype=torch.float64))
