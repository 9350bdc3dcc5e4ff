"""How fast a loss step is: ours against the published n x n x c forms and a plain dense one, in the same run."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses import build_loss

TEMPERATURE = 0.1
EPSILON = 1e-8


def loss(
    *,
    items: int = 1024,
    dims: int = 128,
    labels: int = 80,
    repeats: int = 9,
    seed: int = 0,
    threads: int | None = None,
    quick: bool = False,
) -> dict[str, Any]:
    """Time forward + backward of ``weighted_supcon`` (similarity_dissimilarity) and of its peers, turn about.

    Every competitor gets the same embeddings and labels and starts from the labels, as in a training step. Rounds
    alternate between them, so that a machine that slows down slows all; the first round is not counted.

    Args:
        items: Batch size n.
        dims: Width d of the embeddings.
        labels: Number of labels c; about three per item.
        repeats: Counted rounds.
        seed: Of embeddings and labels.
        threads: Torch threads; None leaves them alone.
        quick: At most 128 items, 32 dims, 20 labels and 3 rounds.

    Returns:
        Sizes, threads, median milliseconds of each competitor, and how many times faster than each peer ours is.
    """
    if quick:
        items, dims, labels, repeats = min(items, 128), min(dims, 32), min(labels, 20), min(repeats, 3)
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        generator = torch.Generator().manual_seed(seed)
        z = torch.randn(items, dims, generator=generator)
        y = torch.rand(items, labels, generator=generator) < 3 / labels
        prototypes = torch.randn(labels, dims, generator=generator)
        ours = build_loss("weighted_supcon", rule="similarity_dissimilarity", temperature=TEMPERATURE)
        steps: dict[str, Callable[[Tensor], Tensor]] = {
            "weighted_supcon": lambda leaf: ours(leaf, y),
            "msc_broadcast": lambda leaf: msc_broadcast(leaf, y, prototypes),
            "base_broadcast": lambda leaf: base_broadcast(leaf, y),
            "dense_autograd": lambda leaf: dense_autograd(leaf, y),
        }
        seconds: dict[str, list[float]] = {name: [] for name in steps}
        for turn in range(repeats + 1):
            for name, step in steps.items():
                spent = _seconds(step, z)
                if turn > 0:
                    seconds[name].append(spent)
        used = torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
    medians = {name: median(times) for name, times in seconds.items()}
    return {
        "items": items,
        "dims": dims,
        "labels": labels,
        "repeats": repeats,
        "seed": seed,
        "threads": used,
        "milliseconds": {name: round(1e3 * value, 3) for name, value in medians.items()},
        "times_faster_than": {
            name: round(value / medians["weighted_supcon"], 2)
            for name, value in medians.items()
            if name != "weighted_supcon"
        },
    }


def _seconds(step: Callable[[Tensor], Tensor], z: Float[Tensor, "n d"]) -> float:
    leaf = z.clone().requires_grad_()
    start = time.perf_counter()
    step(leaf).backward()
    return time.perf_counter() - start


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


def dense_autograd(z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"]) -> Float[Tensor, ""]:
    """What one would write by hand: the same loss as ours from matrix products, left to autograd."""
    z, label = F.normalize(z, dim=1), y.to(z.dtype)
    shared, size = label @ label.T, label.sum(1)
    others = ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    weight = shared / size[:, None].clamp_min(1) / (1 + size[None, :] - shared) * others
    positive = (shared > 0) & others
    s = z @ z.T / TEMPERATURE
    log_share = s - torch.where(others, s, -torch.inf).logsumexp(1, keepdim=True)
    value = -(weight * log_share).sum(1) / positive.sum(1).clamp_min(1)
    return value.sum() / positive.any(1).sum().clamp_min(1)
