"""The records of the kernel by tiles: a problem of anchors and references, the form of the loss, a tile's result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.pairs import TileWeights, Workspace


@dataclass(frozen=True)
class LossForm:
    """Placement, normalisation and factors of a loss: see :func:`mlcl_core.losses.core.kernel.kernel_terms`."""

    placement: str
    normalise: str
    epsilon: float = 0.0
    scale: float | Float[Tensor, ""] = 1.0
    regularised: bool = False  # for placement outside


@dataclass(frozen=True)
class TiledProblem:
    """Anchors against references, by tiles of anchors.

    Args:
        weights: ``weights(rows, workspace)``, the pair weights of the anchors in a slice.
        num_labels: |S| of each anchor.
        form: The form of the loss.
        bound: The largest |s| possible: 1 / temperature for unit vectors.
        rows: Anchors of a tile; 0: chosen by size.
        workspace: Holds the arrays of a tile.
        reach: The largest |log| possible of weights above 0; infinite where it is not known.
    """

    weights: Callable[[slice, Workspace], TileWeights]
    num_labels: Float[Tensor, " n"]
    form: LossForm
    bound: float
    rows: int = 0
    workspace: Workspace = field(default_factory=Workspace)
    reach: float = inf

    def weigh(self, rows: slice) -> TileWeights:
        """The weights of the anchors in a slice."""
        return self.weights(rows, self.workspace)

    def scores(self, z: Float[Tensor, "r d"], references: Float[Tensor, "m d"]) -> Float[Tensor, "r m"]:
        """s of a tile."""
        return torch.mm(z, references.T, out=self.workspace.like(z, len(z), len(references)))


@dataclass(frozen=True)
class Tile:
    """The kernel's result for some anchors.

    Args:
        value: L_i.
        coefficient: c_i.
        has_positive: Whether the anchor has a positive.
        unscaled_force: The force dL_i / ds_ij of each pair, but for ``factor`` of its anchor; None: not asked for.
        factor: That factor.
        probability: p_ij, the share of the normaliser; None: not asked for.
    """

    value: Float[Tensor, " r"]
    coefficient: Float[Tensor, " r"]
    has_positive: Bool[Tensor, " r"]
    unscaled_force: Float[Tensor, "r m"] | None = None
    factor: Float[Tensor, " r"] | None = None
    probability: Float[Tensor, "r m"] | None = None

    @property
    def force(self) -> Float[Tensor, "r m"] | None:
        """The force on each pair, where it was asked for."""
        if self.unscaled_force is None or self.factor is None:
            return None
        return self.unscaled_force * self.factor[:, None]


__all__ = ["LossForm", "Tile", "TiledProblem"]
