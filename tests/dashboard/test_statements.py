"""What cards, captions and health lines state of rules, losses and frames, by counting; names in test_sentences.py."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given

from dashboard.figures.batch_sources import EXAMPLES, example_batch, random_batch
from dashboard.figures.hand_batch import HandBatch, edited
from dashboard.figures.health import CLOSED, FEW, MAX_ANCHORS, ONE_SIDED, UNEVEN, findings
from dashboard.figures.methods import Method
from dashboard.figures.relations import (
    SAME_FORCE,
    against_any_shared,
    origin_words,
    reasons_inside,
    verdict,
    without_positive,
)
from mlcl_core.data import SAMPLERS, load_data
from mlcl_core.losses import NORMALISATIONS, PairLoss, build_loss
from mlcl_core.metrics import effective_positives, weight_evenness
from mlcl_core.pairs import RULES, Kind, PairWeights, Relation, relation_matrix
from tests import reference
from tests.cases import embeddings, label_matrices, labels, random_labels

C = 4  # labels
SETS = [frozenset(c for c in range(C) if row[c]) for row in product([0, 1], repeat=C)]
Y = torch.tensor(list(product([False, True], repeat=C)))  # all label sets there can be, as one batch
OWN = torch.arange(len(Y))
EXAMPLE = [pytest.param(name, id=name) for name in EXAMPLES]


def weights(rule: str, y: torch.Tensor = Y, **params: object) -> PairWeights:
    """A rule on a batch, each item left out of its own row."""
    return RULES[rule].weights(y, y, self_index=torch.arange(len(y)), dtype=torch.float64, **params)


def pairs(y: torch.Tensor = Y) -> list[tuple[int, int, frozenset[int], frozenset[int]]]:
    """All ordered pairs of different items with both label sets."""
    sets = [reference.label_set(row) for row in y]
    return [(i, j, s, t) for i, s in enumerate(sets) for j, t in enumerate(sets) if i != j]


def terms(loss: PairLoss, y: torch.Tensor, seed: int = 0):
    """A batch opened by a loss."""
    z = embeddings(len(y), seed=seed)
    return loss.explain(z, y, z, y, self_index=torch.arange(len(y)))


def test_share_divided_by_surplus() -> None:
    """K = |S and T| / |S| / (1 + |T minus S|) on all pairs of sets; a surplus label lowers it; no labels, no weight."""
    y = torch.cat([Y, Y])  # each set twice: equal sets are among the pairs
    w = weights("similarity_dissimilarity", y).attract
    found = {(s, t): float(w[i, j]) for i, j, s, t in pairs(y)}
    for (s, t), weight in found.items():
        assert weight == pytest.approx(len(s & t) / max(len(s), 1) / (1 + len(t - s)))
        assert s != t or weight == (1 if s else 0)
        assert (s and t) or weight == 0
        for extra in set(range(C)) - s - t:
            assert weight == 0 or found[s, t | {extra}] < weight


def test_nested_pairs_from_both_sides() -> None:
    """The larger set as anchor: |T|/|S|; the smaller one: at most 1/2; some pairs differ, {a, b} and {a} don't."""
    w, alike = weights("similarity_dissimilarity").attract, set()
    for i, j, s, t in pairs():
        if t < s and t:
            assert float(w[i, j]) == pytest.approx(len(t) / len(s))
            assert float(w[j, i]) <= 0.5
            alike.add(bool(torch.isclose(w[i, j], w[j, i])))
    assert alike == {True, False}


@pytest.mark.parametrize("rule", ["any_shared", "label_dot"])
def test_no_labels_no_positives(rule: str) -> None:
    """An item without labels is in no positive pair, from either side."""
    found, bare = weights(rule).positive, ~Y.any(1)
    assert not found[bare].any()
    assert not found[:, bare].any()
    for i, j, s, t in pairs():
        assert bool(found[i, j]) == bool(s & t)


