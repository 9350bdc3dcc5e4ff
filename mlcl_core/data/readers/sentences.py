"""Parts of the sentences that say what a reader did."""

from collections.abc import Collection
from itertools import islice

from mlcl_core.data.readers.record import in_one_line

SHOWN = 5  # names in a sentence
MAX_NAME = 60  # characters of a name


def left_out_sentence(names: Collection[str], why: str) -> tuple[str, ...]:
    """One sentence that names files that are left out; none where there are none."""
    return (f"{len(names):,} file{'s'[: len(names) != 1]} left out ({why}): {shown_names(names)}",) if names else ()


def shown_names(names: Collection[str]) -> str:
    """The first of some names, in one line."""
    shown = (name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}..." for name in islice(names, SHOWN))
    return ", ".join(map(in_one_line, shown)) + ", ..." * (len(names) > SHOWN)
