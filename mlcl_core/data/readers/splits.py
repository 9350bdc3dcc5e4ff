"""Splits by the names of folders or files: ``train``, ``valid``, ``test2017``."""

import re
from collections.abc import Sequence

SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def split_word(name: str) -> str:
    """The split that a name speaks of, by its words and with a year behind them; empty: none, or several.

    Example:
        >>> split_word("instances_val2017.json")
        'validation'
    """
    words = re.split(r"[\W_\d]+", name.lower())
    found = {SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES}
    return found.pop() if len(found) == 1 else ""


def splits_of(words: Sequence[str]) -> tuple[list[str] | None, tuple[str, ...]]:
    """The split of each item by the word for it, and what is said of them.

    Args:
        words: Names that :func:`split_word` knows; or empty in every row.

    Edge cases:
        A single split says nothing: None, said. Without a test, the validation is the test, said.
    """
    found = [split_word(word) for word in words]
    known = set(found)
    if known == {""}:
        return None, ()
    if len(known) == 1:
        return None, (f"all items are of the split {words[0]}, so that splits are drawn",)
    if "test" not in known and "validation" in known:
        word = words[found.index("validation")]
        found = ["test" if split == "validation" else split for split in found]
        return found, (f"there is no split test: {word} is the test, and the validation is drawn from train",)
    return found, ()
