"""A batch, references and prototypes -> anchors, their references, and the kind of each reference."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.local_anchors import LocalAnchors
from mlcl_core.pairs import Kind
from mlcl_core.pairs.relations import check_label_type
from mlcl_core.pairs.self_pairs import SelfPairs, self_pairs

# z and labels of keys or a queue; third, for rules that distinguish them, codes of Kind (without: keys)
References = tuple[Tensor, Tensor] | tuple[Tensor, Tensor, Tensor]

PROTOTYPES_AS: dict[str, str] = {
    "others": "Prototypes are references of every anchor, beside the items.",
    "anchors": "Prototypes are references of every anchor, and anchors themselves, after the items.",
    "only": "Prototypes are the only references.",
}


@dataclass(frozen=True)
class AnchorsAndReferences:
    """Anchors and the references that each of them is compared with: what a loss on pairs works on.

    Args:
        z, y: Embeddings of the anchors as they come, not normalised, and their labels.
        reference_z, reference_y: The same of the references.
        self_index: Column of each anchor's own item among the references, -1 where there is none; None: no pair is
            excluded.
        kind: Codes of :class:`Kind`, one per reference; None: all are items.
        complete: Whether it is known that every anchor's own item is among the references.
        parts: The tensors that ``reference_z`` joins, for whom gradients of some alone are cheaper; empty: it is whole.
    """

    z: Float[Tensor, "n d"]
    y: Bool[Tensor, "n c"]
    reference_z: Float[Tensor, "m d"]
    reference_y: Bool[Tensor, "m c"]
    self_index: Int64[Tensor, " n"] | None = None
    kind: UInt8[Tensor, " m"] | None = None
    complete: bool = False
    parts: tuple[Float[Tensor, "_ d"], ...] = ()

    @classmethod
    def of_labels(
        cls,
        y: Bool[Tensor, "n c"],
        reference_y: Bool[Tensor, "m c"],
        self_index: Int64[Tensor, " n"] | None = None,
        *,
        dtype: torch.dtype = torch.float32,
        kind: UInt8[Tensor, " m"] | None = None,
    ) -> "AnchorsAndReferences":
        """Labels alone: the embeddings have no dimensions, and the type that weights are computed in."""
        z, reference_z = (labels.new_zeros(len(labels), 0, dtype=dtype) for labels in (y, reference_y))
        return cls(z, y, reference_z, reference_y, self_index, kind)

    def detach(self) -> "AnchorsAndReferences":
        """The same embeddings without a graph."""
        return replace(self, z=self.z.detach(), reference_z=self.reference_z.detach(), parts=())

    @property
    def reference_parts(self) -> tuple[Float[Tensor, "_ d"], ...]:
        """The references as tensors that follow each other, each of which may ask for a gradient."""
        return self.parts or (self.reference_z,)

    def own(self, rows: slice = slice(None)) -> SelfPairs | None:
        """The pairs of the anchors in a slice with their own items."""
        return None if self.self_index is None else self_pairs(self.self_index[rows], complete=self.complete)

    @property
    def num_items(self) -> int:
        """Number of references that are no prototypes; they come first."""
        return len(self.reference_y) if self.kind is None else int((self.kind != Kind.PROTOTYPE).sum())

    def items_as_anchors(self) -> "AnchorsAndReferences":
        """Every reference that is an item as an anchor, by its labels alone."""
        items = self.reference_y[: self.num_items]
        own = torch.arange(len(items), device=items.device)
        return AnchorsAndReferences.of_labels(items, self.reference_y, own, dtype=self.z.dtype, kind=self.kind)

    def with_prototypes(self, prototypes: Tensor | None, prototypes_as: str = "others") -> "AnchorsAndReferences":
        """The same with prototypes as further references, in the role that is a key of PROTOTYPES_AS.

        Raises:
            InputError: Prototypes that are not one point a label, in the space of the embeddings.
        """
        if prototypes is None:
            return self
        (n, d), c = self.z.shape, self.y.shape[1]
        points = numbers("prototypes", prototypes, self.z.dtype)
        if prototypes.shape != (c, d):
            raise InputError(
                f"prototypes {tuple(prototypes.shape)} do not fit embeddings {(n, d)} and {c} labels: one point a label"
            )
        rows = torch.eye(c, dtype=torch.bool, device=self.y.device)
        kind = kinds(points, Kind.PROTOTYPE)
        if prototypes_as == "only":
            return AnchorsAndReferences(self.z, self.y, points, rows, None, kind)
        before = kinds(self.reference_z, Kind.ITEM) if self.kind is None else self.kind
        both = replace(
            self,
            reference_z=torch.cat([self.reference_z, points]),
            reference_y=torch.cat([self.reference_y, rows]),
            kind=torch.cat([before, kind]),
            parts=(*self.reference_parts, points),
        )
        if prototypes_as == "others":
            return both
        own = torch.full((n,), -1, device=points.device) if self.self_index is None else self.self_index
        own = torch.cat([own, torch.arange(c, device=points.device) + len(self.reference_z)])
        complete = self.complete and self.self_index is not None
        z, y = torch.cat([self.z, points]), torch.cat([self.y, rows])
        return replace(both, z=z, y=y, self_index=own, complete=complete)

    def only(self, local_anchors: LocalAnchors | None, items: int) -> "AnchorsAndReferences":
        """The same with the anchors of one process alone; anchors after the first ``items`` are prototypes."""
        if local_anchors is None:
            return self
        rows = local_anchors.rows
        if local_anchors.is_rank_zero:
            rows = torch.cat([rows, torch.arange(items, len(self.z), device=rows.device)])
        own = None if self.self_index is None else self.self_index[rows]
        return replace(self, z=self.z[rows], y=self.y[rows], self_index=own)


def kinds(z: Tensor, kind: Kind) -> UInt8[Tensor, " m"]:
    """The code of a kind, once per row."""
    return torch.full((len(z),), kind, dtype=torch.uint8, device=z.device)


def anchors_and_references(
    z: Tensor | None, y: Tensor, references: References | None = None, candidates: str = "batch"
) -> AnchorsAndReferences:
    """A batch as anchors, and as references itself (``batch``), the ``references``, or ``both``.

    Embeddings are converted to the type that is computed in (see :func:`numbers`).

    Raises:
        InputError: Embeddings that are no floats, labels that are no booleans, shapes that do not fit, references
            missing or unused.
    """
    z = numbers("z", z)
    if z.ndim != 2 or (isinstance(y, Tensor) and (y.ndim != 2 or z.shape[0] != y.shape[0])):
        raise InputError(f"embeddings {tuple(z.shape)} and labels {tuple(y.shape)} must have one row per item")
    check_label_type(y)
    if candidates not in ("batch", "references", "both"):
        raise InputError(f"candidates is {candidates!r}; it must be one of batch, references, both")
    if (references is None) != (candidates == "batch"):
        raise InputError(
            f"candidates is {candidates!r}, and references are {'missing' if references is None else 'given'}"
        )
    own = torch.arange(z.shape[0], device=z.device)
    if references is None:
        return AnchorsAndReferences(z, y, z, y, own, complete=True)
    if not isinstance(references, tuple | list) or len(references) not in (2, 3):
        raise InputError("references must be (z, y), or (z, y, kind)")
    reference_z, reference_y, *codes = references
    reference_z = numbers("the z of references", reference_z, z.dtype)
    check_label_type(reference_y)
    if (
        reference_z.shape[1:] != z.shape[1:]
        or reference_y.shape[1:] != y.shape[1:]
        or len(reference_z) != len(reference_y)
    ):
        raise InputError(
            f"references {tuple(reference_z.shape)} with labels {tuple(reference_y.shape)} do not fit a batch of "
            f"{tuple(z.shape)} with labels {tuple(y.shape)}"
        )
    kind = codes[0] if codes else kinds(reference_z, Kind.KEY)
    if candidates == "references":
        return AnchorsAndReferences(z, y, reference_z, reference_y, None, kind)
    kind = torch.cat([kinds(z, Kind.ITEM), kind])
    parts = (z, reference_z)
    return AnchorsAndReferences(z, y, torch.cat(parts), torch.cat([y, reference_y]), own, kind, True, parts)


__all__ = ["PROTOTYPES_AS", "AnchorsAndReferences", "References", "anchors_and_references", "kinds"]
