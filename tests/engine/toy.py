"""A toy problem that trains in a second: three labels, each a direction in ten features, under noise."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import numpy as np
import torch

from mlcl_core.data import LabelMatrix, MultiLabelData
from mlcl_core.engine.config import TrainConfig, parse_config
from mlcl_core.engine.events import Event, FittingProbe
from mlcl_core.engine.loop import Trainer

ITEMS, LABELS, FEATURES = 96, 3, 10
SMALL = {
    "data.name": "features",
    "model.encoder": "mlp",
    "model.width": 16,
    "model.feature_dim": 8,
    "model.projection_hidden": 8,
    "model.projection_dim": 6,
    "training.batch_size": 16,
    "training.epochs": 3,
    "training.threads": 1,
    "training.device": "cpu",
    "watch.items": 50,
    "watch.frame_every": 5,
    "watch.batch_every": 4,
    "watch.checkpoint_every": 6,
}


def toy_data(seed: int = 0, *, noise: float = 1.0, labels: np.ndarray | None = None) -> MultiLabelData:
    """Feature vectors whose labels can be learnt; 64 items train, 16 validate, 16 test."""
    generator = np.random.default_rng(seed)
    y = generator.random((ITEMS, LABELS)) < 0.4 if labels is None else labels
    x = y @ generator.normal(size=(y.shape[1], FEATURES)) + noise * generator.normal(size=(len(y), FEATURES))
    split = np.array(["train", "train", "train", "train", "validation", "test"] * (len(y) // 6))
    return MultiLabelData(
        name="toy",
        title="Toy",
        kind="features",
        items=torch.from_numpy(x.astype(np.float32)),
        labels=LabelMatrix.of(y),
        label_names=tuple(f"label {c}" for c in range(y.shape[1])),
        split=split,
        item_names=tuple(f"row {row}" for row in range(len(y))),
    )


def toy_config(**settings: Any) -> TrainConfig:
    """Twelve steps (four an epoch); ``loss__temperature=0.2`` changes loss.temperature."""
    changes = {path.replace("__", "."): value for path, value in settings.items()}
    return parse_config({}).with_settings({**SMALL, **changes})


def toy_trainer(checkpoint: Any = None, **settings: Any) -> Trainer:
    """A trainer of the toy problem."""
    return Trainer(toy_config(**settings), checkpoint, toy_data())


def training(trainer: Trainer) -> Iterator[Event]:
    """Train to the last step; the linear probe, three quarters of the time here, is left out."""
    return takewhile(lambda event: not isinstance(event, FittingProbe), trainer.events())


def events_of(trainer: Trainer, kind: type) -> list[Any]:
    """Train to the last step; returns the events of one kind."""
    return [event for event in training(trainer) if isinstance(event, kind)]
