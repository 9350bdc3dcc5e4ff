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
from mlcl_core.engine.summary import changed_settings, main_settings
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_directory, home_to_read
from mlcl_core.runs import control, launch
from mlcl_core.runs import distributed_run as together
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.records import FINISHED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.terminal import printable

ANSWER_SECONDS = 60.0  # a worker that hears nothing for so long may never do
DAMAGED = "damaged"
LONGEST_ERROR = 2_000
APP_EPILOG = """Options of Streamlit, which serves it, follow in the same way:
  --server.port=8600             another port than 8501
  --server.address=0.0.0.0       on the network, and everybody may act: for a class take --class
  --browser.serverAddress=NAME   the name under which browsers reach it, if not localhost or the number of the machine
  --server.allowedHosts=NAME     further names; requests under any other name are refused
`streamlit run --help` lists them all."""


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
            os.environ["MLCL_HOME"] = str(home_to_read(options.home))  # where uploads are looked for
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
    commands.add_parser("app", help="Open the dashboard; --class: for a class that looks on.")
    return top


def train(options: argparse.Namespace) -> int:
    """``mlcl train``."""
    config = _settings(options.what).with_settings(_pairs(options.set), _say_renamed)
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
        say(f"{run.name}: {notice}", to=sys.stderr)
    return _watch(run, options.json)


def runs(options: argparse.Namespace) -> int:
    """``mlcl runs``."""
    found = Store(home_to_read(options.home)).runs()
    if options.json:
        _print_json({"runs": [_listed(run) for run in found]})
    elif not found:
        say("no runs yet; mlcl train icons makes one")
    else:
        say(f"{'name':<24} {'state':<12} {'step':>13}  {'macro-F1':>8}  {'created':<16}  id")
        for run in found:
            say(_row(run))
    return 0


def _row(run: Run) -> str:
    one = _listed(run)
    if one["state"] == DAMAGED:
        return f"{run.name:<24} {DAMAGED:<12} {one['error']}"
    score = _number((one["test"] or {}).get("macro_f1"), "")
    created = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
    steps = f"{one['step']:,}/{one['total']:,}"
    row = f"{run.name:<24} {one['state']:<12} {steps:>13}  {score:>8}  {created:<16}  {run.id}"
    return f"{row}  ({one['error']})" if "error" in one else row


def show(options: argparse.Namespace) -> int:
    """``mlcl show``."""
    run = _run(options)
    config, log = run.config(), EventLog(run.path / "events.jsonl")
    frames = [line for line in log.read() if line["event"] == "frame"]
    one = {
        **_summary(run),
        "note": run.note,
        "status": asdict(run.status()),
        "frames": len(run.frame_steps()),
        "maps": {name: len(run.map_steps(name)) for name in run.map_names()},
        "metrics": frames[-1].get("metrics", {}) if frames else {},
        "settings": frames[-1].get("settings", {}) if frames else {},
        "config": config.model_dump(),
    }
    problems = [*filter(None, (run.problem(), f"events.jsonl: {log.odd}" if log.odd else None))]
    if options.json:
        _print_json({**one, "problems": problems} if problems else one)
        return 0
    status = run.status()
    say(f"{run.name}   {status.state}, step {status.step:,} of {status.total:,}, {status.device or 'no device yet'}")
    say(f"in {run.path}")
    for reason in status.slow:
        say(f"slower than it could be: {reason}")
    for line in filter(None, (*run.note.splitlines(), status.error, *problems)):
        say(line)
    _print_settings(config, one["settings"])
    if one["metrics"]:
        say("watched items, last frame: " + ", ".join(f"{key} {value:.3f}" for key, value in one["metrics"].items()))
    maps = ", ".join(f"{count} {name}" for name, count in one["maps"].items())
    say(f"{one['frames']} frames; maps: {maps or 'none yet'}")
    _print_numbers(one)
    return 0


def _print_settings(config: TrainConfig, now: dict[str, float]) -> None:
    for name, words in main_settings(config).items():
        changed = now.get("loss.temperature") if name == "temperature" else None
        later = "" if changed in (None, config.loss.temperature) else f", changed to {changed:g} while it trained"
        say(f"  {name:<12} {words}{later}")
    base, changed_there = changed_settings(config)
    said = "; ".join(f"{path} {value} ({before})" for path, (value, before) in changed_there.items())
    say(f"  other than in {base}: {said}" if said else f"  as in {base}")


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
    say(f"{run.name} is {state} at step {run.status().step:,}")
    return 0


