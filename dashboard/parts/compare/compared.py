"""The two sides of a comparison: a run at a step with the settings in force there."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import loaders, state
from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.listing import of_study
from mlcl_core.runs.run import Run

RUNS, STEPS, RULES = "another run", "another step", "another rule"
KINDS = (RUNS, STEPS, RULES)
NO_OTHER = "There is no other run to compare with yet. Compare with another step of this run, or with another rule."


@dataclass(frozen=True)
class Side:
    """A run at the step of a frame; ``wanted`` is the step that was asked for (None: the last one).

    ``config`` holds the settings in force there; under a comparison of rules, with the other rule in it.
    """

    run: Run
    step: int
    wanted: int | None
    config: TrainConfig

    @property
    def nearest(self) -> str:
        """In words, that there is no frame at the wanted step; empty where there is one."""
        if self.wanted is None or self.wanted == self.step:
            return ""
        return f"no frame at step {self.wanted:,}, so the one at {self.step:,} is shown"


@dataclass(frozen=True, eq=False)
class Compared:
    """Two sides with the items that both watch (CommonItems)."""

    kind: str
    a: Side
    b: Side
    common: Any

    @property
    def both(self) -> tuple[Side, Side]:
        """Both."""
        return self.a, self.b

    @property
    def one_space(self) -> bool:
        """Whether both sides are the same frame of the same run: one space, under two rules."""
        return self.a.run.path == self.b.run.path and self.a.step == self.b.step

    @property
    def ids(self) -> Any:
        """Ids of the common items, ascending."""
        return self.a.run.watched_items().ids[self.common.rows[0]]

    def spaces(self, name: str) -> Any:
        """Both spaces compared (SpacesCompared)."""
        return loaders.spaces_compared(self.a.run, self.a.step, self.b.run, self.b.step, name)


def kind_of(run: Run) -> str:
    """What the session compares the run with: follows from the keys that links set."""
    if st.session_state.get(state.COMPARE_RULE):
        return RULES
    return STEPS if st.session_state.get(state.COMPARE_WITH) == run.id else RUNS


def others(run: Run) -> list[Run]:
    """The runs to compare with: the one that it branched off, its branches, then the others, newest first.

    Cells of studies stand last; beside a cell, those of its own study stand before all others.
    """

    def place(one: Run) -> int:
        return (0 if one.tags == run.tags else 2) if of_study(one) else 1

    runs = sorted((one for one in loaders.store().runs() if one.id != run.id), key=place)
    branch = run.branch or {}
    near = [one for one in runs if one.id == branch.get("parent") or (one.branch or {}).get("parent") == run.id]
    return [*near, *(one for one in runs if one not in near)]


def default_other(run: Run, runs: list[Run]) -> Run | None:
    """The first run with frames on the same data and items in common; None: there is none."""
    data = run.config().data
    for one in runs:
        try:
            if one.frame_steps() and one.config().data == data and len(loaders.common_items(run, one)):
                return one
        except InputError:
            continue
    return None


def compared(run: Run) -> Compared:
    """Both sides as the session has chosen them.

    Raises:
        InputError: A sentence about what is missing, gone, damaged, or has nothing in common.
    """
    kind = kind_of(run)
    a = _side(run, st.session_state.get(state.STEP), "This run")
    b = _other_rule(a) if kind == RULES else _other_side(run, a, kind)
    if kind != RULES and b.run.path == run.path and b.step == a.step:
        raise InputError(
            f"This is step {a.step:,} of one run twice, so nothing differs. Choose another step of it, or another run."
        )
    if kind == STEPS and b.step < a.step:
        a, b = b, a  # the earlier one first, so that a neighbour is lost on the way forward
    return Compared(kind, a, b, loaders.common_items(a.run, b.run))


def _side(run: Run, wanted: int | None, name: str) -> Side:
    step = loaders.nearest_step(run.frame_steps(), wanted)
    if step is None:
        raise InputError(f"{name} has no frame yet, so there is no space to compare.")
    if not loaders.has_watched_items(run):
        raise InputError(f"{name} has no list of watched items, so its frames cannot be read.")
    return Side(run, step, wanted, loaders.config_at(run, step))


def _other_rule(a: Side) -> Side:
    from mlcl_core.losses import LOSSES
    from mlcl_core.pairs import RULES as KNOWN

    rule, loss = str(st.session_state.get(state.COMPARE_RULE)), a.config.loss
    if rule not in KNOWN:
        raise InputError(f"There is no rule {rule!r}. Choose one of the list.")
    if loss.name not in LOSSES or "rule" not in LOSSES[loss.name].options:
        raise InputError(
            f"This run's loss, {_title(loss.name)}, has its own weights and takes no rule. Compare runs or steps."
        )
    other = a.config.with_settings({"loss.rule": rule, "loss.rule_params": {}})
    return Side(a.run, a.step, a.wanted, other)


def _title(loss: str) -> str:
    from mlcl_core.losses import LOSSES

    return LOSSES[loss].title if loss in LOSSES else loss


def _other_side(run: Run, a: Side, kind: str) -> Side:
    if kind == STEPS:
        return _side(run, st.session_state.get(state.COMPARE_WITH_STEP), "This run")
    chosen = st.session_state.get(state.COMPARE_WITH)
    if chosen is None:
        raise InputError(NO_OTHER)
    other = next((one for one in loaders.store().runs() if one.id == chosen), None)
    if other is None:
        raise InputError("The run that this one is compared with is gone: it was deleted. Choose another one.")
    if (damage := other.damage()) is not None:
        raise InputError(f"The other run cannot be read: {damage.replace(str(other.path), '')}")
    wanted = st.session_state.get(state.COMPARE_WITH_STEP)
    return _side(other, a.step if wanted is None else wanted, "The other run")
