"""What the tests of several samplers share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mlcl_core.data import SAMPLERS, LabelMatrix
from mlcl_core.pairs import RULES


def by_rule(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The positives of a pair rule, as the engine passes them."""
    return lambda a, b: RULES[name].weights(a, b).positive


SHARED, EQUAL = by_rule("any_shared"), by_rule("all_equal")


def deal(
    name: str, y: Tensor, size: int = 8, *, seed: int = 0, epoch: int = 0, positive: Any = SHARED, **params: Any
) -> list[Tensor]:
    """One epoch of all items."""
    matrix, rows = LabelMatrix.of(y), torch.arange(len(y))
    return list(SAMPLERS[name].make(rows, size, seed=seed, epoch=epoch, labels=matrix, positive=positive, **params))
