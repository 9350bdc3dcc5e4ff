"""The one machine of the field: supervised contrastive loss with any pair rule in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import NORMALISATIONS, PLACEMENTS
from mlcl_core.losses.core.anchors_and_references import PROTOTYPES_AS, References, Sides, sides
from mlcl_core.losses.core.inputs import numbers, unit
from mlcl_core.losses.core.kernel import refuse_zero_weights
from mlcl_core.losses.core.local_anchors import LocalAnchors, total
from mlcl_core.losses.core.pair_terms import PairTerms, pair_terms
from mlcl_core.losses.core.record import Checked, LossRecord
from mlcl_core.losses.core.tiles import (
    Form,
    Problem,
    dense,
    per_anchor_values,
    summed,
    thread_workspace,
    tile_height,
    tile_terms,
    tiles,
)
from mlcl_core.pairs import (
    RULES,
    Option,
    PairWeights,
    Rule,
    TileWeights,
    Workspace,
)
from mlcl_core.pairs.relations import exact_float, prepare
from mlcl_core.pairs.slow import slow

PROTOTYPES = Option("others", "What prototypes are.", choices=tuple(PROTOTYPES_AS))
REGULARISED = Option(False, "Whether positives that have more than their weight are left where they are.")


@dataclass(frozen=True)
class WeightedSupCon(Checked):
    r"""Pull each anchor's positives closer, each by its rule's weight, against everything else in the batch.

    .. math:: L_i = c_i \sum_j w_{ij} (\log \sum_k b_{ik} e^{s_{ik}} - s_{ij}), \qquad s_{ij} = z_i \cdot z_j / \tau

    Args:
        rule: The pair rule that gives w and b.
        rule_params: Its parameters, checked.
        temperature: tau > 0.
        placement: Where the weight stands, a key of PLACEMENTS.
        normalise: c_i, a key of NORMALISATIONS; ``rule`` takes the rule's own.
        reduction: ``mean`` over anchors; ``sum``; ``rows`` over (anchor, label) rows; ``none`` one value per anchor.
        no_positive: An anchor without a positive contributes nothing; ``drop`` leaves it out of the mean, ``zero``
            counts it as 0, ``drop_columns`` takes it out of the other anchors' normalisers too (references stay).
            With ``rows``: a row whose label nobody else carries, likewise.
        no_negative: A batch in which every pair is positive is taken as it is (``keep``) or counts as 0 (``zero``, as
            pytorch-metric-learning has it): value and forces.
        base_temperature: The loss is multiplied by temperature over it; 0 leaves it alone.
        epsilon: Added to every count that is divided by, as published codes do.
        similarity: ``cosine``, or the ``dot`` product of the embeddings as they come, where length matters too.
        prototypes_as: What prototypes are, a key of PROTOTYPES_AS.
        regularised: Whether positives that have more than their weight are left where they are (see
            :func:`mlcl_core.losses.core.kernel.surplus`); for placement ``outside``.
        needs: ``prototypes`` among them where the loss is none without.

    Edge cases:
        No labels or no positive: value 0, gradient 0. A row of z shorter than 1e-12 has no direction: its cosines and
        its gradient are 0 (not with ``dot``). One item, none at all, or nobody with a positive: the loss is 0
        with gradient 0. Never NaN, never infinite, whatever the labels.

    References:
        Khosla et al. 2020 (SupCon, L_out); LOSSES of Huang, Long, Luo; Zhang and Wu; Audibert et al.; Zaigrajew, Zieba.
    """

    rule: Rule = RULES["similarity_dissimilarity"]
    rule_params: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 0.1
    placement: str = "outside"
    normalise: str = "rule"
    reduction: str = "mean"
    no_positive: str = "drop"
    no_negative: str = "keep"
    base_temperature: float = 0.0
    epsilon: float = 0.0
    similarity: str = "cosine"
    prototypes_as: str = "others"
    regularised: bool = False
    needs: frozenset[str] = frozenset({"embeddings"})

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return WEIGHTED_SUPCON

    def declared(self) -> dict[str, Option]:
        """Options of the record that are fields here; the rule is one itself."""
        return {name: option for name, option in super().declared().items() if name != "rule"}

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
        PROTOTYPES.check("loss weighted_supcon: prototypes_as", self.prototypes_as)
        REGULARISED.check("loss weighted_supcon: regularised", self.regularised)
        if self.regularised and self.placement != "outside":
            raise InputError(f"loss weighted_supcon: regularised goes with placement outside, not {self.placement}")

    @property
    def normalisation(self) -> str:
        """The normalisation in force, never ``rule``."""
        return self.rule.normalise if self.normalise == "rule" else self.normalise

    @property
    def scale(self) -> float:
        """Temperature over base temperature, 1 when there is none."""
        return self.temperature / self.base_temperature if self.base_temperature else 1.0

    @property
    def force_imbalance_reason(self) -> str:
        """Why the forces of one anchor do not sum to zero: only where the term in r is held constant."""
        return "a positive nearer than its weight asks for is not pushed back: that term is detached" * self.regularised

    def with_temperature(self, temperature: float) -> "WeightedSupCon":
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
        """The rule's weights of every pair; what ``drop_columns`` takes out of the batch has 0 everywhere."""
        weights = self.rule.weights(y_anchor, y_other, self_index=self_index, dtype=dtype, **self.rule_params)
        kept = self._kept_others(y_other, self_index)
        if kept is None:
            return weights
        return PairWeights(weights.attract * kept, weights.compete * kept, weights.positive & kept)

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
        """Loss of a batch; ``z`` need not be normalised.

        Args:
            z: Embeddings of the anchors.
            y: Their labels.
            references: (z, y) of keys or a queue; (z, y, kind) with codes of :class:`Kind` where the rule asks.
            candidates: Against whom: ``batch`` (all others), ``references``, or ``both``.
            prototypes: One point a label, normalised here: further references with one-hot labels, or what
                ``prototypes_as`` says.
            logits: Ignored.
            label_z: Ignored.
            local_anchors: Only some of the items are anchors here, and the value is their part of the loss.

        Raises:
            InputError: Shapes that do not fit, references or prototypes missing or unused, or a refused placement.
        """
        against = self._against(z, y, references, candidates, prototypes)
        with torch.autocast(device_type=against.z.device.type, enabled=False):
            # bfloat16 or float16 logits would lose the small differences between similarities that are 1/tau large
            kept = self._kept(against)
            against = against.only(local_anchors, len(y))
            points, others = self._points(against)
            workspace = (
                Workspace() if self.reduction == "none" else thread_workspace()
            )  # backward makes the tiles again
            problem = self._problem(against, kept, local_anchors, workspace)
            if self.reduction == "none":
                return per_anchor_values(points, others, problem)[0]
            value, with_positive = summed(points, others, problem)
            return self._reduce(value, with_positive, against, local_anchors)

    def plain(
        self,
        z: Float[Tensor, "n d"],
        y: Bool[Tensor, "n c"],
        *,
        references: References | None = None,
        candidates: str = "batch",
        prototypes: Tensor | None = None,
    ) -> Float[Tensor, ""] | Float[Tensor, " anchors"]:
        """The same number as written on paper, whole matrices left to autograd: what the tiles are judged by."""
        against = self._against(z, y, references, candidates, prototypes)
        points, others = self._points(against)
        values, has_positive = dense(points, others, self._problem(against, self._kept(against)))
        if self.reduction == "none":
            return values
        return self._reduce(values.sum(), has_positive.sum(), against)

    def explain(
        self,
        z_anchor: Float[Tensor, "n d"],
        y_anchor: Bool[Tensor, "n c"],
        z_other: Float[Tensor, "m d"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        prototypes: Tensor | None = None,
    ) -> PairTerms:
        """Open every pair of the loss: relation, factors, weight, similarity, force (see :class:`PairTerms`).

        Args:
            z_anchor, z_other: Embeddings, normalised here (except under the similarity ``dot``).
            y_anchor, y_other: Their labels.
            self_index: Column of each anchor's own item, -1 where it has none; None: nothing is excluded. With
                ``drop_columns`` the others are taken for the batch.
            prototypes: One point a label; they are columns behind the others, in whatever role they train. A loss
                that needs them is shown without them here too, as it is between items alone.
        """
        z_anchor = numbers("z_anchor", z_anchor)
        items = Sides(z_anchor, y_anchor, numbers("z_other", z_other, z_anchor.dtype), y_other, self_index)
        against = items.with_prototypes(prototypes)
        problem = self._problem(against, self._kept_others(y_other, self_index, against))
        whole = slice(0, len(y_anchor))
        with torch.no_grad(), torch.autocast(device_type=z_anchor.device.type, enabled=False):
            points, others = self._points(against)
            s = points @ others.T
            cosine = s * self.temperature
            if self.similarity == "dot":
                cosine = unit(z_anchor) @ unit(others).T
            terms = tile_terms(s.clone(), whole, problem, force=True, probability=True)
        assert terms.force is not None
        assert terms.probability is not None
        return pair_terms(
            y_anchor,
            against.other_y,
            problem.weigh(whole).whole(),
            cosine=cosine,
            scaled_cosine=s,
            probability=terms.probability,
            force=terms.force,
            value=terms.value,
            coefficient=terms.coefficient,
            has_positive=terms.has_positive,
        )

    def _against(
        self, z: Tensor, y: Tensor, references: References | None, candidates: str, prototypes: Tensor | None
    ) -> Sides:
        if prototypes is None and "prototypes" in self.needs:
            raise InputError("this loss needs prototypes: one point a label, in the space of the embeddings")
        if references is not None and self.prototypes_as == "only":
            raise InputError("this loss compares items with prototypes alone; it takes no references")
        return sides(z, y, references, candidates).with_prototypes(prototypes, self.prototypes_as)

    def _points(self, against: Sides) -> tuple[Tensor, Tensor]:
        """Anchors over the temperature and others, such that their product is s."""
        z, other_z = against.z, against.other_z
        if self.similarity == "dot":
            return z / self.temperature, other_z
        points = unit(z)
        return points / self.temperature, points if other_z is z else unit(other_z)

    def _kept(self, against: Sides) -> Bool[Tensor, " m"] | None:
        """Which others stay: all (None), or not the items of a batch that have no positive."""
        if self.no_positive != "drop_columns" or against.self_index is None:
            return None
        slow("no_positive drop_columns: the weights of every tile are made once more, to see who has a positive")
        problem = self._problem(against)
        kept = torch.ones(len(against.other_y), dtype=torch.bool, device=against.other_y.device)
        for rows in tiles(against.z, against.other_z, problem):
            own = against.self_index[rows]
            kept[own[own >= 0]] = (problem.weigh(rows).positive.sum(1) > 0)[own >= 0]
        return kept

    def _kept_others(
        self, y_other: Tensor, self_index: Tensor | None, against: Sides | None = None
    ) -> Bool[Tensor, " m"] | None:
        """The same for pairs to be shown: the others, without what is ``against`` behind them, are the batch."""
        if self.no_positive != "drop_columns" or self_index is None:
            return None
        own, z = torch.arange(len(y_other), device=y_other.device), exact_float(y_other)
        if against is None:
            return self._kept(Sides(z, y_other, z, y_other, own))
        return self._kept(Sides(z, y_other, exact_float(against.other_y), against.other_y, own, against.kind))

    def _problem(
        self,
        against: Sides,
        kept: Bool[Tensor, " m"] | None = None,
        local_anchors: LocalAnchors | None = None,
        workspace: Workspace | None = None,
    ) -> Problem:
        params, prepared = self.rule.check(self.rule_params), prepare(against.other_y)
        workspace = Workspace() if workspace is None else workspace

        def weigh(rows: slice, workspace: Workspace) -> TileWeights:
            weights = self.rule.tile(
                against.y[rows],
                against.other_y,
                self_index=None if against.self_index is None else against.self_index[rows],
                kind=against.kind,
                prepared=prepared,
                dtype=against.z.dtype,
                params=params,
                workspace=workspace,
            )
            refuse_zero_weights(weights, self.placement)
            return weights if kept is None else weights.without(kept)

        scale = self.scale
        if self.no_negative == "zero":
            any_negative = against.z.new_tensor(_any_negative(weigh, against, workspace))
            scale *= bool(total(local_anchors, any_negative))
        form = Form(self.placement, self.normalisation, self.epsilon, scale, self.regularised)
        # lengths have no bound, and then exponentials need the careful way
        bound = 1 / self.temperature if self.similarity == "cosine" else float("inf")
        return Problem(weigh, exact_float(against.y).sum(1), form, bound, workspace=workspace)

    def _reduce(
        self, value: Tensor, with_positive: Tensor, against: Sides, local_anchors: LocalAnchors | None = None
    ) -> Tensor:
        if self.reduction == "sum":
            return value
        if self.reduction == "rows":
            count = self._rows(against)
        else:
            count = with_positive.new_tensor(len(against.y)) if self.no_positive == "zero" else with_positive
        count = total(local_anchors, count).to(value.dtype)
        return value / torch.where(count > 0, count + self.epsilon, torch.ones_like(count))

    def _rows(self, against: Sides) -> Tensor:
        if self.no_positive == "zero":
            return exact_float(against.y).sum()
        carriers = prepare(against.other_y).carriers[None, :]
        own = 0 if against.self_index is None else (against.self_index >= 0).to(carriers.dtype)[:, None]
        return (against.y & (carriers - own > 0)).sum()


def _any_negative(weigh: Callable[[slice, Workspace], TileWeights], against: Sides, workspace: Workspace) -> bool:
    """Whether some pair, an anchor with its own item left out, is not positive."""
    height = tile_height(len(against.y), len(against.other_y), against.z)
    for start in range(0, len(against.y), height):
        workspace.clear()
        weights = weigh(slice(start, start + height), workspace)
        negative = 1 - weights.positive
        weights.zero_self_pairs(negative)
        if bool(negative.any()):
            return True
    return False


def build_weighted_supcon(*, rule: str, rule_params: Mapping[str, Any], **options: Any) -> WeightedSupCon:
    """Make the loss from checked options; the rule's own parameters are checked here."""
    return WeightedSupCon(rule=RULES[rule], rule_params=RULES[rule].check(rule_params), **options)


WEIGHTED_SUPCON = LossRecord(
    name="weighted_supcon",
    title="Weighted supervised contrastive loss",
    formula=r"L_i = c_i \sum_j w_{ij} \left(\log \sum_k b_{ik} e^{s_{ik}} - s_{ij}\right)",
    summary="Pull positives closer, each by the weight that the rule gives it, against the rest of the batch.",
    source="Khosla et al. 2020 (SupCon), with the pair weights of the chosen rule",
    needs=frozenset({"embeddings"}),
    build=build_weighted_supcon,
    when_to_use="When items with common labels should lie together whatever else they carry; the rule says how much "
    "each common label is worth.",
    edge_cases="An anchor without labels or without a positive contributes nothing and is left out of the mean; no "
    "anchor with a positive: 0.",
    options={
        "rule": Option(
            "similarity_dissimilarity", "Which pairs are positive, and how much each weighs.", choices=tuple(RULES)
        ),
        "temperature": Option(
            0.1, "Divides the cosine: the smaller, the more the nearest items count.", minimum=1e-3, maximum=100
        ),
        "placement": Option("outside", "Where the weight stands.", choices=tuple(PLACEMENTS)),
        "normalise": Option("rule", "What an anchor's sum is divided by.", choices=tuple(NORMALISATIONS)),
        "reduction": Option("mean", "How anchors are joined.", choices=("mean", "sum", "rows", "none")),
        "no_positive": Option(
            "drop",
            "An anchor without a positive: left out of the mean, counted as 0, or out of everybody's normaliser too.",
            choices=("drop", "zero", "drop_columns"),
        ),
        "no_negative": Option(
            "keep",
            "A batch in which every pair is positive: taken as it is, or counted as 0.",
            choices=("keep", "zero"),
        ),
        "base_temperature": Option(
            0.0, "The loss is multiplied by temperature over it; 0: not.", minimum=0, maximum=100
        ),
        "epsilon": Option(0.0, "Added to every count that is divided by.", minimum=0, maximum=1e-3),
        "similarity": Option(
            "cosine",
            "How near two items are: the cosine, or the dot product, where length matters too.",
            choices=("cosine", "dot"),
        ),
    },
)
