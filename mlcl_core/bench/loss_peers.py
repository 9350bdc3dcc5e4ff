"""Peers of ``weighted_supcon``: losses of the field as they are published or commonly written."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

TEMPERATURE = 0.1
EPSILON = 1e-8
MIN_DIMS = 16  # of FlexAttention's values


def base_broadcast(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"]) -> Float[Tensor, ""]:
    """Base of Audibert et al. as published: Jaccard weights through two n x n x c arrays."""
    z, label = F.normalize(z, dim=1), y.to(z.dtype)
    shared = (label[:, None, :] * label[None, :, :]).sum(2)
    union = torch.maximum(label[:, None, :], label[None, :, :]).sum(2)
    weight = (shared / (union + EPSILON)).fill_diagonal_(0)
    weight = weight / (weight.sum(1, keepdim=True) + EPSILON)
    others = ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    s = z @ z.T / TEMPERATURE
    log_share = s - torch.where(others, s, -torch.inf).logsumexp(1, keepdim=True)
    return -(weight * log_share).sum() / ((weight.sum(1) > 0).sum() + EPSILON)


def msc_broadcast(
    z: Float[Tensor, "n d"],
    y: Bool[Tensor, "n c"],
    prototypes: Float[Tensor, "c d"],
    *,
    alpha: float = 1.0,
    beta: float = 0.1,
) -> Float[Tensor, ""]:
    """MSC of Audibert et al. as published: a weight for each anchor, instance and label, then summed over labels."""
    z, prototypes, label = F.normalize(z, dim=1), F.normalize(prototypes, dim=1), y.to(z.dtype)
    others = 1 - torch.eye(len(z), dtype=z.dtype, device=z.device)
    union = torch.maximum(label[:, None, :], label[None, :, :]).sum(2).clamp_min(1)
    per_label = label[:, None, :] * label[None, :, :] * (alpha * others / union)[:, :, None]
    available = 1 + per_label.sum(1)
    to_instances = (per_label / available[:, None, :]).sum(2)
    weight = torch.cat([to_instances, label / available], dim=1)
    compete = torch.cat([beta * others, torch.ones_like(label)], dim=1)
    s = z @ torch.cat([z, prototypes]).T / TEMPERATURE
    log_share = s - (s + compete.log()).logsumexp(1, keepdim=True)
    return -((weight * log_share).sum(1) / label.sum(1).clamp_min(1)).mean()


def mulsupcon_rows(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"]) -> Float[Tensor, ""]:
    """MulSupCon of Zhang and Wu as published: a row of similarities and of positives for each (anchor, label)."""
    z, n = F.normalize(z, dim=1), len(z)
    anchor, label = y.nonzero(as_tuple=True)
    own = F.one_hot(anchor, n).bool()
    positive = y.T[label] & ~own
    s = (z @ z.T / TEMPERATURE)[anchor]
    log_share = s - torch.where(own, -torch.inf, s).logsumexp(1, keepdim=True)
    count = positive.sum(1)
    value = -(positive * log_share).sum(1) / count.clamp_min(1)
    return value.sum() / (count > 0).sum().clamp_min(1)


def supcon_as_written(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"]) -> Float[Tensor, ""]:
    """SupCon in its most common form, with a mask of shared labels."""
    z = F.normalize(z, dim=1)
    mask = (y.to(z.dtype) @ y.to(z.dtype).T > 0).to(z.dtype)
    logits = z @ z.T / TEMPERATURE
    logits = logits - logits.max(dim=1, keepdim=True).values.detach()
    logits_mask = 1 - torch.eye(len(z), dtype=z.dtype, device=z.device)
    mask = mask * logits_mask
    exp_logits = torch.exp(logits) * logits_mask
    log_prob = logits - torch.log(exp_logits.sum(1, keepdim=True))
    pairs = mask.sum(1)
    pairs = torch.where(pairs < 1e-6, 1, pairs)
    return -((mask * log_prob).sum(1) / pairs).mean()


def dense_autograd(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"]) -> Float[Tensor, ""]:
    """The same loss from plain matrix products, differentiated by autograd."""
    z, label = F.normalize(z, dim=1), y.to(z.dtype)
    shared, size = label @ label.T, label.sum(1)
    others = ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    weight = shared / size[:, None].clamp_min(1) / (1 + size[None, :] - shared) * others
    positive = (shared > 0) & others
    s = z @ z.T / TEMPERATURE
    log_share = s - torch.where(others, s, -torch.inf).logsumexp(1, keepdim=True)
    value = -(weight * log_share).sum(1) / positive.sum(1).clamp_min(1)
    return value.sum() / positive.any(1).sum().clamp_min(1)


def flex_lse(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"]) -> Float[Tensor, ""]:
    """The same loss, its normaliser by FlexAttention, whose log-sum-exp is differentiable, and the attraction by a
    product of the weights with the embeddings: no array of similarities is kept.
    """
    from torch.nn.attention.flex_attention import AuxRequest, flex_attention

    def others(score: Tensor, batch: Tensor, head: Tensor, anchor: Tensor, reference: Tensor) -> Tensor:
        return torch.where(anchor == reference, -torch.inf, score)

    given, z = z.dtype, F.normalize(z, dim=1)
    with torch.no_grad():
        label = y.to(given)
        shared, size = (label @ label.T).to(z.dtype), y.sum(1).to(z.dtype)
        weight = (shared / size[:, None].clamp_min(1) / (1 + size[None, :] - shared)).fill_diagonal_(0)
        count = (shared > 0).fill_diagonal_(False).sum(1)
    points = z.to(given)[None, None]
    # the values of an attention are not needed: of few dims they cost least
    _, of_rows = flex_attention(
        points, points, points[..., :MIN_DIMS], others, scale=1 / TEMPERATURE, return_aux=AuxRequest(lse=True)
    )
    assert of_rows.lse is not None
    pull = ((weight @ z) * z).sum(1) / TEMPERATURE
    value = (weight.sum(1) * of_rows.lse[0, 0] - pull) / count.clamp_min(1)
    return value.sum() / (count > 0).sum().clamp_min(1)


def metric_learning(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"]) -> Float[Tensor, ""]:
    """SupConLoss of pytorch-metric-learning, which takes one class an item: the first label of each."""
    from pytorch_metric_learning.losses import SupConLoss

    return SupConLoss(temperature=TEMPERATURE)(z, y.to(torch.uint8).argmax(1))


@dataclass(frozen=True)
class Peer:
    """One competitor: ``make(y, prototypes)`` gives its step; ``largest`` batch that it is asked for, on a GPU
    ``largest_on_gpu`` (0: no less, no more); beyond that it takes minutes or more memory than most machines have.
    ``needs``: modules that may not be installed. ``compiled``: it passes through torch.compile, which needs a compiler
    and may fail.
    """

    make: Callable[[Tensor, Tensor], Callable[[Tensor], Tensor]]
    largest: int
    needs: tuple[str, ...] = ()
    largest_on_gpu: int = 0
    compiled: bool = False

    def takes(self, n: int, device: torch.device) -> bool:
        """Whether it is asked for a batch of this size."""
        return n <= (max(self.largest, self.largest_on_gpu) if device.type == "cuda" else self.largest)


def _ours(y: Tensor, _: Tensor) -> Callable[[Tensor], Tensor]:
    from mlcl_core.losses import build_loss

    loss = build_loss("weighted_supcon", rule="similarity_dissimilarity", temperature=TEMPERATURE)
    return lambda z: loss(z, y)


def _compiled(loss: Callable[..., Tensor]) -> Callable[[Tensor, Tensor], Callable[[Tensor], Tensor]]:
    return lambda y, prototypes: _on_labels(torch.compile(loss, dynamic=False))(y, prototypes)


def _on_labels(loss: Callable[..., Tensor]) -> Callable[[Tensor, Tensor], Callable[[Tensor], Tensor]]:
    return lambda y, _: lambda z: loss(z, y)


OURS = "weighted_supcon"
PEERS: dict[str, Peer] = {
    OURS: Peer(_ours, 2**20),
    "dense_autograd": Peer(_on_labels(dense_autograd), 8192, largest_on_gpu=16_384),
    "compiled_dense": Peer(_compiled(dense_autograd), 4096, largest_on_gpu=16_384, compiled=True),
    # it has no backward pass on a CPU
    "flex_lse": Peer(_compiled(flex_lse), 0, largest_on_gpu=16_384, compiled=True),
    "supcon_as_written": Peer(_on_labels(supcon_as_written), 8192),
    "metric_learning": Peer(_on_labels(metric_learning), 8192, ("pytorch_metric_learning",)),
    "mulsupcon_rows": Peer(_on_labels(mulsupcon_rows), 4096),
    "base_broadcast": Peer(_on_labels(base_broadcast), 2048),
    "msc_broadcast": Peer(lambda y, prototypes: lambda z: msc_broadcast(z, y, prototypes), 2048),
}

__all__ = ["OURS", "PEERS", "Peer"]
