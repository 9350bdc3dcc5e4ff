"""Which value of the tuned setting a data set and a method take: the best on validation, by trainings that tune."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlcl_core.studies.cells import Cell
from mlcl_core.studies.records import OK

Tuned = dict[str, Any]


def chosen_values(tunings: Sequence[Cell], rows: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Tuned]:
    """What was chosen for each data set and method whose trainings have all ended.

    Args:
        tunings: All trainings that tune.
        rows: Their results by id.

    Returns:
        ``setting``, ``value``, ``seed``, ``validation`` (by value, as text; None where that training failed), and
        ``edge``: ``lowest`` or ``highest`` where the value is at that end of the grid, else None. ``error`` in place of
        a value, where all trainings failed. Of equal ones the first value of the file is taken.
    """
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in tunings:
        groups.setdefault((cell.data, cell.method), []).append(cell)
    done = {key: cells for key, cells in groups.items() if all(cell.id in rows for cell in cells)}
    return {key: _chosen(cells, [rows[cell.id] for cell in cells]) for key, cells in done.items()}


def _chosen(cells: Sequence[Cell], rows: Sequence[Mapping[str, Any]]) -> Tuned:
    (setting,) = cells[0].values
    values = [cell.values[setting] for cell in cells]
    validation = [row["validation"] if row["state"] == OK else None for row in rows]
    known = {"setting": setting, "seed": cells[0].seed}
    seen = {str(value): quality for value, quality in zip(values, validation, strict=True)}
    usable = [(quality, -place) for place, quality in enumerate(validation) if quality is not None]
    if not usable:
        return {**known, "validation": seen, "error": f"no value of {setting} could be trained: {rows[0]['error']}"}
    value = values[-max(usable)[1]]
    return {**known, "value": value, "validation": seen, "edge": _edge(value, values)}


def _edge(value: Any, values: Sequence[Any]) -> str | None:
    if any(isinstance(one, str | bool) for one in values):
        return None
    return "lowest" if value == min(values) else "highest" if value == max(values) else None


__all__ = ["Tuned", "chosen_values"]
