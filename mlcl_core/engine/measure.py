"""The watched items: a fixed sample, encoded again at every frame, and its live metrics."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int64
from torch import Tensor

from mlcl_core.data import MultiLabelData, to_input
from mlcl_core.engine.network import Network, Outputs
from mlcl_core.losses import Loss, PairLoss
from mlcl_core.metrics import WatchedFrame, measure_frame
from mlcl_core.pairs import relation_matrix

# Rows that go through the encoder at once outside training.
CHUNK = 512


def watched_items(data: MultiLabelData, items: int, seed: int) -> Int64[Tensor, " n"]:
    """A fixed sample of all splits, ascending; everything when there is no more than that."""
    chosen = np.random.default_rng([seed, 7]).permutation(len(data))[:items]
    return torch.from_numpy(np.sort(chosen))


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
    network.eval()
    parts, done = [], 0
    for chunk in ids.split(CHUNK):
        parts.append(network(to_input(data.some(chunk).to(device), data.kind)))
        done += len(chunk)
        if on_progress is not None:
            on_progress(done, len(ids))
    network.train()

    def concatenated(name: str) -> Any:
        first = getattr(parts[0], name)
        return None if first is None else torch.cat([getattr(part, name).float().cpu() for part in parts])

    prototypes = parts[0].prototypes
    return Outputs(
        h=concatenated("h"),
        z=F.normalize(concatenated("z"), dim=1),
        logits=concatenated("logits"),
        label_z=concatenated("label_z"),
        mixture=concatenated("mixture"),
        prototypes=None if prototypes is None else F.normalize(prototypes.float().cpu(), dim=1),
    )


class WatchedMetrics:
    """The live metrics of the watched items; what depends on labels alone is computed once."""

    def __init__(self, data: MultiLabelData, items: int, seed: int, contrastive: PairLoss | None):
        """Choose the items, and compute their relations and positives.

        Args:
            data: All items.
            items: How many are watched.
            seed: Decides which, and whatever metrics draw.
            contrastive: The part of the loss that has pairs; None: it has none.
        """
        self.ids = watched_items(data, items, seed)
        self.labels = data.labels[self.ids]
        self.seed = seed
        self.relation = relation_matrix(self.labels, self.labels)
        self.positive: Bool[Tensor, "n n"] | None = None
        if contrastive is not None:
            weights = contrastive.pair_weights(self.labels, self.labels, self_index=torch.arange(len(self.ids)))
            self.positive = weights.positive
        self.train = torch.from_numpy(data.split[self.ids.numpy()] == "train")

    @torch.no_grad()
    def measure(self, loss: Loss, seen: Outputs) -> dict[str, float]:
        """The live metrics of a frame, the watched items taken as one batch; those that it lacks are left out."""
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
