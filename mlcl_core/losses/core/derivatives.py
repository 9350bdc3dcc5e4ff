"""Derivatives beyond the first: when they are needed, and the gradient of a dense form that has them.

A function with a hand-written gradient has no derivative of that gradient. Where one is needed, the same numbers are
computed by a dense form and autograd, with derivatives of any order.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.autograd import forward_ad


def traced(*inputs: Tensor) -> bool:
    """Whether torch.func (grad, hessian, jacrev, jvp, vmap) or forward-mode differentiation is active."""
    # the same test as in torch.autograd.Function.apply
    return torch._C._are_functorch_transforms_active() or any(
        forward_ad.unpack_dual(x).tangent is not None for x in inputs
    )


def graph_wanted(upstream: Tensor) -> bool:
    """Whether the current backward pass needs operations that autograd records: the gradient itself is to be
    differentiated (``create_graph``), or ``upstream`` is a batch of gradients (``is_grads_batched``).
    """
    return torch.is_grad_enabled() or torch._C._dispatch_keys(upstream).has("Batched")


def dense_gradients(
    dense: Callable[..., Tensor], inputs: Sequence[Tensor], needed: Sequence[bool], upstream: Tensor
) -> list[Tensor | None]:
    """Gradients of ``dense(*inputs)`` times ``upstream`` by the ``needed`` inputs, with a graph of their own."""
    with torch.enable_grad(), torch.autocast(device_type=upstream.device.type, enabled=False):
        # views, because one input may depend on another, and each gradient is by its own argument alone
        views = [x.view_as(x) for x in inputs]
        wanted = [view for view, need in zip(views, needed, strict=True) if need]
        found = iter(torch.autograd.grad(dense(*views), wanted, upstream, create_graph=True))
    return [next(found) if need else None for need in needed]


__all__ = ["dense_gradients", "graph_wanted", "traced"]
