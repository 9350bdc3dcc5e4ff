"""What a study says of its methods on one data set, in sentences that a reviewer accepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlcl_core.statistics import ALPHA, MIN_SEEDS, Difference, holm, p_method
from mlcl_core.statistics.sentences import count, ends, gain, listed, number, too_few, would_decide
from mlcl_core.studies.compare.groups import data_names, metric_record
from mlcl_core.studies.compare.item_part import FEW, FREQUENT, OVER_LABELS, Contrast, Labels, columns_of, item_parts
from mlcl_core.studies.compare.table import MethodRow, MethodTable, compare_methods
from mlcl_core.studies.folder import StudyFolder

if TYPE_CHECKING:
    import pandas as pd

# where means and Student's t are all that is wanted
_FEW: dict[str, Any] = {"resamples": FEW}
MAX_INLINE = 2  # methods whose numbers a sentence holds
About = Literal["items", "better", "undecided", "few_seeds", "rare", "how", "nothing"]


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer, as plain text.

    Attributes:
        text: The sentence.
        about: ``items``: no method beats the items as given; ``better``: one is; ``undecided``: nothing can be told
            apart; ``few_seeds``: nothing is said of methods; ``rare``: labels apart; ``how``: what the intervals are;
            ``nothing``: there is nothing to compare.
        metrics: Names of the metrics that it speaks of.
        details: Of an undecided one that names many methods: a sentence on each, by how much and what would decide it.
    """

    text: str
    about: About
    metrics: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Told:
    """What is compared in one metric: the table, over which labels, and the comparisons with Holm's p over all."""

    table: MethodTable
    on: str
    adjusted: Mapping[str, float]

    def better(self, row: MethodRow) -> bool:
        return self.adjusted.get(row.name, 1.0) < ALPHA


def answer(
    folder: StudyFolder,
    data: str,
    metrics: Sequence[str] = ("macro_f1", "micro_f1"),
    *,
    methods: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    resamples: int | None = None,
    rows: "pd.DataFrame | None" = None,
) -> list[Sentence]:
    """Which method is better on this data, by how much, and how sure that is.

    Args:
        folder: The study, which may be done in part.
        data: Name of the data set.
        metrics: Names of final metrics. A mean over labels is compared over those with at least 10 test positives;
            rarer ones are told apart, without the word better.
        methods, where, resamples, rows: As for :func:`mlcl_core.studies.compare.compare_methods`.

    Returns:
        First, where no method beats the items as given, that sentence. Then what is better, and what is undecided with
        how many seeds would decide it; then rare labels; then what the intervals are. *Better* is a p below .05, by
        Holm over all comparisons of the answer where there is more than one.

    Raises:
        InputError: As :func:`mlcl_core.studies.compare.compare_methods`.
    """
    rows = folder.rows() if rows is None else rows
    options: dict[str, Any] = {"methods": methods, "where": where, "rows": rows}
    covered = {metric: _covered(folder, data, metric, rows) for metric in metrics}
    tables = {
        metric: compare_methods(folder, data, metric, labels=labels, resamples=resamples, **options)
        for metric, (labels, _) in covered.items()
    }
    if (total := sum(table.comparisons for table in tables.values())) > 1:
        options["comparisons"] = total
        tables = {
            metric: compare_methods(folder, data, metric, labels=labels, resamples=resamples, **options)
            for metric, (labels, _) in covered.items()
        }
    whole = [compare_methods(folder, data, metric, resamples=resamples, **options) for metric in metrics]
    beaten = [sentence for table in whole for sentence in _items_first(folder, table)]
    told = _told(tables, {metric: on for metric, (_, on) in covered.items()})
    if not told:
        return [*beaten, _nothing(whole)]
    pair = all(len(one.table.rows) == 2 for one in told)
    said = [_of_pair(told)] if pair else [sentence for one in told for sentence in _of_many(one)]
    rare = [sentence for metric in metrics for sentence in _rare(folder, data, metric, covered[metric][0], options)]
    return [*beaten, *said, *rare, *_how(told)]


