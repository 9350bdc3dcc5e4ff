"""The commands: each takes the parsed options and returns the exit code."""

import argparse
import json
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from tqdm import tqdm

from mlcl_core.cli.printing import (
    agreed,
    print_json,
    print_runs,
    print_schema,
    print_scores,
    print_settings,
    print_tree,
    say,
)
from mlcl_core.cli.reading import reading_bar
from mlcl_core.engine.config import TrainConfig, config_from_json
from mlcl_core.engine.live_settings import described
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.few_items import WATCHED, few_items
from mlcl_core.home_directory import home_directory, home_to_read
from mlcl_core.runs import control, distributed_run, launch
from mlcl_core.runs.disk import disk_use
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.in_force import config_at
from mlcl_core.runs.lineage import change_of, children
from mlcl_core.runs.listing import DAMAGED, RunRow, of_study, run_row
from mlcl_core.runs.ranks import is_rank_zero, world_size
from mlcl_core.runs.records import FINISHED
from mlcl_core.runs.run import Run
from mlcl_core.runs.scores import items_sentence
from mlcl_core.runs.store import Store
from mlcl_core.terminal import printable

ANSWER_SECONDS = 60.0  # after which a stop that is not acknowledged is reported


def train(options: argparse.Namespace) -> int:
    """``mlcl train``."""
    config = load_config(options.what).with_settings(key_values(options.set), _report_renamed)
    store = Store(home_directory(options.home))
    if world_size() > 1:
        return _report_end(distributed_run.train(store, config, options.name), options.json)
    said: list[str] = []
    with reading_bar(hidden=options.json):
        run = launch.start(store, config, options.name, on_said=said.extend)
    for sentence in said:
        say(f"data: {sentence}", to=sys.stderr)
    return _follow(run, options.json)


def resume(options: argparse.Namespace) -> int:
    """``mlcl resume``."""
    run = _run(options)
    if world_size() > 1:
        return _report_end(distributed_run.resume(run), options.json)
    notice = launch.resume(run)
    if notice is not None:
        say(f"{run.name}: {notice}", to=sys.stderr)
    return _follow(run, options.json)


def branch(options: argparse.Namespace) -> int:
    """``mlcl branch``."""
    from mlcl_core.runs import branch as branches  # imports torch with the data

    if world_size() > 1:
        raise InputError("a branch begins in one process: without torchrun; stopped, it can be resumed by several")
    store = Store(home_directory(options.home))
    with reading_bar(hidden=options.json):
        run = branches.branch(store, store.run(options.run), options.at, key_values(options.set), options.name)
    if (notice := run.written_status().notice) is not None:
        say(f"{run.name}: {notice}", to=sys.stderr)
    return _follow(run, options.json)


def runs(options: argparse.Namespace) -> int:
    """``mlcl runs``."""
    every = Store(home_to_read(options.home)).runs()
    found = every if options.all else [run for run in every if not of_study(run)]
    left_out = len(every) - len(found)
    if options.json:
        print_json({"runs": [_list_record(run_row(run)) for run in found]})
        return 0
    if found:
        print_runs([run_row(run) for run in found])
    elif not left_out:
        say("no runs yet; mlcl train icons makes one")
    if left_out:
        say(f"{left_out:,} cells of studies are left out; mlcl runs --all lists them too")
    return 0


