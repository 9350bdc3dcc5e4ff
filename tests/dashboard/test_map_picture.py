"""A map as a stamp."""

import io

import numpy as np
import pytest
from PIL import Image

from dashboard.figures.colours import COUNT_MARKS
from dashboard.figures.map_picture import HEIGHT, MARGIN, WIDTH, map_picture


def pixels(*arguments: np.ndarray | None) -> np.ndarray:
    """The picture as RGBA."""
    return np.asarray(Image.open(io.BytesIO(map_picture(*arguments))).convert("RGBA"))


def test_dots_stand_where_the_items_are() -> None:
    """Corners of a square, y upwards, one scale for both axes, colours by the number of labels, nothing elsewhere."""
    xy = np.array([[0, 0], [2, 0], [0, 2], [2, 2]], np.float32)
    drawn = pixels(xy, np.array([0, 1, 2, 9]))
    assert drawn.shape == (HEIGHT, WIDTH, 4)
    assert (drawn[..., 3] > 0).sum() == 4 * 4
    colour = {mark.code: tuple(bytes.fromhex(mark.colour[1:])) for mark in COUNT_MARKS}
    found = {}
    for code in (0, 1, 2, 4):
        place = np.argwhere((drawn[..., :3] == colour[code]).all(-1) & (drawn[..., 3] > 0))
        assert len(place) == 4, code
        found[code] = place.mean(0)
    side = HEIGHT - 2 * MARGIN - 2
    np.testing.assert_allclose(found[1] - found[0], (0, side), atol=1)  # down, right
    np.testing.assert_allclose(found[2] - found[0], (-side, 0), atol=1)
    np.testing.assert_allclose(found[4] - found[0], (-side, side), atol=1)


def test_a_few_items_far_away_do_not_shrink_the_rest() -> None:
    """One of 200 at a thousand times the distance is left out, and so are items drawn apart."""
    xy = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    alone = (pixels(xy, None)[..., 3] > 0).sum()
    far = np.concatenate([xy, [[1e3, 1e3]]]).astype(np.float32)
    assert (pixels(far, None)[..., 3] > 0).sum() > 0.8 * alone
    apart = np.concatenate([xy, np.full((100, 2), 50)]).astype(np.float32)
    assert (pixels(apart, None, np.arange(300) >= 200) == pixels(xy, None)).all()


@pytest.mark.parametrize("xy", [np.zeros((0, 2)), np.zeros((1, 2)), np.ones((5, 2)), np.array([[0, 1e15], [0, -1e15]])])
def test_odd_maps_have_a_picture(xy: np.ndarray) -> None:
    """No item, one item, all at one place, a line: no error, and no dot outside."""
    drawn = pixels(xy.astype(np.float32), None)
    assert (drawn[..., 3] > 0).any() == bool(len(xy))
    assert len(map_picture(np.random.default_rng(1).normal(size=(100_000, 2)), None)) < 8_000
