"""Parts of the items that are too small for the numbers measured on them; imports nothing, for command lines."""

from collections.abc import Mapping

FEW = 30  # items: the standard error of a share of them reaches 0.09
WATCHED = "the sample outside training"
USE, SCORES = {"validation": "what is chosen on them is"}, "scores on them are"


def few_items(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """One sentence for each part of the items that is too small: fewer than 30."""
    return tuple(
        f"{part} has {size:,} item{'s'[: size != 1]}, fewer than {FEW}: {USE.get(part, SCORES)} uncertain"
        for part, size in sizes.items()
        if size < FEW
    )
