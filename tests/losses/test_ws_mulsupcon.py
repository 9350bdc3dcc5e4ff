"""ws_mulsupcon: strata of items with one label, several and none; published weights, rows and edge cases."""

from math import log

import pytest
import torch
from hypothesis import given, settings, strategies

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss, fitted_to_labels
from mlcl_core.losses.core.local_anchors import LocalAnchors
from tests import reference
from tests.cases import CASES, TOLERANCE, embeddings, label_matrices, labels, one_label_matrices
from tests.losses.pair_checks import check_pairs, check_values

PROVES = {
    "test_equal_to_the_loops": (
        "Where no two of them meet, the other terms weigh 1 in place of 1 - lambda.",
        "A label that no other item of the stratum carries adds nothing.",
    ),
    "test_items_without_labels": ("Items without labels attract each other, unless healthy is 0.",),
}
TAU, HEALTHY = 0.5, 0.7
few = settings(max_examples=5)


def cosine(z):
    """Cosine over the temperature."""
    unit = torch.nn.functional.normalize(z, dim=1)
    return unit @ unit.T / TAU


def rarities(y):
    """w_l of anchors with one label (by all items) and with several (by items with several), as published."""
    rows = [reference.label_set(row) for row in y]
    found = []
    for items in (rows, [S for S in rows if len(S) > 1]):
        counts = [sum(label in S for S in items) for label in range(y.shape[1])]
        found.append([1 - n / max(sum(counts), 1) for n in counts])
    return found


def ready(y, **options):
    """The loss with the label counts of these items."""
    return fitted_to_labels(build_loss("ws_mulsupcon", temperature=TAU, **options), y)


def test_by_hand():
    """Cosines of 0, so that each share is one over the number of candidates; w = 1/4 for a alone, 1/2 in {a, b}."""
    y = labels("10", "10", "11", "00", "00")
    z = torch.eye(5, dtype=torch.float64)
    w_a, several = 1 - 3 / 4, 1 - 1 / 2  # a is 3 of all 4 labels, and 1 of the 2 of items with several
    one_to_one = w_a * log(3)  # rows 0 and 1: the other one, beside both without labels
    one_to_several = w_a * (1 / 2) * log(3)  # J = 1/2, beside both without labels
    several_to_one = several * (1 / 2) * log(4)  # item 2 by a: items 0 and 1, beside both without labels; b has none
    bare = log(4)  # the other one without labels among four
    expected = (1 - HEALTHY) * (one_to_one + one_to_several + several_to_one) + HEALTHY * bare
    assert ready(y)(z, y).item() == pytest.approx(expected)
    assert ready(y, healthy=0)(z, y).item() == pytest.approx(one_to_one + one_to_several + several_to_one)
    no_bare = ready(y)(z[:3], y[:3]).item()  # nothing competes with the only candidate, except for item 2
    assert no_bare == pytest.approx(several * (1 / 2) * log(2))


def test_equal_to_the_published_code():
    """A number that the published functions give in float64 for six anchors, their keys and a queue of four."""
    training = labels("1000", "1000", "0100", "0001", "1100", "0110", "1011", "0000")
    y, queue = labels("1000", "1100", "0000", "0110", "0100", "1000"), labels("0000", "1010", "0001", "0100")
    z = torch.sin(torch.arange(18, dtype=torch.float64).reshape(6, 3) + 1)
    keys = torch.cos(torch.arange(30, dtype=torch.float64).reshape(10, 3))
    loss = fitted_to_labels(build_loss("ws_mulsupcon"), training)
    value = loss(z, y, references=(keys, torch.cat([y, queue])), candidates="references")
    assert value.item() == pytest.approx(5.877304808643062, abs=1e-9)  # it adds 1e-10 to each union


@pytest.mark.parametrize(
    ("case", "dtype"), [*((case, torch.float64) for case in CASES), ("sparse", torch.float32), ("dense", torch.float32)]
)
def test_equal_to_the_loops(case, dtype):
    """Every reduction on every case, with weights of the case and equal ones, with and without the healthy term."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    s, ones = cosine(z).numpy(), [1.0] * y.shape[1]
    for healthy in (HEALTHY, 0.0):
        loops = reference.ws_mulsupcon(s, y, *rarities(y), healthy)
        check_values(ready(y, healthy=healthy), z.to(dtype), y, loops, TOLERANCE[dtype])
    loops = reference.ws_mulsupcon(s, y, ones, ones, HEALTHY)
    check_values(ready(y, weighting="equal"), z.to(dtype), y, loops, TOLERANCE[dtype])


def test_pairs():
    """Forces equal differences of the loops and sum to 0; they are the anchor's weights against its shares."""
    y, z = CASES["empty_rows"], embeddings(5)
    loss = ready(y)
    check_pairs(loss, z, y, lambda s: reference.ws_mulsupcon(s, y, *rarities(y), HEALTHY), cosine)
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)))
    torch.testing.assert_close(terms.force.sum(1), torch.zeros(len(y), dtype=torch.float64))
    bare = ~y.any(1)
    pull = terms.attract.sum(1, keepdim=True) * terms.probability - terms.attract
    torch.testing.assert_close(terms.force[bare], pull[bare])
    assert terms.positive[bare].any(1).tolist() == [int(bare.sum()) > 1] * int(bare.sum())


