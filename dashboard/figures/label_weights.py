"""How much each label weighs, for losses that tell rare labels from frequent ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from dashboard.figures.formatting import escaped
from mlcl_core.losses import Loss, PairLoss, fitted_to_counts, fitted_to_labels
from mlcl_core.runs.records import TrainedOn

MAX_NAMED = 12  # labels whose weights are listed

AnyLoss = TypeVar("AnyLoss", bound=Loss)


@dataclass(frozen=True)
class InTraining:
    """Where the labels of a small batch stand among all labels of a run, and how often each occurs in training."""

    columns: np.ndarray
    known: TrainedOn


def as_trained(loss: AnyLoss, known: TrainedOn | None) -> AnyLoss:
    """The loss with the label counts of the items that a run trains on, where it needs them and they are known."""
    if known is None:
        return loss
    counts, of_several = torch.from_numpy(known.counts), torch.from_numpy(known.of_several)
    return fitted_to_counts(loss, counts, known.items, of_several)  # type: ignore[return-value]  # the same kind


def of_batch(loss: PairLoss, labels: np.ndarray, training: InTraining | None) -> tuple[PairLoss, Tensor]:
    """A loss that needs label counts, with those of its run or else those of the batch itself; and the labels for it.

    With the counts of a run the labels are those of the run: the others that no item of the batch carries stay 0.
    """
    y = torch.from_numpy(labels)
    if "label_counts" not in loss.needs:
        return loss, y
    if training is None:
        return fitted_to_labels(loss, y), y  # type: ignore[return-value]  # the same kind
    every = torch.zeros(len(y), len(training.known.counts), dtype=torch.bool)
    every[:, torch.from_numpy(training.columns)] = y
    return as_trained(loss, training.known), every


def weights_of(loss: PairLoss, y: Tensor, training: InTraining | None) -> list[float] | None:
    """How much each label of a small batch weighs in a loss for it (:func:`of_batch`); None: it weighs none."""
    weights = loss.label_weights(y)
    if weights is None:
        return None
    found = weights if training is None else weights[torch.from_numpy(training.columns)]
    return [float(f"{weight:.7g}") for weight in found.tolist()]


def weight_words(names: Sequence[str], weights: Sequence[float], items: int, training: InTraining | None) -> str:
    """The weights of labels in a sentence, Markdown: the rarest first, and whose counts they are."""
    order = sorted(range(len(names)), key=lambda label: -weights[label])
    listed = [f"{escaped(names[label])} {weights[label]:.3g}" for label in order[:MAX_NAMED]]
    more = f" · {len(order) - MAX_NAMED} more" if len(order) > MAX_NAMED else ""
    whose = f"the {items:,} items here" if training is None else f"the run's {training.known.items:,} training items"
    return f"In `rare` labels weigh {' · '.join(listed)}{more}: one over how many of {whose} carry each, on average 1."


def of_anchor(loss: PairLoss | None, labels: np.ndarray, names: Sequence[str]) -> Mapping[str, float] | None:
    """How much the labels of one item weigh, by name; None where the loss weighs none."""
    y = torch.from_numpy(np.asarray(labels, dtype=bool))[None]
    weights = None if loss is None else loss.label_weights(y)
    if weights is None:
        return None
    return {names[label]: float(f"{weights[label]:.7g}") for label in np.flatnonzero(labels).tolist()}


__all__ = ["InTraining", "as_trained", "of_anchor", "of_batch", "weight_words", "weights_of"]
