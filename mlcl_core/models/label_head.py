"""One embedding per item and label, by attention of each label to the tokens of the item."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

HEADS = 4


class LabelHead(nn.Module):
    """Tokens of an item -> an embedding for every label, by attention with one learnt query per label.

    The tokens of a picture are the positions of the encoder's last layer, so that each label can attend to the region
    that shows it; a feature vector is one token, and its label embeddings differ by their queries.

    Args:
        width: Width of a token.
        dims: Width of a label embedding; four attention heads where it is a multiple of 4.
        labels: Number of labels.

    References:
        Dao et al., MulCon (label-level embeddings by attention between labels and positions of the feature map).
    """

    def __init__(self, width: int, dims: int, labels: int) -> None:
        """Draw the queries from a normal distribution of variance 1 / ``dims``."""
        super().__init__()
        self.queries = nn.Parameter(torch.randn(labels, dims) / dims**0.5)
        self.attention = nn.MultiheadAttention(dims, math.gcd(HEADS, dims), kdim=width, vdim=width, batch_first=True)
        self.layers = nn.Sequential(nn.LayerNorm(dims), nn.Linear(dims, dims), nn.ReLU(), nn.Linear(dims, dims))

    def forward(
        self, tokens: Float[Tensor, "n t width"], missing: Bool[Tensor, "n t"] | None = None
    ) -> Float[Tensor, "n c d"]:
        """Label embeddings, not normalised; ``missing`` tokens get no attention."""
        queries = self.queries.expand(len(tokens), -1, -1)
        attended, _ = self.attention(queries, tokens, tokens, key_padding_mask=missing, need_weights=False)
        return self.layers(queries + attended)