def test_any_shared_weighs_all_the_same() -> None:
    """1 on every pair that shares a label, whatever else the two carry, and 0 elsewhere."""
    w = weights("any_shared")
    assert w.attract[w.positive].unique().tolist() == [1.0]
    assert not w.attract[~w.positive].any()


def test_all_equal_wants_equal_sets() -> None:
    """Attraction between equal sets and nowhere else; all sets different: no positive, and the loss is 0."""
    y = torch.cat([Y, Y])
    w = weights("all_equal", y).attract
    for i, j, s, t in pairs(y):
        assert float(w[i, j]) == float(s == t and bool(s))
    assert not weights("all_equal").positive.any()
    for name in ("weighted_supcon", "strict"):
        loss = build_loss(name, **({"rule": "all_equal"} if name == "weighted_supcon" else {}))
        assert float(loss(embeddings(len(Y)), Y)) == 0


@given(label_matrices())
def test_any_shared_starves_fewer(y: torch.Tensor) -> None:
    """Who has a positive where sets must be equal has one where a label must be shared."""
    strict, wide = weights("all_equal", y).positive.any(1), weights("any_shared", y).positive.any(1)
    assert not bool((strict & ~wide).any())


def test_jaccard_costs_both_sides_alike() -> None:
    """The same from both sides; with threshold 0 inclusive all pairs are positive, disjoint ones with weight 0."""
    w = weights("jaccard").attract
    assert torch.equal(w, w.T)
    for i, j, s, t in pairs():
        if s & t:  # a label more on either side
            for extra in set(range(C)) - s - t:
                one, other = SETS.index(s | {extra}), SETS.index(t | {extra})
                assert len({one, other, i, j}) < 4 or torch.isclose(w[one, j], w[i, other])
    inclusive = weights("jaccard", threshold=0.0, inclusive=True)
    assert inclusive.positive.sum() == len(Y) * (len(Y) - 1)
    assert not inclusive.attract[torch.tensor([[not s & t for t in SETS] for s in SETS])].any()


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 0.75])
def test_threshold_and_power_of_jaccard(threshold: float) -> None:
    """At or below the threshold no positive; power 3 makes near-equal sets weigh more beside others than power 1."""
    positive, w = weights("jaccard", threshold=threshold).positive, weights("jaccard").attract
    assert torch.equal(positive, w > threshold)
    cubed = weights("jaccard", power=3.0).attract
    near, far = w.max(), w[w > 0].min()
    assert cubed.max() / cubed[cubed > 0].min() > near / far


@pytest.mark.parametrize("rule", ["jaccard", "mulsupcon", "msc", "overlap_ratio"])
def test_epsilon_is_added(rule: str) -> None:
    """The loops, which add it as the published codes do, with 1e-8 and with a larger one."""
    y = random_labels(9, 5, 0.5, 4)
    for epsilon in (1e-8, 1e-3):
        expected, _, _ = reference.weights(rule, y, y, np.arange(9), epsilon=epsilon)
        np.testing.assert_allclose(weights(rule, y, epsilon=epsilon).attract, expected, rtol=1e-9, atol=1e-12)


@given(label_matrices())
def test_labels_hand_out_the_same_pull(y: torch.Tensor) -> None:
    """Going label by label: each label of an anchor that another item carries hands out 1 (or its share of |S|)."""
    others = torch.stack([y[torch.arange(len(y)) != i].any(0) for i in range(len(y))]) if len(y) else y
    handed = (y & others).sum(1).double()
    for rule in ("mulsupcon", "msc"):
        torch.testing.assert_close(weights(rule, y).attract.sum(1), handed)
    share = handed / y.sum(1).clamp_min(1)
    for alpha in (0.0, 1.0, 4.0):
        torch.testing.assert_close(weights("overlap_ratio", y, alpha=alpha).attract.sum(1), share)
    torch.testing.assert_close(weights("mulsupcon", y, rows="per_anchor").attract.sum(1), share)
    for rule in ("mulsupcon", "msc", "overlap_ratio"):
        assert not weights(rule, y).attract[~y.any(1)].any()


