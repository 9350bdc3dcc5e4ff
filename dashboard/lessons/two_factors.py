"""Lesson: the similarity and the dissimilarity factor."""

from typing import Any

from dashboard import state
from dashboard.figures.colours import RELATION_BY_NAME
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question
from dashboard.lessons.recorded import RUN, Recorded, example, sets_of, under
from dashboard.lessons.widgets import pairs
from mlcl_core.maps import FIRST_MAP
from mlcl_core.pairs import Relation

PAIRS = pairs("relations")
# rows of the example: an anchor of three labels; one that shares one of them and has one more; two of the three labels;
# the three with two more
ANCHOR, CROSSING, INSIDE, OUTSIDE = 2, 4, 0, 6
KINDS = {"superset": Relation.SUPERSET, "subset": Relation.SUBSET, "overlap": Relation.OVERLAP}
SAME = 1e-6


def factors(**rows: int) -> Numbers:
    """Names, label sets, and both factors and the weight of the pairs of an anchor.

    Args:
        rows: ``anchor``, and the others by a name, which heads what belongs to them.
    """
    items = example("relations")
    terms, sets = under(items, RUN).terms, sets_of(items)
    assert terms is not None
    anchor = rows["anchor"]
    values: dict[str, Any] = {}
    for name, row in rows.items():
        values |= {name: items.names[row], f"{name}_set": sets[row], f"{name}_size": int(items.labels[row].sum())}
        values |= {
            f"{name}_shared": int(terms.shared[anchor, row]),
            f"{name}_extra": int(terms.extra[anchor, row]),
            f"{name}_similarity": float(terms.similarity_factor[anchor, row]),
            f"{name}_dissimilarity": float(terms.dissimilarity_factor[anchor, row]),
            f"{name}_weight": float(terms.attract[anchor, row]),
        }
    return values


def heavier(numbers: Numbers) -> int:
    """Which of two items weighs more: the one inside the anchor's set, the one that contains it, or neither."""
    gap = numbers["inside_weight"] - numbers["outside_weight"]
    return 2 if abs(gap) < SAME else 0 if gap > 0 else 1


def both_ways(_: Recorded) -> Numbers:
    """A nested pair with the smaller set as anchor (``up``) and with the larger one (``down``)."""
    up, down = (factors(anchor=anchor, other=other) for anchor, other in ((INSIDE, OUTSIDE), (OUTSIDE, INSIDE)))
    names = ("similarity", "dissimilarity", "weight")
    return {
        "one": up["anchor"],
        "other": up["other"],
        "small": up["anchor_set"],
        "large": up["other_set"],
        **{f"{name}_up": up[f"other_{name}"] for name in names},
        **{f"{name}_down": down[f"other_{name}"] for name in names},
    }


def right(numbers: Numbers) -> int:
    """The small set as anchor, the large one, or no difference."""
    gap = numbers["weight_up"] - numbers["weight_down"]
    return 2 if abs(gap) < SAME else 0 if gap > 0 else 1


def on_the_run(recorded: Recorded) -> Numbers:
    """Mean weight and number of the anchor's pairs by relation."""
    pairs = recorded.pairs("last")
    found: dict[str, Any] = {"anchor": recorded.named(recorded.anchor)}
    for relation in Relation:
        of = pairs.relation == relation
        name = relation.name.lower()
        found |= {name: float(pairs.weight[of].mean()) if of.any() else 0.0, f"{name}_count": int(of.sum())}
    return found


def heaviest(numbers: Numbers) -> int:
    """The kind with the largest mean weight."""
    return max(range(len(KINDS)), key=lambda place: numbers[list(KINDS)[place]])


