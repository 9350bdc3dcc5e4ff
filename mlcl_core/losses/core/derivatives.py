"""Derivatives beyond the first: when somebody asks for them, and how the quick functions give them.

A function that makes its gradient by hand has no derivative of that gradient. Where one is asked for, the same numbers
come from the dense form, which autograd follows as often as anybody likes.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.autograd import forward_ad


def traced(*inputs: Tensor) -> bool:
    """Whether torch.func (grad, hessian, jacrev, jvp, vmap) or forward-mode differentiation looks on."""
    # what torch.autograd.Function.apply asks itself
    return torch._C._are_functorch_transforms_active() or any(
        forward_ad.unpack_dual(x).tangent is not None for x in inputs
    )


def graph_wanted(upstream: Tensor) -> bool:
    """Whether a backward pass, in which this is asked, must go a way that autograd follows: its gradient is to be
    derived (``create_graph``), or ``upstream`` stands for many (``is_grads_batched``).
    """
    return torch.is_grad_enabled() or torch._C._dispatch_keys(upstream).has("Batched")


def dense_gradients(
    dense: Callable[..., Tensor], inputs: Sequence[Tensor], needed: Sequence[bool], upstream: Tensor
) -> list[Tensor | None]:
    """Gradients of ``dense(*inputs)`` times ``upstream`` by the ``needed`` inputs, with a graph of their own."""
    with torch.enable_grad(), torch.autocast(device_type=upstream.device.type, enabled=False):
        # an input may be made from another one: its gradient is that of its own place alone
        places = [x.view_as(x) for x in inputs]
        wanted = [place for place, need in zip(places, needed, strict=True) if need]
        found = iter(torch.autograd.grad(dense(*places), wanted, upstream, create_graph=True))
    return [next(found) if need else None for need in needed]


__all__ = ["dense_gradients", "graph_wanted", "traced"]
