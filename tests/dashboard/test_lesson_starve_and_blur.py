"""Lesson 3: who starves, by going over all pairs, and the blur of a space, by numpy on its frame."""

from itertools import combinations, product

import numpy as np
import pytest

from dashboard.lessons import Recorded
from dashboard.lessons import starve_and_blur as starve
from mlcl_core.data import epoch_batches
from mlcl_core.pairs import RULES
from tests import reference
from tests.dashboard.lesson_numbers import label_sets, mean_cosines

PROVES = {
    "test_who_starves": (
        "**{all}** under ALL, {any} under ANY.",
        "ANY finds plenty of positives: {positives:.0f} on average for one of {items} icons.",
    ),
    "test_the_space_blurs": (
        "**{any_gap:.2f}** apart, against {both_gap:.2f} with weights.",
        "On the left the lines go down in steps, on the right they nearly stand below each other, until no "
        "label is shared.",
        "Over all pairs: {any_all_gap:.2f} against {both_all_gap:.2f}.",
        "Guess first: the same icons under this rule come after Reveal.",
    ),
    "test_who_is_alone_in_a_batch": (
        "Now real data: {batches} batches of {size} icons, drawn as in training.",
        "Under ANY it is {any:.1%}.",
        "The chart shows other rules and batch sizes: with {small} in a batch it is {all_small:.1%} under ALL"
        " and {any_small:.1%} under ANY.",
        "**{all:.1%}** of them starve.",
        "Training shows each icon twice, changed at random: such an anchor has only its own other view to pull.",
    ),
    "test_rules_between": (
        "Newer rules stand between the two: {between} of the {rules} here have the same positives as ANY, but"
        " *weigh* them.",
    ),
}


def test_who_starves(recorded: Recorded) -> None:
    """In the small batch, and among the watched items, by going over all pairs."""
    sets = ["sky sea", "sky beach", "sky boat", "sky sunset", "sky people", "sea boat", "sea boat", "beach sunset"]
    alone = {"all": 0, "any": 0}
    for i, one in enumerate(sets):
        others = sets[:i] + sets[i + 1 :]
        alone["all"] += one not in others
        alone["any"] += not any(set(one.split()) & set(other.split()) for other in others)
    found = starve.starving(recorded)
    assert (found["all"], found["any"]) == (alone["all"], alone["any"])

    labels = [set(np.flatnonzero(row)) for row in recorded.watched_items.labels]
    common = [len(a & b) / len(a | b) for a, b in combinations(labels, 2) if a & b]
    worth = starve.worth(recorded)
    assert worth["jaccard"] == pytest.approx(np.mean(common), rel=1e-5)
    assert worth["positives"] == pytest.approx(2 * len(common) / len(labels), rel=1e-5)


def test_the_space_blurs(recorded: Recorded) -> None:
    """Around an anchor with four of each kind, and over all pairs: under ANY the means of equal and overlapping pairs
    lie nearer together; the four means go down in steps under weights, and within a twentieth of each other under ANY.
    """
    anchor, sets, found = starve.many_sided(recorded), label_sets(recorded), starve.blur(recorded)
    codes = np.array([0 if row == anchor else reference.relation(sets[anchor], s) for row, s in enumerate(sets)])
    counts = [np.isin(codes, kind).sum() for kind in ((2,), (4, 5), (3,))]
    assert min(counts) >= starve.SOME
    assert str(found["anchor"]).startswith(recorded.watched_items.names[anchor].split("-")[0])
    rows = {}
    for name, rule in (("any", "any_shared"), ("both", "similarity_dissimilarity")):
        z = recorded.frame(recorded.step("last", rule), rule).z.astype(float)
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        cosine, everywhere = z @ z[anchor], mean_cosines(recorded, "last", rule)
        rows[name] = [float(cosine[codes == code].mean()) for code in (2, 4, 5, 3, 1)]
        assert found[f"{name}_gap"] == pytest.approx(rows[name][0] - rows[name][3], abs=1e-6)
        assert found[f"{name}_nested"] == pytest.approx(cosine[np.isin(codes, (4, 5))].mean(), abs=1e-6)
        assert found[f"{name}_all_gap"] == pytest.approx(everywhere["equal"] - everywhere["overlap"], abs=3e-3)
    assert np.all(np.diff(rows["both"][:4]) < -0.03)
    assert np.ptp(rows["any"][:4]) < 0.07 < 0.15 < rows["any"][3] - rows["any"][4]
    assert found["both_all_gap"] > 5 * found["any_all_gap"]
    assert starve.nearer(found) == 2
    assert starve.nearer({"any_gap": 0.3, "both_gap": 0.1}) == 0
    assert starve.nearer({"any_gap": 0.11, "both_gap": 0.1}) == 1


def test_who_is_alone_in_a_batch(recorded: Recorded) -> None:
    """Batches of 16 and of 256 dealt as in training: who meets an equal set, who a shared label, by their sets."""
    found, data = starve.alone(recorded), recorded.data
    for size, suffix in ((16, "_small"), (256, "")):
        batches = epoch_batches(data.indices("train"), size, seed=0, epoch=0)
        assert suffix or found["batches"] == len(batches)
        alone, anchors = {"all": 0, "any": 0}, 0
        for batch in batches:
            sets = [frozenset(np.flatnonzero(row)) for row in data.labels[batch].numpy()]
            anchors += len(sets)
            for i, one in enumerate(sets):
                others = sets[:i] + sets[i + 1 :]
                alone["all"] += one not in others
                alone["any"] += all(not one & other for other in others)
        assert found[f"all{suffix}"] == pytest.approx(alone["all"] / anchors)
        assert found[f"any{suffix}"] == pytest.approx(alone["any"] / anchors)
    assert (found["small"], found["size"]) == (16, 256)
    assert found["any_small"] > 0.3  # under ANY anchors starve too, in small batches
    shares = recorded.statistics["anchors_without_positive"]
    assert (found["all"], found["any"]) == (shares["all_equal"], shares["any_shared"])


def test_rules_between(recorded: Recorded) -> None:
    """By the loops: the positives of ANY, not all of one weight; neither ALL nor ANY nor Hamming agreement is such."""
    found = starve.between(recorded)
    y = np.array(list(product([False, True], repeat=starve.LABELS)))
    own = np.arange(len(y))
    shared = reference.weights("any_shared", y, y, own)[2]
    loops = {name: reference.weights(name, y, y, own) for name in RULES}
    between = {
        name for name, (w, _, positive) in loops.items() if (positive == shared).all() and np.ptp(w[shared]) > 1e-9
    }
    assert not between & {"all_equal", "any_shared", "hamming"}
    assert {
        "similarity_dissimilarity",
        "jaccard",
        "mulsupcon",
        "label_dot",
        "msc",
        "overlap_ratio",
        "formula",
    } <= between
    assert (found["between"], found["rules"]) == (len(between), len(RULES))
