"""Films as texts, encoded once by a frozen MiniLM."""

from mlcl_core.engine.config import DataConfig, TrainConfig
from mlcl_core.engine.presets.record import Preset
from mlcl_core.engine.presets.text import text


def movies() -> TrainConfig:
    """17,029 films as texts, with their genres; a frozen MiniLM encodes each once, and the cache keeps that."""
    return text().model_copy(update={"data": DataConfig(name="movies")})


MOVIES = Preset("movies", "17,029 films as texts, 21 genres; frozen MiniLM", movies)
