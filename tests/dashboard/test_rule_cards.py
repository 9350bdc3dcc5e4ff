"""Cards of rules and losses: what they show is made by the rules, and stands in the records."""

import pytest

from dashboard.figures.rule_cards import LABELS, OTHERS, WORKS_ON, treatment_table, treatments, works_on
from mlcl_core.losses import LOSSES
from mlcl_core.pairs import RULES
from tests import reference

RELATIONS = ["disjoint", "equal", "overlap", "superset", "subset"]
SETS = ["{c, d}", "{a, b}", "{b, c}", "{a}", "{a, b, c, d}"]


@pytest.mark.parametrize("rule", RULES)
def test_treatments_equal_the_loops(rule):
    """Each relation once, with the loops' weight and verdict."""
    others = [[letter in names for letter in LABELS] for names in OTHERS]
    w, _, positive = reference.weights(rule, [[True, True, False, False]], others)
    rows = treatments(rule, {})
    assert [row.relation for row in rows] == RELATIONS
    assert [row.other for row in rows] == SETS
    assert [row.weight for row in rows] == pytest.approx(w[0].tolist())
    assert [row.positive for row in rows] == positive[0].tolist()


def test_table_by_hand():
    """Similarity-dissimilarity: 0, 1, 1/2 x 1/2, 1/2 x 1, 1 x 1/3."""
    assert treatment_table(treatments("similarity_dissimilarity", {})).splitlines() == [
        "| T, beside S = {a, b} | T | positive | weight |",
        "| --- | --- | --- | ---: |",
        "| none shared | {c, d} | no | – |",
        "| same labels | {a, b} | yes | 1 |",
        "| some shared | {b, c} | yes | 0.25 |",
        "| fewer labels | {a} | yes | 0.5 |",
        "| more labels | {a, b, c, d} | yes | 0.333 |",
    ]


def test_parameters_count():
    """Above a threshold of 0.4 only the equal set, its subset and its superset are left; nonsense has no table."""
    assert [row.positive for row in treatments("jaccard", {"threshold": 0.4})] == [False, True, False, True, True]
    assert treatments("formula", {"expression": "1 +"}) is None


@pytest.mark.parametrize("record", LOSSES.values(), ids=LOSSES)
def test_every_need_has_words(record):
    """Every need of a loss has words."""
    assert record.needs <= set(WORKS_ON)
    assert works_on(record)
