"""Lesson: two losses next to each other."""

from dashboard import state
from dashboard.figures.curves import in_words
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question
from dashboard.lessons.recorded import RUN, Recorded
from mlcl_core.maps import FIRST_MAP

OTHER = "any_shared"
KINDS = ("equal", "nested", "overlap", "disjoint")
WORDS = tuple(in_words(kind) for kind in KINDS)
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
        "kind": WORDS[widest],
        "gap": gaps[widest],
        "a_kind": found[f"a_{KINDS[widest]}"],
        "b_kind": found[f"b_{KINDS[widest]}"],
    }


def scores(recorded: Recorded) -> Numbers:
    """The linear probe on the test items."""
    a, b = recorded.finished(RUN), recorded.finished(OTHER)
    spread = cosines(recorded, "last")
    return {
        "a_spread": spread["a_spread"],
        "b_spread": spread["b_spread"],
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
            "rule is **similarity-dissimilarity**, on the right **any shared label** (ANY). Maps and curves have one "
            "scale.\n\nBefore the first step the mean cosines of the relations lie within {a_spread:.3f} of each "
            "other: the space hardly reflects the labels.",
            Picture("both", SHOWN, at="first"),
            lambda recorded: cosines(recorded, "first"),
        ),
        Card(
            "After {steps:,} steps they have moved apart (left | right): same labels {a_equal:.2f} | {b_equal:.2f}, "
            "nested {a_nested:.2f} | {b_nested:.2f}, some shared {a_overlap:.2f} | {b_overlap:.2f}, none shared "
            "{a_disjoint:.2f} | {b_disjoint:.2f}. *Nested*: one label set contains the other.\n\nPress ▶ on the "
            "timeline: both play together.",
            Picture("both", SHOWN, at="middle"),
            lambda recorded: cosines(recorded, "middle"),
        ),
        Card(
            "The picture stands at step {shown:,}. Now think of the end of the training.",
            Picture("both", SHOWN, at="middle"),
            lambda recorded: {**end(recorded), "shown": recorded.step("middle")},
            question=Question(
                "For which relation will the mean cosine differ most between the two?",
                WORDS,
                lambda found: int(found["widest"]),
                "**{kind}**, at step {steps:,}: {a_kind:.2f} on the left, {b_kind:.2f} on the right. ANY gives every "
                "pair that shares a label the same weight, whatever their other labels.",
                after=Picture("both", SHOWN),
                usually="They choose the pairs that are pulled hardest, those with equal sets. Ask what each of the "
                "two rules gives such a pair: the weight is one under both.",
            ),
        ),
        Card(
            "Which space finds labels better? A linear probe, a simple classifier on the network's output, reaches a "
            "mean average precision (mAP) of {a_map:.3f} left and {b_map:.3f} right; untrained {untrained:.3f}.\n\n"
            "The left space is in better order: its relations lie {a_spread:.2f} apart, those on the right "
            "{b_spread:.2f}. Yet it scores no higher: a probe asks for one label at a time, not which sets are alike. "
            "And {gap:.3f} with one seed each is no ranking; the studies in *docs/studies*, with several seeds, leave "
            "such differences open.",
            Picture("both", SHOWN),
            scores,
        ),
    ),
    take_home="Two losses with similar scores can shape different spaces: watch the mean cosine of each relation.",
    aim="Compare the spaces of two losses by the mean cosine of each relation.",
    minutes=7,
)
