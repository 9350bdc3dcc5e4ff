"""thumbnail_png: real PNGs of the requested size."""

import io

import pytest
import torch
from PIL import Image

from mlcl_core.data import thumbnail_png
from tests.data.test_multilabel import tiny


def opened(png: bytes) -> Image.Image:
    """The picture in encoded bytes."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize("size", [16, 64, 100])
def test_square(icon_data, size):
    """An icon is black on white, at the requested size."""
    picture = opened(thumbnail_png(icon_data, 10, size))
    assert picture.size == (size, size)
    assert picture.getextrema() == (0, 255) if size == 64 else picture.getextrema()[1] == 255


def test_thumbnails_come_first(icon_data):
    """The larger drawing is displayed where there is one."""
    shown = torch.tensor(list(opened(thumbnail_png(icon_data, 3)).tobytes()), dtype=torch.uint8).view(1, 64, 64)
    assert torch.equal(shown, icon_data.thumbnails[3])


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_other_shapes(channels, mode):
    """A wide picture keeps its proportions inside a white square."""
    items = torch.zeros(5, channels, 10, 20, dtype=torch.uint8)
    picture = opened(thumbnail_png(tiny(kind="picture", items=items), 0))
    white, black = (255, 0) if mode == "L" else ((255,) * 3, (0,) * 3)
    assert (picture.mode, picture.size) == (mode, (64, 64))
    assert picture.getpixel((32, 5)) == white
    assert picture.getpixel((32, 32)) == black


def test_features_have_none():
    """Features have no picture."""
    assert thumbnail_png(tiny(), 0) is None
