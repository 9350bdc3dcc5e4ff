"""Draws the maps of the probe sets: ``python -m mlcl_core.demo_runs.probe_sets.make [FILE]``, a minute at most."""

import sys
from pathlib import Path

import numpy as np

from mlcl_core.demo_runs.probe_sets.maps import FILE, map_key
from mlcl_core.demo_runs.probe_sets.sets import PROBE_SETS, ProbeSet
from mlcl_core.maps import pca_map, umap_map
from mlcl_core.runs.files import save_arrays


def maps_of(one: ProbeSet) -> dict[str, np.ndarray]:
    """The points of a set, its PCA map, and its UMAP maps from the PCA map as start."""
    z = one.points().points
    found = {one.name: z, map_key(one.name, None): pca_map(z).xy}
    return found | {map_key(one.name, near): umap_map(z, neighbours=near).xy for near in one.neighbours}


def record(path: Path) -> None:
    """Write all points and maps into one file."""
    arrays: dict[str, np.ndarray] = {}
    for one in PROBE_SETS.values():
        arrays |= maps_of(one)
    save_arrays(path, arrays)


if __name__ == "__main__":
    record(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
