"""A map as a picture the size of a stamp, for tables of runs."""

import io

import numpy as np
from PIL import Image

from dashboard.figures.colours import COUNT_MARKS

WIDTH, HEIGHT = 96, 64  # pixels
MARGIN = 2
MAX_POINTS = 3_000  # more would only cover each other
COLOURS = np.array([tuple(bytes.fromhex(mark.colour[1:])) for mark in sorted(COUNT_MARKS, key=lambda one: one.code)])


def map_picture(xy: np.ndarray, counts: np.ndarray | None, apart: np.ndarray | None = None) -> bytes:
    """A PNG of 96 x 64 pixels: a dot of 2 x 2 pixels for each item, on nothing, so that it suits both themes.

    Args:
        xy: Coordinates [n 2], finite; y points up. One scale for both axes, so that 98 of 100 items fit along each;
            those outside the picture are left out, because a few far away would shrink the rest to a spot.
        counts: How many labels each item has, in the colours of the clouds; None: all in one colour.
        apart: Items that are drawn apart from the others, which are left out.
    """
    keep = np.ones(len(xy), bool) if apart is None else ~apart
    rows = np.flatnonzero(keep)
    rows = rows[:: -(-len(rows) // MAX_POINTS) or 1]
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    if len(rows):
        codes = np.full(len(rows), 1) if counts is None else np.clip(counts[rows], 0, len(COLOURS) - 1)
        order = np.argsort(codes, kind="stable")  # rare sizes on top
        left, top = _places(xy[rows[order]])
        inside = (left >= 0) & (left < WIDTH - 1) & (top >= 0) & (top < HEIGHT - 1)
        left, top, colours = left[inside], top[inside], COLOURS[codes[order][inside]]
        for down in (0, 1):
            for right in (0, 1):
                pixels[top + down, left + right, :3] = colours
                pixels[top + down, left + right, 3] = 255
    file = io.BytesIO()
    Image.fromarray(pixels, "RGBA").quantize(16).save(file, "PNG")
    return file.getvalue()


def _places(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Left and top pixel of each dot; a map without extent stands in the middle."""
    low, high = np.percentile(xy.astype(np.float64), (1, 99), axis=0, method="inverted_cdf")
    room, extent = np.array([WIDTH, HEIGHT]) - 2 * MARGIN - 2, high - low
    scale = min((one / most for one, most in zip(room, extent, strict=True) if most > 0), default=0.0)
    middle = np.array([WIDTH, HEIGHT]) / 2 - 1
    places = middle + (xy - (low / 2 + high / 2)) * scale * (1, -1)
    left, top = np.rint(np.clip(places, -9, WIDTH + 9)).astype(int).T
    return left, top
