"""Output of the commands: lines for a terminal, tables of numbers, JSON."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.summary import changed_settings, main_settings
from mlcl_core.runs.disk import all_together, disk_use
from mlcl_core.runs.listing import DAMAGED, RunRow
from mlcl_core.runs.scores import score_columns
from mlcl_core.terminal import printable

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


def agreed(question: str) -> bool:
    """Whether the question, put on a terminal, is answered by y or yes; the end of the input is no."""
    try:
        answer = input(printable(question))
    except EOFError:
        answer = ""
    return answer.strip().lower() in ("y", "yes")


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


def print_runs(rows: Sequence[RunRow]) -> None:
    """Print runs as a table, and the disk space of all of them."""
    uses = [disk_use(row.run) for row in rows]
    names = {row.run.id: row.name for row in rows}
    say(_line("name", "state", "step", "macro-F1", "data", "loss", "rule", "MB", "created", "id"))
    for row, use in zip(rows, uses, strict=True):
        said = [*row.tags, *([] if row.branch is None else [_branch_words(row.branch, names)])]
        said += [] if row.wrong is None else [f"({row.wrong})"]
        if row.config is None:
            say("  ".join([f"{row.name:<24} {DAMAGED:<12}", *said]))
            continue
        score = number(row.test.get("macro_f1"), "") + ("*" if row.doubts else "")
        created = datetime.fromtimestamp(row.created).strftime("%Y-%m-%d %H:%M")
        steps, loss = f"{row.status.step:,}/{row.status.total:,}", row.config.loss
        size = f"{use.total / 1e6:,.1f}"
        line = _line(row.name, row.state, steps, score, row.data, loss.name, loss.rule, size, created, row.run.id)
        say("  ".join([line, *said]))
    count = "1 run" if len(rows) == 1 else f"{len(rows):,} runs"
    say(f"{count}, {all_together(uses) / 1e6:,.1f} MB; files that runs share count once")
    if any(row.doubts for row in rows):
        say("* in doubt; mlcl show RUN says why")


def _line(*cells: str) -> str:
    name, state, step, score, data, loss, rule, size, created, run_id = cells
    return (
        f"{name:<24} {state:<12} {step:>13}  {score:>8}  {data:<12}  {loss:<16}  {rule:<24} {size:>8}  "
        f"{created:<16}  {run_id}"
    )


def _branch_words(branch: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return f"branch of {names.get(branch['parent'], branch['parent'])} at step {branch['at']:,}"


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
    """Print the scores of the linear probe, beside those of the untrained encoder and of the items as given.

    Nothing is printed before the end of a run.
    """
    if not record["test"]:
        return
    columns = score_columns(record)
    say(f"{'linear probe, test items':<26}" + "".join(f" {title:>10}" for title in columns))
    for name in record["test"]:
        say(f"{name:<26}" + "".join(f" {number(scores.get(name)):>10}" for scores in columns.values()))
    if (why := record.get("why_no_items")) is not None:
        say(f"no scores of the items as given: {why}")
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
