"""What the losses share that have a learnt prototype for every label."""

from dataclasses import replace

from mlcl_core.losses.weighted_supcon import WEIGHTED_SUPCON
from mlcl_core.pairs import Option

NEEDS = frozenset({"embeddings", "prototypes"})


def prototype_options() -> dict[str, Option]:
    """Options of weighted_supcon that all of them have."""
    options = {name: WEIGHTED_SUPCON.options[name] for name in ("temperature", "reduction", "no_positive")}
    # rows are (anchor, label) pairs of mulsupcon, and prototypes never leave the normaliser
    options["reduction"] = replace(options["reduction"], choices=("mean", "sum", "none"))
    options["no_positive"] = replace(
        options["no_positive"],
        help="An anchor without a positive: left out of the mean, or counted as 0.",
        choices=("drop", "zero"),
    )
    return options


__all__ = ["NEEDS", "prototype_options"]
