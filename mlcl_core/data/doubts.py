"""What a split leaves in doubt: labels that a split lacks, and splits too small for the numbers that they give."""

from collections.abc import Mapping, Sequence

import numpy as np

from mlcl_core.data.multilabel import SPLITS, MultiLabelData
from mlcl_core.few_items import few_items

NAMED = 5  # labels that are named
MAX_NAME = 60  # characters of a name; a run refuses to read an event of more than some thousand
WORDS = {"train": "training"}


def split_doubts(data: MultiLabelData) -> tuple[str, ...]:
    """One sentence for each doubt about the splits of a data set.

    Example:
        ``3 of 40 labels have no test item: cliff, dune, reef``; ``validation has 16 items, fewer than 30: what is
        chosen on them is uncertain``.
    """
    rows = {split: data.indices(split) for split in SPLITS}
    counts = {split: data.labels.select(chosen).counts().numpy() for split, chosen in rows.items()}
    few = few_items({split: len(rows[split]) for split in ("validation", "test")})
    return (*without_item(counts, data.label_names), *few)


def without_item(counts: Mapping[str, np.ndarray], label_names: Sequence[str]) -> tuple[str, ...]:
    """One sentence for each split that lacks labels, which are named, the first five of them.

    Args:
        counts: The items of each label, by split.
        label_names: One per label.
    """
    found = []
    for split, items in counts.items():
        lacking = [_short(name) for name, count in zip(label_names, items, strict=True) if not count]
        if lacking:
            shown = ", ".join(lacking[:NAMED]) + (f" and {len(lacking) - NAMED:,} more" if len(lacking) > NAMED else "")
            labels = f"{len(lacking):,} of {len(label_names):,} label{'s'[: len(label_names) != 1]}"
            verb = "have" if len(lacking) > 1 else "has"
            found.append(f"{labels} {verb} no {WORDS.get(split, split)} item: {shown}")
    return tuple(found)


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
