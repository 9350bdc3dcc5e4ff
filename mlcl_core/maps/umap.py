"""UMAP: a map that keeps neighbours together, warm-started and fitted on landmarks so that it can be drawn live."""

import warnings
from typing import Annotated

import numpy as np
from jaxtyping import Float32, Float64, Shaped

from mlcl_core.maps.embedding import finite_rows
from mlcl_core.maps.neighbours import TIE, TILE, Near, nearest
from mlcl_core.maps.pca import pca_map
from mlcl_core.maps.procrustes import procrustes
from mlcl_core.maps.record import Map, MapRecord
from mlcl_core.options import Param

COLD_EPOCHS, WARM_EPOCHS = 200, 50
COLD_RATE, WARM_RATE = 1.0, 0.1  # warm at .25 moved a still frame twice as far, for the same trustworthiness
JITTER = 1e-4  # of the start's spread; points on one spot neither push nor leave each other
PLACED_BY = 5  # landmarks that place an item which was not fitted


def umap_map(
    z: Shaped[np.ndarray, "n d"],
    previous: Float32[np.ndarray, "n 2"] | None = None,
    *,
    neighbours: Annotated[int, Param("Neighbours UMAP keeps together.", ge=2, le=200)] = 15,
    landmarks: Annotated[
        int, Param("Items that UMAP fits; the rest are placed between them.", ge=50, le=100_000)
    ] = 600,
    epochs: int | None = None,
    rate: float | None = None,
    seed: int = 0,
) -> Map:
    r"""Draw the embeddings so that neighbours in z are neighbours on the map.

    Small distances have a meaning; large distances, and the sizes of clusters and gaps, have none. The landmarks are
    fitted; every other item is placed between its nearest landmarks (:func:`place`).

    Args:
        z: Embeddings, one row an item (the mapper gives directions, rows of length 1).
        previous: The same items on the map before. The layout starts there (warm) and is turned, shifted and sized
            back onto it; None, or all on one spot: it starts from the PCA map (cold).
        neighbours: How many nearest items, itself included, count as an item's neighbours.
        landmarks: How many items are fitted; the same ones for the same n, whatever z.
        epochs: Passes over the edges; None: 200 from a cold start, 50 from a warm one.
        rate: Step of the first pass; None: 1 cold, 0.1 warm.
        seed: Decides the landmarks and the pushes; the same seed and input give the same map.

    Returns:
        Finite coordinates; ``warm`` (0 or 1) and ``landmarks`` (items fitted).

    Edge cases:
        Fewer than 3 items, or all the same to float32: the PCA map (a collapse is one spot). Fewer items than
        neighbours: all of them are neighbours. Of more exact copies than neighbours, some are fitted as neighbours, and
        all lie in one clump. A row of zeros would be tied, at full strength, to the items that come first:
        :func:`mlcl_core.maps.draw` sets such rows apart.

    Raises:
        InputError: NaN or infinity (row and column named).

    Relations:
        The landmarks are umap-learn's own fit (min_dist 0.1, spread 1), from a PCA start instead of a spectral one.

    References:
        McInnes, Healy, Melville 2018 (arXiv:1802.03426).
    """
    rows = finite_rows(z)
    start = pca_map(rows).xy.astype(np.float64)
    n = len(rows)
    if n < 3 or np.ptp(rows, axis=0).max() <= TIE * np.abs(rows).max():
        return Map("umap", start.astype(np.float32), {"warm": 0.0, "landmarks": float(n)})
    if previous is not None and (not np.isfinite(previous).all() or not np.ptp(previous, axis=0).any()):
        previous = None
    generator = np.random.default_rng(seed)
    order = generator.permutation(n)
    fitted, rest = order[:landmarks], order[landmarks:]
    warm = previous is not None
    if previous is not None:
        start = previous.astype(np.float64)
    start = start + generator.normal(scale=JITTER * np.ptp(start), size=start.shape)
    if epochs is None:
        epochs = WARM_EPOCHS if warm else COLD_EPOCHS
    if rate is None:
        rate = WARM_RATE if warm else COLD_RATE
    xy = np.empty((n, 2))
    xy[fitted] = fit(rows[fitted], start[fitted], neighbours=neighbours, epochs=epochs, rate=rate, seed=seed)
    xy[rest] = place(rows[rest], rows[fitted], xy[fitted])
    if previous is not None:
        # with its size: a layout grows from any start, and the map should not seem to breathe
        xy = procrustes(xy, previous, scale=True).apply(xy)
    return Map("umap", xy.astype(np.float32), {"warm": float(warm), "landmarks": float(len(fitted))})


