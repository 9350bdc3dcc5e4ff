"""PCA: the two directions along which the embeddings differ most; a linear map, cheap enough for every frame."""

import numpy as np
from jaxtyping import Float32, Shaped

from mlcl_core.maps.embedding import finite_rows
from mlcl_core.maps.procrustes import procrustes
from mlcl_core.maps.record import Map, MapRecord


def pca_map(z: Shaped[np.ndarray, "n d"], previous: Float32[np.ndarray, "n 2"] | None = None) -> Map:
    r"""Project the embeddings on their first two principal axes, rotated to continue the map before.

    .. math:: (z_i - \bar z) \, [v_1 \, v_2], \qquad v_1, v_2 \text{ the first eigenvectors of the covariance}

    The map is linear, so it shows true proportions: a collapse looks like one, and no distance is longer than in z.

    Args:
        z: Embeddings, one row an item (the mapper gives directions, rows of length 1).
        previous: The same items on the map before; the new one is rotated or mirrored about its centre to lie as near
            to it as it can, so that axes don't flip. The plane that is shown does not depend on it.

    Returns:
        Centred coordinates, the same for the same input; ``explained``: the share of all variance that they keep (0 to
        1; 1 if there is none).

    Edge cases:
        No items: no coordinates. One item, or all the same: all at the origin. One column: the second axis is 0.

    Raises:
        InputError: NaN or infinity (row and column named).

    Relations:
        Without ``previous``: ``sklearn.decomposition.PCA(2)`` up to the sign of the axes.

    References:
        Pearson 1901, Philosophical Magazine 2(11).

    Example:
        >>> pca_map(np.array([[0.0, 1.0], [0.0, -1.0], [0.1, 0.0], [-0.1, 0.0]])).xy[0].tolist()
        [1.0, 0.0]
    """
    rows = finite_rows(z)
    n, d = rows.shape
    if n == 0:
        return Map("pca", np.zeros((0, 2), np.float32), {"explained": 1.0})
    rows = rows - rows.mean(0)
    values, vectors = np.linalg.eigh(rows.T @ rows)
    axes = vectors[:, ::-1][:, :2]
    # an eigenvector's sign is arbitrary: its largest entry is made positive, so that equal frames give equal maps
    largest = axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])]
    axes = axes * np.where(largest < 0, -1.0, 1.0)
    xy = np.zeros((n, 2))
    xy[:, : min(2, d)] = rows @ axes
    total = float(np.maximum(values, 0).sum())
    explained = float(np.square(xy).sum()) / total if total > 0 else 1.0
    if previous is not None:
        xy = procrustes(xy, previous, centred=True).apply(xy)
    return Map("pca", xy.astype(np.float32), {"explained": min(explained, 1.0)})


PCA = MapRecord(
    name="pca",
    title="PCA",
    formula=r"(z_i - \bar z) [v_1 v_2]",
    summary="The shadow on the two directions in which the embeddings differ most: linear, true to proportions.",
    source="Pearson 1901",
    hint="straight lines stay straight",
    make=pca_map,
    schedule="every frame",
)
