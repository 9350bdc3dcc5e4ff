"""The loops of the pair rules: one pair at a time; each rule's own loop is registered in its test."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from tests.reference.labels import label_set


@dataclass(frozen=True)
class RuleLoop:
    """One rule for one pair: ``attract(S, T, label sets of all possible positives of i, options)`` gives its weight and
    whether it is a positive, ``compete(S, T, options)`` its b; ``normalise`` is the paper's normalisation.
    """

    attract: Callable[..., tuple[float, bool]]
    compete: Callable[..., float]
    normalise: str


RULES: dict[str, RuleLoop] = {}


PROTOTYPE = 3


def rule(*, normalise: str, compete: Callable[..., float] = lambda S, T, options: 1.0) -> Callable[[Any], Any]:
    """Register the loop of the rule whose name the function has, in the rule's own test."""

    def register(attract: Any) -> Any:
        RULES[attract.__name__] = RuleLoop(attract, compete, normalise)
        return attract

    return register


def loop_of(name: str) -> RuleLoop:
    """The loop of a rule, which ``tests/pairs/test_<name>.py`` registers."""
    if name not in RULES:
        import_module(f"tests.pairs.test_{name}")
    return RULES[name]


def weights(
    rule: str, y_anchor: Any, y_other: Any, self_index: Any = None, kind: Any = None, **options: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Attract w, compete b and positive of every pair; ``self_index[i]`` is the column of i itself, -1 none.

    ``kind[j]`` is 3 where j is the prototype of a label.
    """
    loop = loop_of(rule)
    n, m = len(y_anchor), len(y_other)
    w, b, positive = np.zeros((n, m)), np.ones((n, m)), np.zeros((n, m), dtype=bool)
    others = [label_set(row) for row in y_other]
    options["labels"] = np.asarray(y_other).shape[1]
    prototypes = [kind is not None and int(kind[j]) == PROTOTYPE for j in range(m)]
    options["any_prototype"] = any(prototypes)
    for i in range(n):
        S = label_set(y_anchor[i])
        own = -1 if self_index is None else int(self_index[i])
        available = [T for j, T in enumerate(others) if j != own]
        options["prototypes"] = [p for j, p in enumerate(prototypes) if j != own]
        for j, T in enumerate(others):
            if j == own:
                b[i, j] = 0.0
                continue
            options["prototype"] = prototypes[j]
            w[i, j], positive[i, j] = loop.attract(S, T, available, options)
            b[i, j] = loop.compete(S, T, options)
            if options.get("empty_match", False) and not S and not T:
                w[i, j], positive[i, j] = 1.0, True
    return w, b, positive