def fit(
    z: Float64[np.ndarray, "n d"],
    start: Float64[np.ndarray, "n 2"],
    *,
    neighbours: int,
    epochs: int,
    rate: float,
    seed: int,
) -> Float64[np.ndarray, "n 2"]:
    """umap-learn's layout of three or more items from a given start, on one thread; the same bits for the same seed."""
    neighbours = max(2, min(neighbours, len(z) - 1))
    # by matrix products: umap-learn calls its metric from Python for every pair of a small set, four fifths of the time
    # of a warm map; each item is its own first neighbour there
    found, far = nearest(z, neighbours - 1)
    own = np.arange(len(z))[:, None]
    known = np.hstack([own, found]), np.hstack([np.zeros_like(own, np.float32), far])
    # importing umap and compiling by numba take seconds, in the process that draws UMAP maps alone
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        keep_compiled()
        model = umap.UMAP(
            n_neighbors=neighbours,
            precomputed_knn=known,
            init=start,
            n_epochs=epochs,
            learning_rate=rate,
            random_state=seed,
            n_jobs=1,
        )
        xy = model.fit_transform(z.astype(np.float32)).astype(np.float64)
    # umap-learn stretches any start into a square of side 10, each axis on its own: a warm map would change its shape
    return xy * np.ptp(start, axis=0) / 10 + start.min(0)


def keep_compiled() -> None:
    """Make numba cache what umap-learn compiles at its first fit: 20 s of CPU a process without the cache, 1 s with it.

    The cache is in NUMBA_CACHE_DIR where that is set. A function that this version of umap-learn lacks is passed over.
    """
    from umap import layouts, umap_, utils

    compiled = {
        umap_: ("smooth_knn_dist", "compute_membership_strengths"),
        utils: ("fast_knn_indices",),
        layouts: ("_nb_optimize_layout_euclidean_single_epoch",),
    }
    for module, names in compiled.items():
        for name in names:
            enable = getattr(getattr(module, name, None), "enable_caching", None)
            if enable is not None:
                enable()


def place(
    z: Float64[np.ndarray, "m d"], landmarks: Float64[np.ndarray, "n d"], xy: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "m 2"]:
    """Place items between their five nearest landmarks, weighted by 1 / distance.

    Edge cases:
        Landmarks that are tied with the fifth share the remaining places. An item that coincides with landmarks lies in
        their middle. No items: none.
    """
    shown = np.zeros((len(z), 2))
    for start in range(0, len(z), TILE):
        near = Near.between(z[start : start + TILE], landmarks)
        on, taken = near.twins(), near.places(PLACED_BY)
        weight = np.where(on.any(1, keepdims=True), on, taken / np.where(on, 1, near.far))
        shown[start : start + TILE] = weight @ xy / weight.sum(1, keepdims=True)
    return shown


UMAP = MapRecord(
    name="umap",
    title="UMAP",
    formula=r"-\sum w_{ij} \log q_{ij} - \sum (1 - w_{ij}) \log (1 - q_{ij})",
    summary="Keeps neighbours together and shows clusters; how far apart or large clusters are can't be read off.",
    source="McInnes, Healy, Melville 2018 (arXiv:1802.03426)",
    hint="neighbours stay neighbours, distances do not",
    make=umap_map,
    schedule="latest frame",
    fitted_items="landmarks",
    compiles=True,
)
