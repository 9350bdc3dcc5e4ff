"""Feature vectors of a file, a multi-layer perceptron."""

from mlcl_core.engine.config import DataConfig, ModelConfig, TrainConfig, TrainingConfig
from mlcl_core.engine.presets.record import Preset


def vectors() -> TrainConfig:
    """Any file of features and labels of your own, by its path in data.path."""
    return TrainConfig(
        data=DataConfig(name="file"),
        model=ModelConfig(encoder="mlp", width=256),
        training=TrainingConfig(batch_size=256, epochs=60),
    )


VECTORS = Preset("vectors", "a file of features and labels of your own", vectors, own_kind="features")
