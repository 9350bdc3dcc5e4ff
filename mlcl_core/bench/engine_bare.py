"""A training loop as one writes it by hand, the peer of the engine: same network, views, batch, precision and loss.

Items and labels are on the device, the whole batch goes through the network at once, and the loop reads nothing back.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mlcl_core.data.views import VIEWS
from mlcl_core.data.views.picture import ink
from mlcl_core.engine.device import choose_precision
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.network import build_network
from mlcl_core.models import PictureTransformer, TextTransformer
from mlcl_core.options import checked_options


class PlainRandom(NamedTuple):
    """Random numbers from torch's own generator on the device, one row for each of n items."""

    n: int
    device: torch.device

    def uniform(self, *shape: int) -> Tensor:
        """Uniform in [0, 1)."""
        return torch.rand(self.n, *shape, device=self.device)

    def kept(self, lost: float, *shape: int) -> Tensor:
        """False with probability ``lost``."""
        return self.uniform(*shape) >= lost

    def normal(self, *shape: int) -> Tensor:
        """Standard normal."""
        return torch.randn(self.n, *shape, device=self.device)


class BareLoop:
    """Trains a second network of a trainer's configuration on the trainer's data, in an order of its own."""

    def __init__(self, trainer: Trainer) -> None:
        """Build the network and the optimiser; put items and labels on the device."""
        config, data, device = trainer.config, trainer.data, trainer.device
        self.config, self.kind, self.device, self.loss = config, data.kind, device, trainer.loss
        self.half = choose_precision(config.training.precision, device) == "bfloat16"
        ids = trainer.train_ids
        self.items, self.labels = data.some(ids).to(device), data.labels[ids].to(device)
        self.lengths = (self.items >= 0).sum(1).cpu() if self.kind == "tokens" else None
        self.network = build_network(config, data, trainer.loss).to(device)
        self.learnt = [p for p in self.network.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learnt, lr=config.optimiser.learning_rate)
        self.batches = self._batches()

    def step(self) -> None:
        """Train on one batch in two views."""
        rows = next(self.batches)
        x, y = self._views(rows), self.labels[rows.to(self.device)].repeat(2, 1)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            h = self._features(x)
            loss = self.loss(self.network.head(h), y)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self.config.optimiser.clip:
            nn.utils.clip_grad_norm_(self.learnt, self.config.optimiser.clip)
        self.optimiser.step()

    def _batches(self) -> Iterator[Tensor]:
        size = min(self.config.training.batch_size, len(self.items))
        while True:
            order = torch.randperm(len(self.items))
            yield from order[: len(order) // size * size].split(size)

    def _views(self, rows: Tensor) -> Tensor:
        items = self.items[rows.to(self.device)]
        if self.lengths is not None:
            # padded to the longest text of the batch
            return items[:, : int(self.lengths[rows].max())].repeat(2, 1)
        random = PlainRandom(2 * len(rows), self.device)
        x = ink(items) if self.kind == "picture" else items
        return VIEWS[self.kind].make(x.repeat(2, *[1] * (x.ndim - 1)), random, **self._strengths())

    def _strengths(self) -> dict[str, Any]:
        return checked_options("views", VIEWS[self.kind].strengths, self.config.views)

    def _features(self, x: Tensor) -> Tensor:
        encoder = self.network.encoder
        if isinstance(encoder, TextTransformer):
            mask = (x >= 0).long()
            states = encoder.model(input_ids=x.clamp_min(0).long(), attention_mask=mask).last_hidden_state
            there = mask[..., None].to(states.dtype)
            return (states * there).sum(1) / there.sum(1).clamp_min(1)
        if isinstance(encoder, PictureTransformer):
            pixels = (1 - x).expand(-1, 3, -1, -1)
            if pixels.shape[-1] != encoder.side:
                pixels = F.interpolate(pixels, size=(encoder.side,) * 2, mode="bilinear", antialias=True)
            return encoder.model(pixel_values=encoder.normalised(pixels)).last_hidden_state.mean(1)
        return encoder(x)


__all__ = ["BareLoop"]
