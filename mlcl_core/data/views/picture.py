"""picture: shifted, scaled, rotated, mirrored, faded and partly erased."""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from jaxtyping import Float32, Shaped
from torch import Tensor

from mlcl_core.data.views.record import RowRandom, ViewRecord
from mlcl_core.options import Param


def ink(items: Shaped[Tensor, "n channels h w"]) -> Float32[Tensor, "n channels h w"]:
    """Pictures of 0 (black) to 255 (white) as ink in [0, 1].

    White is 0, so that the zeros with which convolutions pad a picture continue its paper.
    """
    return 1 - items.float() / 255


def picture_view(
    x: Float32[Tensor, "n channels h w"],
    random: RowRandom,
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
    n = len(x)
    u = random.uniform(12)
    signed = 2 * u - 1
    if shift or scale or rotate or flip:
        zoom = torch.exp(signed[:, 0] * math.log1p(scale))
        angle = signed[:, 1] * math.radians(rotate)
        mirror = torch.where(u[:, 2] < flip, -1.0, 1.0)
        cos, sin = zoom * angle.cos(), zoom * angle.sin()
        rows = [cos * mirror, -sin, 2 * shift * signed[:, 3], sin * mirror, cos, 2 * shift * signed[:, 4]]
        grid = F.affine_grid(torch.stack(rows, 1).view(n, 2, 3), list(x.shape), align_corners=False)
        x = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    if contrast:
        x = x * (1 - contrast * u[:, 5, None, None, None])
    if erase:
        x = x * _kept(x, u[:, 6:11], erase)
    if noise:
        x = x + noise * random.normal(*x.shape[1:])
    return x


def _kept(x: Tensor, u: Float32[Tensor, "n 5"], erase: float) -> Tensor:
    """0 inside a random box of a quarter to half of each side, with probability ``erase``; 1 elsewhere."""
    height, width = x.shape[-2:]
    inside = (u[:, 0] < erase)[:, None]
    spans = []
    for length, size, position in ((height, u[:, 1], u[:, 2]), (width, u[:, 3], u[:, 4])):
        box = length * (0.25 + 0.25 * size)
        start = position * (length - box)
        at = torch.arange(length, device=x.device)[None, :] + 0.5
        spans.append((at > start[:, None]) & (at < (start + box)[:, None]))
    hole = spans[0][:, :, None] & (spans[1] & inside)[:, None, :]
    return (~hole)[:, None].to(x.dtype)


PICTURE = ViewRecord(
    name="picture",
    make=picture_view,
    to_input=ink,
)
