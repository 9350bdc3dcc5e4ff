"""The tree of runs: which run branched off which."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

# Key of the request in which a branch holds its own change of settings.
OWN = "own"


@dataclass(frozen=True)
class Row:
    """A run in the tree.

    Attributes:
        run: The run.
        depth: How many of its ancestors stand above it; 0: none.
        parent_id: Id of the run that it branched off; None: it began at step 0.
        at: Step from which it goes its own way; None: it began at step 0.
        parent_gone: Whether its parent is not among the runs: it was deleted, or is in another home directory.
        change: Settings that it changes at that step, by path, as they were asked for.
    """

    run: Run
    depth: int
    parent_id: str | None
    at: int | None
    parent_gone: bool
    change: Mapping[str, Any] = field(default_factory=dict)


def lineage(runs: Sequence[Run]) -> list[Row]:
    """The runs in the order in which a tree of them is drawn: each branch below its parent, the earliest step first.

    Args:
        runs: All runs, in the order of those that have no parent among them. Branches of one parent at one step keep
            this order too.

    Returns:
        A row for each run. A branch whose parent is not among them stands with the runs that have none; where files
        name each other as parents in a circle, the first of them does.
    """
    known = {run.id for run in runs}
    branches = {run.id: run.branch for run in runs}
    below: dict[str, list[Run]] = {}
    for run in runs:
        branch = branches[run.id]
        if branch is not None and branch["parent"] in known:
            below.setdefault(branch["parent"], []).append(run)
    rows: list[Row] = []
    drawn: set[str] = set()

    def draw(first: Run) -> None:
        waiting = [(first, 0)]
        while waiting:
            run, depth = waiting.pop()
            if run.id in drawn:
                continue
            drawn.add(run.id)
            branch = branches[run.id]
            parent_id, at = (None, None) if branch is None else (branch["parent"], branch["at"])
            gone = parent_id is not None and parent_id not in known
            rows.append(Row(run, depth, parent_id, at, gone, {} if branch is None else change_of(run)))
            waiting += [(child, depth + 1) for child in reversed(_by_step(below.get(run.id, []), branches))]

    for run in runs:
        branch = branches[run.id]
        if branch is None or branch["parent"] not in known:
            draw(run)
    for run in runs:  # those left name each other
        draw(run)
    return rows


def change_of(run: Run) -> dict[str, Any]:
    """Settings that a branch changes at its step, by path, as they were asked for; empty where it repeats its parent,
    and where its requests cannot be read.
    """
    with suppress(InputError):
        for line in run.requests():
            if line.get(OWN) is True and isinstance(line.get("settings"), dict):
                return line["settings"]
    return {}


def children(run: Run, runs: Iterable[Run]) -> list[Run]:
    """The runs that branched off a run, the earliest step first."""
    found = [(other, other.branch) for other in runs]
    mine = {other.id: branch for other, branch in found if branch is not None and branch["parent"] == run.id}
    return _by_step([other for other, _ in found if other.id in mine], mine)


def _by_step(runs: list[Run], branches: Mapping[str, Any]) -> list[Run]:
    return sorted(runs, key=lambda run: branches[run.id]["at"])


__all__ = ["OWN", "Row", "change_of", "children", "lineage"]
