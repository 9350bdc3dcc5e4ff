"""The methods of a study over its data sets: ranks, critical differences, and what so few data sets can show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcl_core.statistics import ALPHA, Ranks, p_improvement, rank_methods
from mlcl_core.statistics.sentences import count, listed, number
from mlcl_core.studies.compare.groups import Group, data_names, find_groups, metric_record
from mlcl_core.studies.folder import StudyFolder

if TYPE_CHECKING:
    import pandas as pd


MAX_RANKED = 24  # methods: pairs, of which each has a test, grow with their square


@dataclass(frozen=True, eq=False)
class OverData:
    """How methods rank over data sets.

    Attributes:
        metric, title, up: The metric, its title, and whether a higher number is better.
        data: Data sets that every method has a result on.
        ranks: None: fewer than 2 methods or data sets, or more than 24 methods.
        means: Mean over seeds of each method of ``ranks`` on each data set, [data methods].
        p_improvement: Probability of improvement of each method of ``ranks`` over each other one, mean over data sets.
        left_out: Data sets and methods that are not ranked, as some results are missing.
        sentence: What that many data sets can show.
    """

    metric: str
    title: str
    up: bool
    data: tuple[str, ...]
    ranks: Ranks | None
    means: np.ndarray
    p_improvement: np.ndarray
    left_out: tuple[str, ...]
    sentence: str


def over_data(
    folder: StudyFolder,
    metric: str,
    *,
    methods: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    rows: "pd.DataFrame | None" = None,
) -> OverData:
    """Rank the methods of a study over its data sets, from rows alone.

    Methods that have a result on the most data sets are ranked over the data sets that all of them have.

    Args:
        folder: The study, which may be done in part.
        metric: Name of a final metric.
        methods, where, rows: As for :func:`mlcl_core.studies.compare.compare_methods`.

    Raises:
        InputError: An unknown metric or axis.
    """
    record, rows = metric_record(metric), folder.rows() if rows is None else rows
    up = record.direction != "down"
    found = {
        data: {
            group.name: group
            for group in find_groups(folder, data, metric, methods=methods, where=where, rows=rows).groups
        }
        for data in data_names(rows)
    }
    every = list(dict.fromkeys(name for groups in found.values() for name in groups))
    most = max((sum(name in groups for groups in found.values()) for name in every), default=0)
    names = [name for name in every if sum(name in groups for groups in found.values()) == most]
    data = [one for one, groups in found.items() if all(name in groups for name in names)]
    left_out = (*(one for one in found if one not in data), *(name for name in every if name not in names))
    means = np.array([[found[one][name].mean for name in names] for one in data]).reshape(len(data), len(names))
    if len(names) > MAX_RANKED:
        many = f"{len(names)} methods and settings are too many to rank; at most {MAX_RANKED} are. Choose some."
        return OverData(metric, record.title, up, tuple(data), None, means, np.zeros((0, 0)), left_out, many)
    if len(names) < 2 or len(data) < 2:
        done = f"{count(len(names), 'method')} on {count(len(data), 'data set')}"
        few = f"Ranks need 2 methods on 2 data sets; so far there are {done}."
        return OverData(metric, record.title, up, tuple(data), None, means, np.zeros((0, 0)), left_out, few)
    ranks = rank_methods(means, names, up=up)
    groups = [[found[one][name] for one in data] for name in ranks.methods]
    ahead = np.array([[_improvement(a, b, up) for b in groups] for a in groups])
    ordered = means[:, [names.index(name) for name in ranks.methods]]
    return OverData(metric, record.title, up, tuple(data), ranks, ordered, ahead, left_out, _sentence(ranks))


def _improvement(a: Sequence[Group], b: Sequence[Group], up: bool) -> float:
    """Mean over data sets of the share of pairs of seeds in which A is ahead."""
    each = [
        p_improvement(one.of(tuple(one.cells)), other.of(tuple(other.cells)), up=up)
        for one, other in zip(a, b, strict=True)
    ]
    return float(np.mean(each))


def _sentence(ranks: Ranks) -> str:
    pairs = len(ranks.methods) * (len(ranks.methods) - 1) // 2
    data = count(ranks.data, "data set")
    smallest = f"Over {data} Wilcoxon's test gives no p below {_p(ranks.smallest_p)}"
    if ranks.smallest_p >= ALPHA:
        return f"{smallest}: whatever the results, no two methods differ at .05."
    holm = f"{smallest}, and none below {_p(ranks.smallest_holm)} by Holm over {count(pairs, 'pair')}"
    if ranks.smallest_holm >= ALPHA:
        return f"{holm}: whatever the results, no two methods differ at .05."
    apart = [
        f"{ranks.methods[a]} from {ranks.methods[b]}"
        for a in range(len(ranks.methods))
        for b in range(a + 1, len(ranks.methods))
        if ranks.wilcoxon[a, b] < ALPHA
    ]
    return f"{holm}. {'At .05 differ ' + listed(apart) if apart else 'No two methods differ at .05'}."


def _p(value: float) -> str:
    """A p value to two digits that count, or four decimals."""
    return number(value, 4).rstrip("0") if value < 1 else "1"