def _covered(folder: StudyFolder, data: str, metric: str, rows: "pd.DataFrame") -> tuple[Labels, str]:
    """Over which labels a metric is compared, and how it is then called."""
    record = metric_record(metric)
    if metric not in OVER_LABELS or data not in data_names(rows):
        return "all", record.title
    labels = folder.labels(data).labels
    frequent, rare = (len(columns_of(labels, which)) for which in ("frequent", "rare"))
    if not rare or not frequent:
        return "all", record.title
    return "frequent", f"{record.title} of the {frequent} labels with at least {FREQUENT} test positives"


def _told(tables: Mapping[str, MethodTable], on: Mapping[str, str]) -> list[_Told]:
    """The tables that compare something, with Holm over the comparisons of all of them."""
    used = [(metric, table) for metric, table in tables.items() if len(table.rows) > 1]
    keys = [
        (metric, row.name, row.against.p)
        for metric, table in used
        for row in table.rows
        if row.against is not None and row.against.seeds >= MIN_SEEDS
    ]
    adjusted = holm(np.array([p for _, _, p in keys]))
    p_of: dict[str, dict[str, float]] = {metric: {} for metric, _ in used}
    for (metric, name, _), p in zip(keys, adjusted, strict=True):
        p_of[metric][name] = float(p)
    return [_Told(table, on[metric], p_of[metric]) for metric, table in used]


def _items_first(folder: StudyFolder, table: MethodTable) -> list[Sentence]:
    """The sentence that no method beats the items as given, where none does."""
    best, items = table.best, table.items
    if best is None or items is None:
        return []
    wanted = [Contrast(row.cells) for row in table.rows]
    parts = item_parts(folder, table.data, table.metric, wanted, **_FEW)
    sign = 1 if table.up else -1
    p = [
        p_method(np.array(row.per_seed) - items, parts[contrast].se, parts[contrast].items)
        for row, contrast in zip(table.rows, wanted, strict=True)
    ]
    ahead = [sign * (row.mean - items) > 0 for row in table.rows]
    if any(above and one < ALPHA for above, one in zip(ahead, holm(np.array(p)), strict=True)):
        return []
    known = "" if best.interval is None else f" {ends(best.interval)}"
    if any(ahead) and len(best.seeds) < MIN_SEEDS:
        return []
    what = "trained model" if len(best.seeds) < MIN_SEEDS else "method"
    none = f"No {what} is shown to beat" if any(ahead) else f"No {what} beats"
    text = (
        f"{none} the items as given on {table.title}: the same probe on them reaches {number(items)}, "
        f"{best.name}, the best {what}, {number(best.mean)}{known}."
    )
    return [Sentence(text, "items", (table.metric,))]


def _of_pair(told: Sequence[_Told]) -> Sentence:
    """Two methods in all metrics: one sentence, what is decided first."""
    decided, open_ = [], []
    for one in told:
        table, other = one.table, _others(one)[0]
        against = other.against
        if against is None or against.seeds < MIN_SEEDS:
            open_.append((f"on {one.on} {_these_models(table, other)}", table.metric))
        elif one.better(other):
            by = gain(against, up=table.up)
            decided.append((f"{table.reference} is better than {other.name} on {one.on} by {by}", table.metric))
        else:
            open_.append((f"on {one.on} {_undecided(against, table)}", table.metric))
    clauses = [text for text, _ in [*decided, *open_]]
    text = "; ".join(clauses)
    seeds = [other.against.seeds for one in told for other in _others(one) if other.against is not None]
    few = not decided and all(number_ < MIN_SEEDS for number_ in seeds)
    if few:
        text = f"{too_few(max(seeds, default=0))}; {text}"
    about: About = "better" if decided else "few_seeds" if few else "undecided"
    # the name of a method begins as it is written
    return Sentence(f"{text}." if decided else _sentence(text), about, tuple(one.table.metric for one in told))


