"""Where on a map the items of a label lie densest, so that its name can stand there."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Shaped
from scipy.ndimage import gaussian_filter

CELLS = 48  # along each side
SPREAD = 1.5  # of the smoothing, in cells
FEWEST = 5  # items of a label that has a place
MOST = 60  # labels that get one: those with the most items
CLEAR = 0.9  # share of the items of a place that is enough for a label that most items carry


@dataclass(frozen=True)
class LabelPlaces:
    """Labels that have a place, those with the most items first: ``labels`` (columns), ``xy`` [k 2], float32."""

    labels: tuple[int, ...]
    xy: Shaped[np.ndarray, "k 2"]


def label_places(xy: Shaped[np.ndarray, "n 2"], labels: Bool[np.ndarray, "n c"]) -> LabelPlaces:
    """The densest place of each label whose items are gathered somewhere.

    Items are counted in a grid and smoothed. A label's place is the cell where its smoothed count is highest, moved to
    the mean of its items around. It is kept where, around it, the label is at least twice as frequent as among all
    items, or carried by nine in ten: a label spread evenly has no place.

    Edge cases:
        Fewer than 5 items of a label: no place. Items without a finite position count nowhere.
    """
    there = np.isfinite(xy).all(1)
    xy, labels = xy[there], labels[there]
    counts = labels.sum(0)
    chosen = [int(label) for label in np.argsort(-counts, kind="stable")[:MOST] if counts[label] >= FEWEST]
    if not chosen:
        return LabelPlaces((), np.zeros((0, 2), np.float32))
    low, high = xy.min(0), xy.max(0)
    cells = np.minimum((xy - low) / np.where(high > low, high - low, 1) * CELLS, CELLS - 1).astype(int)
    everyone = _smoothed(cells)
    places: dict[int, np.ndarray] = {}
    for label in chosen:
        mine = cells[labels[:, label]]
        dense = _smoothed(mine)
        top = np.unravel_index(dense.argmax(), dense.shape)
        needed = min(2 * counts[label] / len(xy), CLEAR)
        if dense[top] >= needed * everyone[top] - 1e-12:
            around = np.abs(mine - top).max(1) <= math.ceil(SPREAD)
            near = (
                xy[labels[:, label]][around]
                if around.any()
                else (np.array(top)[None] + 0.5) / CELLS * (high - low) + low
            )
            places[label] = near.mean(0)
    return LabelPlaces(tuple(places), np.array(list(places.values()), np.float32).reshape(-1, 2))


def _smoothed(cells: Shaped[np.ndarray, "m 2"]) -> Shaped[np.ndarray, "cells cells"]:
    count = np.bincount(cells[:, 0] * CELLS + cells[:, 1], minlength=CELLS * CELLS).reshape(CELLS, CELLS)
    return gaussian_filter(count.astype(float), SPREAD, mode="constant")
