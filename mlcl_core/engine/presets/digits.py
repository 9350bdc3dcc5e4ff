"""Digits: scenes of several digits, a convolutional network that keeps their places apart."""

from mlcl_core.engine.config import DataConfig, ModelConfig, OptimiserConfig, TrainConfig, TrainingConfig, WatchConfig
from mlcl_core.engine.presets.icons import CALM_VIEWS
from mlcl_core.engine.presets.record import Preset


def digits() -> TrainConfig:
    """Scenes of one to four real digits: labels exact by construction."""
    return TrainConfig(
        data=DataConfig(name="digits"),
        views={**CALM_VIEWS, "contrast": 0.2},
        model=ModelConfig(width=16, num_downsamples=2),
        optimiser=OptimiserConfig(learning_rate=3e-3),
        training=TrainingConfig(batch_size=128, epochs=15),
        watch=WatchConfig(items=1000),
    )


DIGITS = Preset("digits", "scenes of 1 to 4 digits", digits)