def test_who_gets_more_of_a_label() -> None:
    """mulsupcon: of two labels the rarer gives each carrier more, labels of the other alone are nothing to it; msc and
    overlap_ratio: less to who carries more.
    """
    rare = weights("mulsupcon", labels("110", "100", "100", "100", "010")).attract[0]
    assert rare[4] > rare[1] == rare[2] == rare[3]
    assert rare[1:4].sum() == rare[4] == 1
    longer = weights("mulsupcon", labels("110", "101", "100", "100", "010")).attract[0]
    assert torch.equal(longer, rare)
    y = labels("11000", "10000", "10100", "10111", "01000")
    for rule, params in (("msc", {}), ("overlap_ratio", {"alpha": 1.0})):
        found = weights(rule, y, **params).attract[0]
        assert found[1] > found[2] > found[3] > 0
        assert found[1:4].sum() == pytest.approx(found[4])
    alike = weights("overlap_ratio", y, alpha=0.0).attract[0]
    assert alike[1] == alike[2] == alike[3]
    few = weights("overlap_ratio", y, alpha=-1.0).attract[0]
    assert few[1] > 0
    assert few[2] == few[3] == 0
    lonely = weights("overlap_ratio", labels("110", "101", "010"), alpha=-1.0).attract[0]
    assert lonely.tolist() == [0, 0, 0.5]  # the label whose one carrier has others adds nothing


def test_labels_without_another_carrier_add_nothing() -> None:
    """A label more that the anchor alone carries changes no weight of mulsupcon and msc, and none of what it hands out
    under overlap_ratio.
    """
    y, more = labels("1100", "1000", "0110"), labels("1101", "1000", "0110")
    assert torch.equal(weights("mulsupcon", y).attract, weights("mulsupcon", more).attract)
    for rule in ("mulsupcon", "msc", "overlap_ratio"):
        alone = weights(rule, labels("1100", "0010", "0011")).attract
        assert not alone[0].any()


def test_label_dot_counts_and_divides() -> None:
    """w = |S and T|, labels of one side alone aside; the loss is the mean of log-probabilities by w over their sum."""
    w = weights("label_dot").attract
    for i, j, s, t in pairs():
        assert float(w[i, j]) == len(s & t)
    y, z = labels("110", "100", "111"), embeddings(3)
    values = build_loss("weighted_supcon", rule="label_dot", temperature=1.0, reduction="none")(z, y)
    unit = torch.nn.functional.normalize(z, dim=1)
    s = unit @ unit.T
    log_p = s[0, 1:] - s[0, 1:].logsumexp(0)
    assert float(values[0]) == pytest.approx(float(-(torch.tensor([1 / 3, 2 / 3]) * log_p).sum()))


def test_hamming_counts_agreement() -> None:
    """1 - |S xor T| / c, lacked labels among the agreement; complementary or bare sets: no positives."""
    w = weights("hamming")
    for i, j, s, t in pairs():
        expected = (1 - len(s ^ t) / C) if s and t else 0
        assert float(w.attract[i, j]) == pytest.approx(expected)
        assert bool(w.positive[i, j]) == (expected > 0)


def test_hamming_of_rare_labels_crowds_near_1() -> None:
    """The icons, 68 labels of which an icon has two: all weights above .8, their mean above .9."""
    y = load_data("icons").labels[torch.arange(300)]
    w = weights("hamming", y[y.any(1)]).attract
    off = w[~torch.eye(len(w), dtype=torch.bool)]
    assert off.min() > 0.8
    assert off.mean() > 0.9


