"""Labels -> counts, set relations and the two factors of a pair, by matrix products of the label matrices.

Letters: i anchor with label set S, j other item with label set T, c number of labels.
"""

from dataclasses import dataclass
from enum import IntEnum

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.pairs.slow import slow
from mlcl_core.pairs.workspace import Workspace

# Largest counts that are exact in each type; beyond the first the products are computed in float64.
FLOAT32_EXACT = 2**24
FLOAT16_EXACT = 2**11
BFLOAT16_EXACT = 2**8


class Relation(IntEnum):
    """How an anchor's label set S stands to another item's label set T (codes R1 to R5 of the literature).

    Source: Huang, Long, Luo, arXiv 2410.13439. An item without labels is disjoint from every item that has
    some; two items without labels are EQUAL as sets, never positives.
    """

    DISJOINT = 1
    EQUAL = 2
    OVERLAP = 3
    SUPERSET = 4
    SUBSET = 5


@dataclass(frozen=True)
class PairCounts:
    """Whole-number counts of every pair: ``shared`` = |S and T|, ``s`` = |S| (column), ``t`` = |T| (row)."""

    shared: Float[Tensor, "n m"]
    s: Float[Tensor, "n 1"]
    t: Float[Tensor, "1 m"]

    @property
    def extra(self) -> Float[Tensor, "n m"]:
        """Labels that the other item has and the anchor has not, |T minus S|."""
        return self.t - self.shared

    @property
    def union(self) -> Float[Tensor, "n m"]:
        """Labels that at least one of the two has, |S or T|."""
        return self.s + self.t - self.shared

    def swapped(self) -> "PairCounts":
        """The same pairs with anchors and references exchanged."""
        return PairCounts(self.shared.T, self.t.T, self.s.T)


def check_labels(y_anchor: Tensor, y_other: Tensor) -> None:
    """Refuse label matrices that cannot be compared.

    Raises:
        InputError: Not boolean, not a matrix, or different numbers of labels.
    """
    check_label_type(y_anchor)
    check_label_type(y_other)
    if y_anchor.shape[1] != y_other.shape[1]:
        raise InputError(f"anchors have {y_anchor.shape[1]} labels and the others {y_other.shape[1]} labels")


def check_label_type(y: object) -> None:
    """Refuse labels that are not a boolean matrix.

    Raises:
        InputError: Names what was given instead.
    """
    if not isinstance(y, Tensor) or y.dtype != torch.bool or y.ndim != 2:
        given = f"{y.dtype} of {tuple(y.shape)}" if isinstance(y, Tensor) else type(y).__name__
        raise InputError(f"labels must be a boolean matrix, a row per item; given: {given}")


