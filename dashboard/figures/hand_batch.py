"""Small batches for the Relations page: items with editable labels, and an embedding for each.

Embeddings are either a run's or *made up* here, and the page says which. A made-up embedding is drawn once per item,
from a seed, and does not change while labels are toggled, just as a picture does not change when its annotation is
corrected.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlcl_core.errors import InputError

if TYPE_CHECKING:  # which needs torch
    from dashboard.figures.label_weights import InTraining

MIN_ITEMS, MAX_ITEMS = 2, 12
DIMENSIONS = 16  # random directions in 16 dimensions still meet at visible cosines (a spread of 0.25)


@dataclass(frozen=True)
class Readiness:
    """How closely made-up embeddings follow the labels."""

    title: str
    sentence: str
    pull: float


EMBEDDINGS: dict[str, Readiness] = {
    "random": Readiness("Random", "random directions, as before training: drawn independently of the labels.", 0.0),
    "learning": Readiness(
        "Labels learnt a little",
        "random directions mixed 60 : 40 with the mean direction of the labels that the item had when it was drawn.",
        0.4,
    ),
    "separated": Readiness(
        "Well separated",
        "random directions mixed 15 : 85 with the mean direction of the labels that the item had when it was drawn.",
        0.85,
    ),
}


@dataclass(frozen=True)
class HandBatch:
    """Items under edit.

    Attributes:
        key: Differs for every new batch, so that a late edit of an earlier one is recognised and dropped.
        ids: Fixed for the life of the batch.
        names: Short names that head rows and columns.
        label_names: Names of the labels.
        labels: [n c].
        z: Embeddings, unit rows, [n d].
        origin: Where the labels come from.
        readiness: How the embeddings were made up; None: they are a run's, of the frame at ``step``.
        seed: Of the made-up embeddings.
        pictures: Data addresses.
        titles: The names of the items in a run.
        step: Of the frame.
        words: Describes the present labels.
        training: How often its labels occur among the items that its run trains on; None: no run, or not known.
        is_edited: Whether the labels were changed.
    """

    key: str
    ids: tuple[int, ...]
    names: tuple[str, ...]
    label_names: tuple[str, ...]
    labels: npt.NDArray[np.bool_]
    z: npt.NDArray[np.float32]
    origin: str
    readiness: str | None
    seed: int = 0
    pictures: tuple[str | None, ...] = ()
    titles: tuple[str, ...] = ()
    step: int | None = None
    words: Callable[["HandBatch"], str] | None = None
    training: "InTraining | None" = None
    is_edited: bool = False

    def __len__(self) -> int:
        """The number of items."""
        return len(self.ids)


def made_up_batch(
    labels: npt.NDArray[np.bool_], label_names: Sequence[str], *, key: str, origin: str, readiness: str, seed: int
) -> HandBatch:
    """Number the items from 1 and draw an embedding for each."""
    ids = tuple(range(1, len(labels) + 1))
    z = draw_embeddings(labels, ids, readiness=readiness, seed=seed)
    names = tuple(str(i) for i in ids)
    return HandBatch(key, ids, names, tuple(label_names), labels, z, origin, readiness, seed)


def draw_embeddings(
    labels: npt.NDArray[np.bool_], ids: Sequence[int], *, readiness: str, seed: int
) -> npt.NDArray[np.float32]:
    """Make up one unit vector per item: its own random direction, mixed with the mean direction of its labels.

    An item's direction depends only on ``seed`` and its id, a label's on ``seed`` and its column, so that adding or
    removing an item moves no other one. An item without labels keeps its random direction.
    """
    pull = EMBEDDINGS[readiness].pull
    directions = np.stack([_direction(seed, 1, column) for column in range(labels.shape[1])])
    z = np.empty((len(ids), DIMENSIONS))
    for row, (item, carried) in enumerate(zip(ids, labels, strict=True)):
        own = _direction(seed, 0, item)
        z[row] = (1 - pull) * own + pull * _unit(directions[carried].mean(0)) if carried.any() else own
    return (z / np.linalg.norm(z, axis=1, keepdims=True)).astype(np.float32)


def _direction(*seeds: int) -> npt.NDArray[np.float64]:
    return _unit(np.random.default_rng(seeds).standard_normal(DIMENSIONS))


def _unit(vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return vector / np.linalg.norm(vector)


def redrawn(batch: HandBatch, *, readiness: str, seed: int) -> HandBatch:
    """The batch with embeddings drawn anew from its present labels."""
    z = draw_embeddings(batch.labels, batch.ids, readiness=readiness, seed=seed)
    return replace(batch, z=z, readiness=readiness, seed=seed)


def edited(batch: HandBatch, items: Iterable[Mapping[str, object]]) -> HandBatch:
    """The batch after an edit on the page: its present items, each with its id and its row of labels.

    Known ids keep their name, picture and embedding whatever their labels; a new id gets an embedding from the batch's
    seed (a batch of a run accepts no new items: they would have no embedding).

    Raises:
        InputError: Fewer than 2 or more than 12 items, an id twice, a row of the wrong length, a new item in a run's
            batch.
    """
    rows = [(int(str(item["id"])), [bool(on) for on in item["labels"]]) for item in items]  # type: ignore[attr-defined]
    ids, width = [item for item, _ in rows], len(batch.label_names)
    if not MIN_ITEMS <= len(ids) <= MAX_ITEMS:
        raise InputError(f"the batch would have {len(ids)} items; it must have {MIN_ITEMS} to {MAX_ITEMS}")
    if len(set(ids)) < len(ids):
        raise InputError("an item is in the batch twice; each item may occur once")
    if any(len(row) != width for _, row in rows):
        raise InputError(f"an item's row of labels is not {width} long; it needs one value for each label")
    known = {item: row for row, item in enumerate(batch.ids)}
    if batch.readiness is None and not set(ids) <= set(known):
        raise InputError("a run's batch accepts no new items: they have no embedding in the run")
    labels = np.array([row for _, row in rows], dtype=bool)
    fresh = [row for row, item in enumerate(ids) if item not in known]
    z = np.empty((len(ids), batch.z.shape[1]), dtype=np.float32)
    for row, item in enumerate(ids):
        if item in known:
            z[row] = batch.z[known[item]]
    if fresh and batch.readiness is not None:
        drawn = [ids[row] for row in fresh]
        z[fresh] = draw_embeddings(labels[fresh], drawn, readiness=batch.readiness, seed=batch.seed)
    names = tuple(batch.names[known[item]] if item in known else str(item) for item in ids)
    pictures = tuple(batch.pictures[known[item]] if item in known else None for item in ids) if batch.pictures else ()
    titles = tuple(batch.titles[known[item]] if item in known else "" for item in ids) if batch.titles else ()
    return replace(
        batch, ids=tuple(ids), names=names, labels=labels, z=z, pictures=pictures, titles=titles, is_edited=True
    )