def test_prototypes_in_msc() -> None:
    """A label that no other item carries gives its whole 1 to the prototype; prototypes compete with 1, items with
    beta, and without prototypes with 1; there alpha cancels.
    """
    y, stars = labels("110", "100", "100"), torch.eye(3, dtype=torch.bool)
    kind = torch.tensor([Kind.ITEM] * 3 + [Kind.PROTOTYPE] * 3, dtype=torch.uint8)
    found = RULES["msc"].weights(y, torch.cat([y, stars]), self_index=torch.arange(3), kind=kind, beta=0.25)
    assert found.attract[0, 4] == 1
    assert found.attract[0].sum() == 2
    assert found.compete[0].tolist() == [0, 0.25, 0.25, 1, 1, 1]
    plain = [weights("msc", y, alpha=alpha, beta=beta) for alpha, beta in [(1.0, 0.1), (7.0, 3.0)]]
    torch.testing.assert_close(plain[0].attract, plain[1].attract)
    assert plain[1].compete[0].tolist() == [0, 1, 1]


def test_what_becomes_0_in_a_formula() -> None:
    """0/0, 1/0 and negative values are weight 0 and no positive; nor has an item without labels one."""
    for expression in ("0 * both / 0", "1 / (only_t - only_t)", "both - 9", "0"):
        found = weights("formula", expression=expression)
        assert not found.attract.any()
        assert not found.positive.any()
    bare = ~Y.any(1)
    found = weights("formula", expression="1", positive="any").positive
    assert not found[bare].any()
    assert not found[:, bare].any()
    shared = weights("formula", expression="1", positive="shared").positive
    for i, j, s, t in pairs():
        assert bool(shared[i, j]) == bool(s & t)
        assert bool(found[i, j]) == bool(s and t)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("s", lambda s, t: len(s)),
        ("t", lambda s, t: len(t)),
        ("both", lambda s, t: len(s & t)),
        ("only_s", lambda s, t: len(s - t)),
        ("only_t", lambda s, t: len(t - s)),
        ("either", lambda s, t: len(s | t)),
        ("labels", lambda s, t: C),
        ("rare", lambda s, t: sum(2.0**-label for label in s & t)),
    ],
)
def test_names_in_a_formula(name: str, meant) -> None:
    """Each name is the number that its line of help says."""
    w = weights("formula", expression=name, positive="any", label_weights=2.0 ** -torch.arange(C)).attract
    for i, j, s, t in pairs():
        assert float(w[i, j]) == (meant(s, t) if s and t else 0)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("normalise", [name for name in NORMALISATIONS if name != "rule"])
def test_inside_the_weight_is_a_constant(rule: str, normalise: str) -> None:
    """Inside the logarithm forces are those of weight 1 on the same positives, except divided by the sum of weights."""
    y = random_labels(8, 5, 0.5, 3)
    try:
        found = terms(Method(rule, placement="inside", normalise=normalise, temperature=0.5).loss(), y)
    except ValueError:
        assert rule == "hamming"  # a positive of weight 0
        return
    p, positive = found.probability, found.positive.double()
    count = {"count": positive.sum(1), "labels": y.sum(1).double(), "none": torch.ones(8)}.get(normalise)
    divisor = found.attract.sum(1) if count is None else count
    expected = torch.where(positive.any(1), 1 / divisor.clamp_min(1e-9), 0.0)[:, None] * (
        positive.sum(1, keepdim=True) * p - positive
    )
    torch.testing.assert_close(found.force.double(), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", EXAMPLE)
@pytest.mark.parametrize("rule", RULES)
def test_reasons_for_another_force_inside(name: str, rule: str) -> None:
    """Where forces differ from any shared label's a reason is named, and where none is named they don't."""
    batch = example_batch(name, key="k", readiness="learning", seed=0)
    for normalise in NORMALISATIONS:
        one = verdict(batch, Method(rule, placement="inside", normalise=normalise))
        blurred, reasons = against_any_shared(batch, one), reasons_inside(batch, one)
        if blurred is not None and blurred >= SAME_FORCE:
            assert reasons
        if blurred is not None and not reasons:
            assert blurred < SAME_FORCE
        if "the rule calls other pairs positive" in reasons:
            wide = verdict(batch, Method("any_shared")).terms
            assert not torch.equal(one.terms.positive, wide.positive)


def test_a_sum_inside_the_logarithm_is_soon_content() -> None:
    """Of three positives one stands at the anchor, two at a right angle: next to no loss, where outside it is large."""
    z = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=torch.float64)
    values = {
        placement: float(
            build_loss("weighted_supcon", rule="any_shared", temperature=0.1, placement=placement, reduction="none")(
                z, torch.ones(4, 1, dtype=torch.bool)
            )[0]
        )
        for placement in ("inside_sum", "outside")
    }
    assert values["inside_sum"] < 1e-3
    assert values["outside"] > 6


