"""Who stands against whom: a batch, references and prototypes -> anchors, others, and what each of the others is."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.local_anchors import LocalAnchors
from mlcl_core.pairs import Kind
from mlcl_core.pairs.relations import check_label_type

# z and labels of keys or a queue; third, where a rule is to tell them apart, codes of Kind (without: keys)
References = tuple[Tensor, Tensor] | tuple[Tensor, Tensor, Tensor]

PROTOTYPES_AS: dict[str, str] = {
    "others": "Every anchor sees the prototypes beside the items.",
    "anchors": "Prototypes are seen by all, and are anchors themselves, after the items.",
    "only": "Anchors see nothing but the prototypes.",
}


@dataclass(frozen=True)
class Sides:
    """Anchors against others: embeddings as they come, label rows, each anchor's own column (-1: none), kinds.

    ``self_index`` None: nothing is excluded; ``kind`` None: all others are items.
    """

    z: Float[Tensor, "n d"]
    y: Bool[Tensor, "n c"]
    other_z: Float[Tensor, "m d"]
    other_y: Bool[Tensor, "m c"]
    self_index: Int64[Tensor, " n"] | None = None
    kind: UInt8[Tensor, " m"] | None = None

    def with_prototypes(self, prototypes: Tensor | None, prototypes_as: str = "others") -> "Sides":
        """The same with the prototypes behind the others, in the role that is a key of PROTOTYPES_AS.

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
            return Sides(self.z, self.y, points, rows, None, kind)
        m = len(self.other_z)
        own = self.self_index
        both = Sides(
            self.z,
            self.y,
            torch.cat([self.other_z, points]),
            torch.cat([self.other_y, rows]),
            own,
            torch.cat([kinds(self.other_z, Kind.ITEM) if self.kind is None else self.kind, kind]),
        )
        if prototypes_as == "others":
            return both
        own = torch.full((n,), -1, device=points.device) if own is None else own
        own = torch.cat([own, torch.arange(m, m + c, device=points.device)])
        return Sides(torch.cat([self.z, points]), torch.cat([self.y, rows]), both.other_z, both.other_y, own, both.kind)

    def only(self, local_anchors: LocalAnchors | None, items: int) -> "Sides":
        """The same with only those anchors that are a process's part; behind the ``items`` stand prototypes."""
        if local_anchors is None:
            return self
        rows = local_anchors.rows
        if local_anchors.is_rank_zero:
            rows = torch.cat([rows, torch.arange(items, len(self.z), device=rows.device)])
        own = None if self.self_index is None else self.self_index[rows]
        return replace(self, z=self.z[rows], y=self.y[rows], self_index=own)


def kinds(z: Tensor, kind: Kind) -> UInt8[Tensor, " m"]:
    """The code of a kind, once for each row."""
    return torch.full((len(z),), kind, dtype=torch.uint8, device=z.device)


def sides(z: Tensor, y: Tensor, references: References | None, candidates: str) -> Sides:
    """Put a batch against its others (``batch``), the ``references``, or ``both``, in the type that z is worked on in.

    Raises:
        InputError: No floats, labels that are no booleans, shapes that do not fit, references missing or unused.
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
        return Sides(z, y, z, y, own)
    if not isinstance(references, tuple | list) or len(references) not in (2, 3):
        raise InputError("references must be (z, y), or (z, y, kind)")
    other_z, other_y, *told = references
    other_z = numbers("the z of references", other_z, z.dtype)
    check_label_type(other_y)
    if other_z.shape[1:] != z.shape[1:] or other_y.shape[1:] != y.shape[1:] or len(other_z) != len(other_y):
        raise InputError(
            f"references {tuple(other_z.shape)} with labels {tuple(other_y.shape)} do not fit a batch of "
            f"{tuple(z.shape)} with labels {tuple(y.shape)}"
        )
    kind = told[0] if told else kinds(other_z, Kind.KEY)
    if candidates == "references":
        return Sides(z, y, other_z, other_y, None, kind)
    kind = torch.cat([kinds(z, Kind.ITEM), kind])
    return Sides(z, y, torch.cat([z, other_z]), torch.cat([y, other_y]), own, kind)


__all__ = ["PROTOTYPES_AS", "References", "Sides", "kinds", "sides"]
