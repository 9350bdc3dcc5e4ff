"""Rates and gaps of a sequence of moments."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from mlcl_core.errors import RunFailed


def rate(at: Sequence[float], items: int, warm_up: int) -> float:
    """Items a second between the ``warm_up``-th step and the last one.

    Args:
        at: Time of each step, in seconds.
        items: Items per step.
        warm_up: Steps left out.

    Raises:
        RunFailed: Fewer than two steps are left.

    Example:
        >>> rate([0.0, 9.0, 10.0, 11.0], 100, 2)
        100.0
    """
    counted = at[max(warm_up - 1, 0) :]
    if len(counted) < 2:
        raise RunFailed(f"only {len(at)} steps were done; a speed needs more than {max(warm_up, 1)}: train longer")
    return items * (len(counted) - 1) / (counted[-1] - counted[0])


def gaps(at: Sequence[float], begun: float, ended: float) -> dict[str, Any]:
    """Number of moments within an interval, the delay of the first, and the gaps between them.

    Args:
        at: Moments, ascending.
        begun: Begin of the interval.
        ended: End of the interval; the time since the last moment counts as a gap too.

    Returns:
        ``count``, ``first`` (seconds after ``begun``; None without any), ``median`` and ``longest`` seconds between two
        (None where there are fewer).

    Example:
        >>> gaps([2.0, 4.0, 9.0, 30.0], 1.0, 20.0)
        {'count': 3, 'first': 1.0, 'median': 5.0, 'longest': 11.0}
    """
    inside = [moment for moment in at if begun <= moment <= ended]
    between = [later - earlier for earlier, later in pairwise(inside)]
    waits = [*between, ended - inside[-1]] if inside else []
    return {
        "count": len(inside),
        "first": round(inside[0] - begun, 2) if inside else None,
        "median": round(median(waits), 2) if waits else None,
        "longest": round(max(waits), 2) if waits else None,
    }
