"""Duplicate items, within and across splits."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mlcl_core.data import LabelMatrix, Texts, load_data, statistics
from mlcl_core.data.duplicates import first_occurrence, train_test_duplicates
from tests.engine.toy import toy_data


def first_by_loop(items: list) -> list[int]:
    """The first equal item of each, by loops."""
    return [next(j for j in range(i + 1) if items[j] == items[i]) for i in range(len(items))]


@pytest.mark.parametrize("kind", ["features", "text", "picture"])
def test_first_occurrence_by_loops(kind: str) -> None:
    """For each kind of item, the first equal row, as two loops find it."""
    data = toy_data()
    which = np.random.default_rng(0).integers(0, 40, len(data))
    if kind == "text":
        items, listed = Texts.of([f"text {k}" for k in which]), which.tolist()
    elif kind == "features":
        items = torch.randn(40, 10, generator=torch.Generator().manual_seed(0))[which]
        listed = items.tolist()
    else:
        items = torch.randint(0, 2, (len(data), 1, 2, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
        listed = items.tolist()
    others = replace(data, kind=kind, items=items)
    assert first_occurrence(others).tolist() == first_by_loop(listed)
    assert len(set(first_by_loop(listed))) < len(data)


def test_swapped_and_shifted_numbers_differ() -> None:
    """Vectors of the same numbers in another order are other items."""
    x = torch.tensor([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [1.0, 2.0, 0.0]] * 24)
    data = replace(toy_data(), items=x)
    assert first_occurrence(data)[:4].tolist() == [0, 1, 2, 0]


def test_train_test_duplicates_by_hand() -> None:
    """Items of other splits that equal a training item count; duplicates within the training split do not."""
    data = toy_data()
    names = [f"text {row}" for row in range(len(data))]
    names[1] = names[0]  # both train
    names[5] = names[2]  # test, train
    names[11] = names[10]  # test, validation
    others = replace(data, kind="text", items=Texts.of(names))
    assert np.flatnonzero(train_test_duplicates(others, first_occurrence(others))).tolist() == [5]


def test_statistics_count_them() -> None:
    """Duplicates, duplicates across splits and labels without training items are counted."""
    data = toy_data()
    y = torch.zeros(len(data), 3, dtype=torch.bool)
    y[:, 0] = True
    y[5, 1] = True  # a test item alone
    x = data.tensor.clone()
    x[5] = x[0]
    numbers = statistics(replace(data, items=x, labels=LabelMatrix.of(y)))
    assert (numbers["copies"], numbers["copies_of_training_items"]) == (1, 1)
    assert numbers["labels_never_trained"] == ["label 1", "label 2"]


def test_shipped_sets_have_no_duplicates_across_splits(icon_data, movie_data) -> None:
    """No icon, scene or film outside the training split is also in it."""
    for data in (icon_data, load_data("digits"), movie_data):
        assert not train_test_duplicates(data, first_occurrence(data)).any(), data.name
