"""A part of the matrices holds what a card asks for, with the numbers of the whole, and nothing else."""

import json

import pytest

from dashboard.figures.batch_sources import example_batch
from dashboard.figures.matrix_part import FACTORS, QUANTITIES, part_payload
from dashboard.figures.methods import Method
from dashboard.figures.relations import relations_payload, verdict

BATCH = example_batch("relations", key="k", readiness="learning", seed=0)
BOTH = [verdict(BATCH, Method(rule)) for rule in ("similarity_dissimilarity", "any_shared")]


def part(only, **asked):
    """A part as the browser gets it."""
    found = part_payload(BATCH, *BOTH, edit=0, only=only, **({"pair": (0, 2)} | asked))
    return json.loads(json.dumps(found, allow_nan=False))


def values(payload) -> dict[str, object]:
    """The quantities of pairs in a payload by name."""
    found = {name: payload[name] for name in ("relation", "cosine", *FACTORS) if name in payload}
    for method in payload["methods"]:
        found |= {key + method["letter"]: method[key] for key in ("weight", "force") if key in method}
    return found


@pytest.mark.parametrize("name", QUANTITIES)
def test_what_is_not_asked_for_is_not_in_it(name) -> None:
    """Each quantity alone, as in the whole; label sets alone hold none, so that no page source gives an answer away."""
    whole = values(relations_payload(BATCH, *BOTH, edit=0))
    assert whole.keys() == set(QUANTITIES)
    assert values(part((name,), anchor=0)) == {name: whole[name]}
    bare = part(())
    assert not values(bare)
    assert not {"shared", "extra", "own"} & bare.keys()
    assert all("positive" not in method for method in bare["methods"])


def test_counts_come_with_the_factors() -> None:
    """Item 1 {sky, sea} as anchor, item 3 {sky, sea, boat}: 2 shared of its 2 labels, 1 more."""
    found = part(FACTORS, anchor=0)
    assert (found["shared"][0][2], found["own"][0], found["extra"][0][2]) == (2, 2, 1)


def test_the_pair_and_the_words_of_both_sides() -> None:
    """The card's pair; each relation's mark names the one that is seen from the other side."""
    found = part(("relation",))
    assert found["part"] == {"only": ["relation"], "anchor": None, "pair": [0, 2], "titles": {}}
    mark = found["marks"][str(found["relation"][0][2])]
    assert (mark["name"], mark["sentence"], mark["symbol"]) == (
        "subset",
        "more labels: contains the anchor's",
        "S ⊂ T",
    )
    assert found["marks"][mark["turned"]]["name"] == "superset"
    assert found["relation"][2][0] == int(mark["turned"])


def test_sets_as_texts() -> None:
    """Items with labels of many are shown as sets, without toggles."""
    found = part(("forceA",), anchor=0, as_text=True)
    assert found["labels"] == []
    assert [one["set"] for one in found["items"]][:2] == ["{sky, sea}", "{sky, sea}"]
    assert all(one["labels"] == [] for one in found["items"])


def test_unknown_parts_are_refused() -> None:
    """A misspelt quantity."""
    with pytest.raises(ValueError, match="'forces' cannot be drawn; choose from relation, cosine"):
        part(("relation", "forces"))