@pytest.mark.parametrize("name", EXAMPLE)
def test_an_anchor_without_a_positive_pulls_nothing(name: str) -> None:
    """Neither weight nor force in its row, under every rule; all others have a positive."""
    batch = example_batch(name, key="k", readiness="learning", seed=0)
    for rule in RULES:
        one = verdict(batch, Method(rule))
        alone = [batch.names.index(item) for item in without_positive(batch, one)]
        assert not one.terms.force[alone].any()
        assert not one.terms.attract[alone].any()
        rest = [row for row in range(len(batch)) if row not in alone]
        assert bool(one.terms.positive[rest].any(1).all())


def test_both_sides_of_a_pair_have_one_cosine() -> None:
    """The cosine of a pair is the same from both sides; the weight of items 1 and 7 of the example is not."""
    one = verdict(example_batch("relations", key="k", readiness="learning", seed=0), Method("similarity_dissimilarity"))
    torch.testing.assert_close(one.terms.cosine, one.terms.cosine.T)
    assert one.terms.attract[0, 6] != one.terms.attract[6, 0]


# Losses -------------------------------------------------------------------------------------------------------------


def test_left_out_of_the_mean() -> None:
    """An anchor without labels and one without a positive have value 0, and the mean is over the other two."""
    y, z = labels("110", "000", "100", "001"), embeddings(4)
    values = build_loss("weighted_supcon", reduction="none")(z, y)
    assert values[[1, 3]].tolist() == [0, 0]
    assert float(build_loss("weighted_supcon")(z, y)) == pytest.approx(float(values.sum() / 2))
    assert float(build_loss("weighted_supcon")(z[:2], y[:2])) == 0


def test_edges_of_contrastive_knn() -> None:
    """An anchor that shares nothing has value 0; in one place the gradient is 0, apart it is not."""
    y, z = labels("1100", "1100", "0010", "0000"), embeddings(4)
    loss = build_loss("contrastive_knn", reduction="none")
    values = loss(z, y)
    assert values[0] != 0
    assert values[2:].tolist() == [0, 0]
    for place, moves in ((torch.ones_like(z), False), (z, True)):
        place.requires_grad_()
        loss(place, y).sum().backward()
        assert bool(place.grad.any()) == moves


def test_proto_only_pulls_to_own_prototypes() -> None:
    """One label an item: the force on its prototype is a pull, on each other prototype a push, on items 0."""
    y, stars = labels("100", "010", "100"), torch.eye(3, dtype=torch.float64)
    z, own = embeddings(3, 3), torch.arange(3)
    force = build_loss("proto_only").explain(z, y, z, y, self_index=own, prototypes=stars).force
    assert not force[:, :3].any()
    assert torch.equal(force[:, 3:] < 0, y)
    assert torch.equal(force[:, 3:] > 0, ~y)


def test_values_of_jaccard_denominator_can_be_negative() -> None:
    """All in one place, J below 1 in the normaliser: the logarithm is below the similarity."""
    y = labels("1100", "1010", "1001")
    values = build_loss("jaccard_denominator", reduction="none")(torch.ones(3, 2, dtype=torch.float64), y)
    assert (values < 0).all()
    lonely = labels("1100", "1010", "1001", "0000")
    values = build_loss("jaccard_denominator", reduction="none")(torch.ones(4, 2, dtype=torch.float64), lonely)
    assert values[3] == 0


