"""The watched items: a fixed sample, looked at again at every frame, with the live numbers of the space."""

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
from mlcl_core.metrics import alignment, knn_macro_f1, mean_cosine_by_relation, rank_correlation, uniformity
from mlcl_core.pairs import relation_matrix

# Rows that go through the encoder at once outside training.
CHUNK = 512
# Neighbours that vote in the live kNN.
NEIGHBOURS = 10


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
    tell: Callable[[int, int], None] | None = None,
) -> Outputs:
    """Items as they are, in float32 on the CPU, z and prototypes of unit length; chance plays no part.

    ``tell`` is called with how many items of how many are done.
    """
    network.eval()
    parts, done = [], 0
    for chunk in ids.split(CHUNK):
        parts.append(network(to_input(data.tensor[chunk].to(device), data.kind)))
        done += len(chunk)
        if tell is not None:
            tell(done, len(ids))
    network.train()

    def joined(name: str) -> Any:
        first = getattr(parts[0], name)
        return None if first is None else torch.cat([getattr(part, name).float().cpu() for part in parts])

    prototypes = parts[0].prototypes
    return Outputs(
        h=joined("h"),
        z=F.normalize(joined("z"), dim=1),
        logits=joined("logits"),
        label_z=joined("label_z"),
        mixture=joined("mixture"),
        prototypes=None if prototypes is None else F.normalize(prototypes.float().cpu(), dim=1),
    )


class Watch:
    """What of the watched items never changes: labels, relations, weights; and the numbers that do."""

    def __init__(self, data: MultiLabelData, items: int, seed: int, contrastive: PairLoss | None):
        """Choose the items and work out, once, everything that depends on labels only."""
        self.ids = watched_items(data, items, seed)
        self.labels = data.labels[self.ids]
        self.seed = seed
        self.relation = relation_matrix(self.labels, self.labels)
        self.positive: Bool[Tensor, "n n"] | None = None
        if contrastive is not None:
            weights = contrastive.pair_weights(self.labels, self.labels, self_index=torch.arange(len(self.ids)))
            self.positive = weights.positive
        train = torch.from_numpy(data.split[self.ids.numpy()] == "train")
        self.reference, self.query = train.nonzero()[:, 0], (~train).nonzero()[:, 0]

    @torch.no_grad()
    def measure(self, loss: Loss, seen: Outputs) -> dict[str, float]:
        """The live numbers of a frame, the watched items taken as one batch; what cannot be told is left out."""
        h, z = seen.h, seen.z
        numbers = {"loss": float(loss(z, self.labels, **seen.for_loss(loss)))}
        cosines = mean_cosine_by_relation(z, self.relation)
        numbers |= {f"cosine_{name}": value for name, value in cosines.items()}
        if self.positive is not None:
            numbers["alignment"] = alignment(z, self.positive)
        numbers["uniformity"] = uniformity(z)
        numbers["rank_correlation"] = rank_correlation(z, self.labels, seed=self.seed)
        if len(self.reference) and len(self.query):
            numbers["knn_macro_f1"] = knn_macro_f1(
                h[self.reference], self.labels[self.reference], h[self.query], self.labels[self.query], NEIGHBOURS
            )
        return {name: float(value) for name, value in numbers.items() if np.isfinite(value)}
