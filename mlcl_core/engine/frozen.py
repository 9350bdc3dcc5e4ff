"""Features of texts or pictures from a frozen encoder, block by block; a cache keeps them between runs."""

import hashlib
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float32
from torch import Tensor

from mlcl_core.data import MultiLabelData, Pictures, Texts, digest, quiet_pillow
from mlcl_core.engine.ahead import ahead
from mlcl_core.engine.config import PretrainedConfig
from mlcl_core.engine.host_copy import HostCopy, to_host
from mlcl_core.errors import InputError
from mlcl_core.models import PictureTransformer, TextTransformer, padded, to_device, tokenised, tokeniser

# Items whose features are cached together: an interruption loses at most that many, twice as many on a GPU.
BLOCK = {"text": 2048, "picture": 256}
PICTURES = 16  # of a pass on a CPU
DECODERS = max(1, min(8, (os.cpu_count() or 1) // 2))  # threads

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


class Looked(NamedTuple):
    """What is known of a block before it is encoded.

    ``key`` is its key in the cache, ``kept`` its features there, ``tokens`` those of its texts where none are kept.
    """

    rows: range
    key: str
    kept: Tensor | None
    tokens: Sequence[Sequence[int]]


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
    earlier: bool = False,
) -> Float32[Tensor, "n features"]:
    """Features of texts or pictures from a frozen encoder, block by block, taken from the cache where they are there.

    Texts of similar length go through the encoder together; a text's features do not depend on the others beside it,
    up to rounding. A thread looks up and tokenises the next block, others decode pictures, and the features of a block
    leave a GPU as it computes the next: there ``on_progress`` tells how many items the GPU has been given.

    ``earlier``: features of pictures are those of the cache's version 1, with which a run began that is resumed. There
    the statistics of batch normalisation had been moved by up to a percent, at random.
    """
    kind, n = kind_of(data), len(data)
    is_text = isinstance(data.items, Texts)
    source: _Texts | _Pictures = _Texts(data, folder, settings, device) if is_text else _Pictures(data, folder, device)
    how = f"{_digest(folder)} {settings.max_length} {settings.pooling} {half}" if cache is not None else ""
    how += "" if is_text or earlier else " 2"

    def looked_up(rows: range) -> Looked:
        kept, key = None, ""
        if cache is not None:
            key = hashlib.sha256(f"{how} {source.content(rows)}".encode()).hexdigest()
            kept = cache.get(key)
        kept = None if kept is None or len(kept) != len(rows) else kept
        return Looked(rows, key, kept, source.tokens(rows) if kept is None else ())

    blocks = [range(start, min(n, start + BLOCK[kind])) for start in range(0, n, BLOCK[kind])]
    with _Arrivals(cache, late=device.type == "cuda") as arrivals, closing(ahead(looked_up, blocks)) as found:
        for block in found:
            if block.kept is None:
                with torch.autocast(device.type, torch.bfloat16, enabled=half):
                    told = partial(_told, on_progress, block.rows.start, n, f"encoding {kind}s")
                    arrivals.add(block.key, _whole(source.encoded(block), told))
            else:
                arrivals.add_kept(block.kept)
            report(on_progress, block.rows.stop, n, f"encoding {kind}s")
    return torch.cat(arrivals.blocks)


def _whole(parts: Generator[tuple[Tensor, Tensor], None, None], told: Callable[[int], None]) -> Tensor:
    """Features of a block in the order of its rows, of parts that come in another order."""
    positions, found, done = [], [], 0
    with closing(parts):
        for where, h in parts:
            positions.append(where)
            found.append(h.float())
            done += len(where)
            told(done)
    h = torch.cat(found)
    return h[to_device(torch.cat(positions).argsort(), h.device)]


class _Texts:
    """The texts of a data set and their encoder, which is opened when it is needed."""

    def __init__(self, data: MultiLabelData, folder: Path, settings: PretrainedConfig, device: torch.device) -> None:
        assert isinstance(data.items, Texts)
        self._texts, self._folder, self._settings, self._device = data.items, folder, settings, device

    def content(self, rows: range) -> str:
        """A hash of some texts."""
        return digest(self._some(rows))

    def tokens(self, rows: range) -> list[list[int]]:
        """Their tokens."""
        return tokenised(self._some(rows), self._words, self._settings.max_length)

    def encoded(self, block: Looked) -> Generator[tuple[Tensor, Tensor], None, None]:
        """Positions in a block and features, pass by pass."""
        tokens = padded(block.tokens)
        for one in self._encoder.passes(tokens):
            positions = torch.from_numpy(one.rows)
            yield positions, self._encoder(tokens[positions])

    def _some(self, rows: range) -> list[str]:
        return self._texts.some(slice(rows.start, rows.stop))

    @cached_property
    def _words(self) -> Any:
        return tokeniser(self._folder)

    @cached_property
    def _encoder(self) -> TextTransformer:
        return TextTransformer(self._folder, pooling=self._settings.pooling).to(self._device).eval()


class _Pictures:
    """The pictures of a data set and their encoder, which is opened when it is needed."""

    def __init__(self, data: MultiLabelData, folder: Path, device: torch.device) -> None:
        assert data.originals is not None
        one_at_a_time, given = Lock(), data.originals

        def read(row: int) -> bytes:
            # an archive is read at one place at a time
            with one_at_a_time:
                return given.read(row)

        self._pictures = Pictures(given.names, read, given.source, survey=given.survey)
        self._folder, self._device = folder, device

    def content(self, rows: range) -> str:
        """A hash of some pictures."""
        return self._pictures.digest(rows)

    def tokens(self, rows: range) -> tuple[()]:
        """Pictures have none."""
        return ()

    def encoded(self, block: Looked) -> Generator[tuple[Tensor, Tensor], None, None]:
        """Positions in a block and features, pass by pass; threads decode the pictures of the next passes."""
        encoder, n = self._encoder, len(block.rows)
        size = PICTURES if self._device.type == "cpu" else encoder.at_once(n)
        fitted = ahead(self._fitted, block.rows, depth=max(2 * PICTURES, 4 * DECODERS), threads=DECODERS)
        with quiet_pillow(), closing(fitted):
            for positions in torch.arange(n).split(size):
                pixels = encoder.pixels(list(islice(fitted, len(positions))))
                yield positions, encoder.pool(encoder.feature_maps_of(pixels))

    def _fitted(self, row: int) -> Tensor:
        return self._encoder.fitted(self._pictures[row])

    @cached_property
    def _encoder(self) -> PictureTransformer:
        return PictureTransformer(self._folder).to(self._device).eval()


class _Arrivals:
    """Blocks of features in the order in which they are added; ``late``: one is on its way as the next is computed."""

    def __init__(self, cache: Cache | None, *, late: bool) -> None:
        self.blocks: list[Tensor] = []
        self._cache, self._late = cache, late
        self._coming: tuple[str, HostCopy] | None = None

    def __enter__(self) -> "_Arrivals":
        return self

    def __exit__(self, *error: object) -> None:
        self._arrive()

    def add(self, key: str, h: Tensor) -> None:
        """A block that was computed, which is put into the cache once it is here."""
        coming = key, to_host({"h": h})
        self._arrive()
        self._coming = coming
        if not self._late:
            self._arrive()

    def add_kept(self, h: Tensor) -> None:
        """A block of the cache."""
        self._arrive()
        self.blocks.append(h)

    def _arrive(self) -> None:
        if self._coming is not None:
            (key, copy), self._coming = self._coming, None
            h = copy.wait()["h"].clone()  # what the device copied to is memory of a scarce kind
            if self._cache is not None:
                self._cache.put(key, h)
            self.blocks.append(h)


def kind_of(data: MultiLabelData) -> str:
    """The kind of the items, of those that a pretrained encoder reads.

    Raises:
        InputError: The items are neither texts nor pictures.
    """
    if data.kind in BLOCK:
        return data.kind
    raise InputError(f"{data.name}: a pretrained encoder reads texts or pictures; the items are {data.kind}")


def report(on_progress: OnProgress | None, done: int, n: int, phase: str) -> None:
    """Call ``on_progress``, if there is one."""
    if on_progress is not None:
        on_progress(done, n, phase)


def _told(on_progress: OnProgress | None, before: int, n: int, phase: str, done: int) -> None:
    report(on_progress, before + done, n, phase)


def _digest(folder: Path) -> str:
    """A digest of the weights and settings of a model."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".json", ".txt", ".model", ".pth"):
            found.update(path.name.encode())
            with path.open("rb") as file:
                found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


__all__ = ["BLOCK", "Cache", "OnProgress", "embedded", "kind_of", "report"]
