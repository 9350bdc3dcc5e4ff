"""Resamples of the test items as counts: how often each item stands in each resample.

One draw serves all metrics, methods and seeds, so that everything is compared on the same resamples.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Float64, Int32, Integer

from mlcl_core.errors import InputError
from mlcl_core.statistics.record import Resampled

MAX_BCA = 200  # items: from there on percentiles are as good, and the jackknife costs more than the resamples
RESAMPLES = 10_000  # the smallest p is 2 / 10,001, which passes Holm in tables of 250 comparisons
CHUNK = 4_000_000  # counts held at once

Counts = Integer[np.ndarray, "b n"]
OfCounts = Callable[[Counts], Float[np.ndarray, " b"]]


def resample_counts(items: int, resamples: int, seed: int) -> Int32[np.ndarray, "resamples items"]:
    """How often each item stands in each resample of as many items, drawn with replacement (multinomial).

    Args:
        items: Number of items.
        resamples: Number of resamples.
        seed: Equal seeds give equal counts.

    Returns:
        Rows that each sum to ``items``.

    Raises:
        InputError: There is no item.

    References:
        Efron 1979, Annals of Statistics 7(1).
    """
    chunks = list(count_chunks(items, resamples, seed))
    return np.concatenate(chunks) if chunks else np.zeros((0, items), np.int32)


def count_chunks(items: int, resamples: int, seed: int) -> Iterator[Int32[np.ndarray, "rows items"]]:
    """The rows of :func:`resample_counts`, some at a time, so that many items need little memory."""
    if items < 1:
        raise InputError("there is no test item: nothing can be resampled")
    rng = np.random.default_rng(seed)
    rows = max(CHUNK // items, 1)
    for start in range(0, resamples, rows):
        number = min(rows, resamples - start)
        drawn = rng.integers(items, size=(number, items), dtype=np.int32)
        drawn += (np.arange(number, dtype=np.int32) * items)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=number * items)
        yield counts.astype(np.int32).reshape(number, items)


@dataclass(frozen=True, eq=False)
class Additive:
    """A metric of counts that is made of sums over items: counts times the quantities of each item.

    Attributes:
        sums: Quantities of each item that add up.
        of_sums: From the sums over items [... k] to the metric [...].
    """

    sums: Float64[np.ndarray, "n k"]
    of_sums: Callable[[np.ndarray], np.ndarray]

    @cached_property
    def kept(self) -> np.ndarray:
        """The quantities in as few bits as hold their sums exactly."""
        whole = bool((self.sums == np.rint(self.sums)).all())
        # 24 bits hold such sums, in half the time
        small = float(np.abs(self.sums).max(initial=0)) * len(self.sums) < 2**24
        return self.sums.astype(np.float32 if whole and small else np.float64)

    def __call__(self, counts: np.ndarray) -> Float[np.ndarray, " b"]:
        """The metric where item i is there ``counts[b, i]`` times."""
        return self.of_sums((counts.astype(self.kept.dtype, copy=False) @ self.kept).astype(np.float64))


def by_sums(sums: Float64[np.ndarray, "n k"], of_sums: Callable[[np.ndarray], np.ndarray]) -> Additive:
    """An additive metric.

    Edge cases:
        Sums of whole numbers are exact, so that equal predictions give a difference of exactly 0.
    """
    return Additive(sums, of_sums)


def resample(measures: Sequence[OfCounts], items: int, *, resamples: int = RESAMPLES, seed: int = 0) -> list[Resampled]:
    """Measure the items and their resamples, the same for all measures.

    Args:
        measures: Functions from counts to one number a row of them (:func:`by_sums`, or a ranked metric of counts).
        items: Number of items.
        resamples: Number of resamples.
        seed: Of the resamples.

    Returns:
        For each measure its value, its values on the resamples and, under 200 items, without each item.

    Raises:
        InputError: There is no item.

    Example:
        >>> hits = np.array([[1.0], [0.0], [1.0], [1.0]])
        >>> resample([by_sums(hits, lambda total: total[..., 0] / 4)], 4, resamples=100)[0].value
        0.75
    """
    found: list[list[np.ndarray]] = [[] for _ in measures]
    for counts in count_chunks(items, resamples, seed):
        for measured, values in zip(_measured(measures, counts), found, strict=True):
            values.append(measured)
    once = np.ones((1, items), np.int32)
    value = [float(one[0]) for one in _measured(measures, once)]
    left_out: Sequence[np.ndarray | None] = [None] * len(measures)
    if 1 < items < MAX_BCA:
        left_out = _measured(measures, once - np.eye(items, dtype=np.int32))
    return [
        Resampled(one, np.concatenate(values), without, items)
        for one, values, without in zip(value, found, left_out, strict=True)
    ]


def _measured(measures: Sequence[OfCounts], counts: Counts) -> list[np.ndarray]:
    casts: dict[type, np.ndarray] = {}
    found = []
    for measure in measures:
        given = counts
        if isinstance(measure, Additive):
            kind = measure.kept.dtype.type
            # one cast serves all measures
            given = casts[kind] if kind in casts else casts.setdefault(kind, counts.astype(kind))
        found.append(np.asarray(measure(given), np.float64))
    return found


def minus(a: Resampled, b: Resampled) -> Resampled:
    """A minus B, resample by resample."""
    return _combined((a, b), (1.0, -1.0))


def mean_of(parts: Sequence[Resampled]) -> Resampled:
    """The mean of some (the seeds of a method), resample by resample."""
    return _combined(parts, [1 / len(parts)] * len(parts))


def _combined(parts: Sequence[Resampled], weights: Sequence[float]) -> Resampled:
    if len({(part.items, len(part.values)) for part in parts}) != 1:
        raise InputError("only numbers of the same items and resamples can be compared")
    left = [part.left_out for part in parts]

    def sum_of(values: Sequence[np.ndarray]) -> np.ndarray:
        # what differs in the last bits alone is a tie
        return np.round(np.sum([weight * one for weight, one in zip(weights, values, strict=True)], axis=0), 12)

    return Resampled(
        float(sum_of([np.array(part.value) for part in parts])),
        sum_of([part.values for part in parts]),
        None if any(one is None for one in left) else sum_of([one for one in left if one is not None]),
        parts[0].items,
    )
