"""World size and rank of this process, as torchrun or ``accelerate launch`` sets them in the environment."""

import os

from mlcl_core.errors import InputError


def world_size() -> int:
    """Number of processes launched to train together; 1 without a launcher.

    Raises:
        InputError: ``WORLD_SIZE`` is set and is not a whole number.
    """
    return _number("WORLD_SIZE", 1)


def is_rank_zero() -> bool:
    """Whether this process writes the run directory.

    Raises:
        InputError: ``RANK`` is set and is not a whole number.
    """
    return _number("RANK", 0) == 0


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if text and not text.isdecimal():
        raise InputError(f"{name} in the environment is {text!r}; a launcher sets it to a number")
    return int(text or default)
