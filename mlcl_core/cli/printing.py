"""Output of the commands: lines for a terminal, tables of numbers, JSON."""

import json
import math
import sys
from datetime import datetime
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.summary import changed_settings, main_settings
from mlcl_core.runs.run import Run
from mlcl_core.terminal import printable

DAMAGED = "damaged"
MAX_COLUMNS = 60  # of a table that are listed
# the options by which a column of each role is told otherwise
CHANGED_BY = {
    "label": "labels, cell, separator, ignore, folders",
    "feature": "ignore, labels",
    "text": "text",
    "picture": "picture",
    "name": "names",
    "split": "split",
    "group": "group",
    "confidence": "threshold, ignore",
    "annotator": "rows, threshold",
    "annotated": "ignore",
}


def say(text: object, *, to: Any = None) -> None:
    """Print a line, on stdout by default. Everything except JSON is printed here: names, notes and errors of runs may
    hold control characters, which are escaped.
    """
    print(printable(text), file=to or sys.stdout)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object in one line; numbers that are not finite become null."""
    print(json.dumps(_without_nan(value), allow_nan=False))


def print_tree(tree: dict[str, Any], indent: str = "") -> None:
    """Print nested numbers, one a line, indented by depth."""
    for key, value in tree.items():
        if isinstance(value, dict):
            say(f"{indent}{key}")
            print_tree(value, indent + "  ")
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else value
            say(f"{indent}{key:<28} {shown}")


def print_schema(schema: dict[str, Any], indent: str = "") -> None:
    """Print what each column of a table was taken for, and the options that change it, if its format has them."""
    # imports torch
    from mlcl_core.data.readers import options_of

    options = options_of(schema["format"])
    file = [f"{key} {_named_mark(schema[key])}" for key in ("encoding", "delimiter", "decimal") if schema.get(key)]
    say(f"{indent}{', '.join([schema['format'], *file])}")
    shown, more = schema["columns"][:MAX_COLUMNS], len(schema["columns"]) - MAX_COLUMNS
    width = max([len(str(column["name"])) for column in shown], default=0)
    for column in shown:
        cell = column["cell"] + (f" by {_named_mark(column['separator'])}" if column["separator"] else "")
        changes = CHANGED_BY.get(column["role"], "labels, text, picture, names, split, group").split(", ")
        said = ", ".join(name for name in changes if name in options)
        line = f"{indent}  {column['name']:<{min(width, 32)}}  {column['role']:<10}  {cell:<18}"
        say(f"{line}  --set {said}" if said else line.rstrip())
    if more > 0:
        say(f"{indent}  and {more:,} more columns")


def _named_mark(mark: str) -> str:
    return {"\t": "tab", " ": "blank", "\n": "line break"}.get(mark, mark)


def print_row(run: Run, record: dict[str, Any]) -> None:
    """Print a run as a row of the list."""
    if record["state"] == DAMAGED:
        say(f"{run.name:<24} {DAMAGED:<12} {record['error']}")
        return
    score = number((record["test"] or {}).get("macro_f1"), "") + ("*" if record["doubts"] else "")
    created = datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
    steps = f"{record['step']:,}/{record['total']:,}"
    row = f"{run.name:<24} {record['state']:<12} {steps:>13}  {score:>8}  {created:<16}  {run.id}"
    say(f"{row}  ({record['error']})" if "error" in record else row)


def print_header() -> None:
    """Print the header of the list of runs."""
    say(f"{'name':<24} {'state':<12} {'step':>13}  {'macro-F1':>8}  {'created':<16}  id")


def print_settings(config: TrainConfig, now: TrainConfig) -> None:
    """Print the main settings, those changed during training, and the differences from the preset."""
    changed = main_settings(now)
    for name, words in main_settings(config).items():
        later = "" if changed[name] == words else f", changed to {changed[name]} while it trained"
        say(f"  {name:<12} {words}{later}")
    base, different = changed_settings(config)
    text = "; ".join(f"{path} {value} ({before})" for path, (value, before) in different.items())
    say(f"  other than in {base}: {text}" if text else f"  as in {base}")


def print_scores(record: dict[str, Any]) -> None:
    """Print the scores of the linear probe, beside those of the untrained encoder; nothing before the end of a run."""
    if not record["test"]:
        return
    say(f"{'linear probe, test items':<26} {'trained':>8} {'untrained':>10}")
    for name in record["test"]:
        trained, untrained = (number((record[which] or {}).get(name)) for which in ("test", "untrained"))
        say(f"{name:<26} {trained:>8} {untrained:>10}")
    for doubt in record["doubts"]:
        say(f"in doubt: {doubt}")


def number(value: float | None, missing: str = "–") -> str:
    """A number with three digits after the point."""
    return missing if value is None else f"{value:.3f}"


def _without_nan(value: Any) -> Any:
    # JSON has no NaN
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
