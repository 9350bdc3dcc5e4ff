"""The watched items: a fixed sample, encoded again at every frame, and its live metrics."""

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int64
from torch import Tensor

from mlcl_core.data import UNUSED, MultiLabelData, to_input
from mlcl_core.engine.device import home_of
from mlcl_core.engine.host_copy import HostCopy, to_host
from mlcl_core.engine.network import PER_ITEM, Network, Outputs
from mlcl_core.losses import Loss, PairLoss
from mlcl_core.metrics import WatchedFrame, measure_frame
from mlcl_core.models import to_device
from mlcl_core.pairs import relation_matrix

# Rows that go through the encoder at once outside training.
CHUNK = 512
# Watched items whose pairs are measured: their cost grows with the square of the number.
MEASURED = 5_000


def watched_items(data: MultiLabelData, items: int, seed: int) -> Int64[Tensor, " n"]:
    """A fixed sample of all splits, ascending; everything when there is no more than that. None is unused."""
    order = np.random.default_rng([seed, 7]).permutation(len(data))
    return torch.from_numpy(np.sort(order[data.split[order] != UNUSED][:items]))


def measured_rows(n: int, seed: int) -> Int64[Tensor, " m"] | None:
    """The rows of n watched items that are measured: a fixed sample of 5,000, ascending; None: all of them."""
    if n <= MEASURED:
        return None
    return torch.from_numpy(np.sort(np.random.default_rng([seed, 8]).permutation(n)[:MEASURED]))


@torch.no_grad()
def encode(
    network: Network,
    data: MultiLabelData,
    ids: Tensor,
    device: torch.device,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> Outputs:
    """Encode items without augmentation: in float32 on the CPU, z and prototypes of unit length.

    ``on_progress`` is called with the number of items that are done, and of all.
    """
    return on_host(encoded(network, data, ids, device, on_progress=on_progress))


@torch.no_grad()
def encoded(
    network: Network,
    data: MultiLabelData,
    ids: Tensor,
    device: torch.device,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[HostCopy]:
    """As :func:`encode`, with copies to the host that may be under way; :func:`on_host` waits for them."""
    network.eval()
    parts: list[HostCopy] = []
    done = 0
    home = home_of(data.kind, device)
    for chunk in ids.split(CHUNK):
        seen = network(to_input(to_device(data.some(chunk), home), data.kind))
        found = {name: getattr(seen, name) for name in ("h", "z", *PER_ITEM)}
        if not parts and seen.prototypes is not None:
            found["prototypes"] = F.normalize(seen.prototypes.float(), dim=1)
        parts.append(to_host({name: value.float() for name, value in found.items() if value is not None}))
        done += len(chunk)
        if on_progress is not None:
            on_progress(done, len(ids))
    network.train()
    return parts


def on_host(parts: list[HostCopy]) -> Outputs:
    """The outputs for all items, once their copies are whole."""
    found = [part.wait() for part in parts]

    def concatenated(name: str) -> Any:
        return torch.cat([part[name] for part in found]) if name in found[0] else None

    return Outputs(
        h=concatenated("h"),
        z=F.normalize(concatenated("z"), dim=1),
        prototypes=found[0].get("prototypes"),
        **{name: concatenated(name) for name in PER_ITEM},
    )


class WatchedMetrics:
    """The live metrics of the watched items; what depends on labels alone is computed once.

    Of more than 5,000 watched items a fixed sample of 5,000 is measured: metrics look at all pairs.
    """

    def __init__(self, data: MultiLabelData, items: int, seed: int, contrastive: PairLoss | None):
        """Choose the items, and compute their relations and positives.

        Args:
            data: All items.
            items: How many are watched.
            seed: Decides which, and whatever metrics draw.
            contrastive: The part of the loss that has pairs; None: it has none.
        """
        self.ids = watched_items(data, items, seed)
        self.rows = measured_rows(len(self.ids), seed)
        measured = self.ids if self.rows is None else self.ids[self.rows]
        self.labels = data.labels[measured]
        self.seed = seed
        self.relation = relation_matrix(self.labels, self.labels)
        self.positive = self._positive(contrastive)
        self.train = torch.from_numpy(data.split[measured.numpy()] == "train")

    def under(self, contrastive: PairLoss | None) -> "WatchedMetrics":
        """The same items under another loss."""
        found = copy(self)
        found.positive = self._positive(contrastive)
        return found

    def _positive(self, contrastive: PairLoss | None) -> Bool[Tensor, "n n"] | None:
        if contrastive is None:
            return None
        rows = torch.arange(len(self.labels))
        return contrastive.pair_weights(self.labels, self.labels, self_index=rows).positive

    @torch.no_grad()
    def measure(self, loss: Loss, seen: Outputs) -> dict[str, float]:
        """The live metrics of a frame, the measured items taken as one batch; those that it lacks are left out."""
        seen = seen if self.rows is None else seen.some(self.rows)
        return measure_frame(
            WatchedFrame(
                h=seen.h,
                z=seen.z,
                labels=self.labels,
                relation=self.relation,
                positive=self.positive,
                train=self.train,
                loss=float(loss(seen.z, self.labels, **seen.for_loss(loss))),
                seed=self.seed,
            )
        )
