"""A slowly moving copy of the network that computes the keys."""

import copy

import torch
from torch import Tensor, nn


class MomentumEncoder(nn.Module):
    r"""Encoder and head whose weights are a moving average of those that are trained.

    .. math:: \theta_k \leftarrow m \, \theta_k + (1 - m) \, \theta_q

    Args:
        encoder, head: The trained modules; copied in their present state.

    References:
        He et al., MoCo, CVPR 2020, equation 2.
    """

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        """Copy the weights; the copy takes no gradient."""
        super().__init__()
        self.encoder, self.head = copy.deepcopy(encoder), copy.deepcopy(head)
        self.requires_grad_(False)

    @torch.no_grad()
    def follow(self, encoder: nn.Module, head: nn.Module, momentum: float) -> None:
        """Move by a share of 1 - ``momentum`` towards the trained weights; buffers are copied."""
        slow: list[Tensor] = [*self.encoder.parameters(), *self.head.parameters()]
        quick: list[Tensor] = [*encoder.parameters(), *head.parameters()]
        torch._foreach_lerp_(slow, quick, 1 - momentum)
        for own, trained in ((self.encoder, encoder), (self.head, head)):
            for kept, changed in zip(own.buffers(), trained.buffers(), strict=True):
                kept.copy_(changed)

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """Keys, not normalised."""
        return self.head(self.encoder(x))
