"""For losses on the scores of each anchor that are not the weighted softmax loss: forces by autograd."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import NoPositive, Reduction, Temperature
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences, anchors_and_references
from mlcl_core.losses.core.inputs import unit
from mlcl_core.losses.core.kernel import share
from mlcl_core.losses.core.local_anchors import reduce
from mlcl_core.losses.core.loss import LossInputs, PairLoss
from mlcl_core.losses.core.pair_terms import PairTerms, pair_terms
from mlcl_core.pairs import PairWeights
from mlcl_core.pairs.slow import slow


@dataclass(frozen=True)
class RowLoss(PairLoss):
    """A loss whose value at anchor i is a function of row i of the scores s, and of labels.

    A subclass defines ``weigh`` (the weights of each pair, for the pages) and ``row_values``. Scores are cosines over
    the temperature unless it defines ``scores`` (a row shorter than 1e-12 has no direction: its cosines and its
    gradient are 0). ``takes_references`` says whether it takes keys and a queue.

    Args:
        temperature: tau > 0.
        reduction: ``mean`` over anchors that count, ``sum``, or ``none``.
        no_positive: An anchor that does not count is left out of the mean (``drop``) or counted as 0 (``zero``).
    """

    takes_references: ClassVar[bool] = False
    slow_reason: ClassVar[str] = "no form by tiles: arrays of all pairs at once, left to autograd"
    needs: ClassVar[frozenset[str]] = frozenset({"embeddings"})
    temperature: Temperature = 0.1
    reduction: Reduction = "mean"
    no_positive: NoPositive = "drop"

    def row_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Value of each anchor (0 where it does not count), and whether it counts."""
        raise NotImplementedError

    def batch_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights, inputs: LossInputs
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """The same in a batch, for losses with a term that looks at more than pairs."""
        return self.row_values(s, pairs, weights)

    def scores(self, pairs: AnchorsAndReferences) -> Float[Tensor, "n m"]:
        """s of each pair: cosine over temperature."""
        return unit(pairs.z) @ unit(pairs.reference_z).T / self.temperature

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """The loss of a batch.

        Raises:
            InputError: Shapes that do not fit; prototypes, which these losses do not take, nor most of them references.
        """
        with_references = inputs.references is not None or inputs.candidates != "batch"
        if inputs.prototypes is not None or (with_references and not self.takes_references):
            refused = "items only: no" if self.takes_references else "the items of the batch only: no references, no"
            raise InputError(f"{self.name} compares {refused} prototypes")
        pairs = anchors_and_references(inputs.z, inputs.y, inputs.references, inputs.candidates)
        pairs = pairs.only(inputs.local_anchors, len(inputs.y))
        with torch.autocast(device_type=pairs.z.device.type, enabled=False):
            slow(self.slow_reason)
            s = self.scores(pairs)
            values, counted = self.batch_values(s, pairs, self.weigh(pairs), inputs)
        return reduce(values, counted, self, inputs.local_anchors)

    def explain_pairs(self, pairs: AnchorsAndReferences, prototypes: Tensor | None) -> PairTerms:
        """The terms of each pair; the force is autograd's gradient of each anchor's value by its scores."""
        weights = self.weigh(pairs)
        with torch.enable_grad():
            s = self.scores(pairs.detach()).requires_grad_()
            values, counted = self.row_values(s, pairs, weights)
            force = torch.autograd.grad(values.sum(), s)[0] if values.requires_grad else torch.zeros_like(s)
        s = s.detach()
        return pair_terms(
            pairs.y,
            pairs.reference_y,
            weights,
            cosine=unit(pairs.z.detach()) @ unit(pairs.reference_z.detach()).T,
            scaled_cosine=s,
            probability=share(s, weights.compete),
            force=force,
            value=values.detach(),
            coefficient=counted.to(s.dtype),
            has_positive=counted,
        )
