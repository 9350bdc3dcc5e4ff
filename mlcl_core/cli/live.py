"""``mlcl set``: settings changed while a run trains; waits for the worker's answer."""

import argparse
import sys
from time import sleep
from typing import Any

from mlcl_core.cli.printing import print_json, say
from mlcl_core.engine.live_settings import LIVE_SETTINGS, LiveSetting
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_to_read
from mlcl_core.runs import control
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.in_force import change_words
from mlcl_core.runs.records import QUEUED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

POLL_SECONDS = 0.1
KEYBOARD = 130


def change(options: argparse.Namespace) -> int:
    """``mlcl set``."""
    run = Store(home_to_read(options.home)).run(options.run)
    request = control.request(run, "set", settings=_settings(options.settings))
    try:
        answer = _answer(run, request)
    except KeyboardInterrupt:
        say(f"not waited for: {run.name} takes the change over at its next step all the same", to=sys.stderr)
        return KEYBOARD
    if result := answer.get("result"):
        raise InputError(f"run {run.name!r}, step {answer['step']:,}: {result}")
    if options.json:
        print_json(_record(run, answer))
    else:
        say(f"{run.name}: {change_words(answer)}")
        if notice := answer.get("notice"):
            say(notice)
    return 0


def _answer(run: Run, request: str) -> dict[str, Any]:
    """Wait until the worker acknowledges a request.

    Raises:
        RunFailed: The run has ended and did not.
    """
    log, told = EventLog(run.path / "events.jsonl"), False
    while True:
        status = run.status()
        answers = [line for line in log.read() if line.get("request") == request]
        if answers:
            return answers[-1]
        if not status.alive:
            raise RunFailed(f"run {run.name!r} is {status.state} and did not answer; a resume makes the change")
        if status.state == QUEUED and not told:
            say(f"{run.name} is queued: it answers after its first step", to=sys.stderr)
            told = True
        sleep(POLL_SECONDS)


def _record(run: Run, answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": run.id,
        "request": answer["request"],
        "step": answer["step"],
        "settings": answer["settings"],
        "from": "step" if answer.get("from_epoch") is None else "epoch",
        "from_step": answer.get("from_step", {}),
        "from_epoch": answer.get("from_epoch"),
        "notice": answer.get("notice", ""),
        "result": "acknowledged",
    }


def _settings(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path:
            raise InputError(f"{text!r} must be key.path=value, as loss.temperature=0.2")
        found[path] = value
    return found


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Change settings of a run while it trains, and wait until it has taken them over. From the next step on: "
        f"{_paths('step')}. From the next epoch on: {_paths('epoch')}. A single parameter is changed as "
        "loss.rule_params.KEY=value. The change is marked on the timeline and made again when the run is resumed."
    )
    parser.add_argument("run", metavar="RUN", help="id or name of a queued, running or paused run")
    parser.add_argument("settings", metavar="key.path=value", nargs="+", help="a setting and its new value")


def _paths(when: str) -> str:
    found: list[LiveSetting] = [setting for setting in LIVE_SETTINGS.values() if setting.when == when]
    return ", ".join(setting.path for setting in found)


__all__ = ["add_options", "change"]
