"""Pictures of a folder, zip or table, encoded once by a frozen EfficientNet-lite0; a network behind it learns."""

from mlcl_core.engine.config import DataConfig, ModelConfig, PretrainedConfig, TrainConfig, TrainingConfig
from mlcl_core.engine.presets.record import Preset


def pictures() -> TrainConfig:
    """Pictures of your own, by the path of a folder, zip or table in data.path; a frozen EfficientNet-lite0."""
    return TrainConfig(
        data=DataConfig(name="file"),
        pretrained=PretrainedConfig(name="efficientnet-lite0"),
        model=ModelConfig(encoder="mlp", width=256),
        training=TrainingConfig(batch_size=256, epochs=60),
    )


PICTURES = Preset("pictures", "a folder, zip or table of your own; frozen EfficientNet", pictures, own_kind="picture")
