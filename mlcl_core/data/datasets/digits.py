"""Scenes of one to four real handwritten digits at random positions: labels that are exact by construction."""

import math
from collections.abc import Callable
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from mlcl_core.data.datasets.record import DatasetRecord
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.multilabel import MultiLabelData
from mlcl_core.data.split import SHARES
from mlcl_core.data.stratify.iterative import iterative_split
from mlcl_core.options import Param

SIZE = 32  # pixels a side
MAX_DIGITS = 4  # digits a scene
SOURCE = 32  # pixels a side of a source digit, enlarged from 8 once, so that drawing it needs only bilinear sampling
TRIES = 64  # layouts drawn for a scene; the first one with little overlap is used
MAX_OVERLAP = 0.25  # of the smaller digit's box, wherever one of the TRIES layouts allows it
MIN_SIDE, MAX_SIDE = 10.0, 16.0  # pixels a side of a digit in the scene
MAX_TILT, MIN_STRENGTH = math.radians(15), 0.6


def load_digits(
    *,
    seed: int,
    scenes: Annotated[
        int, Param("Scenes over all splits: 70 % train, 10 % validation, 20 % test.", ge=20, le=200_000)
    ] = 6000,
) -> MultiLabelData:
    """Compose scenes; the label set of a scene is the set of digits in it.

    The source digits are split first, so that no digit of a test scene occurs in a training scene.

    Args:
        seed: Of the split of the source digits and of the scenes.
        scenes: Scenes over all splits, from 20 to 200,000.
    """
    sources, classes = _sources()
    one_hot = classes[:, None] == np.arange(10)
    source_split = iterative_split(one_hot, SHARES, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    pictures, labels, split = [], [], []
    for name, share in SHARES.items():
        mine = np.flatnonzero(source_split == name)
        num_scenes = max(2, round(scenes * share))
        drawn, label = _scenes(num_scenes, sources[mine], torch.from_numpy(classes[mine]), generator)
        pictures.append(drawn)
        labels.append(label)
        split += [name] * num_scenes
    y = torch.cat(labels)
    return MultiLabelData(
        name="digits",
        title=DIGITS.title,
        kind="picture",
        items=torch.cat(pictures),
        labels=LabelMatrix.of(y),
        label_names=tuple(str(digit) for digit in range(10)),
        split=np.array(split),
        item_names=tuple(
            f"scene {row}: " + " ".join(map(str, np.flatnonzero(have))) for row, have in enumerate(y.numpy())
        ),
    )


def _sources() -> tuple[Float[Tensor, "m 1 side side"], np.ndarray]:
    """The 1,797 digits that come with scikit-learn, ink in [0, 1], enlarged from 8 x 8."""
    from sklearn.datasets import load_digits as read  # half a second to import, and only this data set needs it

    digits = read()
    ink = torch.from_numpy(digits.images).float()[:, None] / 16
    large = F.interpolate(ink, size=(SOURCE, SOURCE), mode="bicubic", align_corners=False).clamp(0, 1)
    return large, digits.target


def _scenes(
    num_scenes: int, sources: Float[Tensor, "m 1 side side"], classes: Int64[Tensor, " m"], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Pictures (uint8, black on white) and label rows of ``num_scenes`` scenes."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    count = (uniform(num_scenes) * MAX_DIGITS).long() + 1
    used = torch.arange(MAX_DIGITS)[None, :] < count[:, None]
    digit = uniform(num_scenes, 10).argsort(1)[:, :MAX_DIGITS]  # different digits within a scene
    members = [torch.nonzero(classes == d)[:, 0] for d in range(10)]
    size_of = torch.tensor([len(m) for m in members])
    table = torch.nn.utils.rnn.pad_sequence(members, batch_first=True)
    which = table[digit, (uniform(num_scenes, MAX_DIGITS) * size_of[digit]).long()]
    side, centre = _layout(num_scenes, used, uniform)
    tilt = (2 * uniform(num_scenes, MAX_DIGITS) - 1) * MAX_TILT
    strength = MIN_STRENGTH + (1 - MIN_STRENGTH) * uniform(num_scenes, MAX_DIGITS)

    canvas = torch.zeros(num_scenes, 1, SIZE, SIZE)
    for slot in range(MAX_DIGITS):
        rows = torch.nonzero(used[:, slot])[:, 0]
        if len(rows) == 0:
            continue
        placed = _place(sources[which[rows, slot]], side[rows, slot], centre[rows, slot], tilt[rows, slot])
        canvas[rows] = torch.maximum(canvas[rows], placed * strength[rows, slot, None, None, None])
    labels = torch.zeros(num_scenes, 10, dtype=torch.bool)
    scene = torch.arange(num_scenes)[:, None].expand_as(digit)
    labels[scene[used], digit[used]] = True
    return (255 * (1 - canvas)).round().to(torch.uint8), labels


def _layout(num_scenes: int, used: Tensor, uniform: Callable[..., Tensor]) -> tuple[Tensor, Tensor]:
    """Sides [n, slots] and centres [n, slots, 2] in pixels: of TRIES layouts the first that overlaps little enough."""
    side = MIN_SIDE + (MAX_SIDE - MIN_SIDE) * uniform(num_scenes, TRIES, MAX_DIGITS)
    centre = side[..., None] / 2 + uniform(num_scenes, TRIES, MAX_DIGITS, 2) * (SIZE - side[..., None])
    half = side[..., None] / 2
    low, high = centre - half, centre + half
    common = torch.minimum(high[:, :, :, None], high[:, :, None]) - torch.maximum(low[:, :, :, None], low[:, :, None])
    smaller = torch.minimum(side[:, :, :, None], side[:, :, None])
    overlap = common.clamp_min(0).prod(-1) / smaller**2
    both = used[:, None, :, None] & used[:, None, None, :] & ~torch.eye(MAX_DIGITS, dtype=torch.bool)
    worst = (overlap * both).amax((2, 3))
    first = worst.clamp_min(MAX_OVERLAP).argmin(1)
    scene = torch.arange(num_scenes)
    return side[scene, first], centre[scene, first]


def _place(source: Tensor, side: Tensor, centre: Tensor, tilt: Tensor) -> Tensor:
    """Draw each digit into an empty picture, at its centre, size and tilt."""
    zoom = SIZE / side
    middle = 2 * centre / SIZE - 1
    cos, sin = zoom * tilt.cos(), zoom * tilt.sin()
    x, y = middle[:, 0], middle[:, 1]
    top = torch.stack([cos, sin, -(cos * x + sin * y)], 1)
    bottom = torch.stack([-sin, cos, -(cos * y - sin * x)], 1)
    grid = F.affine_grid(torch.stack([top, bottom], 1), [len(source), 1, SIZE, SIZE], align_corners=False)
    return F.grid_sample(source, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


DIGITS = DatasetRecord(
    name="digits",
    title="Digit scenes",
    summary="Scenes of 1 to 4 handwritten digits, partly overlapping, at any place; the labels are the digits in it.",
    source="scikit-learn's digits (UCI optical recognition of handwritten digits, Alpaydin and Kaynak 1998)",
    licence="CC BY 4.0 (UCI), distributed with scikit-learn (BSD-3)",
    load=load_digits,
)
