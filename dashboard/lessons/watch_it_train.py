"""Lesson: two losses next to each other."""

from dashboard import state
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question
from dashboard.lessons.recorded import RUN, Recorded
from mlcl_core.maps import FIRST_MAP

OTHER = "any_shared"
KINDS = ("equal", "nested", "overlap", "disjoint")
SHOWN = {state.COLOUR: "relation", state.MAP: FIRST_MAP}


def cosines(recorded: Recorded, at: str) -> Numbers:
    """Mean cosine by relation of both runs at a frame."""
    found: dict[str, object] = {"steps": recorded.step(at)}
    for letter, rule in (("a", RUN), ("b", OTHER)):
        metrics = recorded.metrics(at, rule)
        values = [metrics[f"cosine_{kind}"] for kind in KINDS]
        found |= {f"{letter}_{kind}": value for kind, value in zip(KINDS, values, strict=True)}
        found[f"{letter}_spread"] = max(values) - min(values)
    return found


def end(recorded: Recorded) -> Numbers:
    """The last frame, and the relation in which the two runs differ most."""
    found = dict(cosines(recorded, "last"))
    gaps = [abs(found[f"a_{kind}"] - found[f"b_{kind}"]) for kind in KINDS]
    widest = gaps.index(max(gaps))
    return {
        **found,
        "widest": widest,
        "kind": KINDS[widest],
        "gap": gaps[widest],
        "a_kind": found[f"a_{KINDS[widest]}"],
        "b_kind": found[f"b_{KINDS[widest]}"],
    }


def scores(recorded: Recorded) -> Numbers:
    """The linear probe on the test items."""
    a, b = recorded.finished(RUN), recorded.finished(OTHER)
    return {
        "a_map": a["test"]["map"],
        "b_map": b["test"]["map"],
        "gap": abs(a["test"]["map"] - b["test"]["map"]),
        "untrained": a["untrained"]["map"],
        "a_f": a["test"]["macro_f1"],
        "b_f": b["test"]["macro_f1"],
    }


WATCH_IT_TRAIN = Lesson(
    name="watch_it_train",
    title="Watch it train",
    idea="How do two losses shape the space from the same start?",
    cards=(
        Card(
            "Two recorded trainings side by side: same icons, same network, same seed, same batches. On the left the "
            "rule is **similarity-dissimilarity**, on the right **any shared label**.\n\nBefore the first step the "
            "mean cosines of the relations lie within {a_spread:.3f} of each other: the space hardly reflects the "
            "labels.",
            Picture("both", SHOWN, at="first"),
            lambda recorded: cosines(recorded, "first"),
        ),
        Card(
            "After {steps:,} steps they have moved apart: equal {a_equal:.2f} | {b_equal:.2f}, nested {a_nested:.2f} | "
            "{b_nested:.2f}, overlap {a_overlap:.2f} | {b_overlap:.2f}, disjoint {a_disjoint:.2f} | {b_disjoint:.2f} "
            "(left | right).\n\nPress ▶ on the timeline: both play together.",
            Picture("both", SHOWN, at="middle"),
            lambda recorded: cosines(recorded, "middle"),
        ),
        Card(
            "Now think of the end of the training.",
            Picture("both", SHOWN, at="middle"),
            end,
            question=Question(
                "For which relation will the mean cosine differ most between the two?",
                KINDS,
                lambda found: int(found["widest"]),
                "**{kind}**: {a_kind:.2f} on the left, {b_kind:.2f} on the right. ANY gives every pair that shares a "
                "label the same weight, whatever their other labels.",
                after=Picture("both", SHOWN),
            ),
        ),
        Card(
            "The end. Which space separates labels better? A linear probe on the test icons reaches a mean average "
            "precision of {a_map:.3f} (left) and {b_map:.3f} (right), macro-F1 {a_f:.3f} and {b_f:.3f}; on the "
            "untrained network {untrained:.3f} mAP.\n\nLeft and right are {gap:.3f} mAP apart, with one seed each: "
            "ranking methods takes several. The **space** clearly differs.",
            Picture("both", SHOWN),
            scores,
        ),
    ),
    take_home="Two losses with similar scores can shape different spaces: watch the mean cosine of each relation.",
    aim="Compare the spaces of two losses by the mean cosine of each relation.",
    minutes=6,
)
