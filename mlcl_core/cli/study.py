"""``mlcl study``: a grid of trainings; says what it will take, then trains what is not done yet."""

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcl_core.cli.printing import agreed, print_json, say
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_directory, home_to_read
from mlcl_core.studies.cells import count_cells
from mlcl_core.studies.executors import EXECUTORS, StudyStopped
from mlcl_core.studies.file import STUDIES, StudyFile, read_study
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.terminal import printable

RAY = "ray"  # the executor that has an address
MANY = 10_000  # cells, beyond which it asks first


def study(options: argparse.Namespace) -> int:
    """``mlcl study``."""
    _check_executor(options)
    if options.to is not None:
        return _write(options)
    file = read_study(options.what)
    count = count_cells(file) + len(file.tuned[1] if file.tuned else [])
    if count > MANY and not options.plan:
        _ask(file, count, options.yes)
    return _study(options, file)


def _check_executor(options: argparse.Namespace) -> None:
    """Refuse what only a cluster has, and a cluster that does not answer, before data are opened."""
    if options.executor != RAY:
        for name in ("address", "gpus_per_cell"):
            if getattr(options, name) is not None:
                raise InputError(f"--{name.replace('_', '-')} goes with --executor {RAY}")
        return
    from mlcl_core.studies.executors.ray_cluster import check_address, imported_ray

    if options.gpus_per_cell is not None and not 0 <= options.gpus_per_cell <= 1024:
        raise InputError(f"--gpus-per-cell {options.gpus_per_cell:g}: must be a number from 0 on, as .25")
    imported_ray()
    if options.address is not None and not options.plan:
        check_address(options.address)


def _write(options: argparse.Namespace) -> int:
    """Write what a study says into a file; the dashboard has the formats."""
    from dashboard.export.study.write import export_study

    home = home_to_read(options.home)
    folder = StudyFolder(home, options.what)
    if not folder.exists:
        folder = StudyFolder(home, read_study(options.what).name)
    told = export_study(folder, Path(options.to), force=options.force)
    if options.json:
        print_json(told)
    else:
        say(f"{told['file']}: what {told['cells']:,} cells say, {told['bytes'] / 1e3:,.1f} KB")
    return 0


def _study(options: argparse.Namespace, file: StudyFile) -> int:
    from mlcl_core.studies.whole import Study, prepared
    from mlcl_core.studies.working import Working

    quiet = options.json
    whole: Study = prepared(file, home_directory(options.home), only=options.cell, retry=options.retry)
    plan = whole.plan(retry=options.retry)
    for sentence in whole.said:
        say(f"data {sentence}", to=sys.stderr)
    if not quiet:
        _say_plan(whole, plan)
    if options.plan:
        if quiet:
            print_json(_record(whole, plan))
        return 0
    bar = _Bar(whole.total if options.cell is None else 1, quiet)
    where = {"executor": options.executor, "address": options.address, "gpus_per_cell": options.gpus_per_cell}
    chosen = {**where, "retry": options.retry, "plan": plan}
    try:
        if options.cell is not None:
            whole.run(**chosen, alone=True, on_progress=bar.show)
        elif plan.left:
            whole.folder.take(file, whole.total)
            working = Working(whole.folder)

            def show(progress: Any) -> None:
                bar.show(progress)
                working.note(progress.state, progress.phase, progress.eta)

            with working.working():
                whole.run(**chosen, on_progress=show)
    except (StudyStopped, KeyboardInterrupt):
        bar.close()
        raise RunFailed(f"study {file.name!r} is stopped; the same command goes on with it") from None
    finally:
        bar.close()
    return _report(whole, plan, quiet)


class _Bar:
    """Progress on a terminal, with what failed above it."""

    def __init__(self, total: int, quiet: bool) -> None:
        self._bar = tqdm(total=total, unit="cell", disable=quiet or None, dynamic_ncols=True)
        self._quiet = quiet

    def show(self, progress: Any) -> None:
        """One tick."""
        if progress.failure is not None and not self._quiet:
            self._bar.write(printable(f"failed: {progress.failure}"), file=sys.stderr)
        self._bar.total, self._bar.n = progress.total, progress.done
        eta = "" if progress.eta is None else f"{duration(progress.eta)} left, "
        self._bar.set_postfix_str(printable(f"{eta}{progress.phase}"), refresh=False)
        self._bar.update(0)

    def close(self) -> None:
        """Leave the last line."""
        self._bar.close()