@few
@given(y=one_label_matrices(), seed=strategies.integers(0, 100))
def test_one_label_each_is_supcon(y, seed):
    """With equal weights and one label an item it is weighted_supcon under any shared label, label by label too."""
    z = embeddings(len(y), seed=seed)
    for rule in ({"rule": "any_shared"}, {"rule": "mulsupcon"}):
        same = build_loss("weighted_supcon", temperature=TAU, **rule)
        torch.testing.assert_close(ready(y, weighting="equal")(z, y), same(z, y))


@few
@given(y=label_matrices(min_items=2), seed=strategies.integers(0, 100))
def test_several_labels_alone_are_rows_of_mulsupcon(y, seed):
    """Where every item has several labels, no overlap weight apart, rows are those of the published MulSupCon."""
    y = torch.cat([y, torch.ones(len(y), 2, dtype=torch.bool)], 1)
    z = embeddings(len(y), seed=seed)
    loss = ready(y, weighting="equal")
    same = build_loss("weighted_supcon", rule="mulsupcon", temperature=TAU)
    # a row's positives weigh J / |P_il| here and 1 / |P_il| there
    own = torch.arange(len(y))
    found, expected = loss.explain(z, y, z, y, self_index=own), same.explain(z, y, z, y, self_index=own)
    jaccard = expected.shared / (y.sum(1)[:, None] + y.sum(1)[None] - expected.shared).clamp_min(1)
    rows = int((y & (y.sum(0) > 1)).sum())
    torch.testing.assert_close(found.attract, expected.attract * jaccard * len(y) / rows, rtol=1e-6, atol=1e-9)


def test_keys_and_a_queue():
    """Own keys are positives; the batch's rows are counted, whatever the queue holds."""
    y, z = labels("110", "100", "000"), embeddings(3)
    keys, more = embeddings(5, seed=2), labels("110", "100", "000", "011", "100")
    loss = ready(more, reduction="none")
    values = loss(z, y, references=(keys, more), candidates="references")
    assert (values > 0).all()
    unit, other = (torch.nn.functional.normalize(x, dim=1) for x in (z, keys))
    s = unit @ other.T / TAU
    alone = -(s[2, 2] - s[2].logsumexp(0))
    assert values[2].item() == pytest.approx(3 * HEALTHY * alone.item())  # one of three anchors, the only such row
    both = loss(z, y, references=(z[:0], y[:0]), candidates="both")
    torch.testing.assert_close(both, loss(z, y))


def test_the_shares_of_processes_add_up():
    """Each process has its own anchors, and rows are those of the whole batch."""
    y, z = CASES["sparse"], embeddings(11)
    loss, total = ready(y), ready(y)(z, y)
    counted = reference.ws_mulsupcon(cosine(z).numpy(), y, *rarities(y), HEALTHY)
    n = torch.tensor(sum(value is not None for value in counted))
    shares = [
        loss(z, y, local_anchors=LocalAnchors(torch.arange(11)[rank::3], rank == 0, lambda count: n))
        for rank in range(3)
    ]
    torch.testing.assert_close(sum(shares), total)


def test_items_without_labels():
    """They are positives of each other, and of no other item; with healthy 0 they are negatives alone."""
    y, z = labels("10", "00", "00", "10"), embeddings(4)
    own = torch.arange(4)
    positive = ready(y).explain(z, y, z, y, self_index=own).positive
    assert positive.int().tolist() == [[0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]]
    apart = ready(y, healthy=0).explain(z, y, z, y, self_index=own)
    assert apart.positive.int().tolist() == [[0, 0, 0, 1], [0] * 4, [0] * 4, [1, 0, 0, 0]]
    assert (apart.compete[0] == torch.tensor([0, 1, 1, 1])).all()


def test_label_counts_it_needs():
    """Both counts for the published weights, none for equal ones; missing ones are one line."""
    y, z = labels("110", "011"), embeddings(2)
    assert build_loss("ws_mulsupcon").needs == {"embeddings", "label_counts"}
    assert build_loss("ws_mulsupcon", weighting="equal").needs == {"embeddings"}
    with pytest.raises(InputError, match="ws_mulsupcon needs the training items' label counts: call"):
        build_loss("ws_mulsupcon")(z, y)
    with pytest.raises(InputError, match="also needs the label counts of the items with several labels: call"):
        build_loss("ws_mulsupcon").with_label_counts(torch.tensor([1, 2, 1]), 2)(z, y)
    with pytest.raises(InputError, match="compares items only: no prototypes"):
        ready(y)(z, y, prototypes=embeddings(3))


def test_a_label_that_is_the_only_one_weighs_nothing():
    """One label in all: w = 0 for it, as published, so that the loss is 0; with equal weights it is SupCon."""
    y, z = labels("1", "1", "1"), embeddings(3).requires_grad_()
    loss = ready(y)(z, y)
    loss.backward()
    assert loss.item() == 0
    assert not z.grad.any()
    assert ready(y, weighting="equal")(z, y).item() > 0