def test_a_label_of_all_items_adds_nothing_to_hero() -> None:
    """Its term is 0; an item is its own positive; an item without labels is pushed away and pulled by none."""
    z = embeddings(5)
    assert not build_loss("hero", reduction="none")(z, torch.ones(5, 1, dtype=torch.bool)).any()
    # no other item carries the label of either: what is left is that each is its own positive
    assert (build_loss("hero", reduction="none")(z[:2], labels("10", "01")) > 0).all()
    found = terms(build_loss("hero"), labels("10", "10", "00"))
    assert not found.positive[:2, 2].any()
    assert (found.force[:2, 2] > 0).all()


def test_terms_of_asl_are_bounded() -> None:
    """At logits of any size no entry costs more than -log(epsilon); an item without labels costs like the others."""
    bare = build_loss("asl", reduction="none")(
        torch.zeros(1, 2), torch.zeros(1, 3, dtype=torch.bool), logits=torch.ones(1, 3)
    )
    assert float(bare.sum()) > 0
    x = torch.tensor([[-1e4, 1e4, 30.0], [80.0, -80.0, 0.0]], dtype=torch.float64)
    for y in (torch.ones(2, 3, dtype=torch.bool), torch.zeros(2, 3, dtype=torch.bool)):
        for row, has in zip(x, y, strict=True):
            for entry, own in zip(row, has, strict=True):
                loss = build_loss("asl", epsilon=1e-4)
                value = loss(torch.zeros(1, 2), own.reshape(1, 1), logits=entry.reshape(1, 1))
                assert float(value) <= -np.log(1e-4) + 1e-9


def test_prototypes_pull_all_their_items() -> None:
    """In the crowd a prototype's row has a weight on every item that carries its label, and on no other item."""
    y, stars = random_labels(12, 4, 0.5, 2), torch.eye(4, dtype=torch.bool)
    crowd = torch.cat([y, stars])
    w = RULES["overlap_ratio"].weights(crowd, crowd, self_index=torch.arange(16)).attract
    for label in range(4):
        assert torch.equal(w[12 + label, :12] > 0, y[:, label])


# Small batches ------------------------------------------------------------------------------------------------------


def toggled(batch: HandBatch, *changes: tuple[int, int]) -> HandBatch:
    """The batch after toggling labels of items."""
    rows = batch.labels.astype(int).copy()
    for row, column in changes:
        rows[row, column] = 1 - rows[row, column]
    return edited(batch, [{"id": i, "labels": row.tolist()} for i, row in zip(batch.ids, rows, strict=True)])


CAPTIONS = {
    "relations": (
        "Beside item 1 {sky, sea}: 2 same labels; 4 fewer labels; 3 and 7 more labels; 5 some shared; 6 and 8 none "
        "shared.",
        "Beside item 1 {sky}: 4 same labels; 2, 3 and 7 more labels; 5, 6 and 8 none shared.",
    ),
    "nested": (
        "12 of 21 pairs are nested: one label set has all labels of the other, and more.",
        "10 of 21 pairs are nested: one label set has all labels of the other, and more.",
    ),
    "starving": (
        "leaves 6 of 8 items without a positive (1, 2, 3, 4, 5, 8).",
        "leaves 8 of 8 items without a positive (1, 2, 3, 4, 5, 6, 7, 8).",
    ),
    "common": (
        "8 of 8 items have the label sky; under any shared label 28 of 28 pairs are positive.",
        "7 of 8 items have the label sky; under any shared label 21 of 28 pairs are positive.",
    ),
    "single": (
        f"8 of 8 items have one label each. {len(RULES) - 1} of {len(RULES)} rules call the same pairs positive here, "
        "not Hamming agreement.",
        "7 of 8 items have one label each.",
    ),
    "without": (
        "1 of 8 items have no labels (1); 2 of 8 have no positive under any shared label (1, 2).",
        "0 of 8 items have no labels; 1 of 8 have no positive under any shared label (2).",
    ),
}
EDITS = {
    "relations": (0, 1),
    "nested": (2, 0),
    "starving": (5, 3),
    "common": (0, 0),
    "single": (0, 1),
    "without": (0, 0),
}


