"""What losses share that are the weighted machine with a rule of their own."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from mlcl_core.losses.weighted_supcon import WEIGHTED_SUPCON
from mlcl_core.options import Option, Param, option_of

_NO_LABELS = Param(
    "An item without labels: takes no part (drop), or is an item like any other, as the published code has it (keep)."
)
NoLabels = Annotated[Literal["drop", "keep"], _NO_LABELS]
NO_LABELS = option_of(Literal["drop", "keep"], _NO_LABELS, "drop")


SHARED = ("temperature", "similarity", "reduction", "no_positive", "base_temperature")


def machine_options(*names: str, **defaults: Any) -> dict[str, Option]:
    """Options of weighted_supcon that make sense whatever the rule (or those ``names`` of them), with other defaults
    where given.
    """
    options = {name: WEIGHTED_SUPCON.options[name] for name in names or SHARED}
    # rows are (anchor, label) pairs of mulsupcon
    options["reduction"] = replace(options["reduction"], choices=("mean", "sum", "none"))
    return {name: replace(option, default=defaults.get(name, option.default)) for name, option in options.items()}


__all__ = ["NO_LABELS", "NoLabels", "machine_options"]
