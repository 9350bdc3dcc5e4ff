"""picture: shifted, scaled, rotated, mirrored, faded and partly erased."""

import math
from functools import lru_cache
from typing import Annotated

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float32, Shaped
from torch import Tensor

from mlcl_core.data.views.record import Random, RowRandom, ViewRecord
from mlcl_core.options import Param


def ink(items: Shaped[Tensor, "n channels h w"]) -> Float32[Tensor, "n channels h w"]:
    """Pictures of 0 (black) to 255 (white) as ink in [0, 1].

    White is 0, so that the zeros with which convolutions pad a picture continue its paper.
    """
    # in place: where pictures are large, memory for each of three results costs more than the arithmetic
    return items.to(torch.float32, copy=True).div_(-255).add_(1)


def picture_view(
    x: Float32[Tensor, "n channels h w"],
    random: Random,
    *,
    shift: Annotated[float, Param("Largest shift, as a share of the side.", ge=0, le=1)] = 0.12,
    scale: Annotated[float, Param("Largest change of size: 0.25 is from 0.8 to 1.25 times.", ge=0, le=3)] = 0.25,
    rotate: Annotated[float, Param("Largest turn, in degrees.", ge=0, le=180)] = 15.0,
    flip: Annotated[float, Param("Probability of a mirror image.", ge=0, le=1)] = 0.0,
    contrast: Annotated[float, Param("Largest share of the ink that fades.", ge=0, le=1)] = 0.4,
    erase: Annotated[
        float, Param("Probability that a box of a quarter to half of each side is erased.", ge=0, le=1)
    ] = 0.5,
    noise: Annotated[float, Param("Standard deviation of noise, full ink being 1.", ge=0, le=1)] = 0.0,
) -> Float32[Tensor, "n channels h w"]:
    """Shift, scale, rotate, mirror, fade and partly erase each picture, in one batched pass."""
    u = random.uniform(12)
    signed = 2 * u - 1
    if shift or scale or rotate or flip:
        grid = _grid_by_matrices if isinstance(random, RowRandom) else _grid
        mirror = torch.where(u[:, 2:3] < flip, -1.0, 1.0) if flip else 1.0
        zoom, angle = torch.exp(signed[:, 0] * math.log1p(scale)), signed[:, 1] * math.radians(rotate)
        places = grid(zoom, angle, mirror, 2 * shift * signed[:, 3:5], x)
        x = F.grid_sample(x, places, mode="bilinear", padding_mode="zeros", align_corners=False)
    if contrast:
        x = x * (1 - contrast * u[:, 5, None, None, None])
    if erase:
        x = x.masked_fill(_box(x, u[:, 6:11], erase), 0)
    if noise:
        x = x + random.normal(*x.shape[1:]).mul_(noise)
    return x


def _grid(
    zoom: Float32[Tensor, " n"],
    angle: Float32[Tensor, " n"],
    mirror: Float32[Tensor, "n 1"] | float,
    moved: Float32[Tensor, "n 2"],
    x: Tensor,
) -> Float32[Tensor, "n h w 2"]:
    """Where each pixel of a view is taken from, in [-1, 1] across and down.

    With places as complex numbers across + i down, zoom and turn are one factor, and each place is the sum of a term of
    its column and one of its row: a hundredth of the products of :func:`_grid_by_matrices`.
    """
    height, width = x.shape[-2:]
    factor = torch.polar(zoom, angle)[:, None]
    columns = factor * (_centres(width, x.device) * mirror)
    rows = factor * (_centres(height, x.device) * 1j) + torch.view_as_complex(moved.contiguous())[:, None]
    return torch.view_as_real(columns[:, None] + rows[:, :, None])


@lru_cache(maxsize=8)
def _centres(length: int, device: torch.device) -> Float32[Tensor, " length"]:
    return (2 * torch.arange(length, device=device) + 1) / length - 1


def _grid_by_matrices(
    zoom: Float32[Tensor, " n"],
    angle: Float32[Tensor, " n"],
    mirror: Float32[Tensor, "n 1"] | float,
    moved: Float32[Tensor, "n 2"],
    x: Tensor,
) -> Float32[Tensor, "n h w 2"]:
    """:func:`_grid` up to rounding, bit for bit as runs that draw their views one after the other began with it."""
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    sign = mirror[:, 0] if isinstance(mirror, Tensor) else mirror
    rows = [cos * sign, -sin, moved[:, 0], sin * sign, cos, moved[:, 1]]
    return F.affine_grid(torch.stack(rows, 1).view(len(x), 2, 3), list(x.shape), align_corners=False)


def _box(x: Tensor, u: Float32[Tensor, "n 5"], erase: float) -> Bool[Tensor, "n 1 h w"]:
    """Where a random box of a quarter to half of each side lies, which there is with probability ``erase``."""
    height, width = x.shape[-2:]
    inside = (u[:, 0] < erase)[:, None]
    spans = []
    for length, size, position in ((height, u[:, 1], u[:, 2]), (width, u[:, 3], u[:, 4])):
        box = length * (0.25 + 0.25 * size)
        start = position * (length - box)
        at = torch.arange(length, device=x.device)[None, :] + 0.5
        spans.append((at > start[:, None]) & (at < (start + box)[:, None]))
    return (spans[0][:, :, None] & (spans[1] & inside)[:, None, :])[:, None]


PICTURE = ViewRecord(
    name="picture",
    make=picture_view,
    to_input=ink,
)
