"""UMAP: a map that keeps neighbours together; warm-started and fitted on landmarks, so that it can be drawn live."""

import numpy as np
from jaxtyping import Float32, Float64, Int64, Shaped

from mlcl_core.maps.embedding import finite_rows
from mlcl_core.maps.graph import memberships, neighbour_graph
from mlcl_core.maps.layout import layout
from mlcl_core.maps.neighbours import nearest
from mlcl_core.maps.pca import pca_map
from mlcl_core.maps.procrustes import procrustes
from mlcl_core.maps.record import Map, MapRecord

COLD_EPOCHS, WARM_EPOCHS = 200, 50
COLD_RATE, WARM_RATE = 1.0, 0.25  # warm at 1 moved a still frame twice as far, for the same trustworthiness
SIDE = 10.0  # half the side of a fresh map, in units of min_dist 0.1: umap-learn's choice
JITTER = 1e-4  # points on one spot neither push nor leave each other: a hair's breadth apart they do
PLACED_BY = 5  # landmarks that place an item which was not fitted


def umap_map(
    z: Shaped[np.ndarray, "n d"],
    previous: Float32[np.ndarray, "n 2"] | None = None,
    *,
    neighbours: int = 15,
    landmarks: int = 1000,
    epochs: int | None = None,
    rate: float | None = None,
    seed: int = 0,
) -> Map:
    r"""Draw the embeddings so that items which are neighbours in z are neighbours on the map.

    What is near means something, what is far does not, and neither do sizes of clusters or gaps. The landmarks are
    fitted; every other item is placed at the mean of its nearest landmarks, weighed by their membership.

    Args:
        z: Embeddings, one row an item (the mapper gives directions, rows of length 1).
        previous: The same items on the map before. The layout starts there (warm) and is turned and shifted back onto
            it; None, or all on one spot: it starts from the PCA map (cold).
        neighbours: How many nearest items, itself included, count as an item's neighbours; 2 to 200.
        landmarks: How many items are fitted; the same ones for the same n, whatever z.
        epochs: Passes over the edges; None: 200 from a cold start, 50 from a warm one.
        rate: Step of the first pass; None: 1 cold, 0.25 warm.
        seed: Decides the landmarks and the pushes; the same seed and input give the same map.

    Returns:
        Finite coordinates; ``warm`` (0 or 1) and ``landmarks`` (items fitted).

    Edge cases:
        Fewer than 3 items, or all the same: the PCA map (a collapse is shown as one spot). Fewer items than
        neighbours: all of them are neighbours.

    Raises:
        InputError: NaN or infinity (row and column named).

    Relations:
        The fitted part follows umap-learn (min_dist 0.1, spread 1), from a PCA start instead of a spectral one.

    References:
        McInnes, Healy, Melville 2018 (arXiv:1802.03426).
    """
    rows = finite_rows(z)
    start = pca_map(rows).xy.astype(np.float64)
    n, spread = len(rows), float(np.abs(start).max(initial=0))
    if n < 3 or spread == 0:
        return Map("umap", start.astype(np.float32), {"warm": 0.0, "landmarks": float(n)})
    if previous is not None and (not np.isfinite(previous).all() or not np.ptp(previous, axis=0).any()):
        previous = None
    generator = np.random.default_rng(seed)
    order = generator.permutation(n)
    fitted, rest = order[:landmarks], order[landmarks:]
    warm = previous is not None
    start = start * (SIDE / spread) if previous is None else previous.astype(np.float64)
    start = start + generator.normal(scale=JITTER, size=start.shape)
    if epochs is None:
        epochs = WARM_EPOCHS if warm else COLD_EPOCHS
    if rate is None:
        rate = WARM_RATE if warm else COLD_RATE
    xy = np.empty((n, 2))
    edges = neighbour_graph(*nearest(rows[fitted], neighbours - 1))
    xy[fitted] = layout(start[fitted], *edges, epochs=epochs, rate=rate, seed=seed)
    xy[rest] = place(rows[rest], rows[fitted], xy[fitted])
    if previous is not None:
        xy = procrustes(xy, previous).apply(xy)
    return Map("umap", xy.astype(np.float32), {"warm": float(warm), "landmarks": float(len(fitted))})


def place(
    z: Float64[np.ndarray, "m d"], landmarks: Float64[np.ndarray, "n d"], xy: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "m 2"]:
    """Put items between their nearest landmarks, nearer to those they belong to more.

    Edge cases:
        An item equal to a landmark lies near it, not on it: up to five landmarks have a say.
    """
    indices, distances = nearest(z, PLACED_BY, landmarks)
    return weighted_mean(xy, indices, memberships(distances))


def weighted_mean(
    xy: Float64[np.ndarray, "n 2"], indices: Int64[np.ndarray, "m k"], weights: Float32[np.ndarray, "m k"]
) -> Float64[np.ndarray, "m 2"]:
    """The mean of the points that each row of indices names; weights need not sum to 1 but must not all be 0."""
    share = weights.astype(np.float64)
    share = share / np.maximum(share.sum(1, keepdims=True), np.finfo(np.float64).tiny)
    return (xy[indices] * share[:, :, None]).sum(1)


UMAP = MapRecord(
    name="umap",
    title="UMAP",
    formula=r"-\sum w_{ij} \log q_{ij} - \sum (1 - w_{ij}) \log (1 - q_{ij})",
    summary="Keeps neighbours together and shows clusters; distances between clusters and their sizes mean nothing.",
    source="McInnes, Healy, Melville 2018 (arXiv:1802.03426)",
    every_frame=False,
    make=umap_map,
)
