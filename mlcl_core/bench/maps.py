"""Cost of a UMAP map: this project's against umap-learn's and TorchDR's, in separate processes."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from jaxtyping import Float32

from mlcl_core.errors import RunFailed
from mlcl_core.maps.torchdr_umap import not_installed

ROOT = Path(__file__).resolve().parents[2]
WARM_MAPS = 5


def maps(
    *, items: int = 1558, dims: int = 64, neighbours: int = 15, seed: int = 0, quick: bool = False
) -> dict[str, Any]:
    """Draw the same moving clusters: a first map from scratch, then five that continue it.

    Competitors: ours with 600 landmarks (as the mapper draws), ours with every item fitted, umap-learn with every item
    fitted (init = its last map, 50 epochs), and, where it is installed, TorchDR with every item fitted, on a GPU where
    there is one. Each runs twice in a fresh process: with numba's cache empty, as on a new machine, then with
    the cache that the first one left. One thread each.

    Args:
        items: Number of items.
        dims: Dimension of z.
        neighbours: Neighbours of UMAP.
        seed: Seed of the items.
        quick: At most 200 items, ours as in the mapper only, and once, with the numba cache that the environment
            names: compiling and umap-learn alone take a minute each.

    Returns:
        For each competitor and cache: CPU seconds until the first map (imports and compiling counted), CPU seconds and
        seconds a later map, peak memory, and the last map's trustworthiness and kNN recall.
    """
    if quick:
        items = min(items, 200)
    names = ["ours_600"]
    if not quick:
        names += ["ours_all"] + (["umap_learn"] if find_spec("umap") is not None else [])
        names += ["torchdr"] if not_installed() is None else []
    order = {"items": items, "dims": dims, "neighbours": neighbours, "seed": seed}
    results: dict[str, Any] = {**order, "warm_maps": WARM_MAPS}
    states = ("cache_as_found",) if quick else ("empty_cache", "filled_cache")
    for name in names:
        with tempfile.TemporaryDirectory(prefix="mlcl-numba-") as empty:
            cache = os.environ.get("NUMBA_CACHE_DIR", empty) if quick else empty
            results[name] = {state: _process({**order, "name": name}, cache) for state in states}
    return results


def _process(order: dict[str, Any], cache: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "from mlcl_core.bench.maps import maps_process as p; p()"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": cache, "OMP_NUM_THREADS": "1"},
    )
    if done.returncode:
        raise RunFailed(f"{order['name']} failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def frames(items: int, dims: int, seed: int) -> list[Float32[np.ndarray, "n d"]]:
    """Directions around twenty centres, closer to them from frame to frame."""
    from mlcl_core.maps import directions

    generator = np.random.default_rng(seed)
    centres, noise = generator.normal(size=(20, dims)), generator.normal(size=(items, dims))
    rows = centres[generator.integers(0, 20, items)]
    return [directions(rows + noise / (1 + 0.1 * step)) for step in range(WARM_MAPS + 1)]


def maps_process() -> None:
    """Draw all frames with one competitor; reads orders from stdin, writes numbers to stdout."""
    order = json.loads(sys.stdin.read())
    begun = process_time()
    from mlcl_core.maps import faithfulness

    shown = frames(order["items"], order["dims"], order["seed"])
    made = process_time() - begun
    draw = {"umap_learn": _umap_learn, "torchdr": _torchdr}.get(order["name"], _ours)
    xy = draw(shown[0], None, order)
    first = process_time() - made
    begun, clock = process_time(), perf_counter()
    for z in shown[1:]:
        xy = draw(z, xy, order)
    numbers = {
        "first_cpu_seconds": first,
        "later_cpu_seconds": (process_time() - begun) / WARM_MAPS,
        "later_seconds": (perf_counter() - clock) / WARM_MAPS,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **faithfulness(shown[-1], xy),
    }
    print(json.dumps({name: round(value, 3) for name, value in numbers.items()}))


def _ours(z: np.ndarray, previous: np.ndarray | None, order: dict[str, Any]) -> np.ndarray:
    from mlcl_core.maps import umap_map

    landmarks = 600 if order["name"] == "ours_600" else len(z)
    return umap_map(z, previous, neighbours=order["neighbours"], landmarks=landmarks).xy


def _torchdr(z: np.ndarray, previous: np.ndarray | None, order: dict[str, Any]) -> np.ndarray:
    from mlcl_core.maps.torchdr_umap import torchdr_umap_map

    return torchdr_umap_map(z, previous, gpu_neighbours=order["neighbours"], seed=order["seed"]).xy


def _umap_learn(z: np.ndarray, previous: np.ndarray | None, order: dict[str, Any]) -> np.ndarray:
    import umap

    warm = {"init": "pca", "n_epochs": 200} if previous is None else {"init": previous, "n_epochs": 50}
    model = umap.UMAP(n_neighbors=order["neighbours"], n_jobs=1, random_state=order["seed"], **warm)
    return model.fit_transform(z)
