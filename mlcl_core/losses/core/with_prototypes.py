"""What the losses share that have a learnt prototype for every label."""

from dataclasses import replace

from mlcl_core.losses.core.shared_options import machine_options
from mlcl_core.pairs import Option

NEEDS = frozenset({"embeddings", "prototypes"})


def prototype_options() -> dict[str, Option]:
    """Options of weighted_supcon that all of them have."""
    options = machine_options("temperature", "reduction", "no_positive")
    # prototypes never leave the normaliser
    options["no_positive"] = replace(
        options["no_positive"],
        help="An anchor without a positive: left out of the mean, or counted as 0.",
        choices=("drop", "zero"),
    )
    return options


__all__ = ["NEEDS", "prototype_options"]
