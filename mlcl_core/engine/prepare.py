"""Items as the network takes them: texts as tokens, or texts and pictures as features of a frozen encoder."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from mlcl_core.data import MultiLabelData, Texts, standardised
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.frozen import BLOCK, Cache, OnProgress, embedded, kind_of, report
from mlcl_core.engine.out_of_memory import memory_told
from mlcl_core.errors import InputError
from mlcl_core.models import ENCODERS, checked_folder, located, padded, tokenised, tokeniser


def check_pretrained(config: TrainConfig, data: MultiLabelData) -> None:
    """Check the choice of a pretrained encoder by the files in its folder; no model is opened or fetched.

    Raises:
        InputError: Texts without a pretrained encoder, one for other items, an encoder of the network that doesn't go
            with it, or what :func:`mlcl_core.models.checked_folder` refuses.
    """
    name, record = config.pretrained.name, ENCODERS[config.model.encoder]
    if name is None:
        if record.pretrained:
            raise InputError(f"model.encoder {record.name} needs pretrained.name: minilm, a folder, or hf:owner/name")
        if data.kind == "text":
            raise InputError(f"{data.name}: items are texts; they need a pretrained encoder: pretrained.name=minilm")
        return
    kind = kind_of(data)
    tuned, of = f"{kind}_transformer", ("texts" if kind == "text" else "pictures")
    if record.name not in (tuned, "mlp"):
        raise InputError(
            f"model.encoder is {record.name!r}; with pretrained.name set it must be mlp (behind the frozen one) or "
            f"{tuned} (fine-tuned), as the items are {of}"
        )
    folder = located(name, fetch=False)
    if folder is not None:
        checked_folder(folder, kind)


def shape_of(config: TrainConfig, data: MultiLabelData) -> tuple[str, tuple[int, ...]]:
    """Kind and shape of the items as the network takes them; the width of a frozen encoder's features is given as 1."""
    if config.pretrained.name is not None and data.kind in ("text", "picture"):
        if not ENCODERS[config.model.encoder].pretrained:
            return "features", (1,)
        if data.kind == "text":
            return "tokens", (1,)
    return data.kind, tuple(data.items.shape[1:])


def prepare(
    config: TrainConfig,
    data: MultiLabelData,
    device: torch.device,
    *,
    cache: Cache | None = None,
    on_progress: OnProgress | None = None,
    half: bool = False,
) -> MultiLabelData:
    """The data as the network takes it.

    Args:
        config: Which encoder, frozen (in front of the network) or fine-tuned (the network's own).
        data: Items as they were loaded.
        device: Where a frozen encoder works.
        cache: Where its features are looked up and stored; None: all of them are computed.
        on_progress: Called with the number of items done and of all; an exception ends the work, finished blocks stay
            in the cache.
        half: Whether a frozen encoder works in bfloat16.

    Raises:
        InputError: An encoder cannot be opened, or a picture cannot be read.
        RunFailed: Memory ran out.
    """
    name = config.pretrained.name
    if name is None:
        return data
    folder = located(name)
    assert folder is not None
    checked_folder(folder, kind_of(data))  # a model of the hub is fetched by now and can be checked
    if not ENCODERS[config.model.encoder].pretrained:
        lower = "training.device=cpu encodes there, pretrained.max_length shortens texts; finished blocks are kept"
        with memory_told(device, "while it encoded", lower):
            found = partial(embedded, data, folder, config.pretrained, device, cache=cache, on_progress=on_progress)
            x = found(half=half, earlier=config.training.view_draw == "sequential")
        rows, scale = standardised(x.numpy(), data.split == "train")
        items = torch.from_numpy(rows)
        return replace(data, kind="features", items=items, scale=scale, texts=data.words, thumbnails=data.drawings)
    if isinstance(data.items, Texts):
        tokens = padded(_tokens(data.items, folder, config.pretrained.max_length, on_progress))
        return replace(data, kind="tokens", items=tokens, texts=data.items)
    return data


def _tokens(texts: Texts, folder: Path, max_length: int, on_progress: OnProgress | None) -> list[list[int]]:
    words, found = tokeniser(folder), []
    for start in range(0, len(texts), BLOCK["text"]):
        found += tokenised(texts.some(slice(start, start + BLOCK["text"])), words, max_length)
        report(on_progress, len(found), len(texts), "tokenising texts")
    return found