def rename(options: argparse.Namespace) -> int:
    """``mlcl rename``."""
    Store(home_to_read(options.home)).rename(_run(options), options.text)
    return 0


def note(options: argparse.Namespace) -> int:
    """``mlcl note``."""
    Store(home_to_read(options.home)).note(_run(options), options.text)
    return 0


def delete(options: argparse.Namespace) -> int:
    """``mlcl delete``."""
    run = _run(options)
    if not options.yes:
        if not sys.stdin.isatty():
            raise InputError(f"delete {run.name!r}? Nobody is there to answer; say --yes")
        try:
            answer = input(printable(f"Delete {run.name!r} and all its files in {run.path}? [y/N] "))
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            say("kept")
            return 0
    Store(home_to_read(options.home)).delete(run)
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
            say(f"{name:<10} {record.title}")
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
    options = Parser(
        prog="mlcl app",
        description="Open the dashboard in a browser. It listens on this machine alone, unless told otherwise.",
        usage="mlcl app [--home DIR] [--class] [--SECTION.OPTION=VALUE ...]",
        epilog=APP_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("--home", metavar="DIR", help="home directory of runs, data and cache (else $MLCL_HOME)")
    options.add_argument(
        "--class",
        dest="for_class",
        action="store_true",
        help="for a class: on the local network, read-only but for the address with the teacher's token",
    )
    known, given = options.parse_known_args(given)
    # a page finds it in the environment; made whole here, because the directory changes below
    os.environ["MLCL_HOME"] = str(home_to_read(known.home))
    from dashboard.serve import prepared, serve

    ready = prepared(given, for_class=known.for_class)  # what ends here ends before a thread loads torch
    from dashboard import warm

    warm.begin()  # while the server starts, and the browser opens
    try:
        return serve(ready)
    finally:
        warm.wait()  # Python must not end while a thread loads native code


# ---- shared


def say(text: object, *, to: Any = None) -> None:
    """Print a line. Everything but JSON is printed here: names, notes and errors are other people's words."""
    print(printable(text), file=to or sys.stdout)


def _fail(message: str, code: int) -> int:
    message = " ".join(message.split())
    say(f"mlcl: {message}" if len(message) <= LONGEST_ERROR else f"mlcl: {message[:LONGEST_ERROR]}…", to=sys.stderr)
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
        return config_from_json(path.read_text(encoding="utf-8"), what, _say_renamed)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{what}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _say_renamed(given: str, now: str) -> None:
    if together.is_first():
        say(f"mlcl: {given} is called {now} now", to=sys.stderr)


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
    return Store(home_to_read(options.home)).run(options.run)


def _watch(run: Run, as_json: bool) -> int:
    bar = tqdm(total=0, desc=printable(run.name), unit="step", disable=as_json or None, dynamic_ncols=True)

    def tell(_: Run) -> None:
        status = run.status()
        bar.total, bar.n = status.total or None, status.step
        waiting = printable(f"waits for {status.waiting_for}" if status.waiting_for else status.phase or status.state)
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
        say(f"{run.name}: {one['step']:,} steps in {one['seconds']:.0f} s, {run.path}")
        _print_numbers(one)
    return 0


def _listed(run: Run) -> dict[str, Any]:
    """A run in the list: as :func:`_summary`, with what is wrong with it, if anything; or that it can't be shown."""
    damage = run.damage()
    if damage is not None:
        return {"id": run.id, "state": DAMAGED, "error": damage}
    one, problem = _summary(run), run.problem()
    return one if problem is None else {**one, "error": problem}


def _summary(run: Run) -> dict[str, Any]:
    status, last = run.status(), run.finished() or {}
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
    say(f"{'linear probe, test items':<26} {'trained':>8} {'untrained':>10}")
    for name in one["test"]:
        trained, untrained = (_number((one[which] or {}).get(name)) for which in ("test", "untrained"))
        say(f"{name:<26} {trained:>8} {untrained:>10}")


def _number(value: float | None, missing: str = "–") -> str:
    return missing if value is None else f"{value:.3f}"


def _print_tree(tree: dict[str, Any], indent: str = "") -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            say(f"{indent}{key}")
            _print_tree(value, indent + "  ")
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else value
            say(f"{indent}{key:<28} {shown}")


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(_without_nan(value), allow_nan=False))


def _without_nan(value: Any) -> Any:
    # JSON has no NaN
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
