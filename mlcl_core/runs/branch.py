"""A branch: a new run that begins with a checkpoint of another one, and goes its own way from a step on.

It takes along what its parent recorded up to the checkpoint, as hard links where the disk has them; the parent is only
read. The steps from the checkpoint up to the step of the branch are trained again. The changes of settings that the
parent took in them, and the branch's own, are requests that name the step at which the worker is to take them.
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from time import time
from typing import Any

from mlcl_core.engine.live_settings import refuse_fixed
from mlcl_core.errors import InputError
from mlcl_core.runs import launch
from mlcl_core.runs.checked import MAX_NAME
from mlcl_core.runs.checkpoints import complete_steps, judge
from mlcl_core.runs.event_log import interventions
from mlcl_core.runs.files import read_json, sync, write_atomic, write_json
from mlcl_core.runs.in_force import config_at
from mlcl_core.runs.lineage import OWN
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.posix import require_posix
from mlcl_core.runs.records import QUEUED, Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker.inbox import AT_STEP

# Of events: what the processes of the parent did, which the branch's own will say of themselves.
OF_PROCESSES = frozenset({"resumed", "stopped", "failed", "finished", "mapper"})
WHOLE = ("probe.parquet", "data.json", "data.safetensors")
SHOWN = 12  # steps of checkpoints that an error lists
Line = dict[str, Any]


@dataclass(frozen=True)
class Branch:
    """How a branch of a run begins.

    Attributes:
        parent: The run.
        at: The step from which it goes its own way.
        checkpoint: Step of the checkpoint that it begins with.
        notice: What the user should know of the checkpoint; None: nothing.
    """

    parent: Run
    at: int
    checkpoint: int
    notice: str | None = None

    @property
    def meta(self) -> dict[str, Any]:
        """As meta.json holds it."""
        return {"parent": self.parent.id, "at": self.at, "checkpoint": self.checkpoint}


def branch(store: Store, run: Run, at: int, settings: Mapping[str, Any], name: str | None = None) -> Run:
    """Begin a branch of a run and start its worker; returns at once.

    Args:
        store: Store of the new run.
        run: Its parent, in any state.
        at: The step after which the settings change.
        settings: Values by path, of settings that may change while a run trains; empty: the branch repeats its parent.
        name: Name of the branch; None: that of its parent, with the step.

    Raises:
        InputError: The parent has not trained that step, or none after it; no whole checkpoint at or before it; a
            setting that cannot change; its data changed or cannot be read; a name that no run can have. Nothing is
            created then.
    """
    begins(run, at)
    # the worker loads torch while the data are read and compared
    with launch.WaitingWorker(run.config().pretrained.name is not None) as worker:
        made = create(store, run, at, settings, name)
        worker.take(made)
    return made


def create(store: Store, run: Run, at: int, settings: Mapping[str, Any], name: str | None = None) -> Run:
    """Create a queued branch without starting a worker; raises as :func:`branch`."""
    from mlcl_core.runs.run_data import open_run_data

    require_posix(launch.TRAINED)
    begins(run, at)
    if settings:
        refuse_fixed(settings)  # at once: the rest needs the data
        config_at(run, at).with_settings(settings)
    data, notice = open_run_data(run)

    def fill(folder: Path) -> None:
        begun, lines = _take_checkpoint(folder, run, at), run.events()
        if settings:
            from mlcl_core.runs.branch_change import refuse_change

            values = read_json(numbered_path(folder / "checkpoints", begun.checkpoint).with_suffix(".json"))
            refuse_change(run.config(), values, lines, at, settings, data)
        _fill(folder, begun, lines, list(_requests(lines, begun, settings)), notice)

    name = _name(run, at, {other.name for other in store.runs()}) if name is None else name
    return store.create(run.config(), name, fill=fill)


def begins(run: Run, at: int, lines: Sequence[Line] | None = None) -> Branch:
    """How a branch would begin; whether its checkpoint is whole is seen when it is made.

    Args:
        run: The parent.
        at: The step after which the settings change.
        lines: Its events, where they are read already.

    Raises:
        InputError: The run has not trained that step, or none after it; or it has no checkpoint at or before it.
    """
    lines = run.events() if lines is None else lines
    trained = max((line["step"] for line in lines if line["event"] in ("step", "checkpoint")), default=0)
    total = run.written_status().total or max((line.get("total", 0) for line in lines), default=0)
    if at < 0:
        raise InputError(f"there is no step {at}; a branch begins at a step from 0 on")
    if at > trained:
        raise InputError(
            f"run {run.name!r} has trained {trained:,} steps; a branch begins at one of them, not at {at:,}"
        )
    if total and at >= total:
        raise InputError(f"run {run.name!r} has {total:,} steps: a branch at step {at:,} has none left to train")
    there = complete_steps(run, lines)
    before = [step for step in there if step <= at]
    if not before:
        raise InputError(_without(run, at, there))
    return Branch(run, at, before[-1])


def _without(run: Run, at: int, there: Sequence[int]) -> str:
    if not there:
        return f"run {run.name!r} has no checkpoint, with which a branch would begin"
    steps = ", ".join(f"{step:,}" for step in there[:SHOWN]) + (", ..." if len(there) > SHOWN else "")
    return (
        f"run {run.name!r} has no checkpoint at or before step {at:,}; it has "
        f"{'one' if len(there) == 1 else 'some'} at {steps}: a branch begins at step {there[0]:,} or later"
    )


def _name(run: Run, at: int, taken: set[str]) -> str:
    """The name of the parent with the step, and a number where that is taken."""
    for number in count(1):
        ending = f" at {at}" + ("" if number == 1 else f" ({number})")
        found = run.name[: MAX_NAME - len(ending)].rstrip() + ending
        if found not in taken:
            return found
    raise AssertionError


# ---- what the directory of a branch holds


def _fill(folder: Path, begun: Branch, lines: Sequence[Line], requests: Sequence[Line], about: str | None) -> None:
    """Fill the directory of a new run, which has the checkpoint already, with what its parent has."""
    run, upto = begun.parent, begun.checkpoint
    write_atomic(folder / "config.json", (run.path / "config.json").read_bytes(), durable=True)
    write_json(folder / "meta.json", {**read_json(folder / "meta.json"), "branch": begun.meta}, durable=True)
    for name in WHOLE:
        _take(run.path / name, folder / name)
    for path in [run.path / "frames", run.path / "batches", *(run.path / "maps" / name for name in run.map_names())]:
        for step in (step for step in numbered(path) if step <= upto):
            _take(numbered_path(path, step), numbered_path(folder / path.relative_to(run.path), step))
    for step in (step for step in complete_steps(run) if step < upto):
        _take_pair(run.path / "checkpoints", folder / "checkpoints", step)
    sync(folder / "checkpoints")
    kept = set(numbered(folder / "checkpoints"))
    earlier = [
        line
        for line in lines
        if line["step"] <= upto
        and line["event"] not in OF_PROCESSES
        and (line["event"] != "checkpoint" or line["step"] in kept)
    ]
    _write_lines(folder / "events.jsonl", earlier)
    _write_lines(folder / "requests.jsonl", requests)
    notice = " ".join(filter(None, (begun.notice, about))) or None
    total = run.written_status().total
    status = Status(state=QUEUED, heartbeat=time(), step=upto, total=total, phase="starting", notice=notice)
    write_json(folder / "status.json", asdict(status))


def _requests(lines: Sequence[Line], begun: Branch, settings: Mapping[str, Any]) -> Iterator[Line]:
    """Changes of settings that the parent took after the checkpoint, up to the step of the branch, then its own."""
    for line in interventions(lines, after=begun.checkpoint):
        if line["step"] <= begun.at:
            asked = {"id": line["request"], "at": line.get("at", 0.0), "action": "set"}
            yield {**asked, "settings": line["settings"], AT_STEP: line["step"]}
    if settings:
        asked = {"id": secrets.token_hex(6), "at": time(), "action": "set"}
        yield {**asked, "settings": dict(settings), AT_STEP: begun.at, OWN: True}


def _take_checkpoint(folder: Path, run: Run, at: int) -> Branch:
    """Take the newest whole checkpoint at or before a step along.

    It is judged where it was taken to: the parent, which may be training, cannot thin it there.

    Raises:
        InputError: There is none.
    """
    damaged: dict[int, str] = {}
    target, tried = folder / "checkpoints", set[int]()
    while left := [step for step in complete_steps(run) if step <= at and step not in tried]:
        step = left[-1]
        tried.add(step)
        if not _take_pair(run.path / "checkpoints", target, step):
            continue  # thinned meanwhile
        fault, _ = judge(target, step)
        if fault is None:
            said = [f"The checkpoint of {run.name!r} at step {one} is damaged ({why})." for one, why in damaged.items()]
            said += [f"The branch begins with the older one at step {step}."] if damaged else []
            return Branch(run, at, step, " ".join(said) or None)
        damaged[step] = fault
        for path in (numbered_path(target, step), numbered_path(target, step).with_suffix(".json")):
            path.unlink(missing_ok=True)
    reason = _without(run, at, [step for step in complete_steps(run) if step not in tried])
    worst = "; ".join(f"at step {step} {fault}" for step, fault in list(damaged.items())[:SHOWN])
    raise InputError(f"{reason}{f' (damaged: {worst})' if damaged else ''}")


def _take_pair(source: Path, target: Path, step: int) -> bool:
    """Take both files of a checkpoint along; returns whether both were there."""
    pair = [(numbered_path(source, step), numbered_path(target, step))]
    pair += [(one.with_suffix(".json"), other.with_suffix(".json")) for one, other in pair]
    taken = [_take(one, other) for one, other in pair]
    if not all(taken):
        for _, other in pair:
            other.unlink(missing_ok=True)
    return all(taken)


def _take(source: Path, target: Path) -> bool:
    """Link a file of the parent into the branch, or copy it where the disk has no links; False: it is not there.

    No program of the Lab writes into such a file: it is replaced, which leaves the other run's as it is.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not source.is_symlink():
            os.link(source, target)
            return True
    except FileNotFoundError:
        return False
    except OSError:
        pass  # another file system, or one without links
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return False
    return True


def _write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write a file of JSON objects of its own, to which lines will be appended."""
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    write_atomic(path, text.encode(), durable=True)


__all__ = ["Branch", "begins", "branch", "create"]
