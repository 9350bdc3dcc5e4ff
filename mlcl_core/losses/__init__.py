"""Losses: embeddings and pair weights (or logits) in, a value out. To add one: its file, one line here, its test."""

from collections.abc import Mapping
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.loss_parameters import NORMALISATIONS, PLACEMENTS
from mlcl_core.losses.core.combined import Combined
from mlcl_core.losses.core.label_counts import fitted_to_counts, fitted_to_labels
from mlcl_core.losses.core.local_anchors import LocalAnchors
from mlcl_core.losses.core.loss import BatchLoss, Loss, PairLoss
from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.options import checked_options
from mlcl_core.registry import records_in

# Forms and tables list the losses in this order.
# isort: off
from mlcl_core.losses.weighted_supcon import WEIGHTED_SUPCON
from mlcl_core.losses.on_logits.bce import BCE
from mlcl_core.losses.on_logits.focal import FOCAL
from mlcl_core.losses.on_logits.asl import ASL
from mlcl_core.losses.on_logits.zlpr import ZLPR
from mlcl_core.losses.on_logits.two_way import TWO_WAY
from mlcl_core.losses.on_logits.distribution_balanced import DISTRIBUTION_BALANCED
from mlcl_core.losses.on_logits.label_correlation import LABEL_CORRELATION
from mlcl_core.losses.msc import MSC
from mlcl_core.losses.msc_without_regularisation import MSC_WITHOUT_REGULARISATION
from mlcl_core.losses.msc_regularised import MSC_REGULARISED
from mlcl_core.losses.proto_only import PROTO_ONLY
from mlcl_core.losses.strict import STRICT
from mlcl_core.losses.jaccard_denominator import JACCARD_DENOMINATOR
from mlcl_core.losses.stepwise_label import STEPWISE_LABEL
from mlcl_core.losses.soft_contrastive import SOFT_CONTRASTIVE
from mlcl_core.losses.contrastive_knn import CONTRASTIVE_KNN
from mlcl_core.losses.hero import HERO
from mlcl_core.losses.label_distribution import LABEL_DISTRIBUTION
from mlcl_core.losses.ws_mulsupcon import WS_MULSUPCON
from mlcl_core.losses.label_level import LABEL_LEVEL
from mlcl_core.losses.intra_label import INTRA_LABEL
from mlcl_core.losses.probabilistic import PROBABILISTIC
# isort: on

LOSSES = records_in(globals(), LossRecord)


def build_loss(name: str, *, rule_params: Mapping[str, Any] | None = None, **options: Any) -> Loss:
    """Make a loss by its registry name.

    Args:
        name: A key of LOSSES.
        rule_params: Parameters of the pair rule, for losses that take a rule.
        **options: The loss's own options; the rest have their defaults.

    Raises:
        InputError: An unknown name or option, or an impossible value.

    Example:
        >>> build_loss("weighted_supcon", rule="jaccard", temperature=0.2).temperature
        0.2
    """
    if name not in LOSSES:
        raise InputError(f"there is no loss {name!r}; there are: {', '.join(LOSSES)}")
    record = LOSSES[name]
    checked = checked_options(f"loss {name}", record.options, options)
    if "rule" in record.options:
        checked["rule_params"] = dict(rule_params or {})
    elif rule_params:
        raise InputError(f"loss {name} takes no pair rule, so it has no rule_params")
    return record.build(**checked)


__all__ = [
    "LOSSES",
    "NORMALISATIONS",
    "PLACEMENTS",
    "BatchLoss",
    "Combined",
    "LocalAnchors",
    "Loss",
    "LossRecord",
    "PairLoss",
    "PairTerms",
    "RowLoss",
    "WeightedSupCon",
    "build_loss",
    "fitted_to_counts",
    "fitted_to_labels",
]
