"""The health of a frame as findings: each number, whether it needs attention, and the anchors it concerns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

MAX_ANCHORS = 256  # opened of a frame: 0.06 s for 1,558 items, where all of them take 0.3 s
MAX_PAIRS = 256 * 20_000  # opened at once, at some 30 bytes a pair
MAX_EVEN = 5_000  # items whose pairs the uniformity looks at
MAX_LISTED = 100  # anchors that a finding links to
# Thresholds from which a number needs attention; chosen for the Lab.
MANY_WITHOUT = 0.1  # share of anchors without positives
FEW, UNEVEN = 2.0, 0.5  # effective positives, entropy: below, an anchor depends on a pair or two
HALF = 0.5  # share of such anchors
ONE_SIDED = 0.8  # share of the force on one relation; disjoint pairs have about half of it in any softmax loss
BEYOND = 1 / 3  # share of anchors whose positives are no nearer than random items
# What an untrained network fails by itself: judged after the first steps, as the alarms of a run are.
LATER = (ALIGNMENT.name, UNIFORMITY.name, EFFECTIVE_RANK.name)


@dataclass(frozen=True)
class Finding:
    """One number of a frame's health.

    ``look``: why it needs attention and what can help, empty where it does not; ``rows``: the watched items concerned,
    worst first; ``early``: it crosses its threshold, as it does in every training that has hardly begun.
    """

    record: MetricRecord
    value: str
    look: str = ""
    rows: tuple[int, ...] = ()
    early: bool = False


def sampled_anchors(n: int) -> np.ndarray:
    """Rows of the anchors that are opened: all, or 256 spread evenly over the items, the same for every frame.

    Edge cases:
        Of more than 20,000 items fewer, so that there are at most five million pairs.
    """
    return spread_rows(n, min(MAX_ANCHORS, max(1, MAX_PAIRS // max(n, 1))))


def spread_rows(n: int, most: int) -> np.ndarray:
    """All rows of n, or ``most`` of them spread evenly."""
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).round().astype(np.int64)


def findings(
    loss: PairLoss | None,
    z: np.ndarray,
    labels: np.ndarray,
    prototypes: np.ndarray | None,
    label_names: Sequence[str],
    *,
    early: bool = False,
) -> list[Finding]:
    """All findings of a frame, in a fixed order.

    Args:
        loss: The run's loss at the temperature in force; None when it compares no pairs: only the space is judged.
        z: Embeddings of the watched items.
        labels: Boolean, items x labels.
        prototypes: One point per label, where the run has them.
        label_names: Names of the labels.
        early: Whether the training has hardly begun, so that the shape of the space is not judged yet
            (:func:`mlcl_core.engine.alarms.warm_up`).

    Edge cases:
        Embeddings that are not finite: a single finding that says so. No items: no findings.
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
    return [_not_yet(one) for one in found] if early else found


def _not_yet(one: Finding) -> Finding:
    return replace(one, look="", early=True, rows=()) if one.look and one.record.name in LATER else one


def _not_finite(bad: np.ndarray, n: int) -> Finding:
    summary = "Every item must have an embedding of finite numbers."
    record = MetricRecord(name="finite", title="Embeddings", summary=summary, direction="none")
    text = "Some items no longer have an embedding, so that nothing else can be measured: training has broken down."
    return Finding(record, f"{len(bad):,} of {n:,} are not finite", text, _listed(bad))


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
    look = "As anchors they learn from no other item. A rule with more positives can help."
    return Finding(
        WITHOUT_POSITIVES,
        f"{len(alone):,} of {len(rows):,}",
        look if share > MANY_WITHOUT else "",
        _listed(rows[alone]),
    )


def _effective(terms: PairTerms, rows: np.ndarray) -> Finding:
    record, count = EFFECTIVE_POSITIVES, effective_positives(terms.attract).numpy()
    there = np.flatnonzero(count > 0)
    if not len(there):
        return Finding(record, "–")
    few = there[count[there] < FEW]
    look = (
        "More than half of the anchors depend on a pair or two: the batch they fall into decides what pulls them. "
        "A larger batch or a queue can help."
    )
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
        "For more than half of the anchors few positives have much of the weight: 100 count as fewer than 10. "
        "A rule with evener weights can help."
    )
    return Finding(
        record,
        f"{even[there].mean():.2f}",
        look if len(uneven) > HALF * len(there) else "",
        _listed(rows[uneven[np.argsort(even[uneven], kind="stable")]]),
    )


