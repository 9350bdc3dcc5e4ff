"""The name of a run that is given none: after its data, or after its preset where the data are the preset's own."""

import re
from collections.abc import Collection
from itertools import count
from pathlib import Path

from mlcl_core.engine.config import OWN_FILE, DataConfig, TrainConfig
from mlcl_core.engine.presets import PRESETS, preset

MAX_STEM = 60  # characters of a name before its number
SHORT = {"similarity_dissimilarity": "sd", "any_shared": "any", "all_equal": "all"}
ENDING = re.compile(r"(\.[A-Za-z]\w{0,7})?(\.(gz|bz2|xz|zst))?$")


def default_name(config: TrainConfig, taken: Collection[str]) -> str:
    """A name that is not taken: ``films``, ``films 2`` on data of one's own; ``icons-sd-01`` on a set of the Lab."""
    own = own_data(config.data)
    if own is not None:
        return next(name for number in count(1) if (name := own if number == 1 else f"{own} {number}") not in taken)
    rule = config.loss.rule if config.loss.name == "weighted_supcon" else config.loss.name
    its_own = config.preset in PRESETS and preset(config.preset).data.name == config.data.name
    stem = f"{config.preset if its_own else config.data.name}-{SHORT.get(rule, rule)}"
    return next(name for number in count(1) if (name := f"{stem}-{number:02d}") not in taken)


def own_data(data: DataConfig) -> str | None:
    """What data of one's own are called: an upload, or the file, folder or set of the Hub that a path names, without
    its ending and without what no run's name may hold; None: the data are a set of the Lab.
    """
    if data.path is None:
        from mlcl_core.data import DATASETS

        if data.name in DATASETS or data.name in OWN_FILE:
            return None
        name = data.name
    else:
        # the other separator too: a path may have been written on another system
        name = re.split(r"[/\\]", data.path.rstrip("/\\"))[-1]
        name = name if Path(data.path).is_dir() else ENDING.sub("", name)
    words = "".join(letter if letter.isprintable() and letter not in "/\\" else " " for letter in name).split()
    return " ".join(words).lstrip(". ")[:MAX_STEM].strip() or "data"
