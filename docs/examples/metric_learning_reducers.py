"""A loss of MLCL Lab among those of pytorch-metric-learning: its reducers, and its miners to choose anchors.

pip install pytorch-metric-learning
python docs/examples/metric_learning_reducers.py
"""

from typing import Any

import torch
from pytorch_metric_learning.losses import BaseMetricLossFunction
from pytorch_metric_learning.miners import BatchHardMiner
from pytorch_metric_learning.reducers import AvgNonZeroReducer
from torch import Tensor, nn

from mlcl_core.losses import build_loss


class MultiLabelLoss(BaseMetricLossFunction):
    """One value per anchor for a reducer of the library.

    The library takes one class per item. Here ``labels`` are numbers of label sets (:func:`label_set_ids`), and
    ``label_sets`` says which labels each of them has.

    With a miner, anchors are those that it names, once each; what they are compared with is the whole batch.

    Args:
        label_sets: The labels of each set, bool [sets, labels].
        name: Of the loss.
        reducer: Of pytorch-metric-learning; None: the mean over all anchors, those without a positive too.
        options: Of :func:`mlcl_core.losses.build_loss`.
    """

    def __init__(
        self, label_sets: Tensor, *, name: str = "weighted_supcon", reducer: Any = None, **options: Any
    ) -> None:
        """Build the loss; its own reduction is off."""
        super().__init__(reducer=reducer)
        self.register_buffer("label_sets", label_sets)
        self.loss = build_loss(name, reduction="none", **options)

    def compute_loss(
        self, embeddings: Tensor, labels: Tensor, indices_tuple: Any, ref_emb: Tensor, ref_labels: Tensor
    ) -> dict[str, Any]:
        """Values and anchors, as a reducer takes them."""
        if ref_emb is embeddings:
            values = self.loss(embeddings, self.label_sets[labels])
        else:
            references = (ref_emb, self.label_sets[ref_labels])
            values = self.loss(embeddings, self.label_sets[labels], references=references, candidates="references")
        anchors = torch.arange(len(embeddings), device=embeddings.device)
        if indices_tuple is not None:
            anchors = indices_tuple[0].unique()
        if not len(anchors):
            return self.zero_losses()
        return {"loss": {"losses": values[anchors], "indices": anchors, "reduction_type": "element"}}


def label_set_ids(y: Tensor) -> tuple[Tensor, Tensor]:
    """The different label sets of some items, and the number of each item's."""
    return torch.unique(y, dim=0, return_inverse=True)


def main(steps: int = 40) -> list[float]:
    """Train a small network; hard anchors alone count, and those whose loss is 0 are left out of the mean."""
    torch.manual_seed(0)
    y = torch.rand(256, 4) < 0.4
    x = y.float() @ torch.randn(4, 16) + 0.5 * torch.randn(256, 16)
    sets, numbers = label_set_ids(y)
    network = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 16))
    loss_of = MultiLabelLoss(sets, rule="similarity_dissimilarity", temperature=0.1, reducer=AvgNonZeroReducer())
    miner = BatchHardMiner()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        batch = torch.randint(len(x), (64,))
        z, labels = network(x[batch]), numbers[batch]
        loss = loss_of(z, labels, miner(z, labels))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    found = main()
    print(f"loss {found[0]:.3f} at the first step, {found[-1]:.3f} at the last")
