"""soft_contrastive: each item next to its own other view, cosines fitted to the number of common labels."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels, random_labels
from tests.losses.pair_checks import check_pairs

WITH_ITEMS = [name for name, y in CASES.items() if len(y)]


def cosines(z, others):
    """Cosines in float64."""
    return (F.normalize(z, dim=1) @ F.normalize(others, dim=1).T).numpy()


def test_by_hand():
    """Two items at a right angle, keys in their places, {a} and {b}: targets 1 and 0, tau 1, lambda 1/2."""
    z, y = torch.eye(2, dtype=torch.float64), labels("10", "01")
    loss = build_loss("soft_contrastive", temperature=1, weight=0.5)
    own = log(1 + exp(-1))  # InfoNCE of cosines 1 and 0; BCE of sigmoid(1) against 1 is the same
    expected = own + 0.5 * (own + log(2)) / 2
    assert loss(z, y, references=(z, y), candidates="references").item() == pytest.approx(expected)
    # by itself a batch has the soft term alone, of one other item with the target 0
    assert loss(z, y).item() == pytest.approx(0.5 * log(2))


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", WITH_ITEMS)
@pytest.mark.parametrize("candidates", ["references", "both"])
def test_equal_to_the_loops_with_keys_and_queue(case, candidates, dtype):
    """Keys of the batch and a queue, with the batch and without it; anchors without labels count when kept."""
    y = CASES[case]
    n, z = len(y), embeddings(len(y))
    keys = torch.cat([embeddings(n, seed=1), embeddings(3, seed=2)])
    y_keys = torch.cat([y, random_labels(3, y.shape[1], 0.4, 7)])
    others, y_others, own, view = keys, y_keys, None, range(n)
    if candidates == "both":
        others, y_others, own = torch.cat([z, keys]), torch.cat([y, y_keys]), range(n)
        view = range(n, 2 * n)
    expected = np.array(reference.soft_contrastive(cosines(z, others), y, y_others, 0.3, 0.7, own, view))
    loss = build_loss("soft_contrastive", temperature=0.3, weight=0.7, reduction="none", no_labels="keep")
    given = (keys.to(dtype), y_keys)
    values = loss(z.to(dtype), y, references=given, candidates=candidates)
    tolerance = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    np.testing.assert_allclose(values.numpy(), expected, **tolerance)
    labelled = y.any(1).numpy()
    dropped = replace(loss, no_labels="drop")
    np.testing.assert_allclose(
        dropped(z.to(dtype), y, references=given, candidates=candidates).numpy(), expected * labelled, **tolerance
    )
    mean = replace(dropped, reduction="mean")(z.to(dtype), y, references=given, candidates=candidates).item()
    np.testing.assert_allclose(mean, (expected * labelled).sum() / max(labelled.sum(), 1), **tolerance)


def test_stacked_views():
    """Two views stacked: each finds its partner half a batch further on; halves of other labels are single items."""
    y, z = CASES["five_relations"], embeddings(12)
    both = torch.cat([y, y])
    loss = build_loss("soft_contrastive", views="stacked", reduction="none", temperature=0.3)
    view = [(i + 6) % 12 for i in range(12)]
    expected = reference.soft_contrastive(cosines(z, z), both, both, 0.3, 0.1, range(12), view)
    np.testing.assert_allclose(loss(z, both).numpy(), expected, rtol=1e-11)
    single = replace(loss, views="single")
    assert not torch.allclose(single(z, both), loss(z, both))
    assert torch.equal(loss(z[:6], y), single(z[:6], y))
    assert torch.equal(loss(z[:5], y[:5]), single(z[:5], y[:5]))


@pytest.mark.parametrize("case", ["five_relations", "empty_rows", "all_ones"])
def test_pairs(case):
    """What is shown is the soft term: forces by differences of the loops, and chained to the gradient."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loss = build_loss("soft_contrastive", temperature=0.5, no_labels="keep")
    own = range(len(y))

    def loops(s):
        return reference.soft_contrastive(0.5 * s, y, y, 0.5, 0.1, own, None)

    check_pairs(loss, z, y, loops, loss_similarity(0.5))


def loss_similarity(temperature):
    """Cosine over temperature."""

    def similarity(z):
        unit = F.normalize(z, dim=1)
        return unit @ unit.T / temperature

    return similarity


def test_targets():
    """{a, b} with {a, b}, {a}, {}: 2, 1, 0 labels in common of 0 to 2; all alike: nothing to scale, 0."""
    y = labels("11", "11", "10", "00")
    loss = build_loss("soft_contrastive")
    shown = loss.pair_weights(y, y, self_index=torch.arange(4))
    assert shown.attract[0].tolist() == [0, 1, 0.5, 0]
    assert shown.positive[0].tolist() == [False, True, True, False]
    assert shown.compete[0].tolist() == [0, 1, 1, 1]
    assert not loss.pair_weights(y[:2], y[:2]).attract.any()


def test_gradients_by_differences():
    """Value and gradient agree by finite differences, keys included."""
    y, z = CASES["empty_rows"], embeddings(5).requires_grad_()
    keys = embeddings(5, seed=4).requires_grad_()
    loss = build_loss("soft_contrastive", temperature=0.4)
    assert torch.autograd.gradcheck(lambda z, k: loss(z, y, references=(k, y), candidates="both"), (z, keys))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"candidates": "queue"}, "candidates is 'queue'; it must be one of batch, references, both"),
        ({"candidates": "both"}, "candidates is 'both', and references are missing"),
        ({"references": (2, "10")}, "candidates is 'batch', and references are given"),
        ({"references": (1, "1"), "candidates": "both"}, "must begin with the other views of the 2 items"),
        ({"references": (2, "01"), "candidates": "both"}, "must begin with the other views of the 2 items"),
        ({"prototypes": torch.zeros(1, 5)}, "no prototypes"),
    ],
)
def test_what_does_not_fit_is_refused(inputs, message):
    """One clear line."""
    if "references" in inputs:
        n, rows = inputs["references"]
        inputs = {**inputs, "references": (embeddings(n), labels(*rows))}
    with pytest.raises(InputError) as caught:
        build_loss("soft_contrastive")(embeddings(2), labels("1", "0"), **inputs)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("unchecked")
def test_rows_that_do_not_fit_are_refused():
    """One row per item."""
    with pytest.raises(InputError, match="must have one row per item"):
        build_loss("soft_contrastive")(embeddings(3), labels("1", "0"))
