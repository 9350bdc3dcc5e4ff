"""Training: a configuration in, events out; owns no files and no processes.

``train`` and ``Trainer`` are looked up on first use, so that reading a configuration imports no torch.
"""

from typing import TYPE_CHECKING, Any

from mlcl_core.engine.config import TrainConfig, config_from_json, parse_config
from mlcl_core.engine.presets import PRESETS, preset

if TYPE_CHECKING:
    from mlcl_core.engine.loop import Trainer, train

__all__ = ["PRESETS", "TrainConfig", "Trainer", "config_from_json", "parse_config", "preset", "train"]


def __getattr__(name: str) -> Any:
    if name in ("Trainer", "train"):
        from mlcl_core.engine import loop

        return getattr(loop, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
