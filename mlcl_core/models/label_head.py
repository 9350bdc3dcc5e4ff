"""One embedding per item and label: each label looks at the item by attention."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

HEADS = 4


class LabelHead(nn.Module):
    """Tokens of an item -> an embedding for every label, by attention with a learnt query a label.

    Of a picture the tokens are the places of the encoder's last layer, so that a label can look where it shows; of a
    feature vector there is one token, and the labels differ by their queries.

    Args:
        width: Of a token.
        dims: Of a label embedding; four attention heads where it can be divided by 4.
        labels: How many there are.

    References:
        Dao et al., MulCon (label-level embeddings by attention between labels and places of the feature map).
    """

    def __init__(self, width: int, dims: int, labels: int) -> None:
        """Queries with the spread of torch's embeddings, over the root of their width."""
        super().__init__()
        self.queries = nn.Parameter(torch.randn(labels, dims) / dims**0.5)
        self.attention = nn.MultiheadAttention(dims, math.gcd(HEADS, dims), kdim=width, vdim=width, batch_first=True)
        self.layers = nn.Sequential(nn.LayerNorm(dims), nn.Linear(dims, dims), nn.ReLU(), nn.Linear(dims, dims))

    def forward(
        self, tokens: Float[Tensor, "n t width"], missing: Bool[Tensor, "n t"] | None = None
    ) -> Float[Tensor, "n c d"]:
        """Label embeddings, not normalised; ``missing`` tokens are not looked at."""
        queries = self.queries.expand(len(tokens), -1, -1)
        seen, _ = self.attention(queries, tokens, tokens, key_padding_mask=missing, need_weights=False)
        return self.layers(queries + seen)
