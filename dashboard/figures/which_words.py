"""What a comparison of methods will do, in sentences, before it starts."""

from collections.abc import Collection, Sequence

from dashboard.figures.formatting import duration
from mlcl_core.statistics import MIN_SEEDS
from mlcl_core.studies.which import Plan

FEW_SEEDS = (
    "With fewer than 3 seeds nothing can be said about methods, only about the models that these seeds happen to give."
)
TIMED = "Estimated from a short piece of each method, trained just now on this machine."
KNOWN = "Estimated from what such trainings took before on this machine."
UNTIMED = "A short piece of each method is trained first, to see how many epochs fit."


def plan_words(plan: Plan, minutes: float, rates: tuple[float, ...], source: str) -> list[str]:
    """Sentences, the first one for a headline.

    Args:
        plan: What will be done.
        minutes: The minutes to spend.
        rates: The learning rates that are tried; empty: none.
        source: Where the estimate comes from: :data:`TIMED` or :data:`KNOWN`.
    """
    seeds = len(plan.file.seeds)
    methods = plan.trainings // seeds
    each = f"{plan.epochs:,} epoch{'s'[: plan.epochs != 1]}"
    found = [f"{_counted(plan.trainings, 'training')} of {each} each, about {duration(plan.seconds)} in all"]
    found.append(f"{methods} methods × {_counted(seeds, 'seed')}; every method gets the same.")
    if plan.epochs < plan.wanted:
        found.append(
            f"The set-up has {plan.wanted:,} epochs, for which about {duration(plan.wanted_seconds)} would be needed: "
            f"{each} fit into {_counted(minutes, 'minute')}. A method that learns slowly may lose by that."
        )
    if rates:
        tried = ", ".join(f"{rate:g}" for rate in rates)
        found.append(
            f"Before them, {_counted(plan.tunings, 'training')} choose the learning rate of each method among {tried}, "
            "by validation items."
        )
    if seeds < MIN_SEEDS:
        found.append(FEW_SEEDS)
    return [*found, source]


def _counted(number: float, what: str) -> str:
    return f"{number:,g} {what}{'s'[: number != 1]}"


def missing_words(done: Collection[tuple[str, int]], methods: Sequence[str], seeds: Sequence[int]) -> str:
    """Which trainings are still to come: "still to come: ANY with seed 2, BCE with seeds 1, 2"; empty: none.

    Args:
        done: Method and seed of those that have ended.
        methods, seeds: All.
    """
    found = []
    for method in methods:
        left = [str(seed) for seed in seeds if (method, seed) not in done]
        if left:
            found.append(f"{method} with seed{'s'[: len(left) != 1]} {', '.join(left)}")
    return f"Still to come: {'; '.join(found)}." if found else ""
