"""What a study says, in the shape that pages and files show: sentences, scores, curves, bands, ranks."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dashboard.figures.study_bands import BandPoint
from dashboard.figures.study_curves import Curve, CurvePoint
from dashboard.figures.study_scores import ABOUT, Ends, Score, Stands
from dashboard.loaders.studies import of_study, results_table
from dashboard.loaders.study_grid import Setting, study_axes
from dashboard.loaders.study_tables import Effort, at_once, method_table
from mlcl_core.studies.folder import StudyFolder

if TYPE_CHECKING:
    from mlcl_core.statistics import Interval
    from mlcl_core.studies.compare import BandGains, MethodRow, MethodTable, Sentence

METHOD, MODELS = ABOUT
NO_ENDS = (float("nan"), float("nan"))


def study_answer(
    folder: StudyFolder, data: str, setting: Setting = (), effort: Effort = "begun"
) -> "list[Sentence] | None":
    """The answer on a data set at a setting; None: it is being computed.

    Raises:
        InputError: A file of the study is damaged.
    """
    from mlcl_core.studies.compare import answer

    def sentences(items: bool) -> "list[Sentence] | None":
        return answer(folder, data, where=dict(setting), rows=results_table(folder)) if items else None

    return at_once(folder, ("answer", data, setting), sentences, lambda found: found is not None, effort)


def study_scores(
    folder: StudyFolder, data: str, metrics: tuple[str, ...], setting: Setting = (), effort: Effort = "begun"
) -> dict[str, dict[str, Score]]:
    """The scores of each method on a data set, by metric; intervals and marks that are not computed yet are missing."""
    scores: dict[str, dict[str, Score]] = {}
    for metric in metrics:
        table = method_table(folder, data, metric, setting, effort)
        for row in table.rows:
            scores.setdefault(row.name, {})[metric] = _score(row)
    return scores


def _score(row: "MethodRow") -> Score:
    found = {METHOD: _ends(row.interval), MODELS: _ends(row.items_interval)}
    return Score(
        row.mean,
        len(row.seeds),
        {about: ends for about, ends in found.items() if ends is not None},
        row.gain_untrained,
        row.gain_items,
        _stands(row),
    )


def _stands(row: "MethodRow") -> Stands:
    if row.best:
        return "best"
    if row.against is None:
        return ""
    if row.indistinguishable is None:
        return "open"
    return "close" if row.indistinguishable else ""


def _ends(interval: "Interval | None") -> Ends | None:
    return None if interval is None else (interval.low, interval.high)


def study_note(
    folder: StudyFolder, data: str, metric: str, about: str, setting: Setting = (), effort: Effort = "begun"
) -> str:
    """Which intervals those of a table are, from how much, and what is missing or unequal."""
    table = method_table(folder, data, metric, setting, effort)
    if not table.complete:
        return "Intervals and marks are being computed: test items are resampled."
    return " ".join([_of_intervals(table, about), *table.notes])


def _of_intervals(table: "MethodTable", about: str) -> str:
    intervals = [row.interval if about == METHOD else row.items_interval for row in table.rows]
    known = [interval for interval in intervals if interval is not None]
    if not known:
        return "No intervals of the methods: they need 3 seeds."
    one = known[0]
    seeds = sorted({interval.seeds for interval in known})
    many = f"{seeds[0]} seeds" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    if about == METHOD:
        how = f"of the method, for other test items and other seeds (Student's t, {many}, {one.items:,} test items)"
    else:
        names = {"percentile": "percentiles", "bca": "BCa"}
        made = f"{names.get(one.method, one.method)} of {one.resamples:,} resamples of {one.items:,} test items"
        how = f"of these models, for other test items ({made})"
    return f"Intervals hold 95 %, {how}; not adjusted for the number of comparisons."


def study_curves(
    folder: StudyFolder, data: str, metric: str, axis: str, about: str, others: Setting = (), effort: Effort = "begun"
) -> list[Curve]:
    """The scores of each method over the values of a numeric axis.

    Args:
        folder: The study.
        data, metric: Names.
        axis: The axis, whose values are on the horizontal one.
        about: What the intervals are about.
        others: Values of the other further axes.
        effort: What is done about intervals that are not computed yet.
    """
    points: dict[str, list[CurvePoint]] = {}
    for value in sorted(study_axes(folder).others[axis]):
        for method, of in study_scores(folder, data, (metric,), (*others, (axis, value)), effort).items():
            score = of[metric]
            low, high = score.intervals.get(about, (np.nan, np.nan))
            points.setdefault(method, []).append(CurvePoint(float(value), score.mean, low, high, score.seeds))
    return [Curve(method, tuple(found)) for method, found in points.items()]


@dataclass(frozen=True)
class BandsShown:
    """Gains by label frequency.

    Attributes:
        points: Of each method but the reference, in each band.
        reference: The method that gains are over; empty: there is no result yet.
        words: What the gains and their intervals are.
    """

    points: list[BandPoint] = field(default_factory=list)
    reference: str = ""
    words: str = ""


def study_bands(
    folder: StudyFolder,
    data: str,
    metric: str,
    setting: Setting = (),
    reference: str | None = None,
    effort: Effort = "begun",
) -> BandsShown:
    """The gains of each method over another one, on head, medium and tail labels.

    Raises:
        InputError: A file of the study is damaged.
    """
    from mlcl_core.studies.compare import BandGains, band_gains

    def gains(items: bool) -> BandGains:
        where, rows = dict(setting), results_table(folder)
        if reference not in known:
            return band_gains(folder, data, metric, where=where, items=items, rows=rows)
        return band_gains(folder, data, metric, where=where, items=items, rows=rows, reference=reference)

    def is_complete(found: BandGains) -> bool:
        bands = sum(covered > 0 for covered in found.covered)
        others = [row for row in found.rows if row.method != found.reference]
        return len(found.rows) == bands * len(known) and all(row.gain is not None for row in others)

    known = [row.name for row in method_table(folder, data, metric, setting, "known").rows]
    return _bands_shown(at_once(folder, ("bands", data, metric, setting, reference), gains, is_complete, effort))


def _bands_shown(found: "BandGains") -> BandsShown:
    if found.reference is None or found.cut is None:
        return BandsShown()
    labels = dict(zip(found.cut.names, found.covered, strict=True))
    points = [
        BandPoint(row.method, row.band, row.gain.value, *(_ends(row.gain.interval) or NO_ENDS), labels[row.band])
        for row in found.rows
        if row.gain is not None
    ]
    few = [
        name for name, some, enough in zip(found.cut.names, found.covered, found.reliable, strict=True) if enough < some
    ]
    words = [f"Gain over {found.reference}.", found.cut.words, "Labels that no test item carries are not counted."]
    words.append("Intervals are of the method and hold 95 %; without 3 seeds there are none.")
    if few:
        words.append(f"Not to be relied on: {', '.join(few)}, with labels of fewer than 10 test positives.")
    if not points:
        words.append("The gains are being computed: test items are resampled.")
    return BandsShown(points, found.reference, " ".join(words))


@dataclass(frozen=True)
class RanksShown:
    """Methods over data sets.

    Attributes:
        ranks: Mean rank by method, best first; empty: too few methods or data sets.
        cliques: Methods that are not told apart.
        critical: The critical difference of two mean ranks.
        improvement: Probability of improvement of a method over another one, by their names.
        words: What so many data sets can show, in sentences.
    """

    ranks: dict[str, float] = field(default_factory=dict)
    cliques: list[tuple[str, ...]] = field(default_factory=list)
    critical: float | None = None
    improvement: dict[str, dict[str, float]] = field(default_factory=dict)
    words: tuple[str, ...] = ()


def study_ranks(folder: StudyFolder, metric: str, setting: Setting = ()) -> RanksShown:
    """The ranks of methods over data sets, from rows alone.

    Raises:
        InputError: A file of the study is damaged.
    """
    return of_study(_ranks, folder, metric, setting)


def _ranks(folder: StudyFolder, metric: str, setting: Setting) -> RanksShown:
    from mlcl_core.studies.compare import over_data

    found = over_data(folder, metric, where=dict(setting), rows=results_table(folder))
    words = [found.sentence]
    if found.left_out:
        words.append(f"Not ranked, as results are missing: {', '.join(found.left_out)}.")
    if found.ranks is None:
        return RanksShown(words=tuple(words))
    ranks, names = found.ranks, found.ranks.methods
    words.append(
        "A line joins methods that Wilcoxon's test, adjusted by Holm over the pairs, does not tell apart; CD is "
        f"Nemenyi's critical difference of mean ranks, {ranks.critical_difference:.2f}."
    )
    if ranks.friedman is not None:
        words.append(f"Friedman's test that all are alike: p {ranks.friedman:.3f}.")
    return RanksShown(
        dict(zip(names, map(float, ranks.mean_ranks), strict=True)),
        [tuple(names[at] for at in clique) for clique in ranks.wilcoxon_cliques],
        ranks.critical_difference,
        {
            name: {other: float(found.p_improvement[a, b]) for b, other in enumerate(names) if a != b}
            for a, name in enumerate(names)
        },
        tuple(words),
    )