def show(options: argparse.Namespace) -> int:
    """``mlcl show``."""
    store = Store(home_to_read(options.home))
    run = store.run(options.run)
    config, log = run.config(), EventLog(run.path / "events.jsonl")
    frames = [line for line in log.read() if line["event"] == "frame"]
    record = {
        **_record(run),
        "note": run.note,
        "status": asdict(run.status()),
        "frames": len(run.frame_steps()),
        "maps": {name: len(run.map_steps(name)) for name in run.map_names()},
        "metrics": frames[-1].get("metrics", {}) if frames else {},
        "settings": frames[-1].get("settings", {}) if frames else {},
        "config": config.model_dump(),
        "children": [child.id for child in children(run, store.runs())],
    }
    problems = [*filter(None, (run.problem(), f"events.jsonl: {log.odd}" if log.odd else None))]
    if options.json:
        print_json({**record, "problems": problems} if problems else record)
        return 0
    status = run.status()
    say(f"{run.name}   {status.state}, step {status.step:,} of {status.total:,}, {status.device or 'no device yet'}")
    say(f"in {run.path}")
    for line in _family(run, store):
        say(line)
    for reason in status.slow:
        say(f"slower than it could be: {reason}")
    for line in filter(None, (*run.note.splitlines(), status.error, *problems)):
        say(line)
    print_settings(config, config_at(run, None))
    if metrics := record["metrics"]:
        say("watched items, last frame: " + ", ".join(f"{key} {value:.3f}" for key, value in metrics.items()))
        with suppress(InputError):  # the rest is shown even where probe.parquet is damaged
            for doubt in few_items({WATCHED: int((run.watched_items().split != "train").sum())}):
                say(f"in doubt: {doubt}")
    maps = ", ".join(f"{count} {name}" for name, count in record["maps"].items())
    say(f"{record['frames']} frames; maps: {maps or 'none yet'}")
    if (sentence := items_sentence(record)) is not None:
        say(sentence)
    print_scores(record)
    return 0


def stop(options: argparse.Namespace) -> int:
    """``mlcl stop``."""
    run = _run(options)
    request, end = control.request(run, "stop"), monotonic() + ANSWER_SECONDS

    def check(_: Run) -> None:
        if monotonic() > end and run.status().alive and control.acknowledgement(run, request) is None:
            status = run.status()
            process = f"process {status.pid} on {status.host}" if status.pid else "its process"
            raise RunFailed(
                f"run {run.name!r} has not answered in {ANSWER_SECONDS:g} s; it stops as soon as it can (now: "
                f"{status.phase or status.state}). If it never does, end {process}: its last checkpoint is kept"
            )

    state = launch.follow(run, check, poll=0.2)
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


def tag(options: argparse.Namespace) -> int:
    """``mlcl tag``: the tags are added; with ``--remove``, taken away."""
    how: Literal["add", "remove"] = "remove" if options.remove else "add"
    Store(home_to_read(options.home)).tag(_run(options), options.tags, how)
    return 0


def delete(options: argparse.Namespace) -> int:
    """``mlcl delete``."""
    run = _run(options)
    if not options.yes:
        if not sys.stdin.isatty():
            raise InputError(f"delete {run.name!r}? stdin is not a terminal to answer on; say --yes")
        if not agreed(f"Delete {run.name!r} and all its files in {run.path}? [y/N] "):
            say("kept")
            return 0
    Store(home_to_read(options.home)).delete(run)
    return 0


def data(options: argparse.Namespace) -> int:
    """``mlcl data``."""
    from mlcl_core.data import load_data, statistics

    params = {key: json_value(text) for key, text in key_values(options.set).items()}
    if taken := {"seed", "source", "labels_only", "split_method"} & params.keys():
        raise InputError(f"--set {min(taken)}: no parameter of the data")
    with reading_bar(hidden=options.json):
        found = load_data(options.source, labels_only=True, **params)
    numbers = statistics(found)
    if options.json:
        print_json(numbers)
        return 0
    # sentences last, each once: the doubts are at the end of what is said
    del numbers["doubts"]
    schema, said, left_out = (numbers.pop(key) for key in ("schema", "said", "left_out"))
    if schema is not None:
        say("columns")
        print_schema(schema, "  ")
    print_tree(numbers)
    for row in left_out[:MAX_LEFT_OUT]:
        say(f"left out: row {row['row']}: {row['reason']}")
    for sentence in said:
        say(sentence)
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
    given = {key: json_value(text) for key, text in key_values(options.set).items()}
    _print(BENCHES[options.name].run(**given), options.json)
    return 0


def _family(run: Run, store: Store) -> list[str]:
    """What a run branched off, and what branched off it."""
    all_runs, found, mine = store.runs(), [], run.branch
    if mine is not None:
        parent = next((other for other in all_runs if other.id == mine["parent"]), None)
        who = f"{mine['parent']}, which is not here any more," if parent is None else f"{parent.name} ({parent.id})"
        change = described(change_of(run))
        found.append(f"a branch of {who} at step {mine['at']:,}{f' with {change}' if change else ''}")
    for child in children(run, all_runs):
        change = described(change_of(child))
        words = f"{child.name} ({child.id}){f', {change}' if change else ''}"
        found.append(f"branched off at step {(child.branch or {}).get('at', 0):,}: {words}")
    return found


