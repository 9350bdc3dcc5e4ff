"""ProbMCL: items are distributions, and items whose label sets overlap enough should have similar ones."""

from dataclasses import dataclass, replace
from math import log, pi
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import TEMPERATURE, Reduction
from mlcl_core.losses.core.derivatives import traced
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.kernel import coefficients, kernel_terms, per_anchor
from mlcl_core.losses.core.local_anchors import reduce
from mlcl_core.losses.core.loss import BatchLoss, LossInputs
from mlcl_core.losses.core.pair_terms import PairTerms, pair_terms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.options import Param
from mlcl_core.pairs import RULES, PairWeights
from mlcl_core.pairs.relations import check_labels, exact_float
from mlcl_core.pairs.slow import slow

# Numbers of a tile: anchors x references x labels.
MAX_TILE = 2**22


@dataclass(frozen=True)
class Probabilistic(BatchLoss):
    r"""SupCon between Gaussian mixtures, and a mixture's weights fitted to the item's labels.

    .. math:: L_i = -\frac{1}{|A(i)|} \sum_{j \in A(i)} \log \frac{e^{s_{ij}}}{\sum_{k \ne i} e^{s_{ik}}}
        - \frac{\lambda}{|S|} \sum_{l \in S} \log \pi_{il}, \quad s_{ij} = \mathrm{sim}(p_i, p_j)/\tau

    .. math:: A(i) = \{j \ne i : J_{ij} \ge \alpha\}, \qquad
        \mathrm{sim}(p, q) = \frac{k(p, q)}{\sqrt{k(p, p)\,k(q, q)}}, \qquad k(p_i, p_j) = \sum_l \pi_{il} \pi_{jl}
        \int \mathcal{N}(z; \mu_{il}, \sigma_{il}^2) \, \mathcal{N}(z; \mu_{jl}, \sigma_{jl}^2) \, dz

    Component l of a mixture belongs to label l, and is compared with component l of the others. The integral is a
    Gaussian density at the distance of the means, with the sum of both variances; sim lies in (0, 1].

    Args:
        temperature: tau > 0.
        threshold: alpha: how much the label sets must overlap (Jaccard) to be positives.
        label_weight: lambda.
        reduction: ``mean`` over anchors that count, ``sum``, or ``none``: one value per anchor.
        no_positive: An anchor without labels, and so without either term: left out of the mean, or counted as 0.

    Edge cases:
        An item without labels contributes nothing; one without a positive is fitted to its labels only.

    Notes:
        An item without labels is no positive of another.

    Relations:
        It never compares points: its pairs are explained in the batch just trained on, where the mixtures are. Memory:
        a tile of anchors x references x labels at a time.

    References:
        After the abstract of Sajedi et al., ICASSP 2024, arXiv 2401.01448 (ProbMCL). The similarity is the expected
        likelihood kernel of Jebara, Kondor, Howard (JMLR 2004); it, the weights' fit and the defaults are ours.
    """

    name: ClassVar[str] = "probabilistic"
    needs: ClassVar[frozenset[str]] = frozenset({"mixture"})
    slow_reason: ClassVar[str] = "mixtures are compared component by component, and once more in the backward pass"
    temperature: Annotated[float, replace(TEMPERATURE, help="Divides the similarity, which lies in 0 to 1.")] = 0.1
    threshold: Annotated[
        float, Param("Jaccard overlap of two label sets from which on they are positives.", ge=0.01, le=1)
    ] = 0.5
    label_weight: Annotated[float, Param("Factor of the fit of the weights to the labels.", ge=0, le=100)] = 1.0
    reduction: Reduction = "mean"
    no_positive: Annotated[
        Literal["drop", "zero"], Param("An anchor without labels: left out of the mean, or counted as 0.")
    ] = "drop"

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """The loss of a batch, from its mixtures.

        Raises:
            InputError: Mixtures missing or not one component a label; references or prototypes.
        """
        if inputs.references is not None or inputs.prototypes is not None:
            raise InputError("probabilistic compares the items of the batch only: no references, no prototypes")
        y, local_anchors = inputs.y, inputs.local_anchors
        mixture = _checked(inputs.mixture, y)
        own = torch.arange(len(y), device=y.device) if local_anchors is None else local_anchors.rows
        slow(self.slow_reason)
        with torch.autocast(device_type=mixture.device.type, enabled=False):
            weights = self._weights(y, own, mixture.dtype)
            s = mixture_similarity(mixture, own) / self.temperature
            each, has_positive = coefficients(
                weights, exact_float(y[own]).sum(1), placement="outside", normalise="count", epsilon=0.0
            )
            values = per_anchor(s, weights, each, "outside")
            labels = y[own].to(mixture.dtype)
            fit = -(labels * mixture[own, :, 0]).sum(1) / labels.sum(1).clamp_min(1)
            values = values + self.label_weight * fit
        counted = has_positive | (y[own].any(1) if self.label_weight else False)
        return reduce(values, counted, self, local_anchors)

    def explain_items(self, inputs: LossInputs, anchors: int) -> PairTerms:
        """The terms of each pair of the first items with all items: ``cosine`` is sim, between 0 and 1; the fit of the
        weights to the labels, which is no term of pairs, is left out.
        """
        y, mixture = inputs.y, _checked(inputs.mixture, inputs.y)
        own = torch.arange(anchors, device=y.device)
        with torch.autocast(device_type=mixture.device.type, enabled=False):
            weights, sim = self._weights(y, own, mixture.dtype), mixture_similarity(mixture, own)
            s = sim / self.temperature
            labels = exact_float(y[own]).sum(1)
            terms = kernel_terms(s, weights, labels, placement="outside", normalise="count")
        return pair_terms(
            y[own],
            y,
            weights,
            cosine=sim,
            scaled_cosine=s,
            probability=terms.probability,
            force=terms.force,
            value=terms.value,
            coefficient=terms.coefficient,
            has_positive=terms.has_positive,
        )

    def _weights(self, y: Bool[Tensor, "n c"], own: Tensor, dtype: torch.dtype) -> PairWeights:
        rule = RULES["jaccard"]
        return rule.weights(y[own], y, self_index=own, dtype=dtype, threshold=self.threshold, power=0.0, inclusive=True)


