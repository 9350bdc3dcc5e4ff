"""Lesson: label sets and their five relations."""

from dashboard.figures.colours import RELATIONS
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question
from dashboard.lessons.recorded import Recorded, example, sets_of, under
from dashboard.lessons.widgets import pairs

PAIRS = pairs("relations")
NAMES = {mark.code: mark.name for mark in RELATIONS}
ORDER = tuple(NAMES.values())
SMALL, LARGE = 0, 2  # rows of the example: one set inside the other


def batch(_: Recorded) -> Numbers:
    """The relations of the example's first item to the others."""
    found = under(example("relations"), "any_shared").terms
    assert found is not None
    codes = sorted({int(code) for code in found.relation[0, 1:]})
    return {"kinds": len(codes), "met": ", ".join(NAMES[code] for code in codes)}


def directions(_: Recorded) -> Numbers:
    """The same pair seen from both sides."""
    items = example("relations")
    found, sets = under(items, "any_shared").terms, sets_of(items)
    assert found is not None
    return {
        "one": items.names[SMALL],
        "other": items.names[LARGE],
        "small": sets[SMALL],
        "large": sets[LARGE],
        "seen": NAMES[int(found.relation[SMALL, LARGE])],
        "back": NAMES[int(found.relation[LARGE, SMALL])],
    }


def shares(recorded: Recorded) -> Numbers:
    """Relation shares of real data."""
    numbers = recorded.statistics
    return {**numbers["relation_shares"], **{name: numbers[name] for name in ("pairs_of", "cardinality")}}


FIVE_RELATIONS = Lesson(
    name="five_relations",
    title="Five relations",
    idea="When each item has a set of labels, which items are alike?",
    cards=(
        Card(
            "With **one** label per item, two items are alike or not. With label **sets** there is more: item {one} "
            "of this small batch has {kinds} kinds of relations to the others: {met}.\n\nEach row is an anchor, each "
            "column another item. Hover a cell of the relation matrix: a sentence names both sets.",
            Picture("pairs", PAIRS),
            lambda recorded: {**batch(recorded), **directions(recorded)},
        ),
        Card(
            "A relation has a **direction**: it compares the *anchor's* set S with the other item's set T.",
            None,
            directions,
            question=Question(
                "Item {one} has the labels {small}, item {other} has {large}. Item {one} is the anchor. Its relation "
                "to item {other} is …",
                ORDER,
                lambda numbers: ORDER.index(str(numbers["seen"])),
                "**{seen}**: the anchor's set is contained in the other one. Seen from item {other}, the same pair is "
                "a **{back}**. Toggle a label on the left of the matrices and see which cells change.",
                after=Picture("pairs", PAIRS),
            ),
        ),
        Card(
            "How common is each relation in real data? Of the pairs of {pairs_of:,} icons, {disjoint:.1%} share no "
            "label. Nested sets (superset, subset) make up {superset:.1%} each, overlaps {overlap:.1%}, and equal sets "
            "{equal:.2%}. An icon has {cardinality:.1f} labels on average.\n\nThe axis is logarithmic, so that rare "
            "relations remain visible.",
            Picture("relation shares"),
            shares,
        ),
    ),
    take_home="Two label sets are disjoint, equal, overlapping, or one contains the other; which of these two it is, "
    "superset or subset, depends on which item is the anchor.",
    aim="Name the relation of two label sets from either side.",
    minutes=4,
)
