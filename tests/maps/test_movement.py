"""What moved: the model or the projector."""

import numpy as np
import pytest

from mlcl_core.maps import MAP_MOVED, MODEL_MOVED, map_moved, model_moved, umap_map, verdict


@pytest.mark.parametrize(
    ("model", "shown", "expected"),
    [
        (0.0, 0.0, "still"),
        (MODEL_MOVED - 1e-9, MAP_MOVED - 1e-9, "still"),
        (MODEL_MOVED, 0.0, "model"),
        (0.0, MAP_MOVED, "projector"),
        (MODEL_MOVED, MAP_MOVED, "both"),
        (1.0, 2.0, "both"),
    ],
)
def test_verdicts(model: float, shown: float, expected: str) -> None:
    """Each of the four verdicts, up to the thresholds and from them on."""
    assert verdict({"model_moved": model, "map_moved": shown, "trustworthiness": 0.9}) == expected


def test_first_map() -> None:
    """The first map has moved nowhere."""
    assert verdict({"trustworthiness": 0.9}) == "still"


def test_map_moved_by_hand() -> None:
    """A square of spread sqrt 2 with two opposite corners drawn in by one: half the spread's share of each move.

    The four corners (1, 1), (-1, 1), (-1, -1), (1, -1) have spread sqrt 2. Two of them, opposite, go one diagonal unit
    towards the middle, 1 / sqrt 2 in x and y; no turn undoes that. RMS: sqrt(2 * 1 / 4); divided by sqrt 2: 1 / 2.
    """
    before = np.array([[1.0, 1], [-1, 1], [-1, -1], [1, -1]])
    now = before * np.array([[1 - 0.5**0.5], [1], [1 - 0.5**0.5], [1]])
    assert map_moved(before, now) == pytest.approx(0.5, abs=1e-6)


def test_turning_is_no_movement(z: np.ndarray) -> None:
    """A map that was only turned, mirrored and shifted has not moved."""
    xy = z[:, :2]
    assert map_moved(xy, xy[:, ::-1] * np.array([1, -1]) + 9) < 1e-6


def test_model_moved_sees_neighbours_only(z: np.ndarray) -> None:
    """A rotated, scaled space has not moved; a shuffled one has, almost wholly."""
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0]
    assert model_moved(z, 3 * z @ rotation) < 0.01
    assert model_moved(z, z[np.random.default_rng(0).permutation(150)]) > 0.8


def test_one_spot() -> None:
    """Maps on one spot have not moved; out of one spot is a move of the new map's size."""
    spot, ring = np.zeros((4, 2)), np.array([[2.0, 0], [-2, 0], [0, 2], [0, -2]])
    assert map_moved(spot, spot) == 0
    assert map_moved(spot, ring) == pytest.approx(1)
    assert map_moved(spot[:0], spot[:0]) == 0


def test_projector_is_told_from_the_model(z: np.ndarray, cold: np.ndarray) -> None:
    """The same frame drawn from scratch elsewhere is the projector's doing; drawn warm, nothing moved."""
    still = {"model_moved": model_moved(z, z), "map_moved": map_moved(cold, umap_map(z, cold, seed=1).xy)}
    assert verdict(still) == "still"
    jumbled = umap_map(z, np.random.default_rng(5).normal(size=(150, 2)).astype(np.float32)).xy
    assert verdict({"model_moved": model_moved(z, z), "map_moved": map_moved(cold, jumbled)}) == "projector"
