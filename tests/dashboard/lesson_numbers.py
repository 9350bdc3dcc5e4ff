"""Numbers of the recorded runs, by numpy and sets."""

import numpy as np

from dashboard.lessons import Recorded


def label_sets(recorded: Recorded) -> list[frozenset[int]]:
    """Of the watched items."""
    return [frozenset(np.flatnonzero(row)) for row in recorded.watched_items.labels]


def mean_cosines(recorded: Recorded, at: str, rule: str) -> dict[str, float]:
    """By relation over all pairs, the two nested ones together: numpy on the frame."""
    z = recorded.frame(recorded.step(at, rule), rule).z.astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    cosine, found = z @ z.T, {}
    y = recorded.watched_items.labels.astype(int)
    shared, s, t = y @ y.T, y.sum(1)[:, None], y.sum(1)[None, :]
    equal, none, off = (shared == s) & (shared == t), shared == 0, ~np.eye(len(z), dtype=bool)
    nested = ((shared == s) | (shared == t)) & ~equal & ~none
    kinds = {"equal": equal, "nested": nested, "overlap": ~(equal | none | nested), "disjoint": none & ~equal}
    for name, of in kinds.items():
        found[name] = float(cosine[of & off].mean())
    return found
