"""All commands and their options."""

import argparse
from typing import Any, NoReturn

from mlcl_core.cli import commands, evaluate, export, live, study
from mlcl_core.engine.presets import PRESETS
from mlcl_core.errors import InputError


class Parser(argparse.ArgumentParser):
    """Argument parser whose errors are :class:`InputError`, one line each."""

    def error(self, message: str) -> NoReturn:
        """Raise :class:`InputError` instead of printing the usage and exiting."""
        raise InputError(f"{message} ({self.prog} --help)")


def build_parser() -> Parser:
    """The parser of ``mlcl``; a parsed command is ``options.command``, called with the options."""
    top = Parser(prog="mlcl", description="See how multi-label contrastive learning chooses its positives.")
    subparsers = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, command: Any, text: str, *, as_json: bool = True) -> Parser:
        sub = subparsers.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        sub.add_argument("--home", metavar="DIR", help="home directory of runs, data and cache (default: $MLCL_HOME)")
        if as_json:
            sub.add_argument("--json", action="store_true", help="print one JSON object on stdout and nothing else")
        return sub

    sub = add("train", commands.train, "Train a preset or a configuration, and wait for its end.")
    sub.add_argument("what", metavar="PRESET|CONFIG.json", help=f"one of {', '.join(PRESETS)}, or a file")
    _add_set(sub, "key.path=value", "change a setting; repeatable")
    sub.add_argument("--name", help="name of the run")
    _add_branch(add("branch", commands.branch, "Begin a new run at a step of another, and wait for its end."))
    sub = add("runs", commands.runs, "List the runs.")
    sub.add_argument("--all", action="store_true", help="the cells of studies too")
    for name, command, text, as_json in (
        ("show", commands.show, "Show a run: state, settings, numbers.", True),
        ("resume", commands.resume, "Resume a stopped, failed or interrupted run, and wait for its end.", True),
        ("stop", commands.stop, "Stop a run; it can be resumed.", False),
        ("rename", commands.rename, "Rename a run.", False),
        ("note", commands.note, "Set the note of a run.", False),
        ("tag", commands.tag, "Add tags to a run, or remove them.", False),
        ("delete", commands.delete, "Delete a run and its files; refused for a queued, running or paused run.", False),
    ):
        sub = add(name, command, text, as_json=as_json)
        sub.add_argument("run", metavar="RUN", help="id or name of the run")
        if name in ("rename", "note"):
            sub.add_argument("text", metavar="NAME" if name == "rename" else "TEXT")
        if name == "tag":
            sub.add_argument("tags", metavar="TAG", nargs="+", help="1 to 40 characters, without a comma")
            sub.add_argument("--remove", action="store_true", help="take these tags away instead")
        if name == "delete":
            sub.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    live.add_options(add("set", live.change, "Change settings of a run while it trains."))
    evaluate.add_options(add("evaluate", evaluate.evaluate, "Evaluate the best checkpoint of a run, with intervals."))
    study.add_options(add("study", study.study, "Train a grid of methods, settings and seeds, and keep what is found."))
    export.add_options(add("export", export.export, "Write a run as a file: .parquet, .csv, .npz, .html."))
    sub = add("data", commands.data, "Describe a data set: items, labels, label sets, relations.")
    sub.add_argument(
        "source", metavar="NAME|PATH", help="icons, digits, movies, an upload, or a file of features and labels"
    )
    _add_set(sub, "key=value", "a parameter of the data or format; repeatable")
    sub = add("bench", commands.bench, "Measure the project against its peers, in one run.")
    sub.add_argument("name", metavar="NAME", nargs="?", help="name of the bench; without it, all are listed")
    _add_set(sub, "key=value", "an option of the bench; repeatable")
    subparsers.add_parser("app", help="Open the dashboard; --class: for a class.")
    return top


def _add_branch(parser: Parser) -> None:
    parser.description = (
        "Begin a new run at a step of another one, with other settings from there on, and wait for its end. It begins "
        "with the newest checkpoint at or before the step; the steps up to it are trained again as they were. Settings "
        "that can change are those that `mlcl set` changes; the other run is only read."
    )
    parser.add_argument("run", metavar="RUN", help="id or name of the other run, in any state")
    parser.add_argument("--at", type=int, required=True, metavar="STEP", help="the step after which settings change")
    _add_set(parser, "key.path=value", "change a setting from there on; repeatable")
    parser.add_argument("--name", help="name of the new run")


def _add_set(parser: Parser, metavar: str, text: str) -> None:
    # several settings may follow one --set: mlcl_core.cli.entry puts it before each
    parser.add_argument("--set", action="append", default=[], metavar=metavar, help=text)
