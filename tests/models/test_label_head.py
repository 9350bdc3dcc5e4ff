"""Label embeddings by attention."""

import torch

from mlcl_core.models import LabelHead


def test_one_embedding_a_label() -> None:
    """Items x labels x dims, and the embeddings of an item differ by label."""
    made = LabelHead(6, 8, 3)(torch.randn(5, 4, 6))
    assert made.shape == (5, 3, 8)
    assert (made[:, 0] - made[:, 1]).abs().amax(1).min() > 1e-4


def test_the_order_of_places_plays_no_part() -> None:
    """Tokens in another order give the same embeddings; another item gives others."""
    head, tokens = LabelHead(6, 8, 3).double(), torch.randn(2, 4, 6, dtype=torch.float64)
    torch.testing.assert_close(head(tokens), head(tokens[:, torch.tensor([2, 0, 3, 1])]))
    assert not torch.allclose(head(tokens)[0], head(tokens)[1])