def exact_float(y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
    """Turn a label matrix into the float type in which its counts are exact."""
    return y.to(torch.float32 if y.shape[1] < FLOAT32_EXACT else torch.float64)


@dataclass(frozen=True)
class PreparedReferences:
    """Counts over all references, made once for all tiles of anchors.

    ``label`` is their label matrix in the float type in which counts are exact; ``sizes`` = |T| (row); ``carriers``,
    how many of them carry each label; ``short_label``, the label matrix in a 16-bit type, where the counts of a product
    of FLOAT16_EXACT labels are exact too, and products several times faster.
    """

    label: Float[Tensor, "m c"]
    sizes: Float[Tensor, "1 m"]
    carriers: Float[Tensor, " c"]
    short_label: Float[Tensor, "m c"] | None = None

    def rows(self, rows: slice) -> "PreparedReferences":
        """The same of some of the items; ``carriers`` are of all."""
        short = None if self.short_label is None else self.short_label[rows]
        return PreparedReferences(self.label[rows], self.sizes[:, rows], self.carriers, short)


def prepare(y_other: Bool[Tensor, "m c"]) -> PreparedReferences:
    """Count what depends on the references alone."""
    label = exact_float(y_other)
    sizes = label.sum(1)
    short = short_type(label, sizes)
    return PreparedReferences(label, sizes[None, :], label.sum(0), None if short is None else y_other.to(short))


def short_type(label: Float[Tensor, "m c"], sizes: Float[Tensor, " m"]) -> torch.dtype | None:
    """The 16-bit type in which common labels are counted exactly and fast; None: there is none.

    bfloat16 up to 256 labels. Beyond, what the largest set is would have to be asked of a GPU: it counts in float16,
    FLOAT16_EXACT labels at a time. A processor counts in bfloat16 where no item has more than 256.
    """
    if label.numel() == 0 or not has_fast_bfloat16(label.device):
        return None
    if label.shape[1] <= BFLOAT16_EXACT:
        return torch.bfloat16
    if label.device.type != "cpu":
        return torch.float16
    if float(sizes.max()) <= BFLOAT16_EXACT:
        return torch.bfloat16
    slow(f"an item has more than {BFLOAT16_EXACT} labels: they are counted in {label.dtype}, not in bfloat16")
    return None


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware: CUDA, or a processor with matrix tiles (AMX)."""
    if device.type == "cpu":
        return torch.cpu._is_amx_tile_supported()
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def pair_counts(
    y_anchor: Bool[Tensor, "n c"],
    y_other: Bool[Tensor, "m c"],
    prepared: PreparedReferences | None = None,
    workspace: Workspace | None = None,
    anchors: PreparedReferences | None = None,
) -> PairCounts:
    """Count shared and own labels of every pair by one matrix product; no array of size n x m x c is made.

    Autocast is switched off inside: a bfloat16 product counts exactly to 256 only, and is used where no item has more
    labels. ``prepared`` is ``prepare(y_other)``, and ``anchors`` that of the anchors, if they exist already; the counts
    lie in ``workspace``.

    Raises:
        InputError: Labels that are not boolean, or different numbers of them.

    Example:
        >>> y = torch.tensor([[1, 1, 0], [0, 1, 1]], dtype=torch.bool)
        >>> pair_counts(y, y).shared.tolist()
        [[2.0, 1.0], [1.0, 2.0]]
    """
    check_labels(y_anchor, y_other)
    references = prepare(y_other) if prepared is None else prepared
    workspace = Workspace() if workspace is None else workspace
    label = exact_float(y_anchor) if anchors is None else anchors.label
    sizes = label.sum(1, keepdim=True) if anchors is None else anchors.sizes.T
    shared = workspace.like(label, len(y_anchor), len(y_other))
    if references.short_label is not None:
        short = anchors.short_label if anchors is not None else None
        short = y_anchor.to(references.short_label.dtype) if short is None else short
        count_short(short, references.short_label, shared, workspace)
    else:
        with torch.autocast(device_type=y_anchor.device.type, enabled=False):
            torch.mm(label, references.label.T, out=shared)
    return PairCounts(shared, sizes, references.sizes)


def count_short(
    anchor: Float[Tensor, "n c"], other: Float[Tensor, "m c"], shared: Float[Tensor, "n m"], workspace: Workspace
) -> None:
    """Write the common labels of each pair into ``shared``, from label matrices of a 16-bit type."""
    # no count exceeds the size of the smaller set, nor the number of labels counted at a time: each is exact
    at_a_time = FLOAT16_EXACT if anchor.dtype == torch.float16 else anchor.shape[1]
    product = workspace.like(anchor, len(anchor), len(other))
    for start in range(0, anchor.shape[1], at_a_time):
        some = slice(start, start + at_a_time)
        torch.mm(anchor[:, some], other[:, some].T, out=product)
        if start == 0:
            shared.copy_(product)
        else:
            shared.add_(product)


def relation_of(counts: PairCounts) -> UInt8[Tensor, "n m"]:
    """Relation codes from the counts of the pairs (see :func:`relation_matrix`)."""
    contains, contained = counts.shared == counts.t, counts.shared == counts.s
    code = torch.full_like(counts.shared, Relation.OVERLAP, dtype=torch.uint8)
    code[contains] = Relation.SUPERSET
    code[contained] = Relation.SUBSET
    code[counts.shared == 0] = Relation.DISJOINT
    code[contains & contained] = Relation.EQUAL
    return code


def relation_matrix(y_anchor: Bool[Tensor, "n c"], y_other: Bool[Tensor, "m c"]) -> UInt8[Tensor, "n m"]:
    """Relation of every anchor's label set to every other item's, as codes of :class:`Relation`.

    Args:
        y_anchor, y_other: Which of the ``c`` labels each item carries.

    Returns:
        Codes 1 to 5. Transposing the pair swaps SUPERSET and SUBSET and keeps the others.

    Edge cases:
        No labels on one side: DISJOINT. No labels on both: EQUAL. No items: an empty matrix.

    References:
        Huang, Long, Luo, arXiv 2410.13439, relations R1 to R5.

    Example:
        >>> y = torch.tensor([[1, 1, 0], [1, 0, 0]], dtype=torch.bool)
        >>> relation_matrix(y, y).tolist()
        [[2, 4], [5, 2]]
    """
    return relation_of(pair_counts(y_anchor, y_other))


def similarity_of(counts: PairCounts, dtype: torch.dtype = torch.float32) -> Float[Tensor, "n m"]:
    """K^s from the counts of the pairs (see :func:`similarity_factor`)."""
    return counts.shared.to(dtype) / counts.s.to(dtype).clamp_min(1)


def dissimilarity_of(counts: PairCounts, dtype: torch.dtype = torch.float32) -> Float[Tensor, "n m"]:
    """K^d from the counts of the pairs (see :func:`dissimilarity_factor`)."""
    return 1 / (1 + counts.extra.to(dtype))


def similarity_factor(
    y_anchor: Bool[Tensor, "n c"], y_other: Bool[Tensor, "m c"], *, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "n m"]:
    r"""Share of the anchor's labels that the other item carries too.

    .. math:: K^s_{ij} = |S \cap T| / |S|

    Returns:
        Values in [0, 1]; not symmetric.

    Edge cases:
        An anchor without labels: 0 for every pair.

    References:
        Huang, Long, Luo, arXiv 2410.13439.

    Example:
        >>> y = torch.tensor([[1, 1, 0], [1, 0, 0]], dtype=torch.bool)
        >>> similarity_factor(y, y).tolist()
        [[1.0, 0.5], [1.0, 1.0]]
    """
    return similarity_of(pair_counts(y_anchor, y_other), dtype)


def dissimilarity_factor(
    y_anchor: Bool[Tensor, "n c"], y_other: Bool[Tensor, "m c"], *, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "n m"]:
    r"""Discount for labels that the other item has and the anchor has not.

    .. math:: K^d_{ij} = 1 / (1 + |T \setminus S|)

    Returns:
        Values in (0, 1], for disjoint pairs too; not symmetric.

    Edge cases:
        An other item without labels: 1.

    References:
        Huang, Long, Luo, arXiv 2410.13439.

    Example:
        >>> y = torch.tensor([[1, 1, 0], [1, 0, 0]], dtype=torch.bool)
        >>> dissimilarity_factor(y, y).tolist()
        [[1.0, 1.0], [0.5, 1.0]]
    """
    return dissimilarity_of(pair_counts(y_anchor, y_other), dtype)
