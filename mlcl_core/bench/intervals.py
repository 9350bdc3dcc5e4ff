"""Numbers from moments: how fast steps came, how long maps let wait."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from mlcl_core.errors import RunFailed


def rate(at: Sequence[float], items: int, warm_up: int) -> float:
    """Items a second between the ``warm_up``-th step and the last one.

    Args:
        at: When each step was done, in seconds.
        items: Per step.
        warm_up: Steps that are not counted.

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
    """How many moments fell into a time, how long the first let wait, and how long each next one.

    Args:
        at: Moments, ascending.
        begun: Where the time begins.
        ended: Where it ends; waiting then counts as a gap too, so that a silence at the end shows.

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