def _of_many(one: _Told) -> list[Sentence]:
    """More than two methods in one metric: the best, what it is better than, and what nothing can be said of."""
    table, lead = one.table, one.table.reference
    best = next(row for row in table.rows if row.name == lead)
    known = "" if best.interval is None else f" {ends(best.interval)}"
    first = f"On {one.on} {lead} has the highest mean, {number(best.mean)}{known}"
    first = first if table.up else first.replace("highest", "lowest", 1)
    others = [(row, row.against) for row in _others(one) if row.against is not None]
    few = [(row, against) for row, against in others if against.seeds < MIN_SEEDS]
    better = [f"{row.name} by {gain(a, up=table.up)}" for row, a in others if one.better(row)]
    rest = [(row, a) for row, a in others if not one.better(row) and a.seeds >= MIN_SEEDS]
    found = [Sentence(f"{first}.", "better" if better else "few_seeds" if few and not rest else "undecided")]
    if better:
        found.append(Sentence(f"{lead} is better than {listed(better)}.", "better"))
    for seeds in sorted({a.seeds for _, a in rest}):
        open_ = [(row.name, gain(a, up=table.up), would_decide(a.needed)) for row, a in rest if a.seeds == seeds]
        many = len(open_) > MAX_INLINE
        names = [name if many else f"{name} ({by}: {needed})" for name, by, needed in open_]
        text = f"With {count(seeds, 'seed')} nothing can be said against {listed(names)}."
        details = tuple(f"On {one.on} against {name}: {by}; {needed}." for name, by, needed in open_ if many)
        found.append(Sentence(text, "undecided", details=details))
    if few:
        seeds = max(against.seeds for _, against in few)
        ahead = listed([f"of {row.name} by {_of_models(row, table)}" for row, _ in few])
        text = f"{too_few(seeds)}; on other test items the trained models of {lead} are ahead {ahead}"
        found.append(Sentence(_sentence(text), "few_seeds"))
    return [replace(sentence, metrics=(table.metric,)) for sentence in found]


def _undecided(against: Difference, table: MethodTable) -> str:
    by = gain(against, up=table.up)
    return f"nothing can be said with {count(against.seeds, 'seed')} ({by}): {would_decide(against.needed)}"


def _these_models(table: MethodTable, other: MethodRow) -> str:
    """What is known with too few seeds: who is ahead, of the models that were trained."""
    if other.against is None:
        return f"{table.reference} and {other.name} have no seed in common"
    return f"the trained models of {table.reference} are ahead by {_of_models(other, table)} on other test items"


def _of_models(other: MethodRow, table: MethodTable) -> str:
    """By how much the leading models are ahead of others, with the interval of these models."""
    value = 0.0 if other.against is None else other.against.value
    known = "" if other.against_items is None else f" {ends(other.against_items, flipped=not table.up)}"
    return f"{number(value if table.up else -value)}{known}"


def _rare(folder: StudyFolder, data: str, metric: str, labels: Labels, options: Mapping[str, Any]) -> list[Sentence]:
    """Labels with too few test positives, apart."""
    if labels != "frequent":
        return []
    table = compare_methods(folder, data, metric, labels="rare", **options, **_FEW)
    if table.best is None or len(table.rows) < 2:
        return []
    rare = len(columns_of(folder.labels(data).labels, "rare"))
    values = listed([f"{row.name} {number(row.mean)}" for row in table.rows])
    what = "label" if rare == 1 else "labels"
    text = f"Apart, of the {rare} {what} with fewer than {FREQUENT} test positives, {table.title}: {values}; "
    return [Sentence(f"{text}intervals are not to be relied on there.", "rare", (metric,))]


def _how(told: Sequence[_Told]) -> list[Sentence]:
    """What the intervals are, once."""
    of_method = [
        row.against.interval
        for one in told
        for row in one.table.rows
        if row.against is not None and row.against.interval is not None
    ]
    if not of_method:
        return []
    seeds = sorted({interval.seeds for interval in of_method})
    many = count(seeds[0], "seed") if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    number_ = sum(len(one.adjusted) for one in told)
    rule = "p < .05" if number_ == 1 else f"p < .05 by Holm over {number_} comparisons"
    text = (
        f"Intervals hold 95 %, of the method (other seeds and other test items): {many}, "
        f"{count(of_method[0].items, 'test item')}, not adjusted; better means {rule}."
    )
    return [Sentence(text, "how", tuple(one.table.metric for one in told))]


def _nothing(tables: Sequence[MethodTable]) -> Sentence:
    names = [row.name for table in tables[:1] for row in table.rows]
    if not names:
        return Sentence("No cell on this data set is finished: there is nothing to compare yet.", "nothing")
    return Sentence(f"{names[0]} is the one method that has a result: there is nothing to compare it with.", "nothing")


def _others(one: _Told) -> list[MethodRow]:
    return [row for row in one.table.rows if row.name != one.table.reference]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
