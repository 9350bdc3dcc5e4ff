"""How often intervals hold the true value, and how often two equal methods are called different."""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from mlcl_core.bench.coverage_cases import World, normal_points, positives
from mlcl_core.metrics import FINAL_METRICS, Predictions
from mlcl_core.statistics import (
    ALPHA,
    Resampled,
    compare_method,
    interval_items,
    interval_method,
    mean_of,
    minus,
    resample,
)
from mlcl_core.statistics.resample import OfCounts, by_sums

FREQUENT = 10  # test positives of a label, from which on macro-F1 has an interval to rely on
WANTED = {
    "micro_f1": (0.925, 0.975),
    "accuracy": (0.925, 0.975),
    "subset_accuracy": (0.925, 0.975),
    "macro_f1": (0.92, 0.98),
}
MAX_FALSE = 0.07
True_ = Callable[[float], float]


def coverage(
    *,
    cases: int = 1_000,
    items: str | int = "400,150",
    effects: str | int | float = "0,0.01,0.02",
    seeds: int = 3,
    resamples: int = 2_000,
    seed: int = 0,
    quick: bool = False,
) -> dict[str, Any]:
    """Simulate predictions of two methods that are equal in truth, and count.

    Args:
        cases: Simulated test sets for each number of items and each effect.
        items: Numbers of test items, separated by commas: from 200 on intervals are percentiles, below them BCa.
        effects: Standard deviations of the true micro-F1 of seeds, separated by commas.
        seeds: Of each method.
        resamples: Of the test items.
        seed: Of the simulation.
        quick: 40 cases, to see that the bench works.

    Returns:
        By items and effect, for micro-F1, accuracy (of decisions), subset accuracy, macro-F1 over labels with at least
        10 test positives, and over the others (``rare``): ``model``, the share of the intervals of these models that
        hold the true value; ``models_apart``, the same of the difference of two of them; ``method``, of the intervals
        of a method; ``methods_apart``, of the difference of two; ``false_positives``, the share of comparisons of the
        two methods with p < .05. ``within``: whether all of them are where they should be: coverage of these models
        from 92.5 to 97.5 % (macro-F1: 92 to 98 %), of a method not below, false positives at most 7 %.
    """
    world, result, within = World(), {}, True
    cases = 40 if quick else cases
    for size in (int(number) for number in str(items).split(",")):
        for effect in (float(number) for number in str(effects).split(",")):
            begun = perf_counter()
            rng = np.random.default_rng([seed, size, round(1e6 * effect)])
            # products of one case are too small for two threads
            with threadpool_limits(1):
                counted = [_case(world, size, effect, seeds, resamples, rng) for _ in range(cases)]
            found = _shares(counted)
            within &= all(_fits(name, numbers) for name, numbers in found.items())
            result[f"{size} items, seeds ±{effect:g}"] = {**found, "seconds": round(perf_counter() - begun, 1)}
    return {"cases": cases, "seeds": seeds, "resamples": resamples, "results": result, "within": within}


def _case(
    world: World, items: int, effect: float, seeds: int, resamples: int, rng: np.random.Generator
) -> dict[str, dict[str, bool]]:
    """What each interval of one simulated test set does."""
    spread = world.spread(effect)
    quality = spread * rng.standard_normal((2, seeds))
    labels, scores = world.draw(items, quality, rng)
    frequent, rare = positives(labels, FREQUENT), positives(labels, 1, FREQUENT - 1)
    true: dict[str, True_] = {
        "micro_f1": world.micro_f1,
        "accuracy": world.accuracy,
        "subset_accuracy": world.subset_accuracy,
        "macro_f1": lambda q: float(world.f1(q)[frequent].mean()),
        "rare": lambda q: float(world.f1(q)[rare].mean()),
    }
    models = [Predictions(labels, one.astype(np.float64), 0.0) for method in scores for one in method]
    measures = [measure for model in models for measure in _measures(model, frequent, rare).values()]
    found = resample(measures, items, resamples=resamples, seed=int(rng.integers(2**31)))
    by_name = {name: found[at :: len(true)] for at, name in enumerate(true)}
    return {name: _counted(by_name[name], true[name], quality, spread) for name in true}


def _measures(model: Predictions, frequent: np.ndarray, rare: np.ndarray) -> Mapping[str, OfCounts]:
    macro = "macro_f1"
    return {
        "micro_f1": _additive("micro_f1", model),
        "accuracy": by_sums(
            (model.labels == model.predicted).sum(1)[:, None].astype(np.float64),
            lambda right: right[..., 0] / model.labels.size,
        ),
        "subset_accuracy": _additive("subset_accuracy", model),
        "macro_f1": _additive(macro, model.of_labels(frequent)),
        "rare": _additive(macro, model.of_labels(rare)),
    }


def _additive(name: str, model: Predictions) -> OfCounts:
    metric = FINAL_METRICS[name]
    assert metric.sums is not None
    assert metric.of_sums is not None
    return by_sums(metric.sums(model), metric.of_sums)


def _counted(found: list[Resampled], true: True_, quality: np.ndarray, spread: float) -> dict[str, bool]:
    """Of the models of two methods: what holds its true value, and whether the methods are told apart."""
    seeds = quality.shape[1]
    a, b = found[:seeds], found[seeds:]
    z, weights = normal_points()
    mean = float(np.array([true(spread * at) for at in z]) @ weights) if spread else true(0.0)
    first, second = true(quality[0, 0]), true(quality[1, 0])
    difference = compare_method(a, b)
    of_a = mean_of(a)
    method = interval_method(np.array([one.value for one in a]), of_a.se, of_a.items)
    return {
        "model": first in interval_items(a[0]),
        "models_apart": first - second in interval_items(minus(a[0], b[0])),
        "method": method is not None and mean in method,
        "methods_apart": difference.interval is not None and 0.0 in difference.interval,
        "false_positives": difference.p < ALPHA,
    }


def _shares(counted: list[dict[str, dict[str, bool]]]) -> dict[str, dict[str, float]]:
    return {
        name: {kind: round(float(np.mean([case[name][kind] for case in counted])), 4) for kind in counted[0][name]}
        for name in counted[0]
    }


def _fits(name: str, numbers: Mapping[str, float]) -> bool:
    if name not in WANTED:
        return True
    low, high = WANTED[name]
    inside = all(low <= numbers[kind] <= high for kind in ("model", "models_apart"))
    return (
        inside and min(numbers["method"], numbers["methods_apart"]) >= low and numbers["false_positives"] <= MAX_FALSE
    )