def _say_plan(whole: Any, plan: Any) -> None:
    name, tuned = whole.file.name, f" and {plan.tunings:,} trainings that tune" if plan.tunings else ""
    done = f", {plan.done:,} done" if plan.done else ""
    failed = f", {plan.failed:,} of them failed (--retry trains them again)" if plan.failed else ""
    say(f"study {name}: {plan.total:,} cells{done}{failed}")
    if plan.left:
        size = f"{plan.disk / 2**20:,.0f} MB" if plan.disk else "as much disk as the others"
        say(f"to be trained: {plan.left:,} cells{tuned}; about {duration(plan.seconds)}, {size} in {whole.folder.path}")


def _record(whole: Any, plan: Any) -> dict[str, Any]:
    return {
        "study": whole.file.name,
        "dir": str(whole.folder.path),
        "cells": plan.total,
        "done": plan.done,
        "failed": plan.failed,
        "left": plan.left,
        "tunings": plan.tunings,
        "minutes": round(plan.seconds / 60, 4),
        "disk_mb": round(plan.disk / 2**20, 1),
    }


def _report(whole: Any, plan: Any, as_json: bool) -> int:
    wanted = {cell.id for cell in whole.cells}
    rows = [row for row in whole.folder.records() if row["cell"] in wanted]
    failed = [row for row in rows if row["state"] != "ok"]
    if as_json:
        keys = ("cell", "data", "method", "seed", "state", "error", "run", "micro_f1", "macro_f1")
        shown = [{key: row.get(key) for key in keys} for row in rows]
        print_json({**_record(whole, plan), "done": len(rows), "failed": len(failed), "left": 0, "rows": shown})
    else:
        say(f"study {whole.file.name}: {len(rows):,} cells done, results in {whole.folder.path / 'results.parquet'}")
    if failed:
        first = f"{failed[0]['cell']}: {failed[0]['error']}"
        raise RunFailed(f"{len(failed):,} of {len(rows):,} cells failed, the first {first}; --retry trains them again")
    return 0


def _ask(file: StudyFile, count: int, yes: bool) -> None:
    if yes:
        return
    what = f"study {file.name!r} has {count:,} cells"
    if not sys.stdin.isatty():
        raise InputError(f"{what}; stdin is not a terminal to answer on: say --yes, or leave values out of the grid")
    if not agreed(f"{what}. Train them? [y/N] "):
        raise InputError(f"{what}; nothing was trained")


def duration(seconds: float) -> str:
    """Seconds in words: ``40 s``, ``12 min``, ``3 h 20 min``.

    Example:
        >>> duration(12000)
        '3 h 20 min'
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Train a grid of data sets, methods, settings and seeds, and keep what is found in studies/NAME of the home "
        "directory. How long it takes is said first. Finished cells are never trained again: the same command goes on "
        "with a study that was stopped or killed."
    )
    known = ", ".join([*STUDIES, "a study of yours"])
    parser.add_argument("what", metavar="NAME|FILE.json", help=f"{known}, or a file")
    parser.add_argument("--executor", choices=[*EXECUTORS], default="local", help="where cells are trained")
    parser.add_argument("--address", metavar="A", help="of the Ray cluster; without it, one is started here")
    parser.add_argument("--gpus-per-cell", type=float, metavar="F", help="on Ray: .25 is four cells a GPU")
    parser.add_argument("--cell", type=int, metavar="K", help="one cell, counted from 0: for an array of Slurm jobs")
    parser.add_argument("--plan", action="store_true", help="say what is left to train, and train nothing")
    parser.add_argument("--retry", action="store_true", help="train failed cells once more")
    parser.add_argument(
        "--to", metavar="FILE", help="write what it says as FILE.md, .csv, .tex or .html, and train nothing"
    )
    parser.add_argument("--force", action="store_true", help="replace that file where it exists")
    parser.add_argument("--yes", action="store_true", help=f"do not ask for confirmation beyond {MANY:,} cells")


__all__ = ["add_options", "duration", "study"]
