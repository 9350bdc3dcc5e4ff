"""The table of all runs: which are shown, in which order, in which columns."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd

from dashboard.figures.formatting import shortened
from mlcl_core.engine.config import LossConfig
from mlcl_core.runs.lineage import lineage
from mlcl_core.runs.listing import RunRow

STEP_IN = "\u2003"  # an em wide: a table drops spaces at the begin of a cell
MAX_NOTE = 300  # characters of a note in a cell
FIRST_COLUMNS = (
    *("map", "name", "state", "step", "data", "loss", "rule", "temperature", "seed", "micro_f1", "macro_f1"),
    *("map_score", "curve", "started", "tags", "note", "disk"),
)


@dataclass(frozen=True)
class Extra:
    """What takes longer to make than a row: None while it is not made yet, or where there is none.

    Attributes:
        picture: The newest map as a data address.
        curve: A metric over the frames.
        disk: Bytes.
    """

    picture: str | None = None
    curve: list[float] | None = None
    disk: int | None = None


@dataclass(frozen=True)
class Column:
    """A column: its heading, its value in a row (None: nothing), and whether rows can be in its order."""

    title: str
    value: Callable[[RunRow, Extra], Any]
    sortable: bool = True


@dataclass(frozen=True)
class Wanted:
    """Which runs are shown: those with all words, and of each choice one of the chosen values (none chosen: all)."""

    words: str = ""
    states: Collection[str] = ()
    data: Collection[str] = ()
    losses: Collection[str] = ()
    rules: Collection[str] = ()
    tags: Collection[str] = ()

    def fits(self, row: RunRow) -> bool:
        """Whether a run is shown."""
        one_of = (
            (self.states, (row.state,)),
            (self.data, (row.data,)),
            (self.losses, (loss_of(row),)),
            (self.rules, (rule_of(row),)),
            (self.tags, row.tags),
        )
        if not all(not chosen or any(value in chosen for value in values) for chosen, values in one_of):
            return False
        return not self.words.strip() or all(word in _texts(row) for word in self.words.casefold().split())


def columns() -> dict[str, Column]:
    """All columns by name, scores of the linear probe among them."""
    from mlcl_core.metrics import RUN_METRICS

    scores = {
        "map_score" if name == "map" else name: Column(record.title, partial(_score, name))
        for name, record in RUN_METRICS.items()
    }
    return {
        "map": Column("map", lambda _, extra: extra.picture, sortable=False),
        "name": Column("name", lambda row, _: row.name),
        "state": Column("state", lambda row, _: _state(row)),
        "step": Column("step", lambda row, _: row.status.step),
        "steps": Column("of steps", lambda row, _: row.status.total or None),
        "data": Column("data", lambda row, _: row.data),
        "loss": Column("loss", lambda row, _: loss_of(row)),
        "rule": Column("rule", lambda row, _: rule_of(row)),
        "temperature": Column("temperature", lambda row, _: temperature_of(row)),
        "batch": Column("batch", lambda row, _: None if row.now is None else row.now.training.batch_size),
        "epochs": Column("epochs", lambda row, _: None if row.config is None else row.config.training.epochs),
        "seed": Column("seed", lambda row, _: None if row.config is None else row.config.seed),
        **scores,
        "curve": Column("curve", lambda _, extra: extra.curve, sortable=False),
        "started": Column("started", lambda row, _: datetime.fromtimestamp(row.created) if row.created else None),
        "trained": Column("trained (s)", lambda row, _: row.status.seconds or None),
        "tags": Column("tags", lambda row, _: list(row.tags)),
        "note": Column("note", lambda row, _: shortened(wrong_words(row) or row.note, MAX_NOTE)),
        "disk": Column("MB", lambda _, extra: None if extra.disk is None else extra.disk / 1e6),
        "preset": Column("preset", lambda row, _: (row.config and row.config.preset) or ""),
        "device": Column("device", lambda row, _: row.status.device or ""),
        "id": Column("id", lambda row, _: row.run.id),
    }


def ordered(rows: Sequence[RunRow], by: str, *, falling: bool, extras: Mapping[str, Extra]) -> list[RunRow]:
    """Rows in the order of a column; those without a value there come last, equal ones stay as they were."""
    value = columns()[by].value
    keyed = [(value(row, extras.get(row.run.id, Extra())), row) for row in rows]
    keyed = [(one.casefold() if isinstance(one, str) else one, row) for one, row in keyed]
    there = [pair for pair in keyed if pair[0] not in (None, "", [])]
    missing = [row for one, row in keyed if one in (None, "", [])]
    return [row for _, row in sorted(there, key=lambda pair: pair[0], reverse=falling)] + missing


def as_tree(rows: Sequence[RunRow]) -> list[tuple[RunRow, str]]:
    """Rows with each branch below its parent, and what stands before its name: an indent and a corner."""
    known = {row.run.id: row for row in rows}
    return [
        (known[one.run.id], STEP_IN * one.depth + ("∟ " if one.depth else ""))
        for one in lineage([row.run for row in rows])
    ]


def run_table(
    rows: Sequence[RunRow], chosen: Sequence[str], extras: Mapping[str, Extra], before: Sequence[str] | None = None
) -> pd.DataFrame:
    """The table; ``before`` is what stands before each name."""
    known = columns()
    table = {
        known[name].title: [known[name].value(row, extras.get(row.run.id, Extra())) for row in rows]
        for name in chosen
        if name in known
    }
    names = known["name"].title
    if before is not None and names in table:
        table[names] = [f"{indent}{name}" for indent, name in zip(before, table[names], strict=True)]
    return pd.DataFrame(table, index=range(len(rows)))


def wrong_words(row: RunRow) -> str:
    """What is wrong with a run, without the folder that all its files are in."""
    return "" if row.wrong is None else row.wrong.replace(f"{row.run.path}{os.sep}", "")


def loss_of(row: RunRow) -> str:
    """The loss in force, with that on logits trained along; empty for a damaged run."""
    if row.now is None:
        return ""
    return row.now.loss.name + (f" + {row.now.loss.logit}" if row.now.loss.logit else "")


def rule_of(row: RunRow) -> str:
    """The rule in force; empty where the loss takes none."""
    return "" if row.now is None or not _takes(row.now.loss, "rule") else row.now.loss.rule


def temperature_of(row: RunRow) -> float | None:
    """The temperature in force; None where the loss has none."""
    return None if row.now is None or not _takes(row.now.loss, "temperature") else row.now.loss.temperature


def _takes(loss: LossConfig, option: str) -> bool:
    from mlcl_core.losses import LOSSES

    return loss.name not in LOSSES or option in LOSSES[loss.name].options


def _score(name: str, row: RunRow, _: Extra) -> float | None:
    return row.test.get(name)


def _state(row: RunRow) -> str:
    waits = row.state == "queued" and row.status.waiting_for
    return f"queued behind {row.status.waiting_for}" if waits else row.state


def _texts(row: RunRow) -> str:
    """Everything that the search field looks through."""
    seed = "" if row.config is None else f"seed {row.config.seed}"
    words = (row.name, row.note, *row.tags, row.run.id, row.state, row.data, loss_of(row), rule_of(row), seed)
    return "\n".join((*words, row.wrong or "", row.status.error or "")).casefold()
