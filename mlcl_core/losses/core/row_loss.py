"""For losses that see each anchor's row of similarities but are not the weighted machine: forces by autograd."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.anchors_and_references import References, sides
from mlcl_core.losses.core.inputs import numbers, unit
from mlcl_core.losses.core.kernel import share
from mlcl_core.losses.core.local_anchors import LocalAnchors, reduce
from mlcl_core.losses.core.pair_terms import PairTerms, pair_terms
from mlcl_core.losses.core.record import Checked
from mlcl_core.pairs import PairWeights
from mlcl_core.pairs.slow import slow


@dataclass(frozen=True)
class RowLoss(Checked):
    """A loss whose value at anchor i is a function of row i of the similarities, and of labels.

    A subclass gives ``pair_weights`` (what it says of each pair, for the pages) and ``row_values``; ``similarity`` is
    cosine over temperature unless it says otherwise (a row shorter than 1e-12 has no direction: its cosines and its
    gradient are 0), ``takes_references`` whether it takes keys and a queue, and
    ``force_imbalance_reason`` why the forces of one anchor do not sum to zero (empty where they do).
    ``whole`` says why it is slower than the weighted softmax loss.

    Args:
        temperature: tau > 0.
        reduction: ``mean`` over anchors that the loss says something about, ``sum``, or ``none``.
        no_positive: An anchor that it says nothing about is left out of the mean (``drop``) or counts as 0 (``zero``).
    """

    takes_references: ClassVar[bool] = False
    whole: ClassVar[str] = "no form by tiles: arrays of all pairs at once, left to autograd"
    force_imbalance_reason: ClassVar[str] = ""
    temperature: float = 0.1
    reduction: str = "mean"
    no_positive: str = "drop"
    needs: frozenset[str] = frozenset({"embeddings"})

    def with_temperature(self, temperature: float) -> "RowLoss":
        """The same loss at another temperature."""
        return replace(self, temperature=temperature)

    def pair_weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> PairWeights:
        """What it says of each pair: attract (0 where nothing), compete, positive."""
        raise NotImplementedError

    def row_values(
        self,
        s: Float[Tensor, "n m"],
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        weights: PairWeights,
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Value of each anchor (0 where the loss says nothing about it), and whether it says something."""
        raise NotImplementedError

    def similarity(self, z: Float[Tensor, "n d"], others: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """s of every pair: cosine over temperature."""
        return unit(z) @ unit(others).T / self.temperature

    def __call__(
        self,
        z: Float[Tensor, "n d"],
        y: Bool[Tensor, "n c"],
        *,
        references: References | None = None,
        candidates: str = "batch",
        prototypes: Tensor | None = None,
        logits: Tensor | None = None,
        label_z: Tensor | None = None,
        local_anchors: LocalAnchors | None = None,
    ) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """Loss of a batch, or the share of its ``local_anchors``; ``z`` need not be normalised.

        Raises:
            InputError: Shapes that do not fit; prototypes, which these losses do not take, nor most of them references.
        """
        if prototypes is not None or (not self.takes_references and (references is not None or candidates != "batch")):
            refused = "no prototypes" if self.takes_references else "no references, no prototypes"
            raise InputError(f"{type(self).__name__} compares the items of the batch only: {refused}")
        against = sides(z, y, references, candidates).only(local_anchors, len(y))
        with torch.autocast(device_type=against.z.device.type, enabled=False):
            slow(self.whole)
            s = self.similarity(against.z, against.other_z)
            weights = self.pair_weights(against.y, against.other_y, self_index=against.self_index, dtype=s.dtype)
            values, counted = self.row_values(s, against.y, against.other_y, weights)
        return reduce(values, counted, self, local_anchors)

    def explain(
        self,
        z_anchor: Float[Tensor, "n d"],
        y_anchor: Bool[Tensor, "n c"],
        z_other: Float[Tensor, "m d"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        **_: Any,
    ) -> PairTerms:
        """Open every pair of the loss; the force is autograd's gradient of each anchor's value by its similarities."""
        z_anchor = numbers("z_anchor", z_anchor)
        weights = self.pair_weights(y_anchor, y_other, self_index=self_index, dtype=z_anchor.dtype)
        with torch.enable_grad(), torch.autocast(device_type=z_anchor.device.type, enabled=False):
            others = numbers("z_other", z_other, z_anchor.dtype)
            s = self.similarity(z_anchor.detach(), others.detach()).requires_grad_()
            values, counted = self.row_values(s, y_anchor, y_other, weights)
            force = torch.autograd.grad(values.sum(), s)[0] if values.requires_grad else torch.zeros_like(s)
        s = s.detach()
        return pair_terms(
            y_anchor,
            y_other,
            weights,
            cosine=unit(z_anchor.detach()) @ unit(others.detach()).T,
            scaled_cosine=s,
            probability=share(s, weights.compete),
            force=force,
            value=values.detach(),
            coefficient=counted.to(s.dtype),
            has_positive=counted,
        )
