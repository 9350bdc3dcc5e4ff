"""Health of a frame as findings: each number, whether it asks for a look, and the anchors it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dashboard.figures.colours import RELATIONS
from mlcl_core.losses import PairLoss, PairTerms
from mlcl_core.metrics.alignment import ALIGNMENT
from mlcl_core.metrics.health import (
    CLOSED,
    EFFECTIVE_POSITIVES,
    EFFECTIVE_RANK,
    FORCE_SHARES,
    NARROW,
    VISITORS,
    WEIGHT_EVENNESS,
    WITHOUT_POSITIVES,
    anchor_alignment,
    effective_positives,
    effective_rank,
    force_shares,
    mean_cosine,
    prototype_visitors,
    weight_evenness,
)
from mlcl_core.metrics.record import MetricRecord
from mlcl_core.metrics.uniformity import UNIFORMITY, uniformity
from mlcl_core.pairs import Relation

ANCHORS = 256  # opened of a frame: 0.06 s for 1,558 items, where all of them take 0.3 s
LISTED = 100  # anchors a finding leads to, at most
# From where on a number asks for a look; the thresholds are ours.
MANY_LONELY = 0.1  # share of anchors without positives
FEW, UNEVEN = 2.0, 0.5  # effective positives, entropy: an anchor below hangs on a pair or two
HALF = 0.5  # share of such anchors
ONE_SIDED = 0.8  # share of the force on one relation; disjoint pairs have about half of it in any softmax loss
BEYOND = 0.25  # share of anchors whose positives are as far away as any item


@dataclass(frozen=True)
class Finding:
    """One number of a frame's health.

    ``look``: why it asks for a look, empty when it is as it should be; ``rows``: watched items concerned, worst first.
    """

    record: MetricRecord
    value: str
    look: str = ""
    rows: tuple[int, ...] = ()


def sampled_anchors(n: int) -> np.ndarray:
    """Rows of the anchors that are opened: all, or 256 evenly over the items, the same for every frame."""
    return np.arange(n) if n <= ANCHORS else np.linspace(0, n - 1, ANCHORS).round().astype(np.int64)


def findings(
    loss: PairLoss | None,
    z: np.ndarray,
    labels: np.ndarray,
    prototypes: np.ndarray | None,
    label_names: Sequence[str],
) -> list[Finding]:
    """All that can be told of a frame, in a fixed order.

    Args:
        loss: The run's loss at the temperature in force; None when it looks at no pairs: the space alone is judged.
        z: Embeddings of the watched items.
        labels: Boolean, items x labels.
        prototypes: One point a label, where the run has them.
        label_names: Names of the labels.

    Edge cases:
        Embeddings that are not finite: that is the one finding. No items: none.
    """
    bad = np.flatnonzero(~np.isfinite(z).all(1))
    if len(bad):
        return [_not_finite(bad, len(z))]
    if not len(z):
        return []
    points, y = torch.from_numpy(np.asarray(z, dtype=np.float32)), torch.from_numpy(np.asarray(labels, dtype=bool))
    stars = None if prototypes is None else torch.from_numpy(np.asarray(prototypes, dtype=np.float32))
    found = [] if loss is None else _of_pairs(loss, points, y, stars)
    found += _of_space(points)
    if stars is not None and bool(torch.isfinite(stars).all()):
        found.append(_of_prototypes(points, y, stars, label_names))
    return found


def _not_finite(bad: np.ndarray, n: int) -> Finding:
    summary = "Every item must have an embedding of finite numbers."
    record = MetricRecord(name="finite", title="Embeddings", summary=summary, direction="none")
    text = "Some items have no embedding any more, so that nothing else can be told: the training has broken down."
    return Finding(record, f"{len(bad):,} of {n:,} are no numbers", text, _listed(bad))


def _of_pairs(loss: PairLoss, z: Tensor, y: Tensor, prototypes: Tensor | None) -> list[Finding]:
    rows = sampled_anchors(len(z))
    at = torch.from_numpy(rows)
    more: dict[str, Any] = {} if prototypes is None or "prototypes" not in loss.needs else {"prototypes": prototypes}
    terms = loss.explain(z[at], y[at], z, y, self_index=at, **more)
    return [
        _without_positives(terms, rows),
        _effective(terms, rows),
        _evenness(terms, rows),
        _forces(terms),
        _near(terms, rows, z),
    ]


def _without_positives(terms: PairTerms, rows: np.ndarray) -> Finding:
    alone = np.flatnonzero(~terms.positive.any(1).numpy())
    share = len(alone) / len(rows)
    look = "As anchors they learn from no other item. A rule that sees more positives can give them some."
    return Finding(
        WITHOUT_POSITIVES,
        f"{len(alone):,} of {len(rows):,}",
        look if share > MANY_LONELY else "",
        _listed(rows[alone]),
    )


def _effective(terms: PairTerms, rows: np.ndarray) -> Finding:
    record, count = EFFECTIVE_POSITIVES, effective_positives(terms.attract).numpy()
    there = np.flatnonzero(count > 0)
    if not len(there):
        return Finding(record, "–")
    few = there[count[there] < FEW]
    look = "More than half of the anchors hang on a pair or two: whom they meet in a batch decides what pulls them."
    low, middle, high = np.quantile(count[there], [0, 0.5, 1])
    return Finding(
        record,
        f"{middle:.1f} (from {low:.1f} to {high:.1f})",
        look if len(few) > HALF * len(there) else "",
        _listed(rows[few[np.argsort(count[few], kind="stable")]]),
    )


def _evenness(terms: PairTerms, rows: np.ndarray) -> Finding:
    record, even = WEIGHT_EVENNESS, weight_evenness(terms.attract).numpy()
    there = np.flatnonzero(~np.isnan(even))
    if not len(there):
        return Finding(record, "–")
    uneven = there[even[there] < UNEVEN]
    look = (
        "For more than half of the anchors few positives have much of the weight: of 100, they count as less than 10."
    )
    return Finding(
        record,
        f"{even[there].mean():.2f}",
        look if len(uneven) > HALF * len(there) else "",
        _listed(rows[uneven[np.argsort(even[uneven], kind="stable")]]),
    )


def _forces(terms: PairTerms) -> Finding:
    shares = force_shares(terms.force, terms.relation)
    names = {Relation(mark.code): mark.name for mark in RELATIONS}
    # no line ends between a name and its number
    value = " · ".join(f"{names[one]} {100 * shares[one]:.0f} %".replace(" ", "\u00a0") for one in names)
    largest = max(shares, key=lambda one: shares[one])
    look = ""
    if not any(shares.values()):
        look = "Between the watched items nothing pulls or pushes: this loss has no gradient here."
    elif shares[largest] > ONE_SIDED:
        where = f"More than {ONE_SIDED:.0%} of it goes to {names[largest]} pairs"
        look = f"{where}; the other relations hardly shape the space."
    return Finding(FORCE_SHARES, value, look)


def _near(terms: PairTerms, rows: np.ndarray, z: Tensor) -> Finding:
    record = ALIGNMENT
    cosine, positive = terms.cosine[:, : len(z)], terms.positive[:, : len(z)]  # items, without the prototypes
    far = anchor_alignment(cosine, positive).numpy()
    there = np.flatnonzero(~np.isnan(far))
    if not len(there):
        return Finding(record, "–")
    count = positive.sum(1).numpy()[there]
    mean, anybody = float((far[there] * count).sum() / count.sum()), 2 - 2 * mean_cosine(z)
    beyond = there[far[there] >= anybody]
    share = len(beyond) / len(there)
    return Finding(
        record,
        f"{mean:.3f}; at random {anybody:.3f}",
        f"For {100 * share:.0f} % of the anchors, positives are on average no nearer than two items at random."
        if share > BEYOND
        else "",
        _listed(rows[beyond[np.argsort(-far[beyond], kind="stable")]]),
    )


def _of_space(z: Tensor) -> list[Finding]:
    even, alike, rank = uniformity(z), mean_cosine(z), effective_rank(z)
    closed = f"The points nearly coincide. An untrained network begins so; training should bring it below {CLOSED:g}."
    narrow = f"The items point nearly one way (mean cosine {alike:.2f}): they can hardly be told apart."
    line = f"The embeddings spread in fewer than {FEW:g} directions: there is little room to tell items apart."
    unit = torch.nn.functional.normalize(z, dim=1)
    # the middle of the crowd first: who is most like everybody
    crowd = (unit @ unit.mean(0)).argsort(descending=True, stable=True).numpy()
    look = narrow if alike > NARROW else line if rank < FEW and len(z) > 1 else ""
    return [
        Finding(UNIFORMITY, f"{even:.2f}", closed if even > CLOSED and len(z) > 1 else ""),
        Finding(
            EFFECTIVE_RANK,
            f"{rank:.1f} of {z.shape[1]} · mean cosine {alike:.2f}",
            look,
            _listed(crowd) if look else (),
        ),
    ]


def _of_prototypes(z: Tensor, y: Tensor, prototypes: Tensor, label_names: Sequence[str]) -> Finding:
    deserted = np.flatnonzero(prototype_visitors(z, y, prototypes).numpy() == 0)
    value = f"{len(deserted)} of {len(prototypes)}"
    if not len(deserted):
        return Finding(VISITORS, value)
    named = ", ".join(str(label_names[c]) for c in deserted[:6]) + (" …" if len(deserted) > 6 else "")
    # those that carry the labels, farthest from the prototype first
    unit, stars = (torch.nn.functional.normalize(x, dim=1) for x in (z, prototypes[torch.from_numpy(deserted)]))
    cosine = torch.where(y[:, torch.from_numpy(deserted)], unit @ stars.T, torch.inf).amin(1)
    order = cosine.argsort(stable=True)
    carriers = order[torch.isfinite(cosine[order])].numpy()
    look = f"No item is near {named}: the network doesn't find the items of such a label, or there are too few of them."
    return Finding(VISITORS, value, look, _listed(carriers))


def _listed(rows: np.ndarray) -> tuple[int, ...]:
    return tuple(int(row) for row in rows[:LISTED])
