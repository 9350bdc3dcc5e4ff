"""MultiLabelData: its splits, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mlcl_core.data import LabelMatrix, MultiLabelData
from mlcl_core.errors import InputError


def tiny(**changes) -> MultiLabelData:
    """Five items of two features and three labels."""
    fields = {
        "name": "tiny",
        "title": "Tiny",
        "kind": "features",
        "items": torch.arange(10.0).view(5, 2),
        "labels": LabelMatrix.of(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0], [0, 1, 0]], dtype=bool)),
        "label_names": ("a", "b", "c"),
        "split": np.array(["train", "test", "train", "validation", "train"]),
        "item_names": tuple("vwxyz"),
    }
    return MultiLabelData(**{**fields, **changes})


def test_length_and_splits():
    """The rows of a split ascend, and the three splits contain all items."""
    data = tiny()
    assert len(data) == 5
    assert data.indices("train").tolist() == [0, 2, 4]
    assert data.indices("validation").tolist() == [3]
    assert data.indices("test").tolist() == [1]
    assert data.indices("train").dtype == torch.int64


def test_unknown_split():
    """An unknown split is refused."""
    with pytest.raises(InputError, match="no split 'holdout'"):
        tiny().indices("holdout")


BAD = {
    "kind": ({"kind": "sound"}, "kind is 'sound'"),
    "items of another type": ({"items": torch.zeros(5, 2, dtype=torch.float64)}, "items are torch.float64"),
    "items with three axes": ({"items": torch.zeros(5, 2, 2)}, r"items are torch.float32 \[5, 2, 2\]"),
    "no label column": ({"labels": LabelMatrix.of(np.zeros((5, 0), dtype=bool)), "label_names": ()}, "no label column"),
    "lengths that differ": ({"labels": LabelMatrix.of(np.ones((4, 3), dtype=bool))}, "5 items but 4 rows of labels"),
    "too few splits": ({"split": np.array(["train"] * 4)}, "5 items but 4 rows of split"),
    "too few names": ({"item_names": ("v",)}, "5 items but 1 rows of item_names"),
    "too few label names": ({"label_names": ("a", "b")}, "3 label columns but 2 label names"),
    "a repeated label name": ({"label_names": ("a", "b", "a")}, "'a' stands twice"),
    "an unknown split": ({"split": np.array(["train", "test", "dev", "train", "validation"])}, "row 2 is 'dev'"),
    "one item to train on": (
        {"split": np.array(["train", "test", "test", "validation", "test"])},
        "1 of 5 items to train on",
    ),
    "nothing to validate on": ({"split": np.array(["train"] * 4 + ["test"])}, "0 of 5 items to validate on"),
    "nothing to test on": ({"split": np.array(["train"] * 4 + ["validation"])}, "0 of 5 items to test on"),
    "NaN": ({"items": torch.tensor([[0, 1.0]] * 3 + [[2, float("nan")]] + [[0, 1]])}, "NaN at row 3, column 1"),
    "infinity": ({"items": torch.tensor([[0, 1.0]] * 4 + [[float("inf"), 1]])}, "infinite at row 4, column 0"),
    "pictures of floats": ({"kind": "picture"}, r"they must be uint8 \[items, channels, height, width\]"),
}


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("case", BAD)
def test_refuses(case):
    """Every inconsistency is one line that says what is wrong and where."""
    changes, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        tiny(**changes)
    assert "\n" not in str(caught.value)


def test_frozen_and_replaceable():
    """A changed copy is checked again."""
    assert len(replace(tiny(), title="Other")) == 5
    with pytest.raises(InputError):
        replace(tiny(), label_names=("a", "a", "b"))
