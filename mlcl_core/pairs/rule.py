"""A pair rule: its record in the registry, and the steps from labels to weights that all rules share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Annotated, Any

import torch
from jaxtyping import Bool, Float, Int64, Shaped, UInt8
from torch import Tensor

from mlcl_core.docstrings import formula_of, section_of
from mlcl_core.options import Option, Param, checked_options, declared_options
from mlcl_core.pairs.label_pairs import LabelPairs, label_pairs
from mlcl_core.pairs.relations import PreparedReferences
from mlcl_core.pairs.self_pairs import SelfPairs, self_pairs
from mlcl_core.pairs.weights import PairWeights, TileWeights
from mlcl_core.pairs.workspace import Workspace


def match_empty(
    pairs: LabelPairs,
    attract: Float[Tensor, "n m"],
    positive: Float[Tensor, "n m"],
    *,
    empty_match: Annotated[
        bool, Param("Two items without labels are positives of each other, as some published codes count them.")
    ] = False,
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    """With ``empty_match``, make every pair of two items without labels a positive of weight 1."""
    if not empty_match:
        return attract, positive
    both_empty = (pairs.counts.s == 0) & (pairs.counts.t == 0)
    return (
        torch.where(both_empty, torch.ones_like(attract), attract),
        torch.where(both_empty, torch.ones_like(positive), positive),
    )


@dataclass(frozen=True)
class Rule:
    """One way to decide which pairs are positive and how much each weighs.

    Args:
        name: Key in ``RULES``.
        title, summary, when_to_use, source: Texts of the rule's card.
        group: Key in ``GROUPS``: where lists of methods have it.
        positives: For those lists, in plain words: which pairs are positive, and how they are weighed.
        normalise: The per-anchor normalisation that the rule's own paper uses.
        attract: The rule itself: ``attract(pairs, *, ...)`` gives w and which pairs are positive, in new arrays, the
            anchor itself not yet excluded. Positives are booleans, or 1 and 0 as in ``pairs.shares_label``. Its
            keyword arguments, declared by :class:`mlcl_core.options.Param`, are the rule's parameters; its docstring
            holds the formula (``.. math::``) and the edge cases.
        compete: ``compete(pairs, *, ...)`` gives b, how much each reference counts in the normaliser, and may declare
            parameters of its own; None, as a function or as its result, stands for 1 everywhere.
        reach: ``reach(params, c, m)``, the largest |log w| of a positive that the rule can give with c labels and m
            references, and |log b| where b > 0; infinite where a positive may weigh 0. So the form of the loss that
            serves is chosen, and weights that it cannot take are refused, without asking a GPU. None: not known.
        weighs_labels: ``weighs_labels(params)``, whether the rule asks how much each label weighs; None: it never does.
    """

    name: str
    title: str
    summary: str
    source: str
    normalise: str
    attract: Callable[..., tuple[Float[Tensor, "n m"], Shaped[Tensor, "n m"]]]
    compete: Callable[..., Float[Tensor, "n m"] | None] | None = None
    reach: Callable[[Mapping[str, Any], int, int], float] | None = None
    weighs_labels: Callable[[Mapping[str, Any]], bool] | None = None
    when_to_use: str = ""
    group: str = "overlap"
    positives: str = ""

    def log_reach(self, params: Mapping[str, Any], labels: int, references: int) -> float:
        """``reach`` for these parameters; infinite where it is not known."""
        # weights for two items without labels are 1, so empty_match adds nothing
        return inf if self.reach is None else self.reach(params, max(labels, 1), max(references, 1))

    def needs_label_weights(self, params: Mapping[str, Any]) -> bool:
        """Whether the rule asks how much each label weighs, by these checked parameters."""
        return self.weighs_labels is not None and self.weighs_labels(params)

    @property
    def formula(self) -> str:
        """The weight of a pair, in LaTeX."""
        return formula_of(self.attract)

    @property
    def edge_cases(self) -> str:
        """The weight of pairs that the formula leaves open."""
        return section_of(self.attract, "Edge cases")

    @cached_property
    def params(self) -> dict[str, Option]:
        """The parameters of the rule."""
        return {**self._attract_params, **self._compete_params}

    @cached_property
    def options(self) -> dict[str, Option]:
        """The parameters of the rule, and those that all rules have."""
        return {**self.params, **declared_options(match_empty)}

    @cached_property
    def _attract_params(self) -> dict[str, Option]:
        return declared_options(self.attract)

    @cached_property
    def _compete_params(self) -> dict[str, Option]:
        return {} if self.compete is None else declared_options(self.compete)

    def check(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The whole set of parameters; unknown names and impossible values raise :class:`InputError`."""
        return checked_options(f"rule {self.name}", self.options, params)

    def weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        kind: UInt8[Tensor, " m"] | None = None,
        prepared: PreparedReferences | None = None,
        label_weights: Float[Tensor, " c"] | None = None,
        dtype: torch.dtype = torch.float32,
        **params: Any,
    ) -> PairWeights:
        """Weigh every pair of an anchor and a reference by their labels alone.

        Args:
            y_anchor, y_other: Which of the ``c`` labels each item carries.
            self_index: Column of each anchor's own item, -1 where it is not among the references; that pair is
                neither positive nor in the normaliser. None: nothing is excluded.
            kind: What each reference is, codes of :class:`Kind`; None: all are items. Most rules treat all alike.
            prepared: ``prepare(y_other)``, when the anchors are only a tile of all.
            label_weights: How much each label weighs, for a rule that asks (:meth:`needs_label_weights`); others do
                not look at them. In training: :func:`mlcl_core.pairs.inverse_frequency` of the training items.
            dtype: Float type of the weights.
            **params: The rule's parameters, and ``empty_match``.

        Returns:
            Weights that are finite and at least 0, whatever the labels.

        Raises:
            InputError: An unknown parameter, an impossible value, labels that do not fit, or label weights that do not
                fit or are missing.
        """
        return self.tile(
            y_anchor,
            y_other,
            own=self_pairs(self_index),
            kind=kind,
            prepared=prepared,
            label_weights=label_weights,
            dtype=dtype,
            params=self.check(params),
        ).whole()

    def tile(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        own: SelfPairs | None,
        kind: UInt8[Tensor, " m"] | None = None,
        prepared: PreparedReferences | None,
        dtype: torch.dtype,
        params: Mapping[str, Any],
        workspace: Workspace | None = None,
        anchors: PreparedReferences | None = None,
        label_weights: Float[Tensor, " c"] | None = None,
    ) -> TileWeights:
        """The weights of :meth:`weights` as the kernel takes them.

        ``params`` are checked already, as :meth:`check` gives them; ``anchors`` are the anchors' rows of what
        :func:`mlcl_core.pairs.relations.prepare` makes, where they exist already. The arrays lie in ``workspace`` until
        it is cleared.
        """
        pairs = label_pairs(
            y_anchor,
            y_other,
            own=own,
            kind=kind,
            prepared=prepared,
            dtype=dtype,
            workspace=workspace,
            anchors=anchors,
            label_weights=label_weights,
        )
        attract, positive, compete = self.of_pairs(pairs, params)
        weights = TileWeights(attract, positive, compete, own)
        weights.zero_self_pairs(attract)
        weights.zero_self_pairs(positive)
        return weights

    def of_pairs(
        self, pairs: LabelPairs, params: Mapping[str, Any]
    ) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"], Float[Tensor, "n m"] | None]:
        """Attract, positive and compete of label pairs by checked ``params``, an anchor with itself not excluded."""
        attract, positive = self.attract(pairs, **{name: params[name] for name in self._attract_params})
        compete = None
        if self.compete is not None:
            compete = self.compete(pairs, **{name: params[name] for name in self._compete_params})
        return *match_empty(pairs, attract, positive.to(pairs.dtype), empty_match=params["empty_match"]), compete


__all__ = ["Rule", "match_empty"]
