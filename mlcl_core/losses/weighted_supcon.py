"""The weighted softmax loss of the field: supervised contrastive loss with any pair rule in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import (
    NORMALISATIONS,
    RULE,
    NoPositiveWithColumns,
    Normalise,
    Placement,
    ReductionWithRows,
    Temperature,
)
from mlcl_core.losses.core.anchors_and_references import PROTOTYPES_AS, AnchorsAndReferences, anchors_and_references
from mlcl_core.losses.core.derivatives import traced
from mlcl_core.losses.core.fused.path import FusedRefused, half_precision
from mlcl_core.losses.core.fused.summed import fused_summed
from mlcl_core.losses.core.inputs import unit
from mlcl_core.losses.core.label_counts import LabelCounts, inverse_frequencies, label_counts, needed_counts
from mlcl_core.losses.core.local_anchors import LocalAnchors, total
from mlcl_core.losses.core.loss import LossInputs, PairLoss
from mlcl_core.losses.core.pair_terms import PairTerms, pair_terms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.rule_weights import RuleWeights
from mlcl_core.losses.core.shared_options import BaseTemperature, Path, Similarity
from mlcl_core.losses.core.tile_sums import dense, per_anchor_values, summed
from mlcl_core.losses.core.tiled_problem import LossForm, TiledProblem
from mlcl_core.losses.core.tiles import thread_workspace, tile_terms
from mlcl_core.options import Param, declared_options
from mlcl_core.pairs import RULES, PairWeights, Rule, Workspace
from mlcl_core.pairs.relations import exact_float, prepare
from mlcl_core.pairs.slow import slow

# Set by the functions that build a loss with prototypes, and not offered as options.
SET_BY_BUILDERS = {"prototypes_as", "regularised"}


@dataclass(frozen=True)
class WeightedSupCon(PairLoss):
    r"""Pull each anchor's positives closer, each by its rule's weight, against all other items of the batch.

    .. math:: L_i = c_i \sum_j w_{ij} \left(\log \sum_k b_{ik} e^{s_{ik}} - s_{ij}\right)

    .. math:: s_{ij} = z_i \cdot z_j / \tau

    Args:
        rule: The pair rule that gives w and b.
        rule_params: Its parameters, checked.
        temperature: tau > 0.
        placement: Where the weight stands, a key of PLACEMENTS.
        normalise: c_i, a key of NORMALISATIONS; ``rule`` takes the rule's own.
        reduction: ``mean`` over anchors; ``sum``; ``rows`` over (anchor, label) rows; ``none`` one value per anchor.
        no_positive: An anchor without a positive contributes nothing; ``drop`` leaves it out of the mean, ``zero``
            counts it as 0, ``drop_columns`` takes it out of the other anchors' normalisers too (references stay).
            With ``rows``: a row whose label no other item carries, likewise.
        no_negative: A batch in which every pair is positive is taken as it is (``keep``) or counts as 0 (``zero``, as
            pytorch-metric-learning has it): value and forces.
        base_temperature: The loss is multiplied by temperature over it; 0: not.
        epsilon: Added to every count that is divided by, as published codes do.
        similarity: ``cosine``, or the ``dot`` product of the embeddings as they come, where length matters too.
        path: How it is computed. ``plain``: by whole matrices and autograd. ``tiles``: by tiles, in the precision of
            the embeddings. ``fused``: by kernels that multiply in bfloat16 and sum in float32; they need Triton and an
            NVIDIA GPU with bfloat16. ``auto``: ``fused`` where it is called under
            bfloat16 autocast on CUDA, and ``tiles`` elsewhere and, with the reason in the record, where the kernels
            cannot serve.
        prototypes_as: What prototypes are, a key of PROTOTYPES_AS.
        regularised: Whether positives that have more than their weight are left where they are (see
            :func:`mlcl_core.losses.core.kernel.surplus`); for placement ``outside``.
        counts: The label counts given to ``with_label_counts``, by which a formula with ``rare`` weighs labels; None:
            none yet.
        needs: ``prototypes`` among them where the loss cannot do without, ``label_counts`` where the rule weighs
            labels.

    Edge cases:
        An anchor without labels or without a positive contributes nothing and is left out of the mean; no anchor with
        a positive: 0.

    Notes:
        Where the value is 0 for these reasons, so is the gradient. A row of z shorter than 1e-12 has no direction: its
        cosines and its gradient are 0 (not with ``dot``). Values are never NaN nor infinite, whatever the labels.

    References:
        Khosla et al. 2020 (SupCon, L_out); LOSSES of Huang, Long, Luo; Zhang and Wu; Audibert et al.; Zaigrajew, Zieba.
    """

    name: ClassVar[str] = "weighted_supcon"
    rule: Rule = RULES["similarity_dissimilarity"]
    rule_params: Mapping[str, Any] = field(default_factory=dict)
    temperature: Temperature = 0.1
    placement: Placement = "outside"
    normalise: Normalise = "rule"
    reduction: ReductionWithRows = "mean"
    no_positive: NoPositiveWithColumns = "drop"
    no_negative: Annotated[
        Literal["keep", "zero"],
        Param("A batch in which every pair is positive: taken as it is, or counted as 0."),
    ] = "keep"
    base_temperature: BaseTemperature = 0.0
    epsilon: Annotated[float, Param("Added to every count that is divided by.", ge=0, le=1e-3)] = 0.0
    similarity: Similarity = "cosine"
    path: Path = "auto"
    prototypes_as: Annotated[str, Param("What prototypes are.", choices=tuple(PROTOTYPES_AS))] = "others"
    regularised: Annotated[
        bool, Param("Whether positives that have more than their weight are left where they are.")
    ] = False
    counts: LabelCounts | None = field(default=None, repr=False)
    needs: frozenset[str] = frozenset({"embeddings"})

    def __post_init__(self) -> None:
        """Check every option, and the rule's parameters.

        Raises:
            InputError: A value that is not allowed.
        """
        super().__post_init__()
        if not isinstance(self.rule, Rule):
            raise InputError(f"loss weighted_supcon: rule is {self.rule!r}; it must be one of RULES")
        if self.rule.normalise not in NORMALISATIONS.keys() - {"rule"}:
            known = ", ".join(name for name in NORMALISATIONS if name != "rule")
            raise InputError(f"rule {self.rule.name}: normalise is {self.rule.normalise!r}; it must be one of {known}")
        if not isinstance(self.rule_params, Mapping):
            raise InputError(f"loss weighted_supcon: rule_params is {self.rule_params!r}; it must be names and values")
        object.__setattr__(self, "rule_params", self.rule.check(self.rule_params))
        if self._weighs_labels:
            object.__setattr__(self, "needs", self.needs | {"label_counts"})
        if self.regularised and self.placement != "outside":
            raise InputError(f"loss weighted_supcon: regularised goes with placement outside, not {self.placement}")

    @property
    def _weighs_labels(self) -> bool:
        return self.rule.needs_label_weights(self.rule_params)

    def with_label_counts(self, counts: Tensor, items: int, of_several: Tensor | None = None) -> "WeightedSupCon":
        """The same loss with these label counts, where its rule weighs labels."""
        return replace(self, counts=label_counts(counts, items, of_several)) if self._weighs_labels else self

    def label_weights(self, like: Bool[Tensor, "n c"]) -> Float64[Tensor, " c"] | None:
        """How much the rule weighs each label of such label rows; None: it weighs none.

        Raises:
            InputError: The counts are missing, or they are those of another number of labels.
        """
        if not self._weighs_labels:
            return None
        name = f"{self.name} with the formula {self.rule_params.get('expression')!r}"
        return inverse_frequencies(needed_counts(name, self.counts, like.shape[1]), like.device)

    @property
    def normalisation(self) -> str:
        """The normalisation in force, never ``rule``."""
        return self.rule.normalise if self.normalise == "rule" else self.normalise

    @property
    def scale(self) -> float:
        """Temperature over base temperature, 1 without one."""
        return self.temperature / self.base_temperature if self.base_temperature else 1.0

    @property
    def force_imbalance_reason(self) -> str:
        """Why the forces of one anchor do not sum to zero: only where the term in r is held constant."""
        return "a positive nearer than its weight asks for is not pushed back: that term is detached" * self.regularised

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """The loss of a batch.

        Raises:
            InputError: Shapes that do not fit, references or prototypes missing or unused, a refused placement, or
                ``fused`` where it cannot serve.
        """
        if self.path == "plain":
            return self.dense_value(inputs)
        pairs, local_anchors = self._pairs(inputs), inputs.local_anchors
        fused = self.path == "fused" or (self.path == "auto" and half_precision(pairs.z.device))
        # half precision would lose the small differences between scores that are 1 / tau large
        with torch.autocast(device_type=pairs.z.device.type, enabled=False):
            batch, pairs = pairs, pairs.only(local_anchors, len(inputs.y))
            if fused and (found := self._fused(pairs)) is not None:
                return self._reduce(*found, pairs, local_anchors)
            columns = self._columns(batch, batch)
            points, references = self._points(pairs)
            # values per anchor need the tiles again in the backward pass
            workspace = Workspace() if self.reduction == "none" else thread_workspace()
            problem = self._problem(pairs, columns, local_anchors, workspace)
            if self.reduction == "none":
                return per_anchor_values(points, references, problem)[0]
            value, with_positive = summed(points, references, problem)
            return self._reduce(value, with_positive, pairs, local_anchors)

    def dense_value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """The same number by whole matrices and autograd, which every other path is tested against."""
        pairs, local_anchors = self._pairs(inputs), inputs.local_anchors
        with torch.autocast(device_type=pairs.z.device.type, enabled=False):
            columns = self._columns(pairs, pairs)
            pairs = pairs.only(local_anchors, len(inputs.y))
            points, references = self._points(pairs)
            values, has_positive = dense(points, references, self._problem(pairs, columns, local_anchors))
            if self.reduction == "none":
                return values
            return self._reduce(values.sum(), has_positive.sum(), pairs, local_anchors)

    def weigh(self, pairs: AnchorsAndReferences) -> PairWeights:
        """The rule's weights of each pair; columns that ``drop_columns`` takes out of the batch are 0."""
        weights = self.rule.weights(
            pairs.y,
            pairs.reference_y,
            self_index=pairs.self_index,
            kind=pairs.kind,
            label_weights=self.label_weights(pairs.y),
            dtype=pairs.z.dtype,
            **self.rule_params,
        )
        columns = self._columns(pairs, pairs.items_as_anchors())
        if columns is None:
            return weights
        return PairWeights(weights.attract * columns, weights.compete * columns, weights.positive & columns)

    def explain_pairs(self, pairs: AnchorsAndReferences, prototypes: Tensor | None) -> PairTerms:
        """The terms of each pair, and of each pair of an anchor and a prototype, whatever these are in training."""
        pairs = pairs.with_prototypes(prototypes)
        problem = self._problem(pairs, self._columns(pairs, pairs.items_as_anchors()))
        every = slice(0, len(pairs.y))
        with torch.no_grad():
            points, references = self._points(pairs)
            s = points @ references.T
            cosine = unit(pairs.z) @ unit(references).T if self.similarity == "dot" else s * self.temperature
            terms = tile_terms(s.clone(), every, problem, force=True, probability=True)
        assert terms.force is not None
        assert terms.probability is not None
        return pair_terms(
            pairs.y,
            pairs.reference_y,
            problem.weigh(every).whole(),
            cosine=cosine,
            scaled_cosine=s,
            probability=terms.probability,
            force=terms.force,
            value=terms.value,
            coefficient=terms.coefficient,
            has_positive=terms.has_positive,
        )

    def _pairs(self, inputs: LossInputs) -> AnchorsAndReferences:
        if inputs.prototypes is None and "prototypes" in self.needs:
            raise InputError("this loss needs prototypes: one point a label, in the space of the embeddings")
        if inputs.references is not None and self.prototypes_as == "only":
            raise InputError("this loss compares items with prototypes alone; it takes no references")
        pairs = anchors_and_references(inputs.z, inputs.y, inputs.references, inputs.candidates)
        return pairs.with_prototypes(inputs.prototypes, self.prototypes_as)

    def _points(self, pairs: AnchorsAndReferences) -> tuple[Tensor, Tensor]:
        """Anchors over the temperature, and references, such that their product is s."""
        z, reference_z = pairs.z, pairs.reference_z
        if self.similarity == "dot":
            return z / self.temperature, reference_z
        points = unit(z)
        return points / self.temperature, points if reference_z is z else unit(reference_z)

    def _fused(self, pairs: AnchorsAndReferences) -> tuple[Float[Tensor, ""], Int64[Tensor, ""]] | None:
        """Sum and number of anchors by the fused kernels; None where tiles take their place, with the reason said."""
        if traced(pairs.z, *pairs.reference_parts):
            return None
        try:
            if reason := self._why_not_fused():
                raise FusedRefused(reason)
            return fused_summed(
                pairs,
                rule=self.rule,
                params=self.rule_params,
                form=LossForm(self.placement, self.normalisation, self.epsilon, self.scale, self.regularised),
                temperature=self.temperature,
                similarity=self.similarity,
                dense=partial(self._dense_sum, pairs),
            )
        except FusedRefused as error:
            if self.path == "fused":
                raise FusedRefused(f"path fused: the kernels cannot serve: {error}; auto or tiles would do") from error
            slow(f"bfloat16 is on, yet tiles in {pairs.z.dtype} take the place of fused kernels: {error}")
            return None

    def _why_not_fused(self) -> str:
        """What the kernels lack for these options; empty for nothing."""
        if self.reduction == "none":
            return "they give one number, not one an anchor (reduction none)"
        if self._weighs_labels:
            return "they count common labels and do not weigh them (rare in the formula)"
        if self.no_positive == "drop_columns":
            return "they drop no columns (no_positive drop_columns)"
        return "they do not look for negatives first (no_negative zero)" if self.no_negative == "zero" else ""

    def _dense_sum(
        self, pairs: AnchorsAndReferences, z: Float[Tensor, "n d"], *parts: Float[Tensor, "_ d"]
    ) -> Float[Tensor, ""]:
        pairs = replace(pairs, z=z, reference_z=torch.cat(parts) if parts else z, parts=())
        points, references = self._points(pairs)
        return dense(points, references, self._problem(pairs))[0].sum()

    def _weights(self, pairs: AnchorsAndReferences, columns: Bool[Tensor, " m"] | None = None) -> RuleWeights:
        label_weights = self.label_weights(pairs.y)
        return RuleWeights(self.rule, self.rule_params, self.placement, pairs, columns, label_weights)

    def _columns(self, pairs: AnchorsAndReferences, batch: AnchorsAndReferences) -> Bool[Tensor, " m"] | None:
        """References that ``drop_columns`` keeps: all but the items of the ``batch`` without a positive; None: all."""
        if self.no_positive != "drop_columns" or pairs.self_index is None:
            return None
        slow("no_positive drop_columns: the weights of every tile are computed twice, first to find the positives")
        return self._weights(batch).columns_with_positive()

    def _problem(
        self,
        pairs: AnchorsAndReferences,
        columns: Bool[Tensor, " m"] | None = None,
        local_anchors: LocalAnchors | None = None,
        workspace: Workspace | None = None,
    ) -> TiledProblem:
        workspace = Workspace() if workspace is None else workspace
        weights = self._weights(pairs, columns)
        scale: float | Tensor = self.scale
        if self.no_negative == "zero":
            has_negative = total(local_anchors, weights.has_negative(workspace).to(pairs.z.dtype)) > 0
            scale = has_negative.to(pairs.z.dtype) * scale
        form = LossForm(self.placement, self.normalisation, self.epsilon, scale, self.regularised)
        # lengths have no bound, and exponentials then need a shift
        bound = 1 / self.temperature if self.similarity == "cosine" else float("inf")
        return TiledProblem(weights.tile, weights.num_labels, form, bound, workspace=workspace, reach=weights.reach)

    def _reduce(
        self,
        value: Tensor,
        with_positive: Tensor,
        pairs: AnchorsAndReferences,
        local_anchors: LocalAnchors | None = None,
    ) -> Tensor:
        if self.reduction == "sum":
            return value
        if self.reduction == "rows":
            count = self._rows(pairs)
        else:
            count = torch.full_like(with_positive, len(pairs.y)) if self.no_positive == "zero" else with_positive
        count = total(local_anchors, count)
        if not self.epsilon:
            return value / count.clamp_min(1)
        return value / torch.where(count > 0, count.to(value.dtype) + self.epsilon, 1)

    def _rows(self, pairs: AnchorsAndReferences) -> Tensor:
        if self.no_positive == "zero":
            return exact_float(pairs.y).sum()
        carriers = prepare(pairs.reference_y).carriers[None, :]
        own = 0 if pairs.self_index is None else (pairs.self_index >= 0).to(carriers.dtype)[:, None]
        return (pairs.y & (carriers - own > 0)).sum()


def build_weighted_supcon(
    *,
    rule: Annotated[str, replace(RULE, choices=tuple(RULES))] = "similarity_dissimilarity",
    rule_params: Mapping[str, Any] | None = None,
    **options: Any,
) -> WeightedSupCon:
    """Make the loss from checked options; the parameters of the rule are checked here."""
    return WeightedSupCon(rule=RULES[rule], rule_params=rule_params or {}, **options)


WEIGHTED_SUPCON = LossRecord(
    name=WeightedSupCon.name,
    title="Weighted supervised contrastive loss",
    summary="Pull positives closer, each by the weight that the rule gives it, against the rest of the batch.",
    source="Khosla et al. 2020 (SupCon), with the pair weights of the chosen rule",
    build=build_weighted_supcon,
    described_by=WeightedSupCon,
    handed_on={
        name: option for name, option in declared_options(WeightedSupCon).items() if name not in SET_BY_BUILDERS
    },
    when_to_use="When items with common labels should lie together whatever else they carry; the rule says how much "
    "each common label is worth.",
)
