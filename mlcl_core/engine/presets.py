"""Ready configurations: each is a function that returns a whole one. What they reach: ``mlcl bench quality``."""

from collections.abc import Callable

from mlcl_core.engine.config import (
    DataConfig,
    LossConfig,
    ModelConfig,
    OptimiserConfig,
    PretrainedConfig,
    TrainConfig,
    TrainingConfig,
    WatchConfig,
)
from mlcl_core.errors import InputError

# Icons are drawn in the middle and upright: views that move them more than this cost more than they teach.
CALM_VIEWS = {"shift": 0.06, "scale": 0.1, "rotate": 5.0, "contrast": 0.0, "erase": 0.0}


def icons() -> TrainConfig:
    """1,558 real icons in 68 categories; a small convolutional network.

    64 features: what training adds shows best there. With 256 the probe reads a little more from the trained encoder
    (test mAP .29 against .24), and much more from the untrained one (.20 against .13).
    """
    return TrainConfig(
        preset="icons",
        views=CALM_VIEWS,
        model=ModelConfig(feature_dim=64),
        loss=LossConfig(temperature=0.07),
        optimiser=OptimiserConfig(learning_rate=3e-3),
        training=TrainingConfig(batch_size=256, epochs=100),
    )


def digits() -> TrainConfig:
    """Scenes of one to four real digits: labels exact by construction."""
    return TrainConfig(
        preset="digits",
        data=DataConfig(name="digits"),
        views={**CALM_VIEWS, "contrast": 0.2},
        model=ModelConfig(width=16, num_downsamples=2),
        optimiser=OptimiserConfig(learning_rate=3e-3),
        training=TrainingConfig(batch_size=128, epochs=15),
        watch=WatchConfig(items=1000),
    )


def vectors() -> TrainConfig:
    """Any file of features and labels of your own, by its path in data.path."""
    return TrainConfig(
        preset="vectors",
        data=DataConfig(name="file"),
        model=ModelConfig(encoder="mlp", width=256),
        training=TrainingConfig(batch_size=256, epochs=60),
    )


def movies() -> TrainConfig:
    """17,029 films as texts, with their genres; a frozen MiniLM encodes each once, and the cache keeps that."""
    return text().model_copy(update={"preset": "movies", "data": DataConfig(name="movies")})


def movies_finetune() -> TrainConfig:
    """3,000 of the films; the last two layers of MiniLM learn, dropout makes the second view. Slow on a CPU."""
    return TrainConfig(
        preset="movies-finetune",
        data=DataConfig(name="movies", params={"films": 3000}),
        pretrained=PretrainedConfig(name="minilm", max_length=48, layers=2),
        model=ModelConfig(encoder="text_transformer"),
        optimiser=OptimiserConfig(learning_rate=1e-4),
        training=TrainingConfig(batch_size=64, epochs=3),
        watch=WatchConfig(items=300, frame_every=10, batch_every=25, checkpoint_every=50),
    )


def text() -> TrainConfig:
    """Texts of your own, by the path of a table in data.path; a frozen MiniLM and a trained network behind it."""
    return TrainConfig(
        preset="text",
        data=DataConfig(name="file"),
        pretrained=PretrainedConfig(name="minilm"),
        model=ModelConfig(encoder="mlp", width=256),
        training=TrainingConfig(batch_size=256, epochs=20),
    )


def pictures() -> TrainConfig:
    """Pictures of your own, by the path of a folder, zip or table in data.path; a frozen EfficientNet-lite0."""
    return TrainConfig(
        preset="pictures",
        data=DataConfig(name="file"),
        pretrained=PretrainedConfig(name="efficientnet-lite0"),
        model=ModelConfig(encoder="mlp", width=256),
        training=TrainingConfig(batch_size=256, epochs=60),
    )


PRESETS: dict[str, Callable[[], TrainConfig]] = {
    "icons": icons,
    "digits": digits,
    "movies": movies,
    "movies-finetune": movies_finetune,
    "vectors": vectors,
    "text": text,
    "pictures": pictures,
}


# For data of one's own: the preset that takes items of a kind.
OWN_PRESETS = {"features": "vectors", "text": "text", "picture": "pictures"}


def preset(name: str) -> TrainConfig:
    """The preset of that name.

    Raises:
        InputError: There is none.
    """
    if name not in PRESETS:
        raise InputError(f"there is no preset {name!r}; there are: {', '.join(PRESETS)}")
    return PRESETS[name]()
