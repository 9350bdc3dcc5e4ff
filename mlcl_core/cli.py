"""The command line: ``mlcl`` = ``python -m mlcl_core``. Errors are one line on stderr: 2 bad input, 1 a failed run."""

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

from tqdm import tqdm

from mlcl_core.engine.config import TrainConfig, config_from_json
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home import home_directory
from mlcl_core.runs import control, launch, together
from mlcl_core.runs.records import FINISHED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

ANSWER_SECONDS = 60.0  # a worker that hears nothing for so long may never do
NUMBERS = ("micro_f1", "macro_f1", "map", "hamming_loss", "subset_accuracy")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter of a run's name
    try:
        if given[:1] == ["app"]:
            return app(given[1:])
        options = parser().parse_args(given)
        if options.home:
            os.environ["MLCL_HOME"] = str(home_directory(options.home))  # where uploads are looked for
        return options.command(options)
    except InputError as error:
        return _fail(str(error), 2)
    except RunFailed as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        # whoever read our output has gone; Python would complain again when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename}" if error.filename else str(error), 1)
    except KeyboardInterrupt:
        return _fail("stopped by the keyboard", 130)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, as every other error is told."""

    def error(self, message: str) -> NoReturn:
        """Raise :class:`InputError` instead of printing the usage and leaving."""
        raise InputError(f"{message} ({self.prog} --help)")


def parser() -> Parser:
    """All commands and their options."""
    top = Parser(prog="mlcl", description="See how multi-label contrastive learning chooses its positives.")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Any, text: str, *, as_json: bool = True) -> Parser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        sub.add_argument("--home", metavar="DIR", help="home directory of runs, data and cache (else $MLCL_HOME)")
        if as_json:
            sub.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
        return sub

    sub = add("train", train, "Train a preset or a configuration, and wait for the end.")
    sub.add_argument("what", metavar="PRESET|CONFIG.json", help=f"one of {', '.join(PRESETS)}, or a file")
    sub.add_argument(
        "--set", action="append", default=[], metavar="key.path=value", help="change a setting; repeatable"
    )
    sub.add_argument("--name", help="what to call the run")
    add("runs", runs, "List the runs.")
    for name, command, text, as_json in (
        ("show", show, "Show a run: state, settings, numbers.", True),
        ("resume", resume, "Go on with a stopped, failed or interrupted run, and wait for the end.", True),
        ("stop", stop, "Stop a run in good order; it can be resumed.", False),
        ("rename", rename, "Call a run something else.", False),
        ("note", note, "Write something about a run.", False),
        ("delete", delete, "Delete a run and its files; never one that runs.", False),
    ):
        sub = add(name, command, text, as_json=as_json)
        sub.add_argument("run", metavar="RUN", help="the run's id, or its name")
        if name in ("rename", "note"):
            sub.add_argument("text", metavar="NAME" if name == "rename" else "TEXT")
        if name == "delete":
            sub.add_argument("--yes", action="store_true", help="do not ask")
    sub = add("data", data, "Describe a data set: items, labels, label sets, relations.")
    sub.add_argument(
        "source", metavar="NAME|PATH", help="icons, digits, movies, an upload, or a file of features and labels"
    )
    sub.add_argument(
        "--set", action="append", default=[], metavar="key=value", help="a parameter of the data or format; repeatable"
    )
    sub = add("bench", bench, "Measure the project against its peers, in one run.")
    sub.add_argument("name", metavar="NAME", nargs="?", help="which; without: the list")
    sub.add_argument(
        "--set", action="append", default=[], metavar="key=value", help="an option of the bench; repeatable"
    )
    commands.add_parser("app", help="Open the dashboard; --class: for a class that looks on (options go to streamlit).")
    return top


def train(options: argparse.Namespace) -> int:
    """``mlcl train``."""
    config = _settings(options.what).with_settings(_pairs(options.set))
    store = Store(home_directory(options.home))
    if together.processes() > 1:
        return _told(together.train(store, config, options.name), options.json)
    return _watch(launch.start(store, config, options.name), options.json)


def resume(options: argparse.Namespace) -> int:
    """``mlcl resume``."""
    run = _run(options)
    if together.processes() > 1:
        return _told(together.resume(run), options.json)
    notice = launch.resume(run)
    if notice is not None:
        print(f"{run.name}: {notice}", file=sys.stderr)
    return _watch(run, options.json)


def runs(options: argparse.Namespace) -> int:
    """``mlcl runs``."""
    found = Store(home_directory(options.home)).runs()
    if options.json:
        _print_json({"runs": [_summary(run) for run in found]})
    elif not found:
        print("no runs yet; mlcl train icons makes one")
    else:
        print(f"{'name':<24} {'state':<12} {'step':>13}  {'macro-F1':>8}  {'created':<16}  id")
        for run in found:
            one = _summary(run)
            score = f"{one['test']['macro_f1']:.3f}" if one["test"] else ""
            created = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
            steps = f"{one['step']:,}/{one['total']:,}"
            print(f"{run.name:<24} {one['state']:<12} {steps:>13}  {score:>8}  {created:<16}  {run.id}")
    return 0


def show(options: argparse.Namespace) -> int:
    """``mlcl show``."""
    run = _run(options)
    frames = run.events("frame")
    one = {
        **_summary(run),
        "note": run.note,
        "status": asdict(run.status()),
        "frames": len(run.frame_steps()),
        "maps": {name: len(run.map_steps(name)) for name in run.map_names()},
        "metrics": frames[-1].get("metrics", {}) if frames else {},
        "config": run.config_json(),
    }
    if options.json:
        _print_json(one)
        return 0
    status = run.status()
    print(f"{run.name}   {status.state}, step {status.step:,} of {status.total:,}, {status.device or 'no device yet'}")
    print(f"in {run.path}")
    for line in filter(None, (run.note, status.error)):
        print(line)
    if one["metrics"]:
        print("watched items, last frame: " + ", ".join(f"{key} {value:.3f}" for key, value in one["metrics"].items()))
    maps = ", ".join(f"{count} {name}" for name, count in one["maps"].items())
    print(f"{one['frames']} frames; maps: {maps or 'none yet'}")
    _print_numbers(one)
    return 0


def stop(options: argparse.Namespace) -> int:
    """``mlcl stop``."""
    run = _run(options)
    asked, end = control.request(run, "stop"), monotonic() + ANSWER_SECONDS

    def tell(_: Run) -> None:
        if monotonic() > end and run.status().alive and control.acknowledgement(run, asked) is None:
            status = run.status()
            process = f"process {status.pid} on {status.host}" if status.pid else "its process"
            raise RunFailed(
                f"run {run.name!r} has not answered in {ANSWER_SECONDS:g} s; it stops as soon as it can (now: "
                f"{status.phase or status.state}). If it never does, end {process}: its last checkpoint is kept"
            )

    state = launch.follow(run, tell, poll=0.2)
    print(f"{run.name} is {state} at step {run.status().step:,}")
    return 0


def rename(options: argparse.Namespace) -> int:
    """``mlcl rename``."""
    Store(home_directory(options.home)).rename(_run(options), options.text)
    return 0


def note(options: argparse.Namespace) -> int:
    """``mlcl note``."""
    Store(home_directory(options.home)).note(_run(options), options.text)
    return 0


def delete(options: argparse.Namespace) -> int:
    """``mlcl delete``."""
    run = _run(options)
    if not options.yes:
        if not sys.stdin.isatty():
            raise InputError(f"delete {run.name!r}? Nobody is there to answer; say --yes")
        try:
            answer = input(f"Delete {run.name!r} and all its files in {run.path}? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            print("kept")
            return 0
    Store(home_directory(options.home)).delete(run)
    return 0


def data(options: argparse.Namespace) -> int:
    """``mlcl data``."""
    from mlcl_core.data import load_data, statistics

    params = {key: _value(text) for key, text in _pairs(options.set).items()}
    if taken := {"seed", "source"} & params.keys():
        raise InputError(f"--set {min(taken)}: no parameter of the data")
    numbers = statistics(load_data(options.source, **params))
    if options.json:
        _print_json(numbers)
    else:
        _print_tree(numbers)
    return 0


def bench(options: argparse.Namespace) -> int:
    """``mlcl bench``."""
    from mlcl_core.bench import BENCHES

    if options.name is None:
        for name, record in BENCHES.items():
            print(f"{name:<10} {record.title}")
        return 0
    if options.name not in BENCHES:
        raise InputError(f"there is no bench {options.name!r}; there are: {', '.join(BENCHES)}")
    numbers = BENCHES[options.name].run(**{key: _value(text) for key, text in _pairs(options.set).items()})
    if options.json:
        _print_json(numbers)
    else:
        _print_tree(numbers)
    return 0


def app(given: Sequence[str]) -> int:
    """``mlcl app``: the dashboard, on localhost unless told otherwise; ``--class``: for many browsers."""
    options = Parser(prog="mlcl app", add_help=False, allow_abbrev=False)
    options.add_argument("--home")
    options.add_argument("--class", dest="for_class", action="store_true")
    known, given = options.parse_known_args(given)
    # a page finds it in the environment; made whole here, because the directory changes below
    os.environ["MLCL_HOME"] = str(home_directory(known.home))
    from dashboard import warm

    warm.begin()  # while Streamlit loads, and the browser opens
    from dashboard.serve import serve, serve_class

    try:
        return serve_class(given) if known.for_class else serve(given)
    finally:
        warm.wait()  # Python must not end while a thread loads native code


# ---- shared


def _fail(message: str, code: int) -> int:
    print(f"mlcl: {' '.join(message.split())}", file=sys.stderr)
    return code


def _settings(what: str) -> TrainConfig:
    if what in PRESETS:
        return preset(what)
    path = Path(what)
    try:
        there = path.exists()
    except OSError:
        there = False  # a name of 300 characters is none that a file could have
    if path.suffix != ".json" and not there:
        raise InputError(f"there is no preset {what!r}; there are: {', '.join(PRESETS)}; or give a CONFIG.json")
    try:
        return config_from_json(path.read_text(encoding="utf-8"), what)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{what}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"--set {text!r}: must be key.path=value")
        pairs[key] = value
    return pairs


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _run(options: argparse.Namespace) -> Run:
    return Store(home_directory(options.home)).run(options.run)


def _watch(run: Run, as_json: bool) -> int:
    bar = tqdm(total=0, desc=run.name, unit="step", disable=as_json or None, dynamic_ncols=True)

    def tell(_: Run) -> None:
        status = run.status()
        bar.total, bar.n = status.total or None, status.step
        waiting = f"waits for {status.waiting_for}" if status.waiting_for else (status.phase or status.state)
        bar.set_postfix_str(waiting if status.loss is None else f"loss {status.loss:.3f}, {waiting}")

    try:
        state = launch.follow(run, tell)
    except KeyboardInterrupt:
        if run.status().alive:
            control.request(run, "stop")
        state = launch.follow(run, tell)
    finally:
        bar.close()
    return _told(run, as_json, state)


def _told(run: Run | None, as_json: bool, state: str | None = None) -> int:
    """Say how a run ended, once it has; nothing where another process has it (None)."""
    if run is None:
        return 0
    state = run.status().state if state is None else state
    if state != FINISHED:
        reason = run.status().error or f"see {run.path / 'log.txt'}"
        if state == "stopped":
            reason = f"mlcl resume {run.id} goes on at step {run.status().step}"
        raise RunFailed(f"run {run.name!r} is {state}: {reason}")
    launch.wait_for_last_map(run)
    one = _summary(run)
    if as_json:
        _print_json(one)
    else:
        print(f"{run.name}: {one['step']:,} steps in {one['seconds']:.0f} s, {run.path}")
        _print_numbers(one)
    return 0


def _summary(run: Run) -> dict[str, Any]:
    status = run.status()
    ended = run.events("finished")
    last = ended[-1] if ended else {}
    return {
        "id": run.id,
        "name": run.name,
        "dir": str(run.path),
        "state": status.state,
        "step": status.step,
        "total": status.total,
        "seconds": round(status.seconds, 2),
        "test": last.get("test"),
        "untrained": last.get("untrained"),
    }


def _print_numbers(one: dict[str, Any]) -> None:
    if not one["test"]:
        return
    print(f"{'linear probe, test items':<26} {'trained':>8} {'untrained':>10}")
    for name in NUMBERS:
        print(f"{name:<26} {one['test'][name]:>8.3f} {one['untrained'][name]:>10.3f}")


def _print_tree(tree: dict[str, Any], indent: str = "") -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            print(f"{indent}{key}")
            _print_tree(value, indent + "  ")
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else value
            print(f"{indent}{key:<28} {shown}")


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(_without_nan(value), allow_nan=False))


def _without_nan(value: Any) -> Any:
    # JSON has no NaN
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
