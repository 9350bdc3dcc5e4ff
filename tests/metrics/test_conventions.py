"""Conventions: each switch against scikit-learn or by hand, and its words."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics as by_scikit_learn
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.errors import InputError
from mlcl_core.metrics import FINAL_METRICS, Conventions, Predictions, conventions_in_words
from mlcl_core.options import declared_options


def measured(name: str, case: Predictions, **switches) -> float:
    """One metric under some conventions."""
    return FINAL_METRICS[name].measure(replace(case, conventions=Conventions(**switches)))


@given(n=st.integers(1, 9), c=st.integers(2, 6), zero=st.sampled_from([0, 1]), seed=st.integers(0, 99))
def test_scikit_learns_means_over_labels(n, c, zero, seed) -> None:
    """With labels on no item, predicted or not: macro-F1 and mAP as scikit-learn has them."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n, c)) < rng.choice([0, 0.5], c)
    case = Predictions(labels, rng.random((n, c)).round(1), rng.choice([0.0, 0.5, 2.0], c))
    switches = {"absent": "scikit_learn", "zero_division": zero}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a label has no positive is what is asked
        f1 = by_scikit_learn.f1_score(labels, case.predicted, average="macro", zero_division=zero)
        precision = by_scikit_learn.average_precision_score(labels, case.scores)
    assert measured("macro_f1", case, **switches) == pytest.approx(f1)
    assert measured("map", case, **switches) == pytest.approx(precision)
    micro = by_scikit_learn.f1_score(labels, case.predicted, average="micro", zero_division=zero)
    assert measured("micro_f1", case, **switches) == pytest.approx(micro)


# label b is on no item; c on each
PERFECT = Predictions(
    np.array([[True, False, True], [False, False, True]]), np.array([[0.9, 0.1, 0.9], [0.2, 0.2, 0.8]]), 0.5
)


def test_a_label_on_no_item_by_hand() -> None:
    """Perfect predictions: 1 where it is left out, 2 of 3 where it counts 0; AUROC of torchmetrics drops c as well.

    ``findings/torchmetrics_absent_labels.sh`` shows torchmetrics at it.
    """
    for name in ("macro_f1", "map", "macro_auroc"):
        assert measured(name, PERFECT) == 1
    for absent in ("scikit_learn", "torchmetrics"):
        assert measured("macro_f1", PERFECT, absent=absent) == pytest.approx(2 / 3)
        assert measured("macro_f1", PERFECT, absent=absent, zero_division=1) == 1
        assert measured("map", PERFECT, absent=absent) == pytest.approx(2 / 3)
    assert measured("macro_auroc", PERFECT, absent="scikit_learn") == 1
    assert measured("macro_auroc", PERFECT, absent="torchmetrics") == pytest.approx(1 / 3)


def test_ties_by_column_by_hand() -> None:
    """All scores alike: the first column stands first; as torchmetrics, whose loss depends on the order of columns."""
    first, last = (Predictions(np.array([row]), np.full((1, 2), 0.5), 0.5) for row in ([True, False], [False, True]))
    for name, at_first, at_last in (
        ("ranking_loss", 0, 1),
        ("coverage_error", 1, 2),
        ("lrap", 1, 0.5),
        ("precision_at_1", 1, 0),
    ):
        assert measured(name, first, ties="by_column") == at_first
        assert measured(name, last, ties="by_column") == at_last
        assert measured(name, first) == measured(name, last)


def test_words_say_what_is_chosen() -> None:
    """Each switch changes its own sentence; the metrics that it speaks of are those that it changes."""
    usual = conventions_in_words()
    assert usual[0] == (
        "A label that no test item carries is left out of means over labels (macro-F1, mAP, macro AUROC)."
    )
    assert usual[1] == "F1 is 0 where nothing was there and nothing was predicted (0 / 0)."
    for place, switches in enumerate(({"absent": "torchmetrics"}, {"zero_division": 1}, {"ties": "mean"})):
        other = conventions_in_words(Conventions(**switches))
        assert [one != two for one, two in zip(usual, other, strict=True)] == [at == place for at in range(4)]
        assert all(sentence.endswith(".") for sentence in other)


def test_what_is_no_convention_is_refused() -> None:
    """One line that names the switch and what it may be."""
    # the check of types that runs in tests would be the first to refuse a text
    with pytest.raises(InputError, match="absent is 'dropped'; it must be one of left_out, scikit_learn, torchmetrics"):
        declared_options(Conventions)["absent"].check("absent", "dropped")
    with pytest.raises(InputError, match="zero_division is 2; it must be a whole number from 0 to 1"):
        Conventions(zero_division=2)
