"""Turn items into what an encoder takes: as they are, or as one random view of each."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float32, Int32, Shaped
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.options import Option, checked_options


def to_input(items: Shaped[Tensor, "n *shape"], kind: str) -> Shaped[Tensor, "n *shape"]:
    """Make the encoder's input without chance: pictures become ink in [0, 1] (white is 0), the rest stays as it is.

    White is 0 so that the zeros with which convolutions pad a picture continue the paper it is drawn on.

    Raises:
        InputError: ``kind`` is none of picture, features, tokens.
    """
    _record(kind)
    return 1 - items.float() / 255 if kind == "picture" else items


def augment(
    items: Shaped[Tensor, "n *shape"],
    kind: str,
    *,
    generator: torch.Generator,
    rows: slice = slice(None),
    **strengths: Any,
) -> Shaped[Tensor, "k *shape"]:
    """Make one random view of each item, in one batched pass.

    Args:
        items: Rows of ``MultiLabelData.items``, on any device.
        kind: ``picture``, ``features`` or ``tokens``.
        generator: The only source of chance; the same state gives the same views, on every device.
        rows: Only these items' views are made; they are what they would be among all.
        **strengths: As in ``VIEWS[kind].strengths``; what is not given has its default. All 0: the items as they are.

    Returns:
        Views on the items' device, of the same shape.

    Raises:
        InputError: An unknown kind or strength, or a strength out of range.
    """
    record = _record(kind)
    values = checked_options(f"views of {kind}", record.strengths, strengths)
    x, chance = to_input(items[rows], kind), Chance(generator, len(items), rows, items.device)
    return record.make(x, chance, **values) if len(x) else x  # affine_grid refuses an empty batch


@dataclass(frozen=True)
class Chance:
    """Random numbers for some ``rows`` of n items: drawn for all, so that they don't depend on who draws."""

    generator: torch.Generator
    n: int
    rows: slice
    device: torch.device

    def uniform(self, *shape: int) -> Tensor:
        """Numbers in [0, 1), items x shape."""
        drawn = torch.rand(self.n, *shape, generator=self.generator, device=self.generator.device)
        return drawn[self.rows].to(self.device)

    def normal(self, *shape: int) -> Tensor:
        """Normally distributed numbers, items x shape."""
        drawn = torch.randn(self.n, *shape, generator=self.generator, device=self.generator.device)
        return drawn[self.rows].to(self.device)


def picture_views(
    x: Float32[Tensor, "n channels h w"],
    chance: Chance,
    *,
    shift: float,
    scale: float,
    rotate: float,
    flip: float,
    contrast: float,
    erase: float,
    noise: float,
) -> Float32[Tensor, "n channels h w"]:
    """Move, size, turn, mirror, fade and partly erase each picture; see ``VIEWS`` for the strengths."""
    n = len(x)
    u = chance.uniform(12)
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
        x = x + noise * chance.normal(*x.shape[1:])
    return x


def _kept(x: Tensor, u: Float32[Tensor, "n 5"], erase: float) -> Tensor:
    """0 inside a random box of a quarter to half of each side, with probability ``erase``; 1 elsewhere."""
    height, width = x.shape[-2:]
    inside = (u[:, 0] < erase)[:, None]
    spans = []
    for length, size, place in ((height, u[:, 1], u[:, 2]), (width, u[:, 3], u[:, 4])):
        box = length * (0.25 + 0.25 * size)
        start = place * (length - box)
        at = torch.arange(length, device=x.device)[None, :] + 0.5
        spans.append((at > start[:, None]) & (at < (start + box)[:, None]))
    hole = spans[0][:, :, None] & (spans[1] & inside)[:, None, :]
    return (~hole)[:, None].to(x.dtype)


def feature_views(x: Float32[Tensor, "n d"], chance: Chance, *, mask: float, noise: float) -> Float32[Tensor, "n d"]:
    """Set some features to 0, their mean over the training rows, and add a little noise to the others."""
    if noise:
        x = x + noise * chance.normal(*x.shape[1:])
    if mask:
        x = x * (chance.uniform(x.shape[1]) >= mask)
    return x


def token_views(x: Int32[Tensor, "n t"], chance: Chance) -> Int32[Tensor, "n t"]:
    """Leave the tokens as they are: the dropout of the encoder makes two views differ."""
    return x


@dataclass(frozen=True)
class ViewRecord:
    """How views of one kind of item are made, and how strongly by default."""

    kind: str
    title: str
    summary: str
    make: Callable[..., Tensor]
    strengths: Mapping[str, Option]


VIEWS: dict[str, ViewRecord] = {
    "picture": ViewRecord(
        "picture",
        "Two views of a picture",
        "Moved, sized, turned a little, faded and partly erased; the labels stay true.",
        picture_views,
        {
            "shift": Option(0.12, "Largest shift, as a share of the side.", minimum=0, maximum=1),
            "scale": Option(0.25, "Largest change of size: 0.25 is from 0.8 to 1.25 times.", minimum=0, maximum=3),
            "rotate": Option(15.0, "Largest turn, in degrees.", minimum=0, maximum=180),
            "flip": Option(0.0, "Probability of a mirror image.", minimum=0, maximum=1),
            "contrast": Option(0.4, "Largest share of the ink that fades.", minimum=0, maximum=1),
            "erase": Option(
                0.5, "Probability that a box of a quarter to half of each side is erased.", minimum=0, maximum=1
            ),
            "noise": Option(0.0, "Standard deviation of noise, full ink being 1.", minimum=0, maximum=1),
        },
    ),
    "features": ViewRecord(
        "features",
        "Two views of features",
        "Some features are set to their mean, the others get a little noise.",
        feature_views,
        {
            "mask": Option(0.2, "Probability that a feature is set to its mean.", minimum=0, maximum=1),
            "noise": Option(0.1, "Standard deviation of noise, the feature's own being 1.", minimum=0, maximum=10),
        },
    ),
    "tokens": ViewRecord(
        "tokens", "Two views of a text", "The same tokens twice; the encoder's dropout differs.", token_views, {}
    ),
}


def _record(kind: str) -> ViewRecord:
    if kind not in VIEWS:
        raise InputError(f"there is no kind of item {kind!r}; kinds are {', '.join(VIEWS)}")
    return VIEWS[kind]
