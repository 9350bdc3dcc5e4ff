"""Drawing around points in a browser, and what is inside by Python's own count."""

from collections.abc import Sequence

import numpy as np
from playwright.sync_api import Page

from mlcl_core.runs.run import Run
from tests.browser.conftest import Cloud

Polygon = Sequence[tuple[float, float]]  # shares of the canvas's width and height, from its top left corner
CLOSE = 1.5  # pixels: so near to an edge a point may count either way


def corners(cloud: Cloud, polygon: Polygon) -> np.ndarray:
    """The polygon in CSS pixels of the canvas."""
    box = cloud.canvas.bounding_box()
    assert box is not None
    return np.array([[x * box["width"], y * box["height"]] for x, y in polygon])


def draw(page: Page, cloud: Cloud, polygon: Polygon, *, keys: str = "", release: bool = True) -> None:
    """Draw along a polygon with keys held ("Shift", "Alt"); ``release=False``: the button stays down at the end."""
    box = cloud.canvas.bounding_box()
    assert box is not None
    places = corners(cloud, polygon) + np.array([box["x"], box["y"]])
    for key in keys.split():
        page.keyboard.down(key)
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=3)
    if release:
        page.mouse.up()
    for key in keys.split():
        page.keyboard.up(key)


def inside(cloud: Cloud, run: Run, polygon: Polygon) -> tuple[set[int], set[int]]:
    """Ids of the items inside a polygon, from the run's own map; and of those too near to its edge to tell."""
    step, name = int(cloud.data("step")), cloud.data("map")
    left, bottom, right, top = map(float, cloud.data("view").split(","))
    box = cloud.canvas.bounding_box()
    assert box is not None
    drawn = run.map(name, step)
    x = (drawn.xy[:, 0] - left) / (right - left) * box["width"]
    y = (top - drawn.xy[:, 1]) / (top - bottom) * box["height"]
    ends = corners(cloud, polygon)
    crossed, far = np.zeros(len(x), int), np.full(len(x), np.inf)
    for (x0, y0), (x1, y1) in zip(ends, np.roll(ends, -1, axis=0), strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            crossed += ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0, 1)
        far = np.minimum(far, np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)))
    ids = run.watched_items().ids
    return set(ids[crossed % 2 == 1].tolist()), set(ids[far < CLOSE].tolist())


def selected(page: Page) -> set[int] | None:
    """Ids that the held canvas shows as selected; None without a selection."""
    found = page.evaluate("() => window.theCanvas.selectedIds()")
    return None if found is None else {int(one) for one in found}
