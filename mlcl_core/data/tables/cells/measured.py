"""Texts that are measurements or embeddings, and so no labels."""

import re
from collections.abc import Iterable
from itertools import islice

from mlcl_core.data.tables.cells.literals import CALL, NUMBER

SAMPLE = 200  # different cells that are looked at
BETWEEN = re.compile(r"[\[\](){},;|\s]+")
NAN = "nan"


def are_measured(cells: Iterable[str]) -> bool:
    """Whether all cells are numbers, or lists of numbers however they are printed, and some of these fractions."""
    fractions = False
    for cell in islice(cells, SAMPLE):
        call = CALL.match(cell)
        numbers = [number for number in BETWEEN.split(cell[call.end() :] if call else cell) if number]
        if not all(NUMBER.fullmatch(number) or number.lower() == NAN for number in numbers):
            return False
        fractions = fractions or any(NUMBER.fullmatch(number) and float(number) % 1 != 0 for number in numbers)
    return fractions
