"""What the registry holds of each preset."""

from collections.abc import Callable
from dataclasses import dataclass

from mlcl_core.engine.config import TrainConfig


@dataclass(frozen=True)
class Preset:
    """One ready configuration.

    Args:
        name: As the command line and the set-up form take it.
        title: Data and network in a few words, for the form.
        make: Gives the whole configuration; ``preset`` of it is filled in by :func:`mlcl_core.engine.presets.preset`.
        own_kind: The kind of item (``features``, ``text``, ``picture``) for whose files and uploads it is the preset;
            empty: it has data of its own.
    """

    name: str
    title: str
    make: Callable[[], TrainConfig]
    own_kind: str = ""