def _forces(terms: PairTerms) -> Finding:
    shares = force_shares(terms.force, terms.relation)
    names = {Relation(mark.code): mark.brief for mark in RELATIONS}
    # no line break between a name and its number
    value = " · ".join(f"{names[one]} {100 * shares[one]:.0f} %".replace(" ", "\u00a0") for one in names)
    largest = max(shares, key=lambda one: shares[one])
    look = ""
    if not any(shares.values()):
        look = "No pair of watched items pulls or pushes: this loss has no gradient here. Another rule can help."
    elif shares[largest] > ONE_SIDED:
        where = f"More than {ONE_SIDED:.0%} of it goes to one relation ({names[largest]})"
        look = f"{where}; the others hardly shape the space. Compare, another rule, shows what other weights do."
    return Finding(FORCE_SHARES, value, look)


def _near(terms: PairTerms, rows: np.ndarray, z: Tensor) -> Finding:
    record = ALIGNMENT
    cosine, positive = terms.cosine[:, : len(z)], terms.positive[:, : len(z)]  # items, without the prototypes
    far = anchor_alignment(cosine, positive).numpy()
    there = np.flatnonzero(~np.isnan(far))
    if not len(there):
        return Finding(record, "–")
    count = positive.sum(1).numpy()[there]
    mean, at_random = float((far[there] * count).sum() / count.sum()), 2 - 2 * mean_cosine(z)
    beyond = there[far[there] >= at_random]
    share = len(beyond) / len(there)
    return Finding(
        record,
        f"{mean:.3f}; at random {at_random:.3f}",
        f"For {100 * share:.0f} % of the anchors, positives are on average no nearer than two random items. "
        "Longer training or a lower temperature can help."
        if share > BEYOND
        else "",
        _listed(rows[beyond[np.argsort(-far[beyond], kind="stable")]]),
    )


def _of_space(z: Tensor) -> list[Finding]:
    some = z[torch.from_numpy(spread_rows(len(z), MAX_EVEN))]
    even, alike, rank = uniformity(some), mean_cosine(z), effective_rank(z)
    closed = (
        f"The points nearly coincide. An untrained network starts so; training should bring it below {CLOSED:g}. "
        "Another learning rate can help."
    )
    narrow = (
        f"The items point in nearly one direction (mean cosine {alike:.2f}): they can hardly be distinguished. "
        "Another learning rate can help."
    )
    line = (
        f"The embeddings spread in fewer than {FEW:g} directions: there is little room to distinguish items. "
        "Another rule can help."
    )
    unit = torch.nn.functional.normalize(z, dim=1)
    # the items most similar to all others first
    crowd = (unit @ unit.mean(0)).argsort(descending=True, stable=True).numpy()
    look = narrow if alike > NARROW else line if rank < FEW and len(z) > 1 else ""
    return [
        Finding(UNIFORMITY, f"{even:.2f}{_of_some(len(some), len(z))}", closed if even > CLOSED and len(z) > 1 else ""),
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
    # the items with these labels, farthest from the prototype first
    unit, stars = (torch.nn.functional.normalize(x, dim=1) for x in (z, prototypes[torch.from_numpy(deserted)]))
    cosine = torch.where(y[:, torch.from_numpy(deserted)], unit @ stars.T, torch.inf).amin(1)
    order = cosine.argsort(stable=True)
    carriers = order[torch.isfinite(cosine[order])].numpy()
    look = (
        f"No item is near {named}: the network does not find the items of these labels, or there are too few of them."
    )
    return Finding(VISITORS, value, look, _listed(carriers))


def _of_some(some: int, n: int) -> str:
    return "" if some == n else f" (of {some:,} of the {n:,} items)"


def _listed(rows: np.ndarray) -> tuple[int, ...]:
    return tuple(int(row) for row in rows[:MAX_LISTED])
