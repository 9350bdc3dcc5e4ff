"""Items as the network takes them: texts as tokens, or texts and pictures as features of a frozen encoder."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float32
from torch import Tensor

from mlcl_core.data import MultiLabelData, Pictures, Texts, digest, standardised
from mlcl_core.engine.config import PretrainedConfig, TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.models import (
    ENCODERS,
    PictureTransformer,
    TextTransformer,
    checked_folder,
    located,
    padded,
    tokenised,
    tokeniser,
)

# Items whose features are cached together: an interruption loses at most that many.
BLOCK = {"text": 2048, "picture": 256}
BATCH = 64

OnProgress = Callable[[int, int, str], None]
"""Is called as ``on_progress(done, total, phase)``."""


@runtime_checkable
class Cache(Protocol):
    """A store for the features of a frozen encoder, which outlives a run."""

    def get(self, key: str) -> Tensor | None:
        """The value of a key; None where there is none."""
        ...

    def put(self, key: str, value: Tensor) -> None:
        """Store the value of a key."""
        ...


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
    kind = _kind(data)
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
    """
    name = config.pretrained.name
    if name is None:
        return data
    folder = located(name)
    assert folder is not None
    checked_folder(folder, _kind(data))  # a model of the hub is fetched by now and can be checked
    if not ENCODERS[config.model.encoder].pretrained:
        x = embedded(data, folder, config.pretrained, device, cache=cache, on_progress=on_progress, half=half)
        items = torch.from_numpy(standardised(x.numpy(), data.split == "train"))
        return replace(data, kind="features", items=items, texts=data.words, thumbnails=data.drawings)
    if isinstance(data.items, Texts):
        tokens = padded(_tokens(data.items, folder, config.pretrained.max_length, on_progress))
        return replace(data, kind="tokens", items=tokens, texts=data.items)
    return data


@torch.no_grad()
def embedded(
    data: MultiLabelData,
    folder: Path,
    settings: PretrainedConfig,
    device: torch.device,
    *,
    cache: Cache | None = None,
    on_progress: OnProgress | None = None,
    half: bool = False,
) -> Float32[Tensor, "n features"]:
    """Features of texts or pictures from a frozen encoder, block by block, taken from the cache where they are there.

    Texts of similar length go through the encoder together; a text's features do not depend on the others beside it,
    up to rounding.
    """
    kind, n = _kind(data), len(data)
    how = f"{_digest(folder)} {settings.max_length} {settings.pooling} {half}" if cache is not None else ""
    features: Callable[[range], Iterator[tuple[Tensor, Tensor]]] | None = None
    found: list[Tensor] = []
    for start in range(0, n, BLOCK[kind]):
        rows = range(start, min(n, start + BLOCK[kind]))
        block, key = None, ""
        if cache is not None:
            key = hashlib.sha256(f"{how} {_content(data, rows)}".encode()).hexdigest()
            block = cache.get(key)
        if block is None or len(block) != len(rows):
            features = features or _row_encoder(data, folder, settings, device)
            block, done = torch.empty(len(rows), 0), 0
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                for positions, h in features(rows):
                    block = block if block.shape[1] else torch.empty(len(rows), h.shape[1])
                    block[positions] = h.float().cpu()
                    done += len(positions)
                    _report(on_progress, start + done, n, f"encoding {kind}s")
            if cache is not None:
                cache.put(key, block)
        found.append(block)
        _report(on_progress, rows.stop, n, f"encoding {kind}s")
    return torch.cat(found)


def _row_encoder(
    data: MultiLabelData, folder: Path, settings: PretrainedConfig, device: torch.device
) -> Callable[[range], Iterator[tuple[Tensor, Tensor]]]:
    """A function that encodes rows of the data and yields, batch by batch, positions among the rows and features."""
    if isinstance(data.items, Texts):
        return _text_features(data.items, folder, settings, device)
    assert data.originals is not None
    return _picture_features(data.originals, folder, device)


def _text_features(
    texts: Texts, folder: Path, settings: PretrainedConfig, device: torch.device
) -> Callable[[range], Iterator[tuple[Tensor, Tensor]]]:
    encoder = TextTransformer(folder, pooling=settings.pooling).to(device).eval()
    words = tokeniser(folder)

    def features(rows: range) -> Iterator[tuple[Tensor, Tensor]]:
        tokens = tokenised(texts.some(slice(rows.start, rows.stop)), words, settings.max_length)
        order = torch.tensor([len(line) for line in tokens]).argsort(stable=True)
        for positions in order.split(BATCH):
            yield positions, encoder(padded([tokens[position] for position in positions.tolist()]).to(device))

    return features


def _picture_features(
    pictures: Pictures, folder: Path, device: torch.device
) -> Callable[[range], Iterator[tuple[Tensor, Tensor]]]:
    encoder = PictureTransformer(folder).to(device).eval()

    def features(rows: range) -> Iterator[tuple[Tensor, Tensor]]:
        for positions in torch.arange(len(rows)).split(BATCH // 4):
            pixels = encoder.prepared([pictures[rows[position]] for position in positions.tolist()])
            yield positions, encoder.pool(encoder.feature_maps_of(pixels.to(device)))

    return features


def _tokens(texts: Texts, folder: Path, max_length: int, on_progress: OnProgress | None) -> list[list[int]]:
    words, found = tokeniser(folder), []
    for start in range(0, len(texts), BLOCK["text"]):
        found += tokenised(texts.some(slice(start, start + BLOCK["text"])), words, max_length)
        _report(on_progress, len(found), len(texts), "tokenising texts")
    return found


def _report(on_progress: OnProgress | None, done: int, n: int, phase: str) -> None:
    if on_progress is not None:
        on_progress(done, n, phase)


def _kind(data: MultiLabelData) -> str:
    """The kind of the items, of those that a pretrained encoder reads.

    Raises:
        InputError: The items are neither texts nor pictures.
    """
    if data.kind in BLOCK:
        return data.kind
    raise InputError(f"{data.name}: a pretrained encoder reads texts or pictures; the items are {data.kind}")


def _content(data: MultiLabelData, rows: range) -> str:
    if isinstance(data.items, Texts):
        return digest(data.items.some(slice(rows.start, rows.stop)))
    assert data.originals is not None
    return data.originals.digest(rows)


def _digest(folder: Path) -> str:
    """A digest of the weights and settings of a model."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".json", ".txt", ".model", ".pth"):
            found.update(path.name.encode())
            with path.open("rb") as file:
                found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()
