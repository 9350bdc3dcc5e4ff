"""Why an item kept, gained and lost neighbours: what the losses of both sides say of these pairs, in sentences."""

import numpy as np
from jaxtyping import Int64

from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.force_bars import signed
from dashboard.figures.pairs import AnchorPairs
from mlcl_core.metrics import NeighbourChanges
from mlcl_core.metrics.neighbour_changes import FATES

NO_PAIRS = "none"  # as a mean or a sum: the loss compares no pairs
Pairs = tuple[AnchorPairs | None, AnchorPairs | None]


def fate_counts(changes: NeighbourChanges) -> str:
    """How many neighbours were kept, gained and lost: "6 kept, 9 gained, 9 lost"."""
    return ", ".join(f"{changes.fate.count(fate)} {fate}" for fate in reversed(FATES))


def fate_reasons(changes: NeighbourChanges, rows: Int64[np.ndarray, "2 n"], pairs: Pairs) -> list[str]:
    """A sentence for each fate that some neighbour has: relations, mean weight and summed force under both sides.

    Example: "lost (9): 6 more labels, 3 some shared; mean weight 0.31 under A, 0.05 under B; force −0.0810, +0.0021".
    """
    found = []
    for fate in FATES:
        at = rows[:, changes.other[[one == fate for one in changes.fate]]]
        if not at.shape[1]:
            continue
        words = [f"{fate} ({at.shape[1]})"]
        opened = [(one, where) for one, where in zip(pairs, at, strict=True) if one is not None]
        if opened:
            words.append(f": {_relations(*opened[0])}; mean weight ")
            words.append(", ".join(f"{mean} under {letter}" for letter, mean in _each(pairs, at, "weight")))
            words.append("; summed force ")
            words.append(", ".join(f"{total} under {letter}" for letter, total in _each(pairs, at, "force")))
        found.append("".join(words))
    return found


def pair_reason(changes: NeighbourChanges, line: int, rows: Int64[np.ndarray, "2 n"], pairs: Pairs, name: str) -> str:
    """One neighbour in a sentence: its ranks and cosines, its relation, and what weight and force say in both."""
    rank = [f"{one:,}" for one in changes.rank[line]]
    cosine = [f"{one:.2f}" if np.isfinite(one) else "none" for one in changes.cosine[line]]
    words = (
        f"{name} is {changes.fate[line]}: rank {rank[0]} in A and {rank[1]} in B, cosine {cosine[0]} and {cosine[1]}."
    )
    at = rows[:, changes.other[line]]
    opened = [(letter, one, where) for letter, one, where in zip("AB", pairs, at, strict=True) if one is not None]
    if opened:
        words += (
            f" Its labels against the anchor's: {RELATION_BY_CODE[int(opened[0][1].relation[opened[0][2]])].short()}."
        )
    for letter, one, where in opened:
        force = float(one.force[where])
        effect = "pulls it" if force < 0 else "pushes it away" if force > 0 else "leaves it alone"
        words += f" {letter} weighs the pair {float(one.weight[where]):.2f} and {effect} ({signed(force)})."
    return words


def rule_reasons(a: AnchorPairs, b: AnchorPairs) -> str:
    """How many positives an anchor has under either rule, and which way the forces on its pairs turn, in a sentence."""
    turned = int(((a.force < 0) & (b.force > 0)).sum()), int(((a.force > 0) & (b.force < 0)).sum())
    return (
        f"{int((a.positive > 0).sum()):,} positives under A, {int((b.positive > 0).sum()):,} under B; "
        f"{turned[0]:,} pairs that A pulls together are pushed apart by B, {turned[1]:,} the other way round."
    )


def _relations(pairs: AnchorPairs, at: np.ndarray) -> str:
    codes, counts = np.unique(pairs.relation[at], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{counts[one]} {RELATION_BY_CODE[int(codes[one])].short()}" for one in order)


def _each(pairs: Pairs, at: np.ndarray, name: str) -> list[tuple[str, str]]:
    found = []
    for letter, one, where in zip("AB", pairs, at, strict=True):
        if one is None:
            found.append((letter, NO_PAIRS))
        elif name == "weight":
            found.append((letter, f"{float(one.weight[where].mean()):.2f}"))
        else:
            found.append((letter, signed(float(one.force[where].sum()))))
    return found
