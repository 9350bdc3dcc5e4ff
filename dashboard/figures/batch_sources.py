"""The sources of a small batch: examples that each show one effect, a seeded draw, the watched items of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dashboard.figures.batch_words import (
    Words,
    in_common,
    nested_pairs,
    one_label_each,
    relations_of_first,
    starving,
    without_labels_or_positives,
)
from dashboard.figures.hand_batch import HandBatch, made_up_batch

SCENE_LABELS = ("sky", "sea", "beach", "boat", "sunset", "people")
MAX_LABELS = 8  # columns of toggles that fit beside the matrices


@dataclass(frozen=True)
class Example:
    """A batch that shows one effect: label sets over :data:`SCENE_LABELS`, and a description that follows edits."""

    title: str
    words: Words
    label_sets: tuple[str, ...]


EXAMPLES: dict[str, Example] = {
    "relations": Example(
        "All five relations",
        relations_of_first,
        (
            "sky sea",
            "sky sea",
            "sky sea boat",
            "sky",
            "sea beach",
            "people",
            "sky sea beach boat sunset",
            "beach people",
        ),
    ),
    "nested": Example(
        "Nested: one set inside the other",
        nested_pairs,
        ("sky", "sky sea", "sky sea beach", "sky sea beach boat", "sky sea beach boat sunset", "people", "people sky"),
    ),
    "starving": Example(
        "Equal sets starve",
        starving,
        ("sky sea", "sky beach", "sky boat", "sky sunset", "sky people", "sea boat", "sea boat", "beach sunset"),
    ),
    "common": Example(
        "One label everywhere",
        in_common,
        ("sky", "sky sea", "sky sea", "sky boat", "sky boat sunset", "sky beach", "sky", "sky people"),
    ),
    "single": Example("One label each", one_label_each, ("sky", "sky", "sky", "sea", "sea", "beach", "beach", "boat")),
    "without": Example(
        "Without labels or positives",
        without_labels_or_positives,
        ("", "people", "sky", "sky sea", "sea", "sea beach", "beach boat", "sky beach"),
    ),
}


def example_batch(name: str, *, key: str, readiness: str, seed: int) -> HandBatch:
    """The batch of one of the :data:`EXAMPLES`."""
    example = EXAMPLES[name]
    labels = np.array([[label in row.split() for label in SCENE_LABELS] for row in example.label_sets])
    batch = made_up_batch(labels, SCENE_LABELS, key=key, origin="", readiness=readiness, seed=seed)
    return replace(batch, words=example.words)


def random_batch(items: int, *, key: str, readiness: str, seed: int, draw: int = 0) -> HandBatch:
    """Draw label sets from ``seed``, embeddings from ``draw``: common labels and rare ones, as in real data.

    Each label has its own frequency, from 60 % down to 15 %. An item that drew none stays without labels.
    """
    frequency = np.linspace(0.6, 0.15, len(SCENE_LABELS))
    labels = np.random.default_rng(seed).random((items, len(SCENE_LABELS))) < frequency
    chances = ", ".join(f"{label} {share:.0%}" for label, share in zip(SCENE_LABELS, frequency, strict=True))
    origin = f"Drawn at random from seed {seed}, each label with its own probability: {chances}."
    return made_up_batch(labels, SCENE_LABELS, key=key, origin=origin, readiness=readiness, seed=draw)


def run_batch(
    labels: npt.NDArray[np.bool_],
    label_names: Sequence[str],
    z: npt.NDArray[np.float32],
    *,
    items: int,
    key: str,
    origin: str,
    seed: int,
) -> tuple[HandBatch, npt.NDArray[np.int64]]:
    """Pick ``items`` of a run's watched items that share labels, with the run's own embeddings.

    The first item is drawn by ``seed``. Each next one is a candidate that shares a label with those already picked, as
    long as all of them together have at most :data:`MAX_LABELS` labels; without one, any candidate with labels; then
    any candidate.

    Returns:
        The batch, restricted to the labels that occur in it, and the picked rows.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    picked: list[int] = []
    union = np.zeros(labels.shape[1], dtype=bool)
    while len(picked) < min(items, len(labels)):
        left = np.array([row for row in order if row not in picked])
        carried, shares = labels[left], (labels[left] & union).any(1)
        fits = (carried | union).sum(1) <= MAX_LABELS
        preference = (shares & fits) * 4 + (carried.any(1) & fits) * 2 + fits
        picked.append(int(left[preference.argmax()]))
        union |= labels[picked[-1]]
    rows = np.array(picked, dtype=np.int64)
    columns = np.flatnonzero(union) if union.any() else np.arange(min(MAX_LABELS, labels.shape[1]))
    unit = z[rows] / np.linalg.norm(z[rows], axis=1, keepdims=True).clip(1e-12)
    ids = tuple(range(1, len(rows) + 1))
    batch = HandBatch(
        key=key,
        ids=ids,
        names=tuple(str(i) for i in ids),
        label_names=tuple(label_names[int(column)] for column in columns),
        labels=labels[np.ix_(rows, columns)],
        z=unit.astype(np.float32),
        origin=origin,
        readiness=None,
        seed=seed,
    )
    return batch, rows
