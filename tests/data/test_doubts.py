"""split_doubts: labels that a split lacks, splits too small for their numbers."""

import numpy as np
import pytest
import torch

from mlcl_core.data import LabelMatrix, MultiLabelData, statistics
from mlcl_core.data.doubts import split_doubts, without_item
from mlcl_core.few_items import FEW


def made(train: list[list[int]], validation: list[list[int]], test: list[list[int]], c: int = 3) -> MultiLabelData:
    """Items with these labels in these splits."""
    rows = [*train, *validation, *test]
    y = np.zeros((len(rows), c), bool)
    for row, labels in enumerate(rows):
        y[row, labels] = True
    return MultiLabelData(
        name="made",
        title="made",
        kind="features",
        items=torch.arange(len(rows)).float()[:, None],
        labels=LabelMatrix.of(y),
        label_names=tuple("abcdefghij"[:c]),
        split=np.repeat(["train", "validation", "test"], [len(train), len(validation), len(test)]),
        item_names=tuple(map(str, range(len(rows)))),
    )


def test_nothing_in_doubt():
    """30 items in validation and test, each label in each split: no sentence."""
    rows = [[0], [1], [2]] * 10
    assert split_doubts(made(rows, rows, rows)) == ()


def test_labels_that_a_split_lacks():
    """Each split names its labels."""
    rows = [[0], [1], [2]] * 10
    data = made([[0], [1]] * 5, [[0], [2]] * 15, [[2]] * 30)
    assert split_doubts(data) == (
        "1 of 3 labels has no training item: c",
        "1 of 3 labels has no validation item: b",
        "2 of 3 labels have no test item: a, b",
    )
    assert split_doubts(made(rows, rows, [[0, 1, 2]] * 30)) == ()


def test_many_labels_are_counted():
    """Five are named."""
    everything = list(range(10))
    data = made([everything] * 2, [everything] * 30, [[1, 3]] * 30, c=10)
    assert split_doubts(data) == ("8 of 10 labels have no test item: a, c, e, f, g and 3 more",)


def test_long_names_are_cut():
    """A name of 10,000 characters takes 60: a run that holds the sentence is still read."""
    (doubt,) = without_item({"test": np.array([0, 1])}, ["x" * 10_000, "b"])
    assert doubt == f"1 of 2 labels has no test item: {'x' * 59}…"


@pytest.mark.parametrize(("items", "few"), [(FEW - 1, True), (FEW, False)])
def test_few_items(items: int, few: bool):
    """29 items are too few, 30 are not."""
    rows = [[0, 1, 2]] * 30
    doubts = split_doubts(made(rows, rows, [[0, 1, 2]] * items))
    assert doubts == (("test has 29 items, fewer than 30: scores on them are uncertain",) * few)
    doubts = split_doubts(made(rows, [[0, 1, 2]], rows))
    assert doubts == ("validation has 1 item, fewer than 30: what is chosen on them is uncertain",)


def test_statistics_say_them():
    """``mlcl data`` has them as doubts, and at the end of what is said."""
    data = made([[0], [1], [2]], [[0]] * 30, [[0, 1, 2]] * 30)
    numbers = statistics(data)
    assert numbers["doubts"] == list(split_doubts(data)) == ["2 of 3 labels have no validation item: b, c"]
    assert numbers["said"] == numbers["doubts"]