# ---- what commands share


MAX_LEFT_OUT = 10  # rows that are listed


def load_config(what: str) -> TrainConfig:
    """The configuration of a preset, by its name, or of a JSON file.

    Raises:
        InputError: There is no such preset; the file cannot be read, or is no configuration.
    """
    if what in PRESETS:
        return preset(what)
    path = Path(what)
    try:
        exists = path.exists()
    except OSError:
        exists = False  # a name of 300 characters, which no file can have
    if path.suffix != ".json" and not exists:
        raise InputError(f"there is no preset {what!r}; there are: {', '.join(PRESETS)}; or give a CONFIG.json")
    try:
        return config_from_json(path.read_text(encoding="utf-8"), what, _report_renamed)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{what}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _report_renamed(given: str, now: str) -> None:
    if is_rank_zero():
        say(f"mlcl: {given} is called {now} now", to=sys.stderr)


def key_values(texts: list[str]) -> dict[str, str]:
    """Settings as they stand after ``--set``, by key.

    Raises:
        InputError: One is no ``key=value``.
    """
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"--set {text!r}: must be key.path=value")
        found[key] = value
    return found


def json_value(text: str) -> Any:
    """The value that JSON reads in a text; the text itself where it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _print(numbers: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(numbers)
    else:
        print_tree(numbers)


def _run(options: argparse.Namespace) -> Run:
    return Store(home_to_read(options.home)).run(options.run)


def _follow(run: Run, as_json: bool) -> int:
    """Show a progress bar until a run has ended, then report; Ctrl-C stops the run."""
    bar = tqdm(total=0, desc=printable(run.name), unit="step", disable=as_json or None, dynamic_ncols=True)

    def update(_: Run) -> None:
        status = run.status()
        bar.total, bar.n = status.total or None, status.step
        waiting = printable(f"waits for {status.waiting_for}" if status.waiting_for else status.phase or status.state)
        bar.set_postfix_str(waiting if status.loss is None else f"loss {status.loss:.3f}, {waiting}")

    try:
        state = launch.follow(run, update)
    except KeyboardInterrupt:
        if run.status().alive:
            control.request(run, "stop")
        state = launch.follow(run, update)
    finally:
        bar.close()
    return _report_end(run, as_json, state)


def _report_end(run: Run | None, as_json: bool, state: str | None = None) -> int:
    """Report how a run ended; None, where another process holds it, reports nothing."""
    if run is None:
        return 0
    state = run.status().state if state is None else state
    if state != FINISHED:
        reason = run.status().error or f"see {run.path / 'log.txt'}"
        if state == "stopped":
            reason = f"mlcl resume {run.id} goes on at step {run.status().step}"
        raise RunFailed(f"run {run.name!r} is {state}: {reason}")
    launch.wait_for_last_map(run)
    record = _record(run)
    if as_json:
        print_json(record)
    else:
        if (sentence := items_sentence(record)) is not None:
            say(sentence)
        say(f"{run.name}: {record['step']:,} steps in {record['seconds']:.0f} s, {run.path}")
        print_scores(record)
    return 0


def _list_record(row: RunRow) -> dict[str, Any]:
    """A run in the list: as :func:`_record`, with main settings, tags, parent and bytes on the disk, and with what is
    wrong with it, if anything; or why it cannot be shown.
    """
    if row.config is None:
        return {"id": row.run.id, "state": DAMAGED, "error": row.wrong}
    loss, disk = row.config.loss, disk_use(row.run)
    more = {
        "data": row.data,
        "loss": loss.name,
        "rule": loss.rule,
        "temperature": loss.temperature,
        "seed": row.config.seed,
        "created": row.created,
        "note": row.note,
        "tags": list(row.tags),
        "disk": {**disk.parts, "total": disk.total},
    }
    return {**_record(row.run), **more, **({} if row.wrong is None else {"error": row.wrong})}


def _record(run: Run) -> dict[str, Any]:
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
        "items": last.get("items"),
        "why_no_items": last.get("why_no_items"),
        "doubts": last.get("doubts", []),
        "parts": last.get("parts"),
        "branch": run.branch,
    }
