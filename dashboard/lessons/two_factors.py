"""Lesson: the similarity and the dissimilarity factor."""

from typing import Any

from dashboard import state
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question
from dashboard.lessons.recorded import Recorded, example, sets_of, under
from dashboard.lessons.widgets import pairs
from mlcl_core.pairs import Relation

PAIRS = pairs("relations")
SMALL, LARGE = 0, 6  # rows of the example: two labels, and five with those among them


def factors(small: int, large: int) -> Numbers:
    """Both factors and the weight of a pair of the example, from both sides."""
    items = example("relations")
    terms, sets = under(items, "similarity_dissimilarity").terms, sets_of(items)
    assert terms is not None
    values: dict[str, Any] = {
        "one": items.names[small],
        "other": items.names[large],
        "small": sets[small],
        "large": sets[large],
    }
    for side, (anchor, reference) in {"up": (small, large), "down": (large, small)}.items():
        values |= {
            f"similarity_{side}": float(terms.similarity_factor[anchor, reference]),
            f"dissimilarity_{side}": float(terms.dissimilarity_factor[anchor, reference]),
            f"weight_{side}": float(terms.attract[anchor, reference]),
        }
    return values


def right(numbers: Numbers) -> int:
    """The small set as anchor, the large one, or no difference."""
    gap = numbers["weight_up"] - numbers["weight_down"]
    return 2 if abs(gap) < 1e-6 else 0 if gap > 0 else 1


def on_the_run(recorded: Recorded) -> Numbers:
    """Mean weight by relation of the anchor's pairs."""
    pairs = recorded.pairs("last")
    found = {}
    for relation in Relation:
        of = pairs.relation == relation
        found[relation.name.lower()] = float(pairs.weight[of].mean()) if of.any() else 0.0
    return {**found, "anchor": recorded.named(recorded.anchor)}


TWO_FACTORS = Lesson(
    name="two_factors",
    title="Two factors",
    idea="How much does a positive count, and why do superset and subset differ?",
    cards=(
        Card(
            "The similarity-dissimilarity loss asks two questions about the anchor's set S and the other item's set T. "
            "First: *how much of S is in T?* That is **Kˢ = |S∩T| / |S|**.\n\nFor item {one} {small} as anchor and "
            "item {other} {large}: Kˢ = {similarity_up:.2f}. The other way round: {similarity_down:.2f}. Hover "
            "that cell under *weight A*.",
            Picture("pairs", PAIRS),
            lambda _: factors(SMALL, LARGE),
        ),
        Card(
            "Second: *how much does T add to S?* **Kᵈ = 1 / (1 + |T∖S|)**, the inverse of one plus the number of extra "
            "labels. For item {one} as anchor: {dissimilarity_up:.2f}; the other way round: {dissimilarity_down:.2f}, "
            "because no label is extra there.\n\nThe weight of a positive is their product, **K = Kˢ · Kᵈ**.",
            Picture("pairs", PAIRS),
            lambda _: factors(SMALL, LARGE),
        ),
        Card(
            "One contains the other: item {one} is {small}, item {other} is {large}.",
            None,
            lambda _: factors(SMALL, LARGE),
            question=Question(
                "Which item as anchor gives this pair the greater weight?",
                ("The item with the smaller set", "The item with the larger set", "Both give the same weight"),
                right,
                "With item {one} as anchor the weight is {similarity_up:.2f} · {dissimilarity_up:.2f} = "
                "**{weight_up:.2f}**; with item {other}, {similarity_down:.2f} · {dissimilarity_down:.2f} = "
                "**{weight_down:.2f}**. The cosine of a pair is the same from both sides, its weight is not: this is "
                "how superset and subset differ.",
                after=Picture("pairs", PAIRS),
            ),
        ),
        Card(
            "On a trained space: the anchor is {anchor}. Mean weight of its pairs: equal {equal:.2f}, superset "
            "{superset:.2f}, subset {subset:.2f}, overlap {overlap:.2f}, disjoint {disjoint:.2f}. Size on the map is "
            "the weight; click a point to make it the anchor.",
            Picture("anchor", {state.ROLE: "anchor"}),
            on_the_run,
        ),
    ),
    take_home="Kˢ measures how much of the anchor's set the other item has, Kᵈ how much the other item adds: their "
    "product weighs each positive, and it depends on which item is the anchor.",
    aim="Compute the weight of a positive from two label sets, from either side.",
    minutes=6,
)
