"""The batch just trained on: what the loss received, and the record of pairs that is made of it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.events import BatchTaken, Later
from mlcl_core.engine.host_copy import to_host
from mlcl_core.engine.live_settings import live_values
from mlcl_core.engine.network import OF_NETWORK
from mlcl_core.losses import BatchLoss, Loss, PairLoss

# Entries of each recorded matrix: all pairs of 1,000 items in two views; of a larger batch, the first anchors.
MAX_ENTRIES = 4_000_000


@dataclass(frozen=True)
class TrainedBatch:
    """What the loss received in one training step.

    Attributes:
        step: Steps done before this one.
        items: Item ids of the batch, n of them.
        ids: Item id of each column: the anchors, then keys and the queue where there is a momentum encoder.
        view: View of each column: 0 or 1; 2 for entries of the queue.
        z: Embeddings of the anchors.
        y: Labels of the anchors.
        inputs: Keyword arguments of the loss.
        config: The configuration in force during the step.
        loss: The loss in force during the step.
    """

    step: int
    items: Tensor
    ids: Tensor
    view: Tensor
    z: Tensor
    y: Tensor
    inputs: dict[str, Any]
    config: TrainConfig
    loss: Loss


def batch_record(
    trained: TrainedBatch, explained: PairLoss | BatchLoss, step: int, pictures: tuple[Tensor, Tensor] | None
) -> Later[BatchTaken]:
    """Weights, similarities and forces of every pair of a trained batch, by the loss that it was trained with.

    Args:
        trained: The batch.
        explained: The part of its loss that has pairs.
        step: Steps done, this one included.
        pictures: The columns as pictures, the views' and then the queue's, the latter on the CPU; None: they are none.

    Returns:
        The record, which will be on the CPU.
    """
    z, y, own = trained.z.detach(), trained.y, len(trained.z)
    references_z, references_y = trained.inputs.get("references", (z[:0], y[:0]))
    z, y = torch.cat([z, references_z.detach()]), torch.cat([y, references_y])
    rows = max(1, min(own, MAX_ENTRIES // len(z)))
    # the anchors are no candidates where candidates are the references only: their columns stay empty
    empty = own if trained.inputs.get("candidates") == "references" else 0
    self_index = torch.arange(rows, device=z.device) if empty == 0 else None
    outputs = {name: trained.inputs[name].detach() for name in OF_NETWORK if name in trained.inputs}
    if isinstance(explained, PairLoss):
        extra = {"prototypes": outputs["prototypes"]} if "prototypes" in explained.needs else {}
        terms = explained.explain(z[:rows], y[:rows], z[empty:], y[empty:], self_index=self_index, **extra)
    else:
        terms = explained.explain_batch(y, anchors=rows, **outputs)

    def columns(x: Tensor) -> Tensor:
        return torch.cat([x.new_zeros(rows, empty), x[:, : len(z) - empty]], 1)

    found = {"z": torch.nn.functional.normalize(z, dim=1), "y": y}
    found |= {"w": columns(terms.attract), "s": columns(terms.scaled_cosine), "force": columns(terms.force)}
    copies = to_host(found if pictures is None else {**found, "pictures": pictures[0]})

    def take() -> BatchTaken:
        arrays: dict[str, Any] = {"pictures": None, **copies.wait()}
        if pictures is not None:
            arrays["pictures"] = torch.cat([arrays["pictures"], pictures[1]])
        return BatchTaken(step=step, ids=trained.ids, view=trained.view, settings=live_values(trained.config), **arrays)

    return Later(step, BatchTaken, copies.nbytes, take)
