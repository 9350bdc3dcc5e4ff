"""Real pictures with real labels: the free icons of Font Awesome and the categories that Font Awesome gives them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from mlcl_core import package_files
from mlcl_core.data.datasets.record import DatasetRecord
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.multilabel import MultiLabelData
from mlcl_core.data.split import SHARES
from mlcl_core.data.stratify.iterative import iterative_split

FONTS = {"solid": "fa-solid-900.ttf", "regular": "fa-regular-400.ttf"}  # brands have no categories
SIZE, THUMBNAIL = 32, 64  # pixels a side
FONT_SIZE = 48  # of 64 pixels: the widest icon (640 of 512 units) still fits with a margin of 2


@dataclass(frozen=True)
class Drawing:
    """One icon in one style."""

    name: str
    style: str
    code: int
    labels: frozenset[str]


def load_icons(*, seed: int) -> MultiLabelData:
    """Draw the 1,558 icons that have a category, each with its set out of 68 categories.

    Both styles of a name (solid and outline) fall into the same split, and so do names with the same drawing (caret-up
    and sort-up): they show the same object.

    Args:
        seed: Of the split. The drawings don't depend on it.

    Raises:
        InputError: The package ``fontawesomefree`` isn't installed, or isn't the version whose files are known.
    """
    folder = _folder()
    drawings, titles = _drawings(folder)
    big = np.stack([*_draw(folder, drawings)])
    small = big.reshape(-1, SIZE, THUMBNAIL // SIZE, SIZE, THUMBNAIL // SIZE).mean((2, 4)).round().astype(np.uint8)
    column = {name: c for c, name in enumerate(titles)}
    labels = np.zeros((len(drawings), len(titles)), dtype=bool)
    for row, drawing in enumerate(drawings):
        labels[row, [column[name] for name in drawing.labels]] = True
    groups = np.unique(_groups(drawings, small), return_inverse=True)[1]
    return MultiLabelData(
        name="icons",
        title=ICONS.title,
        kind="picture",
        items=torch.from_numpy(small[:, None]),
        labels=LabelMatrix.of(labels),
        label_names=tuple(titles.values()),
        split=iterative_split(labels, SHARES, seed=seed, groups=groups),
        item_names=tuple(f"{drawing.name} ({drawing.style})" for drawing in drawings),
        thumbnails=torch.from_numpy(big[:, None]),
    )


def _folder() -> Path:
    categories = "static/fontawesomefree/metadata/categories.yml"
    return package_files.locate("fontawesomefree", categories, "fontawesomefree==6.6.0", "data icons").parents[1]


def _drawings(folder: Path) -> tuple[list[Drawing], dict[str, str]]:
    """Every (icon, style) that has a category, and the categories' titles, both in the order of the package."""
    # libyaml reads the categories in 15 ms, pure Python in 150; icons.json holds what icons.yml does, 10 times faster
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    categories = yaml.load((folder / "metadata/categories.yml").read_text("utf-8"), Loader=loader)
    icons = json.loads((folder / "metadata/icons.json").read_text("utf-8"))
    carried: dict[str, set[str]] = {}
    for category, entry in categories.items():
        for icon in entry["icons"]:
            carried.setdefault(icon, set()).add(category)
    drawings = [
        Drawing(name, style, int(entry["unicode"], 16), frozenset(carried[name]))
        for name, entry in icons.items()
        for style in entry["styles"]
        if name in carried and style in FONTS
    ]
    return drawings, {category: entry["label"] for category, entry in categories.items()}


def _groups(drawings: list[Drawing], pictures: UInt8[np.ndarray, "n h w"]) -> list[str]:
    """For each drawing the name of its group: drawings that look the same, or have the same name, are in one group."""
    first: dict[bytes, str] = {}
    leader: dict[str, str] = {}
    for drawing, picture in zip(drawings, pictures, strict=True):
        twin = first.setdefault(picture.tobytes(), drawing.name)
        leader.setdefault(drawing.name, leader.get(twin, twin))
    return [leader[drawing.name] for drawing in drawings]


def _draw(folder: Path, drawings: list[Drawing]) -> Iterator[np.ndarray]:
    """Black on white, each glyph's ink centred, all at one font size (so that a small icon stays small)."""
    fonts = {style: ImageFont.truetype(str(folder / "webfonts" / file), FONT_SIZE) for style, file in FONTS.items()}
    for drawing in drawings:
        room = Image.new("L", (2 * THUMBNAIL, 2 * THUMBNAIL), 0)
        ImageDraw.Draw(room).text(
            (THUMBNAIL // 2, THUMBNAIL // 2), chr(drawing.code), fill=255, font=fonts[drawing.style]
        )
        ink = room.crop(room.getbbox())  # the font's own box is wider than the ink of carets and chevrons
        picture = Image.new("L", (THUMBNAIL, THUMBNAIL), 255)
        picture.paste(0, ((THUMBNAIL - ink.width) // 2, (THUMBNAIL - ink.height) // 2), ink)
        yield np.asarray(picture)


ICONS = DatasetRecord(
    name="icons",
    title="Icons",
    summary="1,558 icons in 68 categories, 2.02 on average: real pictures, legible at any size. The default.",
    source="Font Awesome Free 6.6.0 (package fontawesomefree): categories.yml and the two fonts",
    licence="Icons CC BY 4.0, fonts SIL OFL 1.1, code MIT",
    load=load_icons,
)
