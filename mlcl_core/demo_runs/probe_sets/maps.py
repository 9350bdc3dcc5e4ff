"""The recorded maps of the probe sets, and what can be measured in the space and on a map alike."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64, Int64, Shaped

from mlcl_core.demo_runs.probe_sets.sets import PROBE_SETS, Truth
from mlcl_core.maps import faithfulness, spread
from mlcl_core.runs.files import load_arrays

FILE = Path(__file__).parent / "recorded.safetensors"
PCA = "pca"


@dataclass(frozen=True)
class MapOfSet:
    """A map of a probe set with its scores; ``neighbours``: those that UMAP kept together, None for PCA."""

    truth: Truth
    neighbours: int | None
    xy: Float32[np.ndarray, "n 2"]
    scores: dict[str, float]


def map_key(name: str, neighbours: int | None) -> str:
    """The name of a map in the file."""
    return f"{name}.{PCA if neighbours is None else f'umap {neighbours}'}"


@cache
def drawn(name: str, neighbours: int | None = None) -> MapOfSet:
    """A recorded map of a probe set, with the points that it is of; ``neighbours`` None: the PCA map.

    Raises:
        KeyError: There is no such set or map.
        InputError: The file is damaged.
    """
    arrays, _ = load_arrays(FILE)
    made = PROBE_SETS[name].points()
    # the recorded points, because NumPy may draw others from the same seed one day
    truth = Truth(arrays[name], made.groups, made.names)
    xy = arrays[map_key(name, neighbours)]
    return MapOfSet(truth, neighbours, xy, faithfulness(truth.points, xy))


def _groups(points: Shaped[np.ndarray, "n d"], groups: Int64[np.ndarray, " n"]) -> list[np.ndarray]:
    return [points[groups == group].astype(np.float64) for group in range(int(groups.max()) + 1)]


def group_distances(
    points: Shaped[np.ndarray, "n d"], groups: Int64[np.ndarray, " n"]
) -> Float64[np.ndarray, "groups groups"]:
    """Euclidean distances between the middles of the groups, in the space or on a map.

    Example:
        >>> group_distances(np.array([[0.0, 1.0], [0.0, -1.0], [3.0, 4.0]]), np.array([0, 0, 1]))[0].tolist()
        [0.0, 5.0]
    """
    middles = np.stack([group.mean(0) for group in _groups(points, groups)])
    return np.linalg.norm(middles[:, None] - middles, axis=2)


def group_sizes(points: Shaped[np.ndarray, "n d"], groups: Int64[np.ndarray, " n"]) -> list[float]:
    """Root mean square distance of each group's points from its middle, in the space or on a map."""
    return [spread(group) for group in _groups(points, groups)]
