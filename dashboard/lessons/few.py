"""A few icons of the recorded run as one batch: the anchor, two of its positives, six that share no label with it."""

from itertools import islice

import numpy as np

from dashboard.figures.hand_batch import HandBatch
from dashboard.lessons.recorded import Recorded
from mlcl_core.pairs import Relation

STRANGERS = 6
POSITIVES = (Relation.EQUAL, Relation.SUPERSET)


def few_rows(recorded: Recorded) -> list[int]:
    """Rows of the watched items: the anchor, then the others, the nearest first.

    Of those with the same labels and of those with fewer, the nearest one each; of those without a shared label six
    from the nearest to the farthest, at even ranks.
    """
    pairs = recorded.pairs("last")
    order = [int(row) for row in np.argsort(-pairs.cosine, kind="stable") if row != recorded.anchor]
    strangers = [row for row in order if pairs.relation[row] == Relation.DISJOINT]
    picked = {strangers[rank] for rank in np.linspace(0, len(strangers) - 1, STRANGERS).round().astype(int)}
    for relation in POSITIVES:
        picked |= set(islice((row for row in order if pairs.relation[row] == relation), 1))
    return [recorded.anchor, *(row for row in order if row in picked)]


def few(recorded: Recorded) -> HandBatch:
    """Those icons as a batch, with the run's embeddings at its last step; the anchor is the first."""
    rows, watched, step = few_rows(recorded), recorded.watched_items, recorded.step("last")
    z = recorded.frame(step).z[rows].astype(np.float32)
    columns = np.flatnonzero(watched.labels[rows].any(0))
    return HandBatch(
        key="few",
        ids=tuple(range(1, len(rows) + 1)),
        names=tuple(watched.names[row] for row in rows),
        label_names=tuple(watched.label_names[column] for column in columns),
        labels=watched.labels[rows][:, columns],
        z=z / np.linalg.norm(z, axis=1, keepdims=True),
        origin="Icons of the recorded run, taken as one batch.",
        readiness=None,
        step=step,
    )
