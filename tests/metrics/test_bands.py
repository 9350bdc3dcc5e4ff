"""Bands of labels by training count, and the table of labels."""

import math

import numpy as np
import pytest
import sklearn.metrics as by_scikit_learn
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.metrics import Conventions, Predictions, band_metrics, bands, covered_labels, per_label


def columns(counts: list[int]) -> list[list[int]]:
    """The labels of each band."""
    return [found.tolist() for found in bands(np.array(counts, int)).labels]


def test_cut_at_100_and_20() -> None:
    """The borders belong to the band above; 99 and 19 to the one below."""
    cut = bands(np.array([19, 100, 20, 99, 500, 0]))
    assert [found.tolist() for found in cut.labels] == [[1, 4], [2, 3], [0, 5]]
    assert (cut.cut, cut.lowest, cut.of_labels) == (
        "counts",
        (100, 20, 0),
        ["tail", "head", "medium", "medium", "head", "tail"],
    )
    assert cut.words == (
        "Head: labels with at least 100 training items (2); medium: 20 to 99 (2); tail: fewer than 20 (2)."
    )


def test_thirds_where_a_band_would_be_empty() -> None:
    """Without a label under 20: thirds of the labels, the fewest training items of each said."""
    cut = bands(np.array([700, 600, 500, 400, 300, 200]))
    assert [found.tolist() for found in cut.labels] == [[0, 1], [2, 3], [4, 5]]
    assert cut.cut == "terciles"
    assert cut.words == (
        "Cut at 100 and 20 training items a band would be empty, so labels are cut into thirds by their number of "
        "training items; head: from 600 training items on (2); medium: from 400 training items on (2); tail: from 200 "
        "training items on (2)."
    )


def test_ties_at_a_border_stand_together() -> None:
    """In the more frequent band, which is said; a band may stay empty, which is said too."""
    cut = bands(np.array([9, 7, 7, 7, 2, 1]))
    assert [found.tolist() for found in cut.labels] == [[0, 1, 2, 3], [], [4, 5]]
    assert "medium: no label;" in cut.words
    assert cut.words.endswith("Labels with as many training items as one at a border stand together with it.")
    assert columns([5, 5, 5]) == [[0, 1, 2], [], []]
    assert columns([5]) == [[], [0], []]
    assert columns([]) == [[], [], []]


@given(st.lists(st.integers(0, 150), max_size=12))
def test_each_label_is_in_one_band_and_bands_are_in_order(counts) -> None:
    """However they are cut: no label of a band is more frequent than one of the band before."""
    cut = bands(np.array(counts, int))
    assert sorted(np.concatenate(cut.labels).tolist()) == list(range(len(counts)))
    ordered = [counts[label] for found in cut.labels for label in sorted(found, key=lambda label: -counts[label])]
    assert ordered == sorted(counts, reverse=True)
    for found, low in zip(cut.labels, cut.lowest, strict=True):
        assert low == min((counts[label] for label in found), default=None)
    # labels with one count stand in one band
    assert len(set(zip(counts, cut.of_labels, strict=True))) == len(set(counts))


def made() -> Predictions:
    """Five labels, the last one on no item; a threshold for each."""
    rng = np.random.default_rng(4)
    labels = rng.random((40, 5)) < [0.8, 0.5, 0.3, 0.2, 0]
    return Predictions(labels, rng.random((40, 5)).round(1), np.array([0.2, 0.5, 0.5, 0.7, 0.95]))


def test_metrics_of_bands_are_scikit_learns_on_their_columns() -> None:
    """Head and medium; the tail has a label, which no item carries: no number."""
    case = made()
    found = band_metrics(case, bands(np.array([300, 200, 60, 50, 5])))
    for name, part in (("head", [0, 1]), ("medium", [2, 3])):
        y, predicted = case.labels[:, part], case.predicted[:, part]
        assert found[name] == pytest.approx(
            {
                "labels": 2,
                "covered": 2,
                "micro_f1": by_scikit_learn.f1_score(y, predicted, average="micro"),
                "macro_f1": by_scikit_learn.f1_score(y, predicted, average="macro"),
                "map": by_scikit_learn.average_precision_score(y, case.scores[:, part]),
            }
        )
    assert found["tail"] == {"labels": 1, "covered": 0, "micro_f1": None, "macro_f1": None, "map": None}


def test_table_of_labels() -> None:
    """Scikit-learn's numbers of each label; none for one that no item carries; bands and names beside them."""
    case, counts = made(), np.array([300, 200, 60, 50, 5])
    table = per_label(case, counts, ["a", "b", "c", "d", "e"])
    precision, recall, f1, there = by_scikit_learn.precision_recall_fscore_support(
        case.labels[:, :4], case.predicted[:, :4], average=None, zero_division=np.nan
    )
    for key, expected in (("precision", precision), ("recall", recall), ("f1", f1), ("test_positives", there)):
        np.testing.assert_allclose(table[key][:4], expected)
    np.testing.assert_allclose(
        table["ap"][:4], by_scikit_learn.average_precision_score(case.labels[:, :4], case.scores[:, :4], average=None)
    )
    assert [math.isnan(table[key][4]) for key in ("recall", "f1", "ap")] == [True] * 3
    assert table["band"] == ["head", "head", "medium", "medium", "tail"]
    assert table["train_count"].tolist() == counts.tolist()
    assert table["name"] == ["a", "b", "c", "d", "e"]
    assert per_label(case, counts)["name"] == ["0", "1", "2", "3", "4"]
    assert {len(column) for column in table.values()} == {5}


def test_labels_without_items_are_named() -> None:
    """With how many a macro score covers; a dozen names at most."""
    case = made()
    covered = covered_labels(case, ["a", "b", "c", "d", "sea"])
    assert (covered.covered, covered.labels, covered.absent) == (4, 5, ("sea",))
    assert covered.words == "4 of 5 labels are carried by some test item; no test item carries sea."
    nothing = Predictions(np.zeros((2, 14), bool), np.zeros((2, 14)), 0.5, Conventions())
    assert covered_labels(nothing, [f"l{column}" for column in range(14)]).words.endswith("l10, l11 and 2 more.")
    whole = case.of_labels(np.arange(4))
    assert covered_labels(whole, list("abcd")).words == "Each of the 4 labels is carried by some test item."
