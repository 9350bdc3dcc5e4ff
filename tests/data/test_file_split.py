"""file_split: words of splits in any case, folds refused, validation drawn from training rows, groups kept together."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from mlcl_core.data.file_split import SPLIT_WORDS, file_split
from mlcl_core.data.readers import LoadedData
from mlcl_core.data.split import split_sizes
from mlcl_core.errors import InputError

FILE = Path("mine.csv")


def splits(words: list, y: np.ndarray | None = None, groups: np.ndarray | None = None, seed: int = 0):
    """The split of rows with these words, and what is said."""
    y = np.ones((len(words), 1), bool) if y is None else y
    loaded = LoadedData(np.zeros((len(y), 1)), y, split=np.array(words), groups=groups)
    return file_split(loaded, csr_array(y), FILE, seed, "exact")


def test_words_in_any_case():
    """Upper and lower case and blanks do not matter; nothing is drawn, and nothing said."""
    words = ["Train", " TEST ", "val", "Valid", "DEV", "Validation", "training", "Testing", "test"]
    expected = ["train", "test", *["validation"] * 4, "train", "test", "test"]
    found, said = splits(words)
    assert (found.tolist(), said) == (expected, ())
    assert set(SPLIT_WORDS.values()) == {"train", "validation", "test"}


def test_all_in_every_row_is_no_split():
    """70, 10 and 20 of 100 rows; All is all."""
    found, _ = splits(["All"] * 100)
    assert [(found == name).sum() for name in ("train", "validation", "test")] == [70, 10, 20]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (
            [0, 1, 2, 3, 4],
            "row 0 is '0', a number, as of a fold; write words for them, say test for 4, validation for 0",
        ),
        (["1.0", "2.0"], "say test for 2.0, train for 1.0"),
        (["Fold 10", "Fold 2", "Fold 9"], "say test for fold 10, validation for fold 2, train for the others"),
        ([1, 1, 1], "split of row 0 is '1'; it must be one of train, validation, test, or all in every row"),
        (
            ["train", "test", "3"],
            "split of row 2 is '3'; it must be one of train, validation, test, or all in every row",
        ),
        (["train", "all", "test"], "split of row 1 is 'all'"),
        (["train", "", "test"], "split of row 1 is ''"),
        (["train", "holdout", "test"], "split of row 1 is 'holdout'"),
        (["train", "validation"], "no row has the split 'test'"),
        (["test", "Validation"], "no row has the split 'train'"),
    ],
)
def test_other_words_are_refused(words: list, named: str):
    """One line names the file, the row, the word, and what would be right."""
    with pytest.raises(InputError) as caught:
        splits(words)
    assert str(caught.value).startswith("mine.csv: ")
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    train=st.integers(2, 60),
    test=st.integers(1, 20),
    seed=st.integers(0, 99),
    num_groups=st.integers(1, 60),
    grouped=st.booleans(),
)
def test_validation_is_drawn_from_training_rows(train: int, test: int, seed: int, num_groups: int, grouped: bool):
    """15 % of them, in whole groups, each label that they have still trained on; test rows stay; it is said."""
    rng = np.random.default_rng(seed)
    y = rng.random((train + test, 3)) < 0.2
    groups = rng.integers(0, num_groups, train + test) if grouped else None
    found, said = splits(["train"] * train + ["test"] * test, y, groups, seed)
    assert (found[train:] == "test").all()
    drawn = int((found == "validation").sum())
    if groups is None:
        assert drawn == split_sizes(train, [0.85, 0.15])[1]
        if train >= 4:
            assert (y[found == "train"].any(0) == y[:train].any(0)).all()
    else:
        for group in set(groups[:train].tolist()):
            assert len(set(found[:train][groups[:train] == group])) == 1
    assert said == (f"no row has the split validation: {drawn} of {train} training rows are drawn for it",)
