"""two_way by hand, against the loops, and its edge cases."""

from math import exp, log

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from tests import reference
from tests.cases import CASES, embeddings, labels


def test_by_hand():
    """One label there (logit log 2), one not (log 3): softplus(log 3 - log 2) along the item, 0 along full columns."""
    logits = torch.tensor([[log(2), log(3)]], dtype=torch.float64)
    loss = build_loss("two_way", ways="items")(None, labels("10"), logits=logits)
    assert loss.item() == pytest.approx(log(1 + 3 / 2))
    # column 0 is a label of every item: 0, and counted; column 1 of no item: left out
    assert build_loss("two_way", ways="labels")(None, labels("10"), logits=logits).item() == 0
    assert build_loss("two_way")(None, labels("10"), logits=logits).item() == pytest.approx(log(1 + 3 / 2))


def test_temperatures_by_hand():
    """Two labels there at logit 0, two not at logit 0: softplus((T_n + T_p) log 2)."""
    loss = build_loss("two_way", ways="items", positive_temperature=3, negative_temperature=0.5)
    assert loss(None, labels("1100"), logits=torch.zeros(1, 4, dtype=torch.float64)).item() == pytest.approx(
        log(1 + 2**3.5)
    )


@pytest.mark.parametrize("masking", ["exact", "additive"])
@pytest.mark.parametrize("ways", ["both", "items", "labels"])
@pytest.mark.parametrize(("T_p", "T_n"), [(4.0, 1.0), (0.5, 2.0)])
@pytest.mark.parametrize("case", CASES)
def test_equals_the_loops(case, T_p, T_n, ways, masking):
    """Every label matrix, both ways; at logits of this size the two maskings agree."""
    y = CASES[case]
    x = embeddings(*y.shape)
    loss = build_loss("two_way", positive_temperature=T_p, negative_temperature=T_n, ways=ways, masking=masking)
    assert loss(None, y, logits=x).item() == pytest.approx(
        reference.two_way(x.numpy(), y.numpy(), T_p, T_n, ways), rel=1e-9, abs=1e-12
    )


def test_the_published_mask_leaks_at_large_logits():
    """A label that is there with logit 150 enters the sum of those that are not as 50; exactly masked it does not."""
    logits = torch.tensor([[150.0, 1.0]], dtype=torch.float64)
    options = {"ways": "items", "positive_temperature": 1.0}
    exact, additive = (
        build_loss("two_way", masking=name, **options)(None, labels("10"), logits=logits).item()
        for name in ("exact", "additive")
    )
    assert exact == pytest.approx(exp(-149), rel=1e-9)
    # the sum of absent labels: 150 - 100 instead of 1; of present ones: -101 instead of -150
    assert additive == pytest.approx(exp(50 - 101), rel=1e-9)


@pytest.mark.parametrize("masking", ["exact", "additive"])
def test_nobody_with_a_label(masking):
    """Edge case: the published code's mean of nothing is NaN; ours is 0 with gradient 0."""
    logits = torch.randn(3, 2, requires_grad=True)
    loss = build_loss("two_way", masking=masking)(None, labels("00", "00", "00"), logits=logits)
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


def test_items_without_labels_are_left_out_and_full_ones_count():
    """Edge case: an empty item changes nothing along items; a full one halves the mean."""
    one, x = labels("10"), torch.tensor([[0.5, 0.2]], dtype=torch.float64)
    loss = build_loss("two_way", ways="items")
    alone = loss(None, one, logits=x)
    twice = torch.cat([x, x])
    torch.testing.assert_close(loss(None, torch.cat([one, labels("00")]), logits=twice), alone)
    torch.testing.assert_close(loss(None, torch.cat([one, labels("11")]), logits=twice), alone / 2)


def test_logits_that_do_not_fit_are_refused():
    """One clear line with both shapes."""
    with pytest.raises(InputError, match=r"two_way needs logits of the labels' shape \(1, 2\); given: none"):
        build_loss("two_way")(None, labels("10"))
