"""The splits of a file: as its rows say, or drawn where they do not."""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.multilabel import SPLITS
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.split import SHARES, SPLIT_METHODS
from mlcl_core.errors import InputError

VALIDATION_SHARE = 0.15  # of the training rows, where the file has no validation rows
SPLIT_WORDS = {
    **{word: word for word in SPLITS},
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "testing": "test",
}


def file_split(
    loaded: LoadedData, labels: csr_array, path: Path, seed: int, method: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The split of every row, and what was taken without a question.

    Args:
        loaded: Whose ``split`` holds words in any case, blanks around them; None, or ``all`` in every row: there are
            none. Its ``groups`` stay together where splits are drawn.
        labels: The labels of each row.
        path: The file, named in errors.
        seed: Of what is drawn.
        method: A key of ``SPLIT_METHODS``.

    Raises:
        InputError: There is no such method; not as many words as rows, an unknown one, numbers of folds; no row to
            train or test on.
    """
    if method not in SPLIT_METHODS:
        raise InputError(f"there is no way {method!r} to draw splits; there are: {', '.join(SPLIT_METHODS)}")
    draw, groups = SPLIT_METHODS[method], loaded.groups
    words = None if loaded.split is None else np.array([str(word).strip().lower() for word in loaded.split.tolist()])
    if words is None or len(words) == 0 or (words == "all").all():
        return draw(labels, SHARES, seed=seed, groups=groups), ()
    if len(words) != labels.shape[0]:
        raise InputError(f"{path}: split has shape {[len(words)]}; it must hold {labels.shape[0]} names")
    given = np.array([SPLIT_WORDS.get(word, "") for word in words.tolist()], dtype="<U10")
    _refuse_unknown(given, words, loaded.split, path)
    for name in ("train", "test"):
        if not (given == name).any():
            raise InputError(f"{path}: no row has the split {name!r}; it must have some, or leave split out")
    if (given == "validation").any():
        return given, ()
    train = np.flatnonzero(given == "train")
    shares = {"train": 1 - VALIDATION_SHARE, "validation": VALIDATION_SHARE}
    given[train] = draw(labels[train], shares, seed=seed, groups=None if groups is None else groups[train])
    drawn = int((given == "validation").sum())
    return given, (f"no row has the split validation: {drawn:,} of {len(train):,} training rows are drawn for it",)


def _refuse_unknown(given: np.ndarray, words: np.ndarray, written: np.ndarray | None, path: Path) -> None:
    unknown = np.flatnonzero(given == "")
    if not unknown.size:
        return
    row = int(unknown[0])
    found = f"{path}: split of row {row} is {str(written[row]) if written is not None else ''!r}"
    numbered = {word: word.removeprefix("fold").strip(" _-").removesuffix(".0") for word in words.tolist()}
    if len(numbered) > 1 and all(number.isdecimal() for number in numbered.values()):
        first, *between, last = sorted(numbered, key=lambda word: int(numbered[word]))
        right = f"validation for {first}, train for the others" if between else f"train for {first}"
        raise InputError(f"{found}, a number, as of a fold; write words for them, say test for {last}, {right}")
    allowed = f"{', '.join(SPLITS)}, or all in every row"
    raise InputError(f"{found}; it must be one of {allowed}")
