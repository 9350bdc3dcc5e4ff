"""Forces on the map: arrows of the strongest pulls and pushes on an anchor, and where its whole gradient drives it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped

from dashboard.figures.colours import ATTRACT, ATTRACT_ON_DARK, REPEL, REPEL_ON_DARK
from dashboard.figures.pairs import AnchorPairs
from mlcl_core.losses import PairLoss
from mlcl_core.maps import with_direction

SHOWN = 8  # of each: pulls and pushes
LINEAR = 1e-2  # share of a map that may be missed by the linear map nearest to it; PCA misses 1e-6
PROJECTED = "Arrows show directions on this map; the numbers are those of the space itself."
# every arrow points to where it moves the item that is looked at
WHO = {"anchor": "the anchor", "reference": "this item"}


@dataclass(frozen=True)
class Arrows:
    """What is drawn around an anchor; all of it points to where the anchor is driven.

    ``to``: points (behind them: label prototypes) with the strongest forces, ``force`` on each pair. ``way``: where the
    anchor's negative gradient points on the map, of length 1, and ``share``: how much of its length the map shows;
    None where it is not drawn, for the reason in ``note``.
    """

    to: np.ndarray
    force: np.ndarray
    way: tuple[float, float] | None = None
    share: float = 0.0
    note: str = ""
    role: str = "anchor"

    def message(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What a frame's header and arrays carry of it."""
        words, who = self.note, WHO[self.role]
        if self.way is not None:
            words = f"where {who} goes: all forces, both roles ({self.share:.0%} of it shows here)"
        header = {
            "way": self.way,
            "pull": f"a pull: draws {who} there",
            "push": f"a push: drives {who} away from there",
            "gradient": words,
            "projected": PROJECTED,
            "light": [ATTRACT, REPEL],
            "dark": [ATTRACT_ON_DARK, REPEL_ON_DARK],
        }
        return {"arrows": header}, {"arrow_to": self.to.astype(np.uint32), "arrow_force": self.force.astype(np.float32)}


def strongest(pairs: AnchorPairs, shown: int = SHOWN) -> Arrows:
    """The ``shown`` strongest pulls and as many pushes, the strongest of all last, so that it lies on top."""
    order = np.argsort(pairs.force, kind="stable")
    pulls, pushes = order[:shown], order[::-1][:shown]
    to = np.concatenate([pulls[pairs.force[pulls] < 0], pushes[pairs.force[pushes] > 0]])
    to = to[np.argsort(np.abs(pairs.force[to]), kind="stable")]
    return Arrows(to, pairs.force[to], role=pairs.role)


def gradients(
    loss: PairLoss, z: Shaped[np.ndarray, "n d"], labels: np.ndarray, prototypes: np.ndarray | None = None
) -> Float[np.ndarray, "n d"]:
    r"""Gradient of the loss by every item, both roles of each pair in it, by the functions that train.

    .. math:: g_i = \frac{\partial}{\partial z_i} \sum_k L_k = \frac{1}{\tau}
        \sum_j (f_{ij} + f_{ji}) (z_j - (z_i \cdot z_j) z_i), \qquad f_{ij} = \partial L_i / \partial s_{ij}

    The closed form is that of cosines and rows of length 1, where the gradient is tangent to the sphere.

    Raises:
        InputError: What the loss refuses, such as missing prototypes.
    """
    points = torch.from_numpy(np.asarray(z, dtype=np.float32)).requires_grad_()
    y = torch.from_numpy(np.asarray(labels, dtype=bool))
    more = {} if prototypes is None else {"prototypes": torch.from_numpy(np.asarray(prototypes, dtype=np.float32))}
    summed: Any = replace(loss, reduction="sum")  # type: ignore[type-var]  # every loss of pairs is a dataclass
    value = summed(points, y, **more)
    if not value.requires_grad:
        return np.zeros(points.shape, dtype=np.float32)
    return torch.autograd.grad(value, points)[0].numpy()


def written_gradient(z: Shaped[np.ndarray, "n d"], force: np.ndarray, row: int, temperature: float) -> np.ndarray:
    r"""The same for one item of a batch, from the forces that the worker wrote: for losses of cosines.

    Args:
        z: All items of the batch, rows of length 1.
        force: Anchors x items; what is behind the anchors are keys, which nothing moves.
        row: The item, one of the anchors.
        temperature: In force when the batch was trained on.
    """
    both = force[row].astype(np.float64)
    both[: len(force)] += force[:, row]
    both[row] = 0
    return both @ z.astype(np.float64) / temperature


def axes_of(z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"]) -> Float[np.ndarray, "d 2"] | None:
    r"""The axes of a map that is linear in the directions of z, read off its coordinates; None: not linear (UMAP).

    .. math:: X^T Y (Y^T Y)^{-1}, \qquad X, Y \text{ the centred directions and the centred map}

    For a PCA map :math:`Y = X V R` (V its axes, R its turn) this is :math:`V R` exactly. Items without a direction
    (zeros) stand apart on every map and are not looked at.
    """
    there = with_direction(z)
    if not there.any():
        return None
    x, y = _centred(_directions(z[there])), _centred(xy[there])
    axes = x.T @ y @ np.linalg.pinv(y.T @ y)
    size = np.linalg.norm(y)
    return axes if size > 0 and np.linalg.norm(x @ axes - y) <= LINEAR * size else None


def driven(
    z: Shaped[np.ndarray, "n d"], axes: Float[np.ndarray, "d 2"], row: int, gradient: Shaped[np.ndarray, " d"]
) -> tuple[tuple[float, float], float] | None:
    """Where minus the gradient of an item points on a linear map.

    Returns:
        Its way on the map, of length 1, and the share of its length that the map shows; None where there is no
        gradient, or it stands square to the map.
    """
    at = _directions(z[row : row + 1])[0]
    # a direction moves along the sphere only
    step = -(gradient - (gradient @ at) * at)
    way, whole = step @ axes, float(np.linalg.norm(step))
    shown = float(np.linalg.norm(way))
    if not np.isfinite(whole) or whole < 1e-9 or shown < 1e-6 * whole:
        return None
    return (float(way[0] / shown), float(way[1] / shown)), shown / whole


def _directions(z: np.ndarray) -> np.ndarray:
    rows = np.asarray(z, dtype=np.float64)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def _centred(rows: np.ndarray) -> np.ndarray:
    return rows - rows.mean(0, dtype=np.float64)
