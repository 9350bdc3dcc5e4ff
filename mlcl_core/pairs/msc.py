"""Label by label, each item worth the less the more labels the pair has; prototypes are worth one."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.pairs.label_shares import label_shares
from mlcl_core.pairs.rule import LabelPairs, Option, Rule


def msc(
    pairs: LabelPairs, *, alpha: float, beta: float, epsilon: float
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by its shared labels, each handing out 1 among its prototype and the items that carry it.

    .. math:: w_{ij} = \sum_{l \in S \cap T_j} \frac{v_{ij}}{n_{il}} \qquad
        v_{ij} = \frac{\alpha}{|S \cup T_j|} \text{ (item)}, \; 1 \text{ (prototype)} \qquad
        n_{il} = \sum_{k \ne i,\, l \in T_k} v_{ik}

    The published loss divides by |S| (``normalise="labels"``) and counts items as beta in the normaliser
    (:func:`msc_compete`).

    Args:
        pairs: The label pairs, with ``kind`` where there are prototypes; keys and a queue count as items.
        alpha: What an item is worth beside a prototype, before it is divided by the union. Without prototypes it
            cancels.
        beta: Not looked at here; see :func:`msc_compete`.
        epsilon: Added to n_il, as the published code does (1e-8).

    Returns:
        Weights of one anchor sum to the number of its labels that somebody else carries: all of them, where there are
        prototypes.

    Edge cases:
        An item without labels: weight 0. A label that nobody else carries adds nothing.

    Relations:
        Equals ``any_shared`` with count normalisation when every item has exactly one label and there are no
        prototypes.

    References:
        Audibert et al. 2024 (MSC), after the published code.

    Example:
        Anchor {a, b}; {a} and both prototypes, alpha 1: v = 1/2, 1, 1, so n_a = 1.5, n_b = 1 and w = 1/3, 2/3, 1.
    """
    union = pairs.counts.union.to(pairs.dtype).clamp_min(1)
    worth = alpha / union
    if pairs.is_prototype is not None:
        worth[:, pairs.is_prototype] = 1
    weight = label_shares(pairs, worth, epsilon)
    return weight, weight > 0


def msc_compete(pairs: LabelPairs, *, alpha: float, beta: float, epsilon: float) -> Float[Tensor, "n m"] | None:
    r"""Count items as beta in the normaliser and prototypes as 1.

    .. math:: b_{ij} = \beta \text{ (item)}, \; 1 \text{ (prototype)}

    Edge cases:
        No prototypes: items have nobody to be weighed against and count as 1.

    References:
        Audibert et al. 2024 (MSC).
    """
    if pairs.is_prototype is None:
        return None
    # one row that every anchor sees: nothing of n x m is made
    row = torch.full_like(pairs.is_prototype, beta, dtype=pairs.dtype).masked_fill_(pairs.is_prototype, 1)
    return row.expand(len(pairs.y_anchor), len(row))


MSC = Rule(
    name="msc",
    title="MSC (label by label, with prototypes)",
    formula=r"w_{ij} = \sum_{l \in S \cap T_j} v_{ij} / n_{il}, \quad v_{ij} = \alpha / |S \cup T_j|",
    summary="Every label of the anchor hands out the same pull, shared among the label's prototype and the items that "
    "carry it, an item getting the less the more labels the two have together.",
    source="MSC: Audibert et al. 2024",
    normalise="labels",
    attract=msc,
    compete=msc_compete,
    params={
        "alpha": Option(1.0, "What an item is worth beside a prototype.", minimum=0, maximum=100),
        "beta": Option(
            0.1,
            "What an item counts in the normaliser, where prototypes count 1; without prototypes 1.",
            minimum=0,
            maximum=100,
        ),
        "epsilon": Option(0.0, "Added to n_il, as the published code does (1e-8).", minimum=0, maximum=1e-3),
    },
    when_to_use="When labels are many and rare: each has a prototype to hold on to, also where no other item carries "
    "it.",
    edge_cases="Without prototypes alpha cancels and beta counts as 1; a label that no other item carries adds "
    "nothing; an item without labels has weight 0.",
)
