"""Float types that losses compute in, and the directions of embeddings."""

from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.autograd import Function

from mlcl_core.errors import InputError

# Shorter rows have no direction; one over it is still far inside the range of float32.
MIN_LENGTH = 1e-12


def numbers(name: str, x: object, dtype: torch.dtype | None = None) -> Float[Tensor, "..."]:
    """Convert a tensor to the type that losses compute in: float64 stays, every other type becomes float32.

    Args:
        name: Its name in an error.
        x: A tensor of any float type.
        dtype: The type to compute in, where another input decides it.

    Returns:
        The numbers; gradients beyond the range of the given type (65,504 in float16) are clamped to it.

    Raises:
        InputError: No tensor, or one of whole numbers, truth values or complex numbers.
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        given = f"a tensor of {str(x.dtype).removeprefix('torch.')}" if isinstance(x, Tensor) else type(x).__name__
        raise InputError(f"{name} must be a tensor of floating-point numbers; given: {given}")
    if dtype is None:
        dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
    if x.dtype == dtype:
        return x
    if torch.finfo(x.dtype).max >= torch.finfo(dtype).max:
        return x.to(dtype)
    return _Widened.apply(x, dtype)


def unit(x: Float[Tensor, "*n d"]) -> Float[Tensor, "*n d"]:
    """Each row over its length; a row shorter than 1e-12 has no direction: it is 0, and so is its gradient."""
    short = torch.linalg.vector_norm(x.detach(), dim=-1, keepdim=True) < MIN_LENGTH
    # masked before and after: the derivatives of a length are not finite at 0
    filled = x.masked_fill(short, 1.0)
    return (filled / torch.linalg.vector_norm(filled, dim=-1, keepdim=True)).masked_fill(short, 0.0)


class _Widened(Function):
    """A conversion to a wider type whose gradient stays within the narrower one; torch.func supports it."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, dtype: torch.dtype) -> Tensor:
        return x.to(dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, torch.dtype], output: Tensor) -> None:
        ctx.narrow, ctx.wide = inputs[0].dtype, inputs[1]

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, _: None) -> Tensor:
        return tangent.to(ctx.wide)

    @staticmethod
    def backward(ctx: Any, gradient: Shaped[Tensor, "..."]) -> tuple[Tensor, None]:
        largest = torch.finfo(ctx.narrow).max
        return gradient.clamp(-largest, largest).to(ctx.narrow), None


__all__ = ["MIN_LENGTH", "numbers", "unit"]
