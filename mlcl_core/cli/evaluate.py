"""``mlcl evaluate``: the best checkpoint of a run by a protocol, with intervals, bands of labels, and conventions."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from tqdm import tqdm

from mlcl_core.cli.commands import json_value, key_values
from mlcl_core.cli.printing import number, print_json, say
from mlcl_core.home_directory import home_to_read
from mlcl_core.runs.scores import items_sentence
from mlcl_core.runs.store import Store

MAX_LABELS = 40  # that are listed


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of ``mlcl evaluate``."""
    parser.description = (
        "Evaluate the checkpoint of a run that is best on validation items, and keep the result in the run. Everything "
        "is chosen on validation items; test items are scored once."
    )
    parser.add_argument("run", metavar="RUN", help="id or name of a run that has ended")
    parser.add_argument(
        "--protocol",
        default="probe",
        metavar="NAME",
        help="probe (a linear classifier on frozen features), knn, or finetune (the whole encoder trains on)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="key=value",
        help="an option of the protocol, a convention (absent, zero_division, ties), thresholds=per_label, resamples; "
        "repeatable",
    )


def evaluate(options: argparse.Namespace) -> int:
    """``mlcl evaluate``."""
    from mlcl_core.runs.evaluate import evaluate_run

    run = Store(home_to_read(options.home)).run(options.run)
    settings = {key: json_value(text) for key, text in key_values(options.set).items()}
    with tqdm(total=0, disable=options.json or None, dynamic_ncols=True, leave=False) as bar:
        found = evaluate_run(run, options.protocol, settings, _shown_on(bar))
    if options.json:
        print_json(found)
    else:
        print_evaluation(run.name, found)
    return 0


def _shown_on(bar: Any) -> Callable[[int, int, str], None]:
    def show(done: int, of: int, phase: str) -> None:
        bar.total, bar.n = of, done
        bar.set_description_str(phase, refresh=False)
        bar.refresh()

    return show


def print_evaluation(name: str, found: Mapping[str, Any]) -> None:
    """Print an evaluation: what it says of the items as given, scores, bands, labels, conventions."""
    scores = {key: one["value"] for key, one in found["metrics"].items()}
    if (sentence := items_sentence({"test": scores, "items": found["items_as_given"]})) is not None:
        say(sentence)
    say(f"{name}, checkpoint at step {found['step']:,} of {found['last_step']:,}, {found['protocol']}")
    chosen = ", ".join(f"{key} {_in_short(value)}" for key, value in found["chosen"].items())
    say(f"chosen on {found['items']['validation']:,} validation items: {chosen}")
    columns = {"untrained": found["untrained"], "as given": found["items_as_given"]}
    columns = {title: values for title, values in columns.items() if values}
    say("")
    head = f"{found['items']['test']:,} test items"
    say(f"{head:<26} {'trained':>8}  {'95 % interval':<16}" + "".join(f" {title:>10}" for title in columns))
    for key, one in found["metrics"].items():
        ends = f"[{one['low']:.3f}, {one['high']:.3f}]"
        others = "".join(f" {number(values.get(key)):>10}" for values in columns.values())
        say(f"{key:<26} {number(one['value']):>8}  {ends:<16}{others}")
    say(_about_intervals(found))
    if (why := found["why_no_items"]) is not None:
        say(f"no scores of the items as given: {why}")
    _print_space(found["space"])
    _print_bands(found)
    _print_labels(found["per_label"])
    best = found["optimistic_on_test"]
    say("")
    say(best["words"])
    say("  " + ", ".join(f"{key} {value:.3f} at {best['thresholds'][key]:g}" for key, value in best["values"].items()))
    say("")
    for sentence in (found["labels"]["words"], *found["conventions"]["words"], *found["said"]):
        say(sentence)
    for doubt in found["doubts"]:
        say(f"in doubt: {doubt}")


def _about_intervals(found: Mapping[str, Any]) -> str:
    made: dict[tuple[str, int], list[str]] = {}
    for key, one in found["metrics"].items():
        made.setdefault((one["method"], one["resamples"]), []).append(key)
    ways = [f"{method} of {count:,} resamples: {', '.join(keys)}" for (method, count), keys in made.items()]
    return f"Intervals are about {found['interval']['kind']} ({found['interval']['words']}) {'; '.join(ways)}."


def _in_short(value: Any) -> str:
    if isinstance(value, list):
        return f"{min(value):g} to {max(value):g}, one for each label" if value else "none"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _print_space(space: Mapping[str, Any]) -> None:
    say("")
    columns = {title: values for title, values in space.items() if values}
    say(f"{'space of the test items':<26}" + "".join(f" {title.replace('_', ' '):>15}" for title in columns))
    for key in dict.fromkeys(key for values in columns.values() for key in values):
        say(f"{key:<26}" + "".join(f" {number(values.get(key)):>15}" for values in columns.values()))


def _print_bands(found: Mapping[str, Any]) -> None:
    say("")
    say(f"{'by frequency':<12} {'labels':>7} {'covered':>8} {'micro_f1':>9} {'macro_f1':>9} {'map':>7}")
    for name, band in found["bands"].items():
        values = f"{number(band['micro_f1']):>9} {number(band['macro_f1']):>9} {number(band['map']):>7}"
        say(f"{name:<12} {band['labels']:>7,} {band['covered']:>8,} {values}")
    say(found["bands_cut"])


def _print_labels(table: Mapping[str, Any]) -> None:
    say("")
    rows = sorted(range(len(table["name"])), key=lambda row: -table["train_count"][row])
    width = min(30, max([len(table["name"][row]) for row in rows[:MAX_LABELS]], default=5))
    numbers = f"{'precision':>9} {'recall':>7} {'f1':>6} {'ap':>6}"
    say(f"{'label':<{width}}  {'train':>7} {'test':>6} {'predicted':>9} {numbers}")
    for row in rows[:MAX_LABELS]:
        one = {key: column[row] for key, column in table.items()}
        counts = f"{one['train_count']:>7,} {one['test_positives']:>6,} {one['predicted']:>9,}"
        scores = (
            f"{number(one['precision']):>9} {number(one['recall']):>7} {number(one['f1']):>6} {number(one['ap']):>6}"
        )
        say(f"{one['name'][:width]:<{width}}  {counts} {scores}")
    if len(rows) > MAX_LABELS:
        say(f"and {len(rows) - MAX_LABELS:,} rarer labels, which --json lists")


__all__ = ["add_options", "evaluate", "print_evaluation"]
