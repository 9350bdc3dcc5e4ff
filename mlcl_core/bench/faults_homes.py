"""Damaged run files: each damage must be reported or harmless, and leave the neighbouring run as it was.

Both runs are recorded ones.
"""

import os
import random
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mlcl_core.bench.run_damages import KINDS, damages, file_of
from mlcl_core.demo_runs.make import sample_runs
from mlcl_core.engine.build import open_data
from mlcl_core.errors import InputError
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import open_run_data, read_data, write_data
from mlcl_core.runs.store import Store

EDITED, NEIGHBOUR = "sample-icons-sd", "sample-icons-any"
SECONDS = 90  # for all readings of one edited home
MAX_LINE = 3_000
Found = tuple[list[str], bool]
Opener = Callable[[Path, int], Found]


@dataclass(frozen=True)
class Edit:
    """One damage to one kind of file, and the seed of its details."""

    kind: str
    damage: str
    seed: int


def edits(count: int, seed: int) -> list[Edit]:
    """``count`` edits: all damages of all kinds in random order, again and again, each with a seed of its own."""
    chance = random.Random(seed)
    possible = [(kind, damage) for kind in KINDS for damage in damages(kind)]
    chosen: list[tuple[str, str]] = []
    while len(chosen) < count:
        chosen += chance.sample(possible, len(possible))
    return [Edit(kind, damage, chance.randrange(2**31)) for kind, damage in chosen[:count]]


def pristine(home: Path) -> None:
    """Make a home with the two recorded runs; the one to edit has requests too, and says what its data are."""
    run = sample_runs(Store(home))["similarity_dissimilarity"]
    write_data(run, open_data(run.config().data))
    for number, action in enumerate(("pause", "resume", "set")):
        more = {"settings": {"loss.temperature": 0.2}} if action == "set" else {}
        append_line(run.path / "requests.jsonl", {"id": f"r{number}", "at": 5.0, "action": action, **more})
        answer = {"event": "acknowledged", "step": 100, "at": 5.0, "request": f"r{number}", "action": action, **more}
        append_line(run.path / "events.jsonl", answer)


def apply(home: Path, edit: Edit) -> None:
    """Damage the file of an edit; the file is replaced, because it may be a hard link to that of another home."""
    run = Run(home / "runs" / EDITED)
    damages(edit.kind)[edit.damage](file_of(run, edit.kind), random.Random(edit.seed))


# ---- reading the home


def wrong_with(home: Path, *, also: Sequence[Opener] = (), seed: int = 0) -> Found:
    """Read everything in a home with an edited run, and call ``also`` on it.

    Returns:
        What went wrong (an exception, a message of more than one line, a changed neighbour), and whether the damage is
        reported anywhere.
    """
    with _time_limit():
        wrong, reported = _readings(Run(home / "runs" / EDITED))
        try:
            runs = {run.id: run for run in Store(home).runs()}
            if NEIGHBOUR not in runs or runs[NEIGHBOUR].damage() or runs[NEIGHBOUR].problem():
                wrong.append("the neighbour is not as it was")
            reported = reported or EDITED not in runs  # a missing run is noticed
        except Exception as error:
            wrong.append(f"the list of runs: {type(error).__name__}: {str(error)[:300]}")
        for opener in also:
            more, noticed = opener(home, seed)
            wrong, reported = wrong + more, reported or noticed
        return wrong, reported


@contextmanager
def _time_limit() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"not done after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def plain(text: str) -> bool:
    """Whether a line has no control characters."""
    return text.isprintable()


def _readings(run: Run) -> tuple[list[str], bool]:
    """Call every reading method of a run."""
    calls: list[Callable[[], Any]] = [run.config, run.meta, lambda: (run.name, run.note, run.created)]
    calls += [run.written_status, run.status, run.may_come_back, run.damage, run.problem, run.events, run.finished]
    calls += [partial(read_data, run), partial(open_run_data, run)]
    calls += [run.requests, run.watched_items, run.frame_steps, run.batch_steps, run.map_names]
    calls += [partial(run.frame, step) for step in run.frame_steps()]
    calls += [partial(run.batch, step) for step in run.batch_steps()]
    calls += [partial(run.map, name, step) for name in run.map_names() for step in run.map_steps(name)]
    wrong, reported = [], False
    for call in calls:
        try:
            reported = reported or (call() is not None and call in (run.damage, run.problem))
        except InputError as error:
            reported = True
            if "\n" in str(error) or len(str(error)) > MAX_LINE:
                wrong.append(f"a reading: {len(str(error))} characters: {str(error)[:200]!r}")
        except Exception as error:
            wrong.append(f"a reading: {type(error).__name__}: {str(error)[:300]}")
    return wrong, reported


def edited_homes(
    *,
    count: int = 250,
    seed: int = 0,
    also: Sequence[Opener] = (),
    each: Callable[[Edit, list[str]], None] | None = None,
) -> dict[str, Any]:
    """Damage a run in a fresh home ``count`` times, and read each home.

    Args:
        count: Number of edits.
        seed: Seed of the order and the details of damages.
        also: Further readings of a home; tests add the command line and every page.
        each: Called after each edit with what went wrong.

    Returns:
        The number of edits, what went wrong at which, and those that are not reported: harmless ones (an unknown key,
        a last line without its end) and valid values that differ from the original ones.
    """
    wrong: dict[str, list[str]] = {}
    unsaid: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        origin = Path(folder) / "origin"
        pristine(origin)
        for number, edit in enumerate(edits(count, seed)):
            home = Path(folder) / f"home{number}"
            shutil.copytree(origin, home, copy_function=os.link)
            title = f"{edit.kind}, {edit.damage}, seed {edit.seed}"
            try:
                apply(home, edit)
                found, reported = wrong_with(home, also=also, seed=edit.seed)
            except Exception as error:
                found, reported = [f"{type(error).__name__}: {str(error)[:300]}"], True
            if found:
                wrong[title] = found
            if not reported:
                unsaid.append(title)
            if each is not None:
                each(edit, found)
            with suppress(OSError):
                shutil.rmtree(home)
    return {"edits": count, "failures": wrong, "nothing_said": unsaid}