def _checked(mixture: Tensor | None, y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c packed"]:
    check_labels(y, y)
    if mixture is not None:
        mixture = numbers("mixture", mixture)
    if mixture is None or mixture.ndim != 3 or mixture.shape[:2] != y.shape or mixture.shape[2] < 3:
        shape = "none" if mixture is None else tuple(mixture.shape)
        n, c = y.shape
        raise InputError(f"probabilistic needs mixtures ({n}, {c}, 2 + d), one component a label; given: {shape}")
    return mixture


def mixture_similarity(mixture: Float[Tensor, "n c packed"], rows: Tensor) -> Float[Tensor, "k n"]:
    """sim of some items to all, by tiles, which are computed again in the backward pass."""
    n, c, _ = mixture.shape
    if len(rows) == 0 or n * c == 0:
        return mixture.new_zeros(len(rows), n) + 0 * mixture.sum()
    own = log_overlap(mixture[:, None], mixture[:, None])[:, 0]
    height = max(1, MAX_TILE // (n * c))

    def tile(rows: Tensor) -> Tensor:
        crossed = log_overlap(mixture[rows][:, None], mixture[None])
        return (crossed - (own[rows, None] + own[None, :]) / 2).exp()

    if traced(mixture):  # which has no backward pass to compute anything again in
        return tile(rows)
    return torch.cat([checkpoint(tile, some, use_reentrant=False) for some in rows.split(height)])


def log_overlap(p: Float[Tensor, "*a c packed"], q: Float[Tensor, "*b c packed"]) -> Tensor:
    r"""log k(p, q) of mixtures that are broadcast against each other, component by component.

    .. math:: \log \sum_l \pi_l \pi'_l \, \mathcal{N}(\mu_l; \mu'_l, (\sigma_l^2 + \sigma_l'^2) I)
    """
    d = p.shape[-1] - 2
    variance = (2 * p[..., 1]).exp() + (2 * q[..., 1]).exp()
    a, b = p[..., 2:], q[..., 2:]
    products = torch.einsum("ijld,ijld->ijl", a, b) if a.shape[:2] == b.shape[:2] else _crossed(a, b)
    squared = ((a * a).sum(-1) + (b * b).sum(-1) - 2 * products).clamp_min(0)
    log_density = -d / 2 * (log(2 * pi) + variance.log()) - squared / (2 * variance)
    return (p[..., 0] + q[..., 0] + log_density).logsumexp(-1)


def _crossed(a: Float[Tensor, "k 1 c d"], b: Float[Tensor, "1 n c d"]) -> Float[Tensor, "k n c"]:
    """Dot products of all pairs, label by label, without an array of pairs x labels x dims."""
    return torch.einsum("kld,nld->knl", a[:, 0], b[0])


PROBABILISTIC = LossRecord(
    name=Probabilistic.name,
    title="Probabilistic contrastive loss (ProbMCL)",
    summary="Each item is a mixture of Gaussians, one a label; items whose label sets overlap enough should be "
    "distributed alike. It compares distributions, not points: its pairs open in the batch just trained on.",
    source="After the abstract of Sajedi et al., ICASSP 2024, arXiv 2401.01448 (ProbMCL)",
    build=Probabilistic,
    when_to_use="When an item's labels lie in different places of the space, so that one point can't be near them.",
    experimental=True,
)