@pytest.mark.parametrize("name", EXAMPLE)
def test_captions_follow_the_edits(name: str) -> None:
    """What is said of an example, by hand, as it begins and after a label was toggled."""
    batch = example_batch(name, key="k", readiness="learning", seed=0)
    before, after = CAPTIONS[name]
    assert before in origin_words(batch)
    said = origin_words(toggled(batch, EDITS[name]))
    assert after in said
    assert before not in said


def test_a_drawn_batch_says_that_it_was_edited() -> None:
    """A seeded draw names seed and chances, and after a toggle that its labels are no longer that draw's."""
    batch = random_batch(8, key="k", readiness="random", seed=4)
    assert "seed 4, each label with its own probability: sky 60%, sea 51%" in origin_words(batch)
    assert "edited since" not in origin_words(batch)
    assert "Its labels were edited since." in origin_words(toggled(batch, (0, 0)))


def test_the_examples_titles() -> None:
    """All five relations are met by item 1; in the example of one label everywhere every item carries sky; every item
    of one label each has one.
    """
    y = torch.from_numpy(example_batch("relations", key="k", readiness="random", seed=0).labels)
    assert set(relation_matrix(y[:1], y[1:])[0].tolist()) == {int(one) for one in Relation}
    assert example_batch("common", key="k", readiness="random", seed=0).labels[:, 0].all()
    assert (example_batch("single", key="k", readiness="random", seed=0).labels.sum(1) == 1).all()


@pytest.mark.parametrize(("readiness", "own", "label"), [("learning", 60, 40), ("separated", 15, 85)])
def test_mixture_of_made_up_embeddings(readiness: str, own: int, label: int) -> None:
    """60 : 40 and 15 : 85, of the item's random direction and the mean direction of its labels when it was drawn."""
    random, mixed = (example_batch("single", key="k", readiness=name, seed=5).z for name in ("random", readiness))
    # items 1 and 2 have one label and so one direction d: (own r + label d) / norm, solved for d of both
    found = []
    for row in (0, 1):
        r, z = random[row].astype(float), mixed[row].astype(float)
        # |own r + label d| = t with |d| = 1: t^2 - 2 t own (r.z) + own^2 = label^2
        b = own * float(r @ z)
        t = b + np.sqrt(b * b - own**2 + label**2)
        found.append((t * z - own * r) / label)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    if label > own:  # below, the square root has a second sign
        np.testing.assert_allclose(found[0], found[1], atol=1e-5)
    after = toggled(example_batch("single", key="k", readiness=readiness, seed=5), (0, 3))
    assert np.array_equal(after.z, mixed)


# Health of a frame --------------------------------------------------------------------------------------------------


def test_evenness_and_its_line() -> None:
    """All alike: 1; one with nearly all the weight: near 0; below 1/2 a hundred positives count as less than ten."""
    alike, one = torch.ones(1, 100), torch.full((1, 100), 1e-6)
    one[0, 0] = 1
    assert float(weight_evenness(alike)) == pytest.approx(1)
    assert float(weight_evenness(one)) < 0.01
    generator = torch.Generator().manual_seed(0)
    for power in range(1, 12):
        w = torch.rand(1, 100, generator=generator) ** (4 * power)
        assert (float(weight_evenness(w)) < UNEVEN) == (float(effective_positives(w)) < 10)


