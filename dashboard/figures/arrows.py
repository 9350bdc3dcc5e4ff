"""Forces on the map: arrows of the strongest pulls and pushes on an anchor, and one for its whole gradient."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped

from dashboard.figures.colours import ATTRACT, ATTRACT_ON_DARK, REPEL, REPEL_ON_DARK
from dashboard.figures.pairs import AnchorPairs
from mlcl_core.losses import PairLoss
from mlcl_core.maps import with_direction

SHOWN = 8  # of pulls and of pushes each
LINEAR = 1e-2  # largest relative error of the best linear map to a map that counts as linear; PCA has 1e-6
PROJECTED = "Wider: a stronger force. Directions are those of this map, numbers those of the space itself."
# every arrow points in the direction in which it moves the selected item
ITEM_OF_ROLE = {"anchor": "the anchor", "reference": "this item"}


@dataclass(frozen=True)
class Arrows:
    """The arrows around an anchor; each points in the direction in which it moves the anchor.

    Attributes:
        to: Indices of the points (label prototypes behind the items) with the strongest forces.
        force: The force of each pair.
        way: Direction of the anchor's negative gradient on the map, of length 1; None where it is not drawn.
        share: The share of the gradient's length that the map shows.
        note: Why ``way`` is not drawn.
        role: Role of the selected item.
    """

    to: np.ndarray
    force: np.ndarray
    way: tuple[float, float] | None = None
    share: float = 0.0
    note: str = ""
    role: str = "anchor"

    def message(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The entries of a frame's header, and its arrays."""
        words, item = self.note, ITEM_OF_ROLE[self.role]
        if self.way is not None:
            words = f"where {item} goes: all forces, both roles ({self.share:.0%} of it is visible here)"
        header = {
            "way": self.way,
            "pull": f"a pull: moves {item} there",
            "push": f"a push: moves {item} away from there",
            "gradient": words,
            "projected": PROJECTED,
            "light": [ATTRACT, REPEL],
            "dark": [ATTRACT_ON_DARK, REPEL_ON_DARK],
        }
        return {"arrows": header}, {"arrow_to": self.to.astype(np.uint32), "arrow_force": self.force.astype(np.float32)}


def strongest(pairs: AnchorPairs, shown: int = SHOWN) -> Arrows:
    """The ``shown`` strongest pulls and as many pushes, the strongest of all last, so that it is drawn on top."""
    order = np.argsort(pairs.force, kind="stable")
    pulls, pushes = order[:shown], order[::-1][:shown]
    to = np.concatenate([pulls[pairs.force[pulls] < 0], pushes[pairs.force[pushes] > 0]])
    to = to[np.argsort(np.abs(pairs.force[to]), kind="stable")]
    return Arrows(to, pairs.force[to], role=pairs.role)


def gradients(
    loss: PairLoss, z: Shaped[np.ndarray, "n d"], labels: np.ndarray, prototypes: np.ndarray | None = None
) -> Float[np.ndarray, "n d"]:
    r"""Gradient of the loss by every item, with both roles of each pair, by the functions that train.

    .. math:: g_i = \frac{\partial}{\partial z_i} \sum_k L_k = \frac{1}{\tau}
        \sum_j (f_{ij} + f_{ji}) (z_j - (z_i \cdot z_j) z_i), \qquad f_{ij} = \partial L_i / \partial s_{ij}

    The closed form holds for cosines and rows of length 1, where the gradient is tangent to the sphere.

    Raises:
        InputError: The loss refuses the input, for example without prototypes.
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
    r"""The gradient by one item of a batch, from the forces that the worker wrote, for losses of cosines.

    Args:
        z: All items of the batch, rows of length 1.
        force: Anchors x items; the items behind the anchors are keys, which have no gradient.
        row: The item, one of the anchors.
        temperature: In force when the batch was trained on.
    """
    both = force[row].astype(np.float64)
    both[: len(force)] += force[:, row]
    both[row] = 0
    return both @ z.astype(np.float64) / temperature


def axes_of(z: Shaped[np.ndarray, "n d"], xy: Shaped[np.ndarray, "n 2"]) -> Float[np.ndarray, "d 2"] | None:
    r"""The axes of a map that is linear in the directions of z, from its coordinates; None: not linear (UMAP).

    .. math:: X^T Y (Y^T Y)^{-1}, \qquad X, Y \text{ the centred directions and the centred map}

    For a PCA map :math:`Y = X V R` (V its axes, R its rotation) this is exactly :math:`V R`. Items without a direction
    (zeros) stand apart on every map and are ignored.
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
    """The direction of an item's negative gradient on a linear map.

    Returns:
        The direction on the map, of length 1, and the share of the gradient's length that the map shows; None where
        the gradient is zero or orthogonal to the map.
    """
    at = _directions(z[row : row + 1])[0]
    # a direction can only move along the sphere
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
