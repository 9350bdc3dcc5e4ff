"""A distribution for every item in place of a point: a mixture of one Gaussian per label."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

MIN_SCALE = 0.1  # of a Gaussian among unit means: below it two items hardly ever overlap


class MixtureHead(nn.Module):
    """h -> a Gaussian mixture of one component per label, packed as log weight, log scale, mean.

    Weights of an item sum to 1, means have length 1, the Gaussians are isotropic with a standard
    deviation of at least 0.1.

    Args:
        features: Width of h.
        hidden: Units of the hidden layer.
        dims: Width of the means.
        labels: Number of labels.

    References:
        Bishop 1994 (mixture density networks); after the abstract of Sajedi et al. 2024 (ProbMCL).
    """

    def __init__(self, features: int, hidden: int, dims: int, labels: int) -> None:
        """Two linear layers with torch's own initialisation."""
        super().__init__()
        self.labels, self.dims = labels, dims
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, labels * (dims + 2)))

    def forward(self, h: Float[Tensor, "n h"]) -> Float[Tensor, "n c packed"]:
        """The mixture of each item; ``packed`` = 2 + dims."""
        out = self.layers(h).unflatten(1, (self.labels, self.dims + 2)).float()
        log_weight = out[..., :1].log_softmax(1)
        log_scale = (F.softplus(out[..., 1:2]) + MIN_SCALE).log()
        return torch.cat([log_weight, log_scale, F.normalize(out[..., 2:], dim=2)], dim=2)


def mixture_mean(mixture: Float[Tensor, "n c packed"]) -> Float[Tensor, "n d"]:
    """The mean of each item's mixture, a point that maps can show."""
    return (mixture[..., :1].exp() * mixture[..., 2:]).sum(1)


__all__ = ["MixtureHead", "mixture_mean"]