def test_one_sided_forces_are_said() -> None:
    """Only equal sets and strangers, and nearly all pulled: more than the threshold on one relation, named with it."""
    z = embeddings(12, dtype=torch.float32).numpy()
    y = np.ones((12, 1), dtype=bool)
    found = {
        one.record.name: one for one in findings(build_loss("weighted_supcon", rule="any_shared"), z, y, None, ["a"])
    }
    assert f"More than {ONE_SIDED:.0%} of it goes to one relation (same labels)" in found["force_shares"].look
    nothing = findings(build_loss("weighted_supcon", rule="any_shared"), z, np.zeros_like(y), None, ["a"])
    said = {one.record.name: one.look for one in nothing}
    assert "No pair of watched items pulls or pushes" in said["force_shares"]
    assert "learn from no other item" in said["without_positives"]


def test_narrow_and_closed_spaces_are_said() -> None:
    """One spot: uniformity above the threshold, and the mean cosine of nearly 1; a line: fewer than two directions."""
    z = np.ones((20, 6), dtype=np.float32) + 0.01 * embeddings(20, 6, dtype=torch.float32).numpy()
    found = {one.record.name: one.look for one in findings(None, z, np.ones((20, 1), dtype=bool), None, ["a"])}
    assert f"below {CLOSED:g}" in found["uniformity"]
    assert "mean cosine 1.00" in found["effective_rank"]
    signs = np.where(np.arange(20) % 2, 1, -1)[:, None]
    found = {one.record.name: one.look for one in findings(None, z * signs, np.ones((20, 1), dtype=bool), None, ["a"])}
    assert f"fewer than {FEW:g} directions" in found["effective_rank"]


def test_without_positives_no_weight() -> None:
    """Of 300 items of any labels: who is counted as without positives has no weight in its row, and no force."""
    y = random_labels(MAX_ANCHORS, 12, 0.1, 6)
    found = terms(build_loss("weighted_supcon", rule="all_equal"), y)
    alone = ~found.positive.any(1)
    assert alone.any()
    assert not found.attract[alone].any()
    assert not found.force[alone].any()
    bare = ~y.any(1)
    assert bool(alone[bare].all())


# Batches ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [16, 100, 256])
def test_uniform_deals_no_item_twice(size: int) -> None:
    """Different items, whole batches: what fills none sits the epoch out."""
    data = load_data("icons")
    rows = data.indices("train")
    dealt = torch.cat(SAMPLERS["uniform"].make(rows, size, seed=0, epoch=0, labels=data.labels))
    assert len(dealt.unique()) == len(dealt) == len(rows) // size * size


def test_labels_in_turn_on_the_icons() -> None:
    """Of an epoch of icons more than a hundred come twice or oftener, and more than a hundred not at all; a rare
    label's items come oftener than a frequent one's.
    """
    data = load_data("icons")
    rows = data.indices("train")
    dealt = torch.cat(list(SAMPLERS["label_balanced"].make(rows, 64, seed=0, epoch=0, labels=data.labels)))
    times = torch.bincount(dealt, minlength=len(data))[rows]
    assert int((times > 1).sum()) > 100
    assert int((times == 0).sum()) > 100
    counts = data.labels.select(rows).counts()
    y = data.labels[rows]
    rare, common = y[:, (counts > 0) & (counts < 20)].any(1), y[:, counts.argmax()]
    assert times[rare].double().mean() > times[common].double().mean()


def test_expected_partners_in_a_batch() -> None:
    """255 others, each related with the share of the pairs: the mean over dealt batches of icons is within a tenth."""
    data = load_data("icons")
    rows = data.indices("train")
    sample = data.labels[rows]
    relation = relation_matrix(sample, sample)
    off = ~torch.eye(len(rows), dtype=torch.bool)
    met = []
    for batch in SAMPLERS["uniform"].make(rows, 256, seed=0, epoch=0, labels=data.labels):
        y = data.labels[batch]
        met.append((relation_matrix(y, y) != int(Relation.DISJOINT)).double().sum(1).mean() - 1)
    expected = 255 * (relation[off] != int(Relation.DISJOINT)).double().mean()
    assert float(torch.stack(met).mean()) == pytest.approx(float(expected), rel=0.1)
