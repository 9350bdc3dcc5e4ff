"""The projection head: the loss takes its output, the probe its input."""

from jaxtyping import Float
from torch import Tensor, nn


class ProjectionHead(nn.Module):
    """h -> z by one hidden layer. z is not normalised here; the loss normalises it.

    Args:
        features: Width of h.
        hidden: Width of the hidden layer.
        dims: Width of z.

    References:
        Chen et al., SimCLR, ICML 2020, section 4.2: the layer before the head serves later tasks better.
    """

    def __init__(self, features: int, hidden: int, dims: int) -> None:
        """Two linear layers with a ReLU between them."""
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, dims))

    def forward(self, h: Float[Tensor, "n features"]) -> Float[Tensor, "n dims"]:
        """Projection z of each item's features."""
        return self.layers(h)
