"""Lesson: label sets and their five relations."""

from dashboard.figures.colours import RELATION_BY_CODE, RELATION_BY_NAME
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import Recorded, example, sets_of, under
from dashboard.lessons.widgets import pairs

PAIRS = pairs("relations")
SMALL, LARGE, INSIDE = 0, 2, 3  # rows of the example: two labels, three with those among them, one of the two
OPTIONS = ("superset", "subset", "overlap")
GUESSES = (0.1, 0.3, 0.5, 0.7, 0.9)


def relations_of_one(_: Recorded) -> Numbers:
    """The relations of the example's first item to the others."""
    items = example("relations")
    found, sets = under(items, "any_shared").terms, sets_of(items)
    assert found is not None
    seen = found.relation[SMALL]
    return {
        "one": items.names[SMALL],
        "other": items.names[LARGE],
        "inside": items.names[INSIDE],
        "small": sets[SMALL],
        "kinds": len({int(code) for code in seen[1:]}),
        "other_words": RELATION_BY_CODE[int(seen[LARGE])].short(),
        "other_name": RELATION_BY_CODE[int(seen[LARGE])].name,
        "inside_words": RELATION_BY_CODE[int(seen[INSIDE])].short(),
        "inside_name": RELATION_BY_CODE[int(seen[INSIDE])].name,
    }


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
        "seen": RELATION_BY_CODE[int(found.relation[LARGE, SMALL])].name,
        "back": RELATION_BY_CODE[int(found.relation[SMALL, LARGE])].name,
    }


def shares(recorded: Recorded) -> Numbers:
    """Relation shares of real data."""
    numbers = recorded.statistics
    more = {name: numbers[name] for name in ("pairs_of", "cardinality")}
    return {**numbers["relation_shares"], **more, "labels": len(recorded.data.label_names)}


FIVE_RELATIONS = Lesson(
    name="five_relations",
    title="Five relations",
    idea="When each item has a set of labels, which items are alike?",
    cards=(
        Card(
            "With **one** label per item, two items are alike or not. With label **sets** there is more: the anchor, "
            "item {one} with the set S = {small}, meets {kinds} relations.\n\nItem {other} has {other_words}. Its set "
            "T contains S: S is a **{other_name}** of T. Item {inside} has {inside_words}. Its T lies inside S: S is a "
            "**{inside_name}** of T. Both pairs are **nested**: one set lies inside the other.",
            Picture("relations of one anchor", PAIRS, pair=(SMALL, LARGE)),
            relations_of_one,
        ),
        Card(
            "A relation has a **direction**: it says how the *anchor's* set S compares with the other item's set T. "
            "Now item {other} becomes the anchor: S = {large}. The other item is item {one}: T = {small}.",
            Picture("label sets", PAIRS, pair=(LARGE, SMALL)),
            directions,
            Question(
                "What is S now?",
                tuple(f"{name}: {RELATION_BY_NAME[name].meaning}" for name in OPTIONS),
                lambda numbers: OPTIONS.index(str(numbers["seen"])),
                "S = {large} is a **{seen}** of T = {small}. With item {one} as anchor it was a **{back}**. The "
                "matrix shows all pairs: each row is an anchor, each column another item. The two cells of a pair are "
                "mirrored at the diagonal. Toggle a label of an item: cells change in its row and its column only.",
                after=Picture("relations", PAIRS, pair=(LARGE, SMALL)),
                usually="A subset, as before, because the two sets have not changed. But S is the anchor's, "
                "and the anchor has changed. Let them say both sets aloud, the anchor's first.",
            ),
        ),
        Card(
            "Now real data: icons with {cardinality:.1f} labels each on average, out of {labels}. Take any two of "
            "{pairs_of:,} icons and compare their sets.",
            None,
            shares,
            Question(
                "What share of the pairs has **no** label in common?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["disjoint"]),
                "**{disjoint:.1%}**. Some labels are shared by {overlap:.1%}. Nested pairs make up {superset:.1%} seen "
                "from the larger set and {subset:.1%} seen from the smaller one, equal sets {equal:.2%}. The axis is "
                "logarithmic, so that rare relations remain visible.",
                after=Picture("relation shares"),
                usually="Much less. With few labels out of many, two sets seldom meet. That is why a rule that asks "
                "for equal sets finds so few positives: the next lesson.",
            ),
        ),
    ),
    take_home="Two label sets are equal, overlapping, disjoint, or nested: one contains the other. In a nested pair "
    "the anchor's set is the superset or the subset, depending on which of the two items is the anchor.",
    aim="Name the relation of an anchor's label set to another item's, from both sides, and say which are common in "
    "real data.",
    minutes=8,
)
