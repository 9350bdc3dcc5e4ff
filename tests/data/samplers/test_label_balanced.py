"""label_balanced: labels occur evenly, items without labels keep their share."""

import pytest
import torch

from tests.cases import random_labels
from tests.data.samplers.dealer import deal


def test_balanced_is_even() -> None:
    """Labels of 400, 120, 60 and 20 items, one per item: in 37 batches of 16, all occur about equally often.

    A turn whose item is in the batch already goes to a random label, which happens to the smallest label now and then.
    """
    y = torch.zeros(600, 4, dtype=torch.bool)
    y[:400, 0], y[400:520, 1], y[520:580, 2], y[580:, 3] = True, True, True, True
    seen = y[torch.cat(deal("label_balanced", y, 16))].sum(0).double()
    assert float(seen.max() / seen.min()) < 1.25


def test_balanced_keeps_the_share_without_labels() -> None:
    """With a quarter of the items unlabelled, a quarter of the dealt items is unlabelled."""
    y = torch.cat([random_labels(1500, 8, 0.3, 0) | (torch.arange(8) == 0), torch.zeros(500, 8, dtype=torch.bool)])
    dealt = torch.cat(deal("label_balanced", y, 32))
    assert float((~y[dealt].any(1)).double().mean()) == pytest.approx(0.25, abs=0.03)


def test_balanced_with_a_label_of_one_item() -> None:
    """A label with too few items for its turns gives them up: no item is dealt twice in a batch."""
    y = torch.zeros(500, 2, dtype=torch.bool)
    y[0, 0], y[1:, 1] = True, True
    batches = deal("label_balanced", y, 50)
    assert all(len(batch.unique()) == 50 for batch in batches)
    assert all(0 in batch for batch in batches)


def test_balanced_without_any_label() -> None:
    """Without any label, every item is dealt once."""
    dealt = torch.cat(deal("label_balanced", torch.zeros(40, 3, dtype=torch.bool), 8))
    assert dealt.sort().values.tolist() == list(range(40))
