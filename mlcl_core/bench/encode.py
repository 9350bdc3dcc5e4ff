"""Texts a second through a pretrained encoder, frozen and fine-tuned, against bare transformers loops in one run."""

from statistics import median
from time import perf_counter
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mlcl_core.bench.unwatched import UNWATCHED
from mlcl_core.data import MultiLabelData, Texts, load_data
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.frozen import BLOCK, embedded
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.presets import preset
from mlcl_core.losses import build_loss
from mlcl_core.models import ProjectionHead, located
from mlcl_core.models.passes import BUCKET


def encode(
    *,
    name: str = "minilm",
    films: int = 512,
    rounds: int = 5,
    batch_size: int = 32,
    steps: int = 3,
    quick: bool = False,
) -> dict[str, Any]:
    """Encode films, and fine-tune on them, in turns with bare loops of the same batches, padding and threads.

    Args:
        name: Pretrained text encoder: minilm, a folder, or hf:owner/name.
        films: Texts encoded in a round.
        rounds: Rounds, of which the median is taken.
        batch_size: Batch size of fine-tuning, in two views.
        steps: Steps of fine-tuning in a round.
        quick: One small round, to see that the bench works.

    Returns:
        For ``frozen`` and ``fine_tune``: texts a second of ours and of the bare loop, their ratio round by round and
        its median, and the largest difference between both loops' features.
    """
    if quick:
        films, rounds, batch_size, steps = 48, 1, 8, 1
    data = load_data("movies", films=max(films, batch_size * steps * 2))
    config = preset("movies-finetune").with_settings(
        {**UNWATCHED, "pretrained.name": name, "training.batch_size": batch_size, "training.device": "cpu"}
    )
    return {
        "threads": torch.get_num_threads(),
        "frozen": _frozen(data, config, films, rounds),
        "fine_tune": _fine_tune(data, config, rounds, steps),
    }


def _frozen(data: MultiLabelData, config: TrainConfig, films: int, rounds: int) -> dict[str, Any]:
    folder, device = located(config.pretrained.name or ""), torch.device("cpu")
    assert folder is not None
    assert isinstance(data.items, Texts)
    ours, bare, apart = [], [], 0.0
    for _ in range(rounds + 1):
        begun = perf_counter()
        made = embedded(data, folder, config.pretrained, device)
        ours.append(len(data) / (perf_counter() - begun))
        begun = perf_counter()
        peer = bare_encode(str(folder), data.items.some(slice(None)), config.pretrained.max_length)
        bare.append(len(data) / (perf_counter() - begun))
        apart = max(apart, float((made - peer).abs().max()))
    return {**_rates(ours, bare), "largest_difference": apart}


@torch.no_grad()
def bare_encode(folder: str, texts: list[str], longest: int) -> Tensor:
    """The same with transformers alone: sort by length, pad by batch, mean over tokens."""
    from transformers import AutoModel, AutoTokenizer

    model, words = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    found = torch.empty(len(texts), model.config.hidden_size)
    for start in range(0, len(texts), BLOCK["text"]):
        part = texts[start : start + BLOCK["text"]]
        tokens = words(part, truncation=True, max_length=longest)["input_ids"]
        order = sorted(range(len(part)), key=lambda row: len(tokens[row]))
        for first in range(0, len(order), BUCKET):
            rows = order[first : first + BUCKET]
            batch = words.pad({"input_ids": [tokens[row] for row in rows]}, return_tensors="pt")
            states = model(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None].float()
            found[torch.tensor(rows) + start] = (states * mask).sum(1) / mask.sum(1)
    return found


def _fine_tune(data: MultiLabelData, config: TrainConfig, rounds: int, steps: int) -> dict[str, Any]:
    trainer, ours, bare = Trainer(config, data=data), [], []
    peer = BareTuning(trainer, config)
    batches = [
        batch for _, batch in zip(range(steps), trainer.train_ids.split(config.training.batch_size), strict=False)
    ]
    for _ in range(rounds + 1):
        begun = perf_counter()
        for ids in batches:
            trainer.train_step(ids)
        ours.append(sum(map(len, batches)) / (perf_counter() - begun))
        begun = perf_counter()
        for ids in batches:
            peer.step(ids)
        bare.append(sum(map(len, batches)) / (perf_counter() - begun))
    return _rates(ours, bare)


class BareTuning:
    """A bare training loop: the same model, padding, loss and optimiser, and nothing else."""

    def __init__(self, trainer: Trainer, config: TrainConfig) -> None:
        """Build a second model."""
        from transformers import AutoModel

        folder = located(config.pretrained.name or "")
        assert folder is not None
        self.model = AutoModel.from_pretrained(folder).train()
        blocks = self.model.encoder.layer
        self.model.requires_grad_(not config.pretrained.layers)
        for block in blocks[len(blocks) - config.pretrained.layers :]:
            block.requires_grad_(True)
        self.head = ProjectionHead(
            self.model.config.hidden_size, config.model.projection_hidden, config.model.projection_dim
        )
        self.loss = build_loss(config.loss.name, rule=config.loss.rule, temperature=config.loss.temperature)
        self.learnt = [p for part in (self.model, self.head) for p in part.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learnt, lr=1e-5)
        self.tokens, self.labels, self.clip = trainer.data.tensor, trainer.data.labels, config.optimiser.clip

    def step(self, ids: Tensor) -> None:
        """One batch in two views, shorter texts first, padded by bucket."""
        x = self.tokens[ids].repeat(2, 1)
        lengths = (x >= 0).sum(1)
        order, parts = lengths.argsort(stable=True), []
        for rows in order.split(BUCKET):
            part = x[rows][:, : int(lengths[rows[-1]])]
            mask = part >= 0
            states = self.model(input_ids=part.clamp_min(0).long(), attention_mask=mask.long()).last_hidden_state
            parts.append((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))
        z = self.head(torch.cat(parts)[order.argsort()])
        loss = self.loss(F.normalize(z, dim=1), self.labels[ids].repeat(2, 1))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learnt, self.clip)
        self.optimiser.step()


def _rates(ours: list[float], bare: list[float]) -> dict[str, Any]:
    # the first round loads the libraries
    ours, bare = ours[1:], bare[1:]
    ratios = [round(one / other, 3) for one, other in zip(ours, bare, strict=True)]
    return {
        "texts_per_second": round(median(ours), 1),
        "bare_texts_per_second": round(median(bare), 1),
        "ratio": round(median(ratios), 3),
        "ratios": ratios,
    }
