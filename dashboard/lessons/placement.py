"""Lesson: where the weight stands."""

from dashboard.figures.placed import anchor_sum
from dashboard.figures.relations import SAME_FORCE, largest_force_difference
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import Recorded, example, sets_of, under
from dashboard.lessons.widgets import pairs

LEFT = (1.0, 0.5, 0.0)  # shares of the difference: all, about half, none
RULES = ("similarity_dissimilarity", "any_shared")
DIVISORS = {
    "count": "the number of its positives",
    "labels": "the number of its labels",
    "weight_sum": "the sum of its weights",
    "none": "nothing",
}
PLACES = ("outside", "inside")
PAIR = (0, 2)  # rows of the example: {sky}, and a set with two labels more


def difference(recorded: Recorded | None, placement: str, normalise: str) -> float:
    """Largest difference between the forces of the two rules: on the example, or on the watched items of the run."""
    batch = example("nested") if recorded is None else recorded.watched_batch()
    both = [under(batch, rule, placement=placement, normalise=normalise) for rule in RULES]
    found = largest_force_difference(*both)
    assert found is not None
    return 0.0 if found < SAME_FORCE else found


def differences() -> dict[str, dict[str, float]]:
    """That difference on the example, for each divisor and placement."""
    return {name: {place: difference(None, place, name) for place in PLACES} for name in DIVISORS}


def numbers(recorded: Recorded) -> Numbers:
    """Differences of forces under both placements."""
    outside, inside = difference(None, "outside", "count"), difference(None, "inside", "count")
    items, sets = len(recorded.watched_batch()), sets_of(example("nested"))
    return {
        "outside": outside,
        "inside": inside,
        "left": inside / outside,
        "run_outside": difference(recorded, "outside", "count"),
        "run_inside": difference(recorded, "inside", "count"),
        "pairs": items * (items - 1),
        "anchor": sets[PAIR[0]],
    }


def divisors(_: Recorded) -> Numbers:
    """With which divisors the forces differ although the weight stands inside, and what the marked anchor has of it."""
    found = {name: both["inside"] for name, both in differences().items()}
    sums = [
        anchor_sum(under(example("nested"), rule, placement="inside", normalise="weight_sum"), PAIR[0])
        for rule in RULES
    ]
    a, b = (one for one in sums if one is not None)
    differing = [place for place, value in enumerate(found.values()) if value]
    return {
        "divided": found["weight_sum"],
        "differing": differing[0] if len(differing) == 1 else len(DIVISORS),
        "positives": a.positives,
        "a_sum": a.weights,
        "b_sum": b.weights,
        "anchor": sets_of(example("nested"))[PAIR[0]],
    }


def shown(stage: str, placement: str, normalise: str) -> Picture:
    """The matrices of both rules on the nested example."""
    return Picture(stage, pairs("nested", placement=placement, normalise=normalise), pair=PAIR)


PLACEMENT = Lesson(
    name="placement",
    title="Where the weight stands",
    idea="A weight inside or outside the logarithm: does training feel the difference?",
    cards=(
        Card(
            "Each positive has a *share*: how much of the anchor's softmax it gets. Its loss is −log share. A weighs "
            "each positive by Kˢ · Kᵈ, B gives all of them the same weight.\n\nHere the weight stands **outside** the "
            "logarithm, and each anchor's sum is divided by the number of its positives. So *force A* and *force B* "
            "differ, by up to **{outside:.3f}** on this batch.",
            shown("placement", "outside", "count"),
            numbers,
        ),
        Card(
            "Some papers and programs put the weight **inside** the logarithm instead: −log(*w* · share). The rest is "
            "unchanged, the divisor too.",
            shown("placement before the guess", "outside", "count"),
            numbers,
            question=Question(
                "How much of the difference between the forces of A and B remains?",
                ("All of it", "About half", "Nothing"),
                lambda found: nearest(LEFT, found["left"]),
                "Largest difference inside: **{inside:.3g}**; outside it was {outside:.3f}. This is not special to "
                "this batch: over all {pairs:,} pairs of the recorded run's icons it is **{run_inside:.3g}** inside "
                "and {run_outside:.3g} outside.",
                after=shown("placement", "inside", "count"),
                usually="They expect about half: a logarithm makes large numbers small. Ask what the logarithm of a "
                "product is, and which part of it the network can change.",
            ),
        ),
        Card(
            "Why? log(*w* · share) = log *w* + log share. The labels determine *w*; the network cannot change it. So "
            "log *w* is a constant: it changes the **value** of the loss but none of its **slopes**, and forces are "
            "slopes.\n\nThe table splits the loss of the anchor {anchor}: the term of log share is the same for A and "
            "B.",
            shown("placement", "inside", "count"),
            numbers,
        ),
        Card(
            "Inside, something else can bring the weights back: the **divisor**. So far each anchor's sum was divided "
            "by the number of its positives.",
            shown("placement before the guess", "inside", "count"),
            divisors,
            question=Question(
                "With which divisor do the forces of A and B differ again?",
                ("Its positives", "Its labels", "The sum of its weights", "No divisor at all", "All of these"),
                lambda found: int(found["differing"]),
                "**The sum of the weights**: forces differ by up to {divided:.3f}. The anchor {anchor} has {positives} "
                "positives under both; their weights add up to {a_sum:.2f} under A and {b_sum:.2f} under B, and the "
                "same slopes are divided by them. It is the divisor, not the logarithm.",
                after=shown("placement and divisors", "inside", "weight_sum"),
                usually="They take the divisor for harmless. Ask which of these numbers depends on the weights.",
            ),
        ),
    ),
    take_home="A weight inside the logarithm is a constant: it reaches the forces through the divisor or not at all. "
    "Outside, it decides how strongly a pair pulls; the Lab trains so by default.",
    aim="Explain why a weight inside the logarithm does not reach the forces, and what the divisor has to do with it.",
    minutes=8,
)
