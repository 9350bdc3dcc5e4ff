"""MSCRG of Audibert et al.: MSC without regularisation, in which no positive is pushed away for being too near."""

from dataclasses import replace
from typing import Any

from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.msc_without_regularisation import MSC_WITHOUT_REGULARISATION, build_msc_without_regularisation
from mlcl_core.losses.weighted_supcon import WeightedSupCon


def build_msc_regularised(**options: Any) -> WeightedSupCon:
    r"""Make the regularised MSC: a positive whose share of the softmax is above its weight is left where it is.

    .. math:: L_i = -\sum_{j \ne i} (w_{ij} \log p_{ij} + r_{ij} s_{ij}), \quad
        r_{ij} = \max(p_{ij} - w_{ij}, 0)\, 1[w_{ij} > 0] \text{ constant}

    Force on a pair, with omega_i the sum of the weights of i (1, where every label has a carrier):

    .. math:: \frac{\partial L_i}{\partial s_{ij}} = \omega_i p_{ij} - w_{ij} - r_{ij}

    No gradient goes through r, so the gradient is not the derivative of the value: differences of values do not match
    it, on purpose. The second derivative holds r constant too: it is that of L with r as constants, not the derivative
    of the gradient, in which r varies.

    Args:
        **options: Those of ``msc_without_regularisation``.

    Returns:
        A loss whose value may be negative, and whose forces on one anchor sum to minus its r: they pull more than they
        push. The difference is what the regularisation takes away from the push.

    Edge cases:
        As MSC without regularisation; an anchor's forces pull more than they push, by the sum of its r.

    Relations:
        ``msc_without_regularisation`` plus the term in r.

    References:
        Audibert et al. 2024, after the published code (its proposed loss).
    """
    return replace(build_msc_without_regularisation(**options), regularised=True)


MSC_REGULARISED = LossRecord(
    name="msc_regularised",
    title="Regularised MSC (MSCRG)",
    summary="MSC without regularisation, except that a positive which is nearer than its weight asks for is not pushed "
    "away again.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: as without regularisation; a positive "
    "that is nearer than its weight asks for is left in place.",
    source="MSCRG in Audibert et al. 2024",
    build=build_msc_regularised,
    handed_on=MSC_WITHOUT_REGULARISATION.options,
    when_to_use="When an anchor has many positives of which each can have only a small share: none of them is "
    "repelled.",
)
