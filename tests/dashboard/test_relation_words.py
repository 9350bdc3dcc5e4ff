"""Words for a relation, from the side of the point that one looks at."""

from itertools import chain, combinations, product

import pytest
import torch

from dashboard.figures.colours import RELATION_BY_CODE, RELATION_BY_NAME, RELATIONS
from mlcl_core.pairs import relation_matrix

SETS = [set(one) for one in chain.from_iterable(combinations("abc", size) for size in range(4))]


@pytest.mark.parametrize("role", ["anchor", "reference"])
def test_the_words_say_what_the_point_has(role: str) -> None:
    """For all sets of three labels, in both roles: fewer, more, same, some or none are those of the point."""
    seen = set()
    for looked_from, point in product(SETS, SETS):
        s, t = (looked_from, point) if role == "anchor" else (point, looked_from)
        rows = torch.tensor([[label in one for label in "abc"] for one in (s, t)])
        words = RELATION_BY_CODE[int(relation_matrix(rows[:1], rows[1:])[0, 0])].words(role)
        if point == looked_from:
            expected = f"same labels: exactly the {role}'s"
        elif not point & looked_from:
            expected = f"none shared: no label of the {role}'s"
        elif point < looked_from:
            expected = f"fewer labels: inside the {role}'s"
        elif point > looked_from:
            expected = f"more labels: contains the {role}'s"
        else:
            expected = f"some shared: it and the {role} each have others too"
        assert words == expected
        seen.add(words)
    assert len(seen) == len(RELATIONS)


def test_names_and_marks_stay_those_of_the_relation() -> None:
    """A point's mark has the colour, shape and code of the relation of S to T, in both roles."""
    for mark in RELATIONS:
        assert RELATION_BY_NAME[mark.name] is mark
        for role in ("anchor", "reference"):
            drawn = mark.seen_mark(role)
            assert (drawn.code, drawn.colour, drawn.shape) == (mark.code, mark.colour, mark.shape)
            assert drawn.term == f"{mark.name}, {mark.symbol}"
