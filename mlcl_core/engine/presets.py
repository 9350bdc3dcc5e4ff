"""Ready configurations: each is a function that returns a whole one."""

from collections.abc import Callable

from mlcl_core.engine.config import DataConfig, ModelConfig, TrainConfig, TrainingConfig, WatchConfig
from mlcl_core.errors import InputError


def icons() -> TrainConfig:
    """1,558 real icons in 68 categories; a small convolutional network."""
    return TrainConfig(preset="icons")


def digits() -> TrainConfig:
    """Scenes of one to four real digits: labels exact by construction."""
    return TrainConfig(preset="digits", data=DataConfig(name="digits"), training=TrainingConfig(epochs=30))


def vectors() -> TrainConfig:
    """Any feature file of your own (npz with X, Y and optionally split), by its path in data.path."""
    return TrainConfig(
        preset="vectors",
        data=DataConfig(name="features"),
        model=ModelConfig(encoder="mlp", width=256),
        training=TrainingConfig(epochs=100),
        watch=WatchConfig(),
    )


PRESETS: dict[str, Callable[[], TrainConfig]] = {"icons": icons, "digits": digits, "vectors": vectors}


def preset(name: str) -> TrainConfig:
    """The preset of that name.

    Raises:
        InputError: There is none.
    """
    if name not in PRESETS:
        raise InputError(f"there is no preset {name!r}; there are: {', '.join(PRESETS)}")
    return PRESETS[name]()
