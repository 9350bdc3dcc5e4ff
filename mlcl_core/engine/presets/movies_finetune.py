"""Films as texts, for which MiniLM itself learns."""

from mlcl_core.engine.config import (
    DataConfig,
    ModelConfig,
    OptimiserConfig,
    PretrainedConfig,
    TrainConfig,
    TrainingConfig,
    WatchConfig,
)
from mlcl_core.engine.presets.record import Preset


def movies_finetune() -> TrainConfig:
    """3,000 of the films; the last two layers of MiniLM learn, dropout makes the second view. Slow on a CPU."""
    return TrainConfig(
        data=DataConfig(name="movies", params={"films": 3000}),
        pretrained=PretrainedConfig(name="minilm", max_length=48, layers=2),
        model=ModelConfig(encoder="text_transformer"),
        optimiser=OptimiserConfig(learning_rate=1e-4),
        training=TrainingConfig(batch_size=64, epochs=3),
        watch=WatchConfig(items=300, frame_every=10, batch_every=25, checkpoint_every=50),
    )


MOVIES_FINETUNE = Preset("movies-finetune", "MiniLM itself learns, on 3,000 films", movies_finetune)
