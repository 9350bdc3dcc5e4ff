"""Ready configurations; what they reach: ``mlcl bench quality``. To add one: its file, one line here, its test."""

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets.record import Preset
from mlcl_core.errors import InputError
from mlcl_core.registry import records_in

# The form lists the presets in this order.
# isort: off
from mlcl_core.engine.presets.icons import ICONS
from mlcl_core.engine.presets.digits import DIGITS
from mlcl_core.engine.presets.movies import MOVIES
from mlcl_core.engine.presets.movies_finetune import MOVIES_FINETUNE
from mlcl_core.engine.presets.vectors import VECTORS
from mlcl_core.engine.presets.text import TEXT
from mlcl_core.engine.presets.pictures import PICTURES
# isort: on

PRESETS = records_in(globals(), Preset)

# For files and uploads: the preset that takes items of a kind.
OWN_PRESETS = {record.own_kind: name for name, record in PRESETS.items() if record.own_kind}


def preset(name: str) -> TrainConfig:
    """The configuration of a preset, with the preset's name in it.

    Raises:
        InputError: There is no preset of that name.
    """
    if name not in PRESETS:
        raise InputError(f"there is no preset {name!r}; there are: {', '.join(PRESETS)}")
    return PRESETS[name].make().model_copy(update={"preset": name})


__all__ = ["OWN_PRESETS", "PRESETS", "Preset", "preset"]