TWO_FACTORS = Lesson(
    name="two_factors",
    title="Two factors",
    idea="How much does a positive count, and why do superset and subset differ?",
    cards=(
        Card(
            "The **similarity-dissimilarity loss** weighs each positive by two questions about the anchor's set S and "
            "the other item's set T. First: *how much of S does T have?*\n\nThe similarity factor **Kˢ = |S∩T| / "
            "|S|** is the number of shared labels over the number of the anchor's. Item {anchor} has "
            "S = {anchor_set}. Item {crossing}, T = {crossing_set}, shares {crossing_shared} of these "
            "{anchor_size}: Kˢ = {crossing_similarity:.2f}.",
            Picture("similarity factor", PAIRS, pair=(ANCHOR, CROSSING)),
            lambda _: factors(anchor=ANCHOR, crossing=CROSSING),
        ),
        Card(
            "Second: *how much has T besides?* The dissimilarity factor **Kᵈ = 1 / (1 + |T∖S|)** falls with each label "
            "of T that S lacks. The weight is the product, **K = Kˢ · Kᵈ**.\n\nThe anchor is item {anchor}, "
            "{anchor_set}. Item {inside} has {inside_shared} of its labels and none besides. Item {outside} has all "
            "of them and {outside_extra} besides.",
            Picture("similarity factor", PAIRS, pair=(ANCHOR, OUTSIDE)),
            lambda _: factors(anchor=ANCHOR, inside=INSIDE, outside=OUTSIDE, crossing=CROSSING),
            Question(
                "Which of the two weighs more as a positive of item {anchor}?",
                ("The one that lacks a label", "The one with labels besides", "Both weigh the same"),
                heavier,
                "Item {inside}: {inside_similarity:.2f} · {inside_dissimilarity:.2f} = **{inside_weight:.2f}**. "
                "Item {outside}: {outside_similarity:.2f} · {outside_dissimilarity:.2f} = **{outside_weight:.2f}**. "
                "A label that T lacks costs its share of S; the first label besides already halves the weight.",
                after=Picture("both factors", PAIRS, pair=(ANCHOR, OUTSIDE)),
                usually="The one that has all labels of the anchor: its Kˢ is the larger one. Kᵈ is forgotten. Let "
                "them compute both products.",
            ),
        ),
        Card(
            "A nested pair: item {one} has {small}, item {other} has {large}. Each of the two can be the anchor, and "
            "the weight is computed from the anchor's side.",
            Picture("label sets", PAIRS, pair=(INSIDE, OUTSIDE)),
            both_ways,
            Question(
                "Which item as anchor gives this pair the greater weight?",
                ("The item with the smaller set", "The item with the larger set", "Both give the same weight"),
                right,
                "Anchor {one}: {similarity_up:.2f} · {dissimilarity_up:.2f} = **{weight_up:.2f}**. Anchor {other}: "
                "{similarity_down:.2f} · {dissimilarity_down:.2f} = **{weight_down:.2f}**. The cosine of a pair is the "
                "same from both sides, its weight is not. The matrix has both cells, mirrored at the diagonal.",
                after=Picture("weight matrix", PAIRS, pair=(INSIDE, OUTSIDE)),
                usually="Both alike, as with a distance. Or the smaller one, all of whose labels are shared; but "
                "from its side the other has many labels besides.",
            ),
        ),
        Card(
            "On a trained space: the anchor is {anchor}. Of its positives, {superset_count} have fewer labels (inside "
            "the anchor's set), {subset_count} more (containing it), and {overlap_count} share some.",
            Picture("cloud", {state.COLOUR: "count", state.MAP: FIRST_MAP}),  # relation would size points by weight
            on_the_run,
            Question(
                "Which of them has the largest mean weight?",
                tuple(RELATION_BY_NAME[name].short().capitalize() for name in KINDS),
                heaviest,
                "Fewer labels: **{superset:.2f}**, more labels: {subset:.2f}, some shared: {overlap:.2f}; the same "
                "labels: {equal:.2f}. On the map the size of a point is its weight. Click a point to make it the "
                "anchor.",
                after=Picture("anchor", {state.ROLE: "anchor"}),
                usually="More labels, because those have everything the anchor has. Each label besides lowers Kᵈ.",
            ),
        ),
    ),
    take_home="Kˢ measures how much of the anchor's set the other item has, Kᵈ how much the other item adds: their "
    "product weighs each positive, and it depends on which item is the anchor.",
    aim="Compute the weight of a positive from two label sets, from either side.",
    minutes=12,
)
