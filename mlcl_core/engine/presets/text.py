"""Texts of a table, encoded once by a frozen MiniLM; a network behind it learns."""

from mlcl_core.engine.config import DataConfig, ModelConfig, PretrainedConfig, TrainConfig, TrainingConfig
from mlcl_core.engine.presets.record import Preset


def text() -> TrainConfig:
    """Texts of your own, by the path of a table in data.path; a frozen MiniLM and a trained network behind it."""
    return TrainConfig(
        data=DataConfig(name="file"),
        pretrained=PretrainedConfig(name="minilm"),
        model=ModelConfig(encoder="mlp", width=256),
        training=TrainingConfig(batch_size=256, epochs=20),
    )


TEXT = Preset("text", "a table with a column of texts of your own; frozen MiniLM", text, own_kind="text")
