"""What only the registries and the data can judge of a configuration, before anything is trained."""

from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from mlcl_core.data import VIEWS, LabelMatrix, MultiLabelData
from mlcl_core.engine.build import contrastive_part, fitted, open_data, training_loss, training_sampler
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.device import choose_device
from mlcl_core.engine.network import build_network
from mlcl_core.engine.prepare import check_pretrained, shape_of
from mlcl_core.engine.trackers import check_tracker
from mlcl_core.errors import InputError
from mlcl_core.losses import Loss, PairLoss, WeightedSupCon, fitted_to_labels
from mlcl_core.models import ENCODERS
from mlcl_core.options import checked_options

# Anchors looked at in one piece while searching for a positive pair: 1,024 x 20,000 weights are 80 MB.
SEARCH_ROWS, SEARCH_COLUMNS = 1024, 20_000
SEARCH_ENTRIES = 2**25  # of the dense labels of those columns
# Items of the trial call of a loss.
FEW = 8


def check_config(config: TrainConfig, data: MultiLabelData | None = None) -> MultiLabelData:
    """Check all that can be checked before training; returns the data, which are opened for it.

    Raises:
        InputError: What would fail later, or train nothing: unknown names, a file that does not fit, an encoder for
            other items, a rule under which no training item has a positive.
    """
    check_tracker(config.watch.tracker)
    loss = training_loss(config.loss)
    training_sampler(config, loss)
    data = open_data(config.data) if data is None else data
    check_pretrained(config, data)
    kind, _ = shape_of(config, data)
    checked_options(f"views of {kind}", VIEWS[kind].strengths, config.views)
    if not ENCODERS[config.model.encoder].pretrained:  # which would take seconds to open
        build_network(config, data, loss)
    loss = fitted(loss, data)
    try_loss(config, loss, data.labels[:FEW])
    contrastive = contrastive_part(loss)
    if contrastive is not None:
        refuse_without_positives(contrastive, data.labels.select(data.indices("train")), data.name)
    return data


def small_data_notice(config: TrainConfig, data: MultiLabelData) -> str | None:
    """What happens to a batch that is larger than the data; None where it is not."""
    items, size = len(data.indices("train")), config.training.batch_size
    if size <= items:
        return None
    return f"training.batch_size is {size:,}, and {items:,} items train: each batch is all of them."


def check_combination(config: TrainConfig) -> None:
    """Check what needs no data: loss, rule and sampler, their parameters, and whether they go together.

    Raises:
        InputError: What :func:`check_config` would refuse on any data.
    """
    loss = training_loss(config.loss)
    training_sampler(config, loss)
    # every item has a label of its own and one that all share
    labels = torch.eye(FEW, dtype=torch.bool)
    labels[:, 0] = True
    try_loss(config, fitted_to_labels(loss, labels), labels)


@torch.no_grad()
def try_loss(config: TrainConfig, loss: Loss, labels: Bool[Tensor, "n c"]) -> None:
    """Call the loss once on a few random embeddings, so that what it refuses is said before training.

    Raises:
        InputError: Candidates without a momentum encoder or the other way round; anything that the loss refuses.
    """
    settings, dims = config.loss, config.model.projection_dim
    if bool(settings.momentum) != (settings.candidates != "batch"):
        made = f"loss.momentum is {settings.momentum:g} and loss.candidates is {settings.candidates!r}"
        raise InputError(f"{made}: keys come from a momentum encoder; set both (0.99, and references or both) or none")
    if settings.queue_size and not settings.momentum:
        raise InputError("loss.queue_size keeps keys of a momentum encoder; set loss.momentum too (0.99)")
    # kernels are tried where they are to run
    device = choose_device(config.training.device) if settings.params.get("path") == "fused" else torch.device("cpu")
    y = labels.to(device)
    generator = torch.Generator().manual_seed(0)
    n, c = y.shape
    shapes = {"logits": (n, c), "label_z": (n, c, dims), "prototypes": (c, dims), "mixture": (n, c, dims + 2)}
    inputs: dict[str, Any] = {
        name: torch.randn(shape, generator=generator).to(device) for name, shape in shapes.items() if name in loss.needs
    }
    if settings.momentum:
        inputs |= {
            "references": (torch.randn(n, dims, generator=generator).to(device), y),
            "candidates": settings.candidates,
        }
    loss(torch.randn(n, dims, generator=generator).to(device), y, **inputs)


def refuse_without_positives(loss: PairLoss, labels: LabelMatrix, name: str) -> None:
    """Refuse a data set in which no item has a positive under the rule, other than its own second view.

    Where the loss has prototypes, every item with a label has a positive.

    Raises:
        InputError: No training item has one.
    """
    if "prototypes" in loss.needs and bool(labels.counts().any()):
        return
    columns = labels[: min(SEARCH_COLUMNS, max(SEARCH_ROWS, SEARCH_ENTRIES // max(1, labels.shape[1])))]
    for start in range(0, len(labels), SEARCH_ROWS):
        rows = labels[start : start + SEARCH_ROWS]
        own = torch.arange(start, start + len(rows))
        own = torch.where(own < len(columns), own, -1)
        if bool(loss.pair_weights(rows, columns, self_index=own).positive.any()):
            return
    alone = not bool((labels.counts() > 1).any())
    advice = "no label is carried by two of them" if alone else "choose a softer rule, any_shared for one"
    none = f"none of the {len(labels)} training items has a positive"
    what = f"the rule {loss.rule.name}" if isinstance(loss, WeightedSupCon) else "this loss"
    raise InputError(f"data {name}: under {what} {none}; {advice}")
