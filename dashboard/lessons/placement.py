"""Lesson: where the weight stands."""

from dashboard.figures.relations import SAME_FORCE, largest_force_difference
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import Recorded, example, under
from dashboard.lessons.widgets import pairs

LEFT = (1.0, 0.5, 0.0)  # shares of the difference: all, about half, none


def difference(recorded: Recorded | None, placement: str, normalise: str) -> float:
    """Largest difference between the forces of the two rules: on the example, or on the watched items of the run."""
    batch = example("nested") if recorded is None else recorded.watched_batch()
    both = [
        under(batch, rule, placement=placement, normalise=normalise)
        for rule in ("similarity_dissimilarity", "any_shared")
    ]
    found = largest_force_difference(*both)
    assert found is not None
    return 0.0 if found < SAME_FORCE else found


def numbers(recorded: Recorded) -> Numbers:
    """Differences of forces under both placements and under another normalisation."""
    outside, inside = difference(None, "outside", "count"), difference(None, "inside", "count")
    items = len(recorded.watched_batch())
    return {
        "outside": outside,
        "inside": inside,
        "left": inside / outside,
        "run_outside": difference(recorded, "outside", "count"),
        "run_inside": difference(recorded, "inside", "count"),
        "pairs": items * (items - 1),
        "divided": difference(None, "inside", "weight_sum"),
    }


PLACEMENT = Lesson(
    name="placement",
    title="Where the weight stands",
    idea="A weight inside or outside the logarithm: does training feel the difference?",
    cards=(
        Card(
            "A weighs each positive by Kˢ · Kᵈ, B gives all of them the same weight. The weight stands **outside** the "
            "logarithm: each positive adds *w* · log(share).\n\nSo the forces of A and B differ, by up to "
            "**{outside:.3f}** on this batch. Compare the matrices *force A* and *force B*.",
            Picture("pairs", pairs("nested", placement="outside", normalise="count")),
            numbers,
        ),
        Card(
            "Some papers and programs put the weight **inside** the logarithm instead: log(*w* · share). The rest "
            "is unchanged.",
            Picture("pairs", pairs("nested", placement="outside", normalise="count")),
            numbers,
            question=Question(
                "How much of the difference between the forces of A and B remains?",
                ("All of it", "About half", "Nothing"),
                lambda found: nearest(LEFT, found["left"]),
                "Largest difference inside: **{inside:.3g}**; outside it was {outside:.3f}. This is not special to "
                "this batch: over all {pairs:,} pairs of the recorded run's icons it is **{run_inside:.3g}** inside "
                "and {run_outside:.3g} outside. The next card shows it.",
                after=Picture("pairs", pairs("nested", placement="inside", normalise="count")),
            ),
        ),
        Card(
            "Now the weights of A and B stand inside: *weight A* and *weight B* differ, *force A* and *force B* are "
            "the same.\n\nWhy? log(*w* · share) = log *w* + log share. The labels determine *w*; the network cannot "
            "change it. So log *w* is a constant: it changes the **value** of the loss but none of its **slopes**.",
            Picture("pairs", pairs("nested", placement="inside", normalise="count")),
            numbers,
        ),
        Card(
            "The weights regain an effect if each anchor's sum is divided by the *sum of its weights* instead of the "
            "number of its positives. Then the forces differ again, by up to {divided:.3f}: because of the divisor, "
            "not the logarithm.\n\nThe Lab trains with the weight outside by default, and says so.",
            Picture("pairs", pairs("nested", placement="inside", normalise="weight_sum")),
            numbers,
        ),
    ),
    take_home="A weight inside the logarithm is a constant: it reaches the forces through the divisor or not at all. "
    "Outside, it decides how strongly a pair pulls.",
    aim="Explain why a weight inside the logarithm does not reach the forces.",
    minutes=6,
)
