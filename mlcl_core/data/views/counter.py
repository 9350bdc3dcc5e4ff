"""Random numbers of a view as a function of where they are used: nothing is drawn in a sequence that others share.

SplitMix64 gives them: output i of the stream that begins at s is mix(s + (i + 1) g), 64 bits with all their arithmetic
modulo 2^64. Streams are nested: output `step` of the stream of the seed is the key of a step, output `row` of the
stream of the key begins the stream of a row (an item, its occurrence in the batch, a view), and that gives the numbers
of the view. A dozen operations on integers, which every device computes to the same bits; Philox4x32-10, the
usual choice, needs five times as many for a number, which a CPU notices where whole feature vectors get noise.

References:
    Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014, figure 16 (mix64, g).
"""

import math
from copy import copy
from functools import lru_cache

import torch
from jaxtyping import Bool, Float32, Int64, Shaped
from torch import Tensor

from mlcl_core.data.views.record import Random

# As signed numbers: torch has no arithmetic on unsigned ones of 64 bits, and products wrap around either way.
GAMMA, FIRST, SECOND = (number - 2**64 for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
OCCURRENCES, VIEWS_OF_ITEM = 2**16, 2  # numbers of one item in `row_numbers`


def outputs(start: Int64[Tensor, " *a"], index: Int64[Tensor, " *b"]) -> Int64[Tensor, " *c"]:
    """Output ``index``, counted from 0, of the stream that begins at ``start``; the two are broadcast."""
    return _mixed(start + (index + 1) * GAMMA)


def _mixed(z: Tensor) -> Tensor:
    """A permutation of the numbers of 64 bits that leaves no pattern; in place."""
    z ^= _shifted(z, 30)
    z *= FIRST
    z ^= _shifted(z, 27)
    z *= SECOND
    z ^= _shifted(z, 31)
    return z


def _shifted(z: Tensor, bits: int) -> Tensor:
    # zeros come in from the left, where >> repeats the sign
    return (z >> bits).bitwise_and_(2 ** (64 - bits) - 1)


def step_key(seed: int, step: int) -> Int64[Tensor, ""]:
    """The key of a step: what the numbers of its views depend on beside the row."""
    return outputs(torch.tensor(seed), torch.tensor(step))


def row_numbers(ids: Int64[Tensor, " n"], view: int = 0) -> Int64[Tensor, " n"]:
    """Number of the stream of each item of a batch: different for each item, occurrence and view.

    Args:
        ids: The items, below 2^46; one that occurs again has the next occurrence, below 2^16.
        view: 0 or 1. The numbers of view 1 are those of view 0, plus 1.
    """
    return (ids * OCCURRENCES + _occurrences(ids)) * VIEWS_OF_ITEM + view


def _occurrences(ids: Tensor) -> Tensor:
    """How often each item occurs before its place."""
    ordered, order = ids.sort(stable=True)
    places = torch.arange(len(ids), device=ids.device)
    begins = torch.searchsorted(ordered, ordered)  # the first place of each item
    return torch.empty_like(places).scatter_(0, order, places - begins)


class CounterRandom(Random):
    """Random numbers of the rows of a batch, each from its own stream.

    The numbers of a row are equal bits on every device, whichever other rows are drawn with it. Each call goes on where
    the one before ended.

    Args:
        key: As :func:`step_key` gives it, on the CPU or on the device of the rows.
        rows: As :func:`row_numbers` gives them, on the device where the numbers are wanted.
    """

    def __init__(self, key: Int64[Tensor, ""], rows: Int64[Tensor, " n"]):
        """Begin the streams."""
        self._starts, self._used = outputs(key, rows), 0

    def __len__(self) -> int:
        """The number of rows."""
        return len(self._starts)

    def some(self, rows: slice) -> "CounterRandom":
        """Those of some rows, from the beginning of their streams."""
        found = copy(self)
        found._starts, found._used = self._starts[rows], 0
        return found

    def uniform(self, *shape: int) -> Float32[Tensor, "n *shape"]:
        """Uniform in [0, 1), multiples of 2^-24, rows x shape: equal bits on every device."""
        # the upper 24 bits
        whole = (self._parts(torch.int32, shape) >> 8).bitwise_and_(2**24 - 1)
        return whole.to(torch.float32).mul_(2**-24)

    def kept(self, lost: float, *shape: int) -> Bool[Tensor, "n *shape"]:
        """False with probability ``lost``, in multiples of 2^-16 from 2^-16 on, rows x shape: equal on every device."""
        return self._parts(torch.int16, shape) > max(round(lost * 2**16), 1) - 2**15 - 1

    def normal(self, *shape: int) -> Float32[Tensor, "n *shape"]:
        """Standard normal, rows x shape, by the method of Box and Muller; equal to 2e-6 of its size on every device."""
        size = math.prod(shape)
        u = self.uniform(2, -(-size // 2))
        radius, angle = (1 - u[:, 0]).log_().mul_(-2).sqrt_(), 2 * math.pi * u[:, 1]
        return torch.cat([radius * angle.cos(), radius * angle.sin()], 1)[:, :size].reshape(len(self), *shape)

    def _parts(self, dtype: torch.dtype, shape: tuple[int, ...]) -> Shaped[Tensor, "n *shape"]:
        """Equal parts of the next outputs, rows x shape, the lowest bits of an output first."""
        size = math.prod(shape)
        count = -(-size * dtype.itemsize // 8)
        steps = _steps(self._used, count, self._starts.device)
        self._used += count
        return _mixed(self._starts[:, None] + steps).view(dtype)[:, :size].reshape(len(self), *shape)


@lru_cache(maxsize=8)
def _steps(first: int, count: int, device: torch.device) -> Int64[Tensor, " count"]:
    """How far outputs from ``first`` on are from the beginning of a stream; the same at each step of a training."""
    return torch.arange(first + 1, first + count + 1, device=device) * GAMMA


__all__ = ["CounterRandom", "outputs", "row_numbers", "step_key"]
