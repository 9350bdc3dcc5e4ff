"""The lines of the two forest plots of an answer: the methods, and how far the leading one is ahead of the others."""

from dashboard.figures.forest import ForestRow
from mlcl_core.statistics import Interval
from mlcl_core.studies.compare import MethodRow, MethodTable

Marked = dict[str, float]


def method_lines(table: MethodTable) -> tuple[list[ForestRow], Marked]:
    """A line for each method, and what the untrained encoder and the items as given reach.

    The interval is that of the method; where there are too few seeds for it, that of these models, which hovering says.
    """
    lines = []
    for row in table.rows:
        interval = row.interval or row.items_interval
        lines.append(ForestRow(row.name, row.mean, *_ends(interval), note=_note(len(row.seeds), interval)))
    known = {"untrained": table.untrained, "items as given": table.items}
    return lines, {name: value for name, value in known.items() if value is not None}


def difference_lines(table: MethodTable) -> list[ForestRow]:
    """A line for each method but the leading one: the leading one's mean less its, over the seeds that both have."""
    lines = []
    for row in table.rows:
        if row.name == table.reference:
            continue
        if row.against is None:
            lines.append(ForestRow(row.name, None, note="not comparable yet"))
        else:
            interval = row.against.interval
            lines.append(ForestRow(row.name, row.against.value, *_ends(interval), note=_difference_note(row)))
    return lines


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def _note(seeds: int, interval: Interval | None) -> str:
    about = "" if interval is None else f", interval of {interval.kind}"
    return f"{seeds} seed{'s'[: seeds != 1]}{about}"


def _difference_note(row: MethodRow) -> str:
    if row.against is None:
        return ""
    seeds = row.against.seeds or 1
    p = "" if row.p is None else f", adjusted p {row.p:.3f}"
    return f"{seeds} seed{'s'[: seeds != 1]} in common{p}"
