"""Lesson: what a contrastive loss does."""

from dashboard import state
from dashboard.figures.methods import Method
from dashboard.figures.relations import verdict
from dashboard.lessons.few import STRANGERS, few
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question
from dashboard.lessons.recorded import RUN, Recorded
from mlcl_core.maps import FIRST_MAP
from mlcl_core.pairs import Relation

LOW, HIGH = 0.05, 0.5
RELATION = {state.COLOUR: "relation", state.MAP: FIRST_MAP}
SAME = 0.02  # a change of a mean cosine, or of the sum of an anchor's forces, that counts as none


def start(recorded: Recorded) -> Numbers:
    """The anchor, and how many of the others have each relation to it."""
    relation = recorded.pairs("first").relation
    found = {one.name.lower(): int((relation == one).sum()) for one in Relation}
    return {**found, "others": len(relation) - 1, "anchor": recorded.named(recorded.anchor)}


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


def rises(numbers: Numbers) -> int:
    """Whether the mean cosine of pairs with the same labels rises, stays or falls."""
    change = numbers["equal_after"] - numbers["equal_before"]
    return 1 if abs(change) < SAME else 0 if change > 0 else 2


def forces(recorded: Recorded) -> Numbers:
    """Pulls and pushes of the anchor, and what is left of them together."""
    force = recorded.pairs("last").force
    return {
        "anchor": recorded.named(recorded.anchor),
        "pulls": float(force[force < 0].sum()),
        "pushes": float(force[force > 0].sum()),
        "total": abs(float(force.sum())),
    }


def larger(numbers: Numbers) -> int:
    """Whether the pushes make less than the pulls, as much, or more."""
    net = numbers["pushes"] + numbers["pulls"]
    return 1 if abs(net) < SAME * numbers["pushes"] else 0 if net < 0 else 2


def temperatures(recorded: Recorded) -> Numbers:
    """Among a few icons: the share of the push that the nearest and the farthest one without a shared label gets."""
    batch = few(recorded)
    found: dict[str, float] = {}
    for name, temperature in (("low", LOW), ("high", HIGH)):
        terms = verdict(batch, Method(RUN, temperature=temperature)).terms
        assert terms is not None
        # the anchor is the first; the others follow by their cosine
        push = terms.force[0][terms.relation[0] == Relation.DISJOINT]
        found |= {f"near_{name}": float(push[0] / push.sum()), f"far_{name}": float(push[-1] / push.sum())}
    return {**found, "low": LOW, "high": HIGH, "strangers": STRANGERS, "anchor": recorded.named(recorded.anchor)}


def sharper(numbers: Numbers) -> int:
    """Whose share of the push a low temperature raises: 0 the nearest one's, 1 neither, 2 the farthest one's."""
    near, far = (numbers[f"{which}_low"] - numbers[f"{which}_high"] for which in ("near", "far"))
    return 1 if max(near, far) < SAME else 0 if near > far else 2


PULL_AND_PUSH = Lesson(
    name="pull_and_push",
    title="Pull and push",
    idea="What does a contrastive loss do to the points?",
    cards=(
        Card(
            "Each point is an icon. Its place comes from a network that has learnt **nothing yet**. An icon has a "
            "*set* of labels: the ringed one, {anchor}, is the **anchor**, with which all others are compared.\n\n"
            "Colour and shape say how. Of the other {others} icons: same labels {equal}, fewer labels {superset}, more "
            "labels {subset}, some shared {overlap}, none shared {disjoint}. Hover a point to see its labels.",
            Picture("cloud", RELATION, at="first"),
            start,
        ),
        Card(
            "A **contrastive loss** takes each icon as anchor. It wants its **positives**, here the icons that share a "
            "label with it, nearer to it than the rest.\n\nNearness is measured by the **cosine**: one for the same "
            "direction, zero for a right angle. Before training, pairs with the same labels have a mean cosine of "
            "{equal_before:.2f}.",
            Picture("cloud", RELATION, at="first"),
            later,
            Question(
                "After {steps:,} steps of training, the mean cosine of pairs with the same labels is …",
                ("Higher", "About the same", "Lower"),
                rises,
                "It is **{equal_after:.2f}**. The untrained network places all icons close together, and training "
                "spreads them. Pairs that share no label went much farther: from {strangers_before:.2f} to "
                "{strangers_after:.2f}. What counts is the gap between the two: {gap_before:.2f} before, "
                "**{gap_after:.2f}** now. Press ▶ on the timeline to watch it.",
                after=Picture("cloud", RELATION),
                usually="Higher, because positives are pulled together. They are, but compared with the rest: a loss "
                "of this kind asks who is nearer, not how near. Let them look at the first step: {equal_before:.2f} "
                "leaves hardly any room above.",
            ),
        ),
        Card(
            "Each pair has a **force**: how much the anchor's loss changes with their cosine. A negative force pulls "
            "the two together, a positive one pushes them apart.\n\nThe anchor is {anchor}. All its pulls together "
            "make **{pulls:+.3f}**.",
            Picture("cloud", RELATION),
            forces,
            Question(
                "What do all its pushes together make?",
                ("Less than the pulls", "As much as the pulls", "More than the pulls"),
                larger,
                "**{pushes:+.3f}**: pulls and pushes together make {total:.3f}. A softmax loss shares out a fixed "
                "amount: what it pulls in here, it must push away elsewhere; a positive that has more than its share "
                "is pushed too. The bars sum the forces by relation. Each arrow on the map points the way in which it "
                "moves the anchor.",
                after=Picture("anchor", {state.ROLE: "anchor"}),
                usually="More, because most icons share no label with the anchor; or less, because the loss wants "
                "positives near. Both count pairs. The forces of one anchor sum to zero, however many pairs there are.",
            ),
        ),
        Card(
            "The loss divides each cosine by a **temperature** before it compares them. Here are the anchor and eight "
            "others, taken as one batch. Six of them share no label with it, so the loss pushes them away, each by "
            "its share of the push.",
            Picture("a few icons", pair=(0, 1)),
            temperatures,
            Question(
                "A temperature of {low} instead of {high}: whose share of the push grows?",
                ("The nearest one's", "Neither: the shares stay alike", "The farthest one's"),
                sharper,
                "The nearest of the {strangers} gets **{near_low:.0%}** of the push at {low} and {near_high:.0%} at "
                "{high}; the farthest {far_low:.0%} and {far_high:.0%}. A low temperature pushes those that are too "
                "near and forgets the rest; a high one pushes all of them more evenly.",
                after=Picture("forces on a few icons", pair=(0, 1)),
                usually="The farthest one's, or that temperature only scales all forces. It divides cosines inside an "
                "exponential: halving it squares the ratio of two pushes.",
            ),
        ),
    ),
    take_home="A contrastive loss is a tug of war: pulls on an anchor's positives against pushes on the rest; the "
    "temperature sets how near an item must be to be pushed.",
    aim="Tell what moves the points of a training: pulls on positives against pushes on the rest, which cancel "
    "for each anchor, and which of the rest a low temperature pushes.",
    minutes=10,
)
