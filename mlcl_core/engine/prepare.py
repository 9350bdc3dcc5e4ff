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

# Items whose features are kept, and found again, together: what is interrupted loses no more than that.
BLOCK = {"text": 2048, "picture": 256}
BATCH = 64

# What is done, of how many, and with what, for whoever waits.
Tell = Callable[[int, int, str], None]


@runtime_checkable
class Cache(Protocol):
    """Where features of a frozen encoder are kept from one run to the next."""

    def get(self, key: str) -> Tensor | None:
        """What was put under a key; None if nothing was."""
        ...

    def put(self, key: str, value: Tensor) -> None:
        """Keep it."""
        ...


def check_pretrained(config: TrainConfig, data: MultiLabelData) -> None:
    """Judge the choice of a pretrained encoder by the files in its folder; nothing is opened or fetched.

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
    """Kind and shape of the items as the network will take them; of a frozen encoder's features, any width."""
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
    tell: Tell | None = None,
    half: bool = False,
) -> MultiLabelData:
    """The data as the network takes it.

    Args:
        config: Which encoder, frozen (in front of the network) or fine-tuned (the network's own).
        data: Items as they were loaded.
        device: Where a frozen encoder works.
        cache: Where its features are looked up first; None: they are made anew.
        tell: Called with how many items are done; what it raises ends the work, and nothing finished is lost.
        half: Whether a frozen encoder works in bfloat16.

    Raises:
        InputError: An encoder that can't be opened, a picture that can't be read.
    """
    name = config.pretrained.name
    if name is None:
        return data
    folder = located(name)
    assert folder is not None
    checked_folder(folder, _kind(data))  # what was on the hub when the choice was judged could not be judged then
    if not ENCODERS[config.model.encoder].pretrained:
        x = embedded(data, folder, config.pretrained, device, cache=cache, tell=tell, half=half)
        items = torch.from_numpy(standardised(x.numpy(), data.split == "train"))
        return replace(data, kind="features", items=items, texts=data.words, thumbnails=data.drawings)
    if isinstance(data.items, Texts):
        tokens = padded(_tokens(data.items, folder, config.pretrained.max_length, tell))
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
    tell: Tell | None = None,
    half: bool = False,
) -> Float32[Tensor, "n features"]:
    """Features of texts or pictures from a frozen encoder, block by block, from the cache where it has them.

    Texts of like length go through the encoder together; each text's features are the same in any company, up to the
    last bits.
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
            features = features or _opened(data, folder, settings, device)
            block, done = torch.empty(len(rows), 0), 0
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                for places, h in features(rows):
                    block = block if block.shape[1] else torch.empty(len(rows), h.shape[1])
                    block[places] = h.float().cpu()
                    done += len(places)
                    _told(tell, start + done, n, f"encoding {kind}s")
            if cache is not None:
                cache.put(key, block)
        found.append(block)
        _told(tell, rows.stop, n, f"encoding {kind}s")
    return torch.cat(found)


def _opened(
    data: MultiLabelData, folder: Path, settings: PretrainedConfig, device: torch.device
) -> Callable[[range], Iterator[tuple[Tensor, Tensor]]]:
    """What encodes rows of the data: places among them, and their features, batch by batch."""
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
        for places in order.split(BATCH):
            yield places, encoder(padded([tokens[place] for place in places.tolist()]).to(device))

    return features


def _picture_features(
    pictures: Pictures, folder: Path, device: torch.device
) -> Callable[[range], Iterator[tuple[Tensor, Tensor]]]:
    encoder = PictureTransformer(folder).to(device).eval()

    def features(rows: range) -> Iterator[tuple[Tensor, Tensor]]:
        for places in torch.arange(len(rows)).split(BATCH // 4):
            pixels = encoder.prepared([pictures[rows[place]] for place in places.tolist()])
            yield places, encoder.pool(encoder.feature_maps_of(pixels.to(device)))

    return features


def _tokens(texts: Texts, folder: Path, max_length: int, tell: Tell | None) -> list[list[int]]:
    words, found = tokeniser(folder), []
    for start in range(0, len(texts), BLOCK["text"]):
        found += tokenised(texts.some(slice(start, start + BLOCK["text"])), words, max_length)
        _told(tell, len(found), len(texts), "tokenising texts")
    return found


def _told(tell: Tell | None, done: int, n: int, what: str) -> None:
    if tell is not None:
        tell(done, n, what)


def _kind(data: MultiLabelData) -> str:
    """What of the items a pretrained encoder would read.

    Raises:
        InputError: Nothing: they are neither texts nor pictures.
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
    """A name for exactly these weights and settings of a model."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".json", ".txt", ".model", ".pth"):
            found.update(path.name.encode())
            with path.open("rb") as file:
                found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()
