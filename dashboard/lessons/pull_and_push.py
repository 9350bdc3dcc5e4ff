"""Lesson: what a contrastive loss does."""

import numpy as np

from dashboard import state
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question
from dashboard.lessons.recorded import Recorded
from dashboard.lessons.widgets import pairs
from mlcl_core.maps import FIRST_MAP
from mlcl_core.pairs import Relation

LOW, HIGH, NEAREST = 0.05, 0.5, 10
RELATION = {state.COLOUR: "relation", state.MAP: FIRST_MAP}


def start(recorded: Recorded) -> Numbers:
    """The anchor, and the relations of the other items to it."""
    relation = recorded.pairs("first").relation
    return {
        "others": len(relation) - 1,
        "anchor": recorded.named(recorded.anchor),
        "equal": int((relation == Relation.EQUAL).sum()),
        "nested": int(np.isin(relation, (Relation.SUPERSET, Relation.SUBSET)).sum()),
        "overlap": int((relation == Relation.OVERLAP).sum()),
        "strangers": int((relation == Relation.DISJOINT).sum()),
    }


def later(recorded: Recorded) -> Numbers:
    """Mean cosines before and after."""
    before, after = recorded.metrics("first"), recorded.metrics("last")
    return {
        "steps": recorded.step("last"),
        "equal_before": before["cosine_equal"],
        "equal_after": after["cosine_equal"],
        "strangers_before": before["cosine_disjoint"],
        "strangers_after": after["cosine_disjoint"],
        # minus zero is no number for a reader
        "gap_before": round(before["cosine_equal"] - before["cosine_disjoint"], 2) + 0.0,
        "gap_after": after["cosine_equal"] - after["cosine_disjoint"],
    }


def forces(recorded: Recorded) -> Numbers:
    """Pulls and pushes of the anchor, and what is left of them together."""
    force = recorded.pairs("last").force
    return {
        "pulls": float(force[force < 0].sum()),
        "pushes": float(force[force > 0].sum()),
        "total": abs(float(force.sum())),
    }


def temperatures(recorded: Recorded) -> Numbers:
    """Where the push goes, at a low and at a high temperature."""
    shares = {}
    for name, temperature in (("low", LOW), ("high", HIGH)):
        pairs = recorded.pairs("last", temperature=temperature)
        pushed = (pairs.relation == Relation.DISJOINT) & (pairs.force > 0)
        near = np.argsort(-np.where(pushed, pairs.cosine, -2))[:NEAREST]
        shares[name] = float(pairs.force[near].sum() / pairs.force[pushed].sum())
    strangers = int((recorded.pairs("last").relation == Relation.DISJOINT).sum())
    return {
        "low": LOW,
        "high": HIGH,
        "near": NEAREST,
        "strangers": strangers,
        **{f"share_{k}": v for k, v in shares.items()},
    }


def right(numbers: Numbers) -> int:
    """Which disjoint items are pushed most: 0 the nearest, 1 all alike, 2 the farthest."""
    more = numbers["share_low"] - numbers["share_high"]
    return 0 if more > 0.05 else 2 if more < -0.05 else 1


PULL_AND_PUSH = Lesson(
    name="pull_and_push",
    title="Pull and push",
    idea="What does a contrastive loss do to the points?",
    cards=(
        Card(
            "Each point is an icon, placed by a network that has learnt **nothing yet**. An icon has a *set* of "
            "labels. The ringed one is the **anchor**: {anchor}.\n\nRelations of the other {others} to it: "
            "{equal} equal, {nested} nested, {overlap} overlapping, {strangers} sharing no label. Colour and shape "
            "show the relation: hover any point.",
            Picture("cloud", RELATION, at="first"),
            start,
        ),
        Card(
            "The same network, {steps:,} steps later. A contrastive loss takes each icon of a batch as anchor and "
            "moves its **positives** nearer to it than the rest.\n\nMean cosine of pairs with equal labels: "
            "{equal_before:.2f} before, **{equal_after:.2f}** now. Of pairs that share no label: "
            "{strangers_before:.2f} before, **{strangers_after:.2f}** now. The untrained network placed all points "
            "close together; both kinds of pairs moved apart, and the difference between them counts: "
            "{gap_before:.2f} before, **{gap_after:.2f}** now. Press ▶ on the timeline above to watch it.",
            Picture("cloud", RELATION),
            later,
        ),
        Card(
            "How hard does each pair pull? The **force** of a pair is the slope of the anchor's loss along their "
            "similarity: negative pulls together, positive pushes apart.\n\nAll pulls of this anchor make "
            "{pulls:+.3f}, all pushes {pushes:+.3f}; together {total:.3f}. What it pulls in here, it must push away "
            "elsewhere.",
            Picture("anchor", {state.ROLE: "anchor"}),
            forces,
        ),
        Card(
            "Cosines are divided by a **temperature** before the loss compares them. You choose it.",
            None,
            temperatures,
            question=Question(
                "With a temperature of {low} instead of {high}: which disjoint items does the anchor push most?",
                ("The nearest ones", "All about equally", "The farthest ones"),
                right,
                "Of its {strangers} disjoint items, the {near} nearest get **{share_low:.0%}** of the push at "
                "temperature {low}, and {share_high:.0%} at {high}. A low temperature acts on the neighbourhood, a "
                "high one more evenly. Change the temperature above the matrices and watch the forces.",
                after=Picture("pairs", pairs("relations", temperature=LOW)),
            ),
        ),
    ),
    take_home="A contrastive loss is a tug of war: pulls on an anchor's positives against pushes on the rest; the "
    "temperature sets how near an item must be to be pushed.",
    aim="Tell what moves the points of a training: pulls on positives against pushes on the rest.",
    minutes=7,
)
