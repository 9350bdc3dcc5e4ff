"""Fine-tuning: the whole encoder goes on training with a linear classifier, from the state it has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64
from torch import Tensor, nn

from mlcl_core.data import MultiLabelData, to_input
from mlcl_core.engine.device import home_of
from mlcl_core.engine.network import Network
from mlcl_core.engine.out_of_memory import memory_told
from mlcl_core.errors import RunFailed
from mlcl_core.evaluation.features import OnProgress, quiet
from mlcl_core.evaluation.record import Evaluated, Protocol
from mlcl_core.metrics import Predictions
from mlcl_core.models import PictureTransformer, TextTransformer, best_threshold, to_device
from mlcl_core.options import Param

RATES = (3e-4, 1e-3, 3e-3)
RATES_OF_PRETRAINED = (1e-5, 3e-5, 1e-4)
HEAD = 10.0  # times the encoder's rate: the classifier begins at zero, and the encoder does not
WEIGHT_DECAY = 0.01
BATCH, BATCH_OF_PRETRAINED = 256, 32
CERTAIN = 10.0  # logit at which a label begins that every training item carries, or minus that of none


def finetuned(
    network: Network,
    data: MultiLabelData,
    device: torch.device,
    *,
    epochs: Annotated[int, Param("Epochs for each learning rate; the best one counts.", ge=1, le=1000)] = 10,
    learning_rate: Annotated[float, Param("Of the encoder; 0: chosen of three on validation items.", ge=0, le=1)] = 0.0,
    batch_size: Annotated[int, Param("Items of a step; 0: 256, or 32 of a pretrained encoder.", ge=0, le=65536)] = 0,
    seed: Annotated[int, Param("Of the order of items and of dropout.", ge=0, le=2**31 - 1)] = 0,
    on_progress: OnProgress = quiet,
) -> Evaluated:
    """Train encoder and a linear classifier on h by binary cross-entropy; choose rate and epoch on validation items.

    For each learning rate the encoder begins anew with the weights that it has, the classifier with zeros and with the
    log odds of the labels among the training items. AdamW, the rate falling to 0 in a line over the epochs, ten times
    it for the classifier; items as they are, without augmentation. After each epoch validation items are scored; of all
    rates, epochs and thresholds, those with the best sum of micro-F1 and macro-F1 are chosen. Each network gets the
    same budget. Test items are scored once, by the chosen state.

    Args:
        network: On ``device``; it has the weights that it had when this returns, also by an exception.
        data: The items as the network takes them.
        device: Where the network is.
        epochs: For each learning rate.
        learning_rate: Of the encoder; of 3e-4, 1e-3 and 3e-3 where 0, of 1e-5, 3e-5 and 1e-4 for a pretrained encoder.
        batch_size: Items of a step.
        seed: Equal inputs and seeds give equal bits in one thread.
        on_progress: Called with the number of steps done and of all; an exception ends the work.

    Edge cases:
        A rate at which the loss becomes NaN or infinite ends there; its earlier epochs count.

    Raises:
        RunFailed: The loss became NaN or infinite in the first epoch at every rate; memory ran out.

    References:
        2508.18613 finds losses in another order fine-tuned than by a frozen probe.
    """
    tuned = isinstance(network.encoder, TextTransformer | PictureTransformer)
    rates = (learning_rate,) if learning_rate else RATES_OF_PRETRAINED if tuned else RATES
    size = batch_size or (BATCH_OF_PRETRAINED if tuned else BATCH)
    before = {name: value.detach().clone() for name, value in network.state_dict().items()}
    training = network.training
    best: _Best | None = None
    try:
        with torch.random.fork_rng([device] if device.type == "cuda" else []), memory_told(device, *MEMORY):
            of = len(rates) * epochs * -(-len(data.indices("train")) // size)
            for number, rate in enumerate(rates):
                network.load_state_dict(before)
                told = partial(_told, on_progress, number * of // len(rates), of)
                tuning = _Tuning(network, data, device, rate, size, seed)
                for epoch in tuning.epochs(epochs, told):
                    quality, threshold, scores = tuning.judged()
                    if best is None or quality > best.quality:
                        best = _Best(quality, threshold, rate, epoch, scores, tuning.state())
            if best is None:
                raise RunFailed(
                    "fine-tuning: the loss became NaN or infinite in the first epoch at every learning rate"
                )
            tuning.load(best.state)
            test = tuning.scores("test")
    finally:
        network.load_state_dict(before)
        network.train(training)

    def predictions(split: str, scores: Tensor) -> Predictions:
        labels = data.labels[data.indices(split)].numpy()
        return Predictions(labels, scores.numpy(), best.threshold)

    chosen = {"threshold": best.threshold, "learning_rate": best.rate, "epoch": best.epoch, "epochs": epochs}
    about = {"batch_size": size, "seed": seed}
    doubts = at_an_end(best.epoch, epochs, best.rate, rates)
    return Evaluated(predictions("validation", best.scores), predictions("test", test), {**chosen, **about}, doubts)


def at_an_end(epoch: int, epochs: int, rate: float, rates: tuple[float, ...]) -> tuple[str, ...]:
    """Sentences where the best epoch is the last, or the best of several learning rates the smallest or largest."""
    found = []
    if epoch == epochs:
        found.append(f"fine-tuning: the best of {epochs:,} epochs is the last; more of them may score higher")
    if len(rates) > 1 and rate in (min(rates), max(rates)):
        which, others = ("smallest", "smaller") if rate == min(rates) else ("largest", "larger")
        tried = ", ".join(f"{one:g}" for one in rates)
        found.append(f"fine-tuning: of the learning rates {tried} the {which} is best; {others} ones may score higher")
    return tuple(found)


MEMORY = ("while it fine-tuned the encoder", "a smaller batch needs less, --set batch_size=16")


@dataclass(frozen=True)
class _Best:
    """The best epoch so far."""

    quality: float
    threshold: float
    rate: float
    epoch: int
    scores: Float64[Tensor, "m c"]
    state: Mapping[str, Tensor]


def _told(on_progress: OnProgress, before: int, of: int, done: int) -> None:
    on_progress(before + done, of)


class _Tuning:
    """One training of encoder and classifier at one learning rate."""

    def __init__(self, network: Network, data: MultiLabelData, device: torch.device, rate: float, size: int, seed: int):
        self._data, self._device, self._size = data, device, size
        self._home = home_of(data.kind, device)
        self._ids = data.indices("train")
        labels = data.labels.shape[1]
        classifier = nn.Linear(network.encoder.feature_dim, labels)
        share = data.labels.select(self._ids).counts() / len(self._ids)
        with torch.no_grad():
            classifier.weight.zero_()
            classifier.bias.copy_(torch.logit(share).clamp(-CERTAIN, CERTAIN))
        self._model = nn.Sequential(network.encoder, classifier).to(device)
        encoder = [p for p in network.encoder.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in encoder if p.ndim > 1], "lr": rate, "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in encoder if p.ndim <= 1], "lr": rate, "weight_decay": 0.0},
            {"params": list(classifier.parameters()), "lr": HEAD * rate, "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups)
        torch.manual_seed(seed)
        self._order = torch.Generator().manual_seed(seed)

    def epochs(self, epochs: int, told: Callable[[int], None]) -> Iterator[int]:
        """Train; yields the number of each epoch that is done, from 1, and ends early where the loss is not finite."""
        steps = -(-len(self._ids) // self._size)
        falling = torch.optim.lr_scheduler.LinearLR(self._optimiser, 1.0, 0.0, epochs * steps)
        for epoch in range(epochs):
            self._model.train()
            for nth, ids in enumerate(
                self._ids[torch.randperm(len(self._ids), generator=self._order)].split(self._size)
            ):
                told(epoch * steps + nth)
                loss = F.binary_cross_entropy_with_logits(
                    self._model(self._items(ids)).float(), to_device(self._data.labels[ids], self._device).float()
                )
                if not torch.isfinite(loss):
                    return
                self._optimiser.zero_grad(set_to_none=True)
                loss.backward()
                self._optimiser.step()
                falling.step()
            yield epoch + 1

    def judged(self) -> tuple[float, float, Float64[Tensor, "m c"]]:
        """Quality, threshold and scores on the validation items."""
        scores = self.scores("validation")
        labels = self._data.labels[self._data.indices("validation")]
        return *best_threshold(labels, [scores.T]), scores

    @torch.no_grad()
    def scores(self, split: str) -> Float64[Tensor, "m c"]:
        """Probabilities of the items of a split, on the host."""
        self._model.eval()
        parts = self._data.indices(split).split(max(self._size, BATCH))
        return torch.cat([self._model(self._items(ids)).float().sigmoid().double().cpu() for ids in parts])

    def state(self) -> dict[str, Tensor]:
        """The weights now."""
        return {name: value.detach().clone() for name, value in self._model.state_dict().items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take weights of :meth:`state`."""
        self._model.load_state_dict(state)

    def _items(self, ids: Tensor) -> Float[Tensor, "n ..."]:
        return to_input(to_device(self._data.some(ids), self._home), self._data.kind)


FINETUNE = Protocol(
    name="finetune",
    title="Fine-tuning",
    summary="The whole encoder trains on with a linear classifier, by binary cross-entropy.",
    source="As in 2508.18613, which compares losses both frozen and fine-tuned",
    takes="network",
    evaluate=finetuned,
)
