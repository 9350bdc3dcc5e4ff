"""What the bench of the engine trains: presets, feature vectors, pictures, and two pretrained encoders.

Speed does not depend on the values of weights: encoders that no package brings are made from their configuration.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mlcl_core.bench.unwatched import UNWATCHED
from mlcl_core.data import MultiLabelData, Texts, load_data
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import preset
from mlcl_core.models import located

# Words of a text: uniform between these.
WORDS = (8, 60)
FOREVER = {"training.epochs": 100_000, "watch.checkpoint_every": 1_000_000}


@dataclass(frozen=True)
class Case:
    """One training that is measured.

    Args:
        name: Key in the report.
        make: ``make(folder, gpu, quick)`` gives the configuration, and its items (None: those that it names);
            ``folder`` is empty, for models.
        steps: Steps of a round, on a CPU; a GPU does ten times as many.
    """

    name: str
    make: Callable[[Path, bool, bool], tuple[TrainConfig, MultiLabelData | None]]
    steps: int


def _of(name: str, **settings: Any) -> TrainConfig:
    return preset(name).with_settings({**UNWATCHED, **FOREVER, **settings})


def icons(folder: Path, gpu: bool, quick: bool) -> tuple[TrainConfig, None]:
    """The preset as it is."""
    return _of("icons", **({"training.batch_size": 32} if quick else {})), None


def digits(folder: Path, gpu: bool, quick: bool) -> tuple[TrainConfig, None]:
    """The preset as it is."""
    return _of("digits", **({"training.batch_size": 32} if quick else {})), None


def vectors(folder: Path, gpu: bool, quick: bool) -> tuple[TrainConfig, MultiLabelData]:
    """The preset on 2,417 items of 103 features and 14 labels, the size of the yeast set."""
    generator = np.random.default_rng(0)
    items = torch.from_numpy(generator.standard_normal((200 if quick else 2417, 103)).astype(np.float32))
    config = _of("vectors", **{"data.name": "features", "data.path": "made.npz"})
    return config, _made("vectors", "features", items, 14, generator)


def rgb(folder: Path, gpu: bool, quick: bool) -> tuple[TrainConfig, MultiLabelData]:
    """Coloured pictures of 64 x 64: width 128 and batches of 1,024 on a GPU, width 32 and batches of 64 on a CPU."""
    generator = np.random.default_rng(0)
    n, batch, width = (64, 8, 8) if quick else (8192, 1024, 128) if gpu else (512, 64, 32)
    items = torch.from_numpy(generator.integers(0, 256, (n, 3, 64, 64), np.uint8))
    config = _of("pictures", **{"data.path": "made.npz", "model.encoder": "convolutional", "model.width": width})
    config = config.with_settings({"pretrained.name": None, "training.batch_size": batch})
    return config, _made("rgb", "picture", items, 20, generator)


def text(folder: Path, gpu: bool, quick: bool) -> tuple[TrainConfig, MultiLabelData]:
    """All layers of a text encoder learn: BERT-base and 256 texts of 8 to 60 words on a GPU; MiniLM and 64 on a CPU."""
    films = 48 if quick else 2048 if gpu else 256
    data = load_data("movies", films=films)
    batch = 8 if quick else 256 if gpu else 64
    name = str(_bert_base(folder)) if gpu else "minilm"
    settings = {"pretrained.name": name, "training.batch_size": batch, "pretrained.layers": 0}
    return _of("movies-finetune", **settings, **{"pretrained.max_length": 64}), _shortened(data)


def picture(folder: Path, gpu: bool, quick: bool) -> tuple[TrainConfig, MultiLabelData]:
    """A vision transformer learns: ViT-base, 128 pictures of 224 x 224 on a GPU; 3 layers, 16 of 64 x 64 on a CPU."""
    generator = np.random.default_rng(0)
    n, batch, side = (32, 4, 32) if quick else (512, 128, 224) if gpu else (128, 16, 64)
    items = torch.from_numpy(generator.integers(0, 256, (n, 3, side, side), np.uint8))
    settings = {"pretrained.name": str(_vision(folder, side, gpu)), "training.batch_size": batch}
    config = _of("pictures", **{"data.path": "made.npz", "model.encoder": "picture_transformer", **settings})
    return config, _made("picture", "picture", items, 20, generator)


CASES = {
    case.name: case
    for case in (
        Case("icons", icons, 4),
        Case("digits", digits, 4),
        Case("vectors", vectors, 20),
        Case("rgb", rgb, 3),
        Case("text", text, 1),
        Case("picture", picture, 2),
    )
}


def _made(name: str, kind: str, items: torch.Tensor, labels: int, generator: np.random.Generator) -> MultiLabelData:
    """Data of random labels, three an item, of which eight tenths train."""
    n = len(items)
    split = np.where(np.arange(n) < 0.8 * n, "train", np.where(np.arange(n) < 0.9 * n, "validation", "test"))
    return MultiLabelData(
        name=name,
        title=name,
        kind=kind,
        items=items,
        labels=LabelMatrix.of(generator.random((n, labels)) < 3 / labels),
        label_names=tuple(f"label {number}" for number in range(labels)),
        split=split,
        item_names=tuple(map(str, range(n))),
    )


def _shortened(data: MultiLabelData) -> MultiLabelData:
    """The same texts, each cut to 8 to 60 words."""
    assert isinstance(data.items, Texts)
    generator = np.random.default_rng(0)
    lengths = generator.integers(WORDS[0], WORDS[1] + 1, len(data))
    texts = [
        " ".join((3 * line.split())[:most]) for line, most in zip(data.items.some(slice(None)), lengths, strict=True)
    ]
    return replace(data, items=Texts.of(texts))


def _bert_base(folder: Path) -> Path:
    """BERT-base with random weights and the words of MiniLM, which are its own."""
    from transformers import BertConfig, BertModel

    words = located("minilm")
    assert words is not None
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        if (words / name).is_file():
            shutil.copy(words / name, folder / name)
    BertModel(BertConfig()).save_pretrained(folder)
    return folder


def _vision(folder: Path, side: int, gpu: bool) -> Path:
    """A vision transformer with random weights, and the image processor that goes with it."""
    from transformers import ViTConfig, ViTImageProcessor, ViTModel

    small: dict[str, Any] = {"hidden_size": 192, "num_hidden_layers": 3, "num_attention_heads": 3}
    config = ViTConfig(image_size=side, patch_size=16 if gpu else 8, **({} if gpu else small))
    ViTModel(config).save_pretrained(folder)
    ViTImageProcessor(size={"height": side, "width": side}).save_pretrained(folder)
    return folder


__all__ = ["CASES", "Case"]
