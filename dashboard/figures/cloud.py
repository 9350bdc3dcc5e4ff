"""From a frame of a run to the bytes that the cloud draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.atlas import atlas_png
from dashboard.figures.colours import COUNT_MARKS, LABEL_MARKS, RELATIONS, SPLIT_MARKS, Mark
from dashboard.figures.wire import digest, pack

SPLIT_CODES = {"train": 0, "validation": 1, "test": 2}
MAX_TEXT_LENGTH = 280  # characters of a text on a hover card
STAND_APART = "beneath the cloud"
MAX_POINTS_WITH_PAIRS = 5_000  # above this, live frames carry no cosine and weight for the hover card


@dataclass(frozen=True)
class Colouring:
    """A code and a size (0..255) for each point, and what the codes mean."""

    mode: str
    marks: tuple[Mark, ...]
    code: np.ndarray
    size: np.ndarray

    def counts(self) -> dict[int, int]:
        """How many points carry each code."""
        return {mark.code: int((self.code == mark.code).sum()) for mark in self.marks}


@dataclass(frozen=True)
class AnchorPairs:
    """Row of the loss for one anchor, from ``loss.explain``: all pairs of item ``anchor`` (its own place holds zeros).

    ``role`` ``anchor``: the item is S and every other one T. ``reference``: every other one is S, the item is T.
    """

    anchor: int
    role: str
    relation: np.ndarray
    shared: np.ndarray
    extra: np.ndarray
    similarity_factor: np.ndarray
    dissimilarity_factor: np.ndarray
    weight: np.ndarray
    positive: np.ndarray
    cosine: np.ndarray
    force: np.ndarray


def by_relation(pairs: AnchorPairs) -> Colouring:
    """Colour by relation to the anchor, size by weight (the largest weight is the largest mark)."""
    largest = float(pairs.weight.max(initial=0.0))
    size = np.zeros(len(pairs.weight)) if largest <= 0 else 255 * np.clip(pairs.weight / largest, 0, 1)
    marks = tuple(mark.seen_mark(pairs.role) for mark in RELATIONS)
    return Colouring("relation", marks, pairs.relation.astype(np.uint8), size.astype(np.uint8))


def by_label(labels: np.ndarray, label: int, name: str) -> Colouring:
    """Colour by whether an item carries one label."""
    marks = tuple(Mark(m.code, f"{m.name}: {name}", m.colour, m.shape, m.meaning) for m in LABEL_MARKS)
    return Colouring(f"label {label}", marks, labels[:, label].astype(np.uint8), _middle(len(labels)))


def by_label_count(labels: np.ndarray) -> Colouring:
    """Colour by the number of labels, four and more together."""
    return Colouring("count", COUNT_MARKS, np.minimum(labels.sum(1), 4).astype(np.uint8), _middle(len(labels)))


def by_split(split: Sequence[str]) -> Colouring:
    """Colour by train, validation or test."""
    code = np.array([SPLIT_CODES.get(str(name), 0) for name in split], dtype=np.uint8)
    return Colouring("split", SPLIT_MARKS, code, _middle(len(code)))


def _middle(n: int) -> np.ndarray:
    return np.full(n, 40, dtype=np.uint8)


def items_message(
    *,
    ids: np.ndarray,
    names: Sequence[str],
    labels: np.ndarray,
    label_names: Sequence[str],
    pictures: Sequence[bytes] | None,
    texts: Sequence[str] | None = None,
) -> tuple[str, bytes]:
    """What never changes over a run's frames, once: ids, names, label sets, pictures, the beginnings of texts.

    Returns:
        The digest that frames refer to, and the message.
    """
    columns = np.nonzero(labels)[1]
    offsets = np.concatenate([[0], np.cumsum(labels.sum(1))]).astype(np.uint32)
    arrays: dict[str, np.ndarray] = {
        "ids": ids.astype(np.float64),
        "label_offsets": offsets,
        "label_members": columns.astype(np.uint16),
    }
    header: dict[str, Any] = {
        "names": [str(name) for name in names],
        "label_names": [str(name) for name in label_names],
        "tile": 0,
        "columns": 1,
    }
    if pictures:
        sheet, header["tile"], header["columns"] = atlas_png(pictures)
        arrays["atlas"] = np.frombuffer(sheet, dtype=np.uint8)
    if texts:
        header["texts"] = [
            str(text) if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…" for text in texts
        ]
    name = digest(header["names"], header["label_names"], header.get("texts"), *arrays.values())
    return name, pack({**header, "digest": name}, arrays)


def _beginning(text: str) -> str:
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…"


def frame_message(
    xy: np.ndarray,
    colouring: Colouring,
    *,
    items: str,
    run: str,
    step: int,
    map_name: str,
    status: str,
    alt: str,
    pairs: AnchorPairs | None = None,
    anchor: int = -1,
    anchor_id: int | None = None,
    focus: int = -1,
    sentence: bool = False,
    hint: str = "",
    product: bool = True,
    space: str = "",
    stars: np.ndarray | None = None,
    star_names: Sequence[str] = (),
    trails: np.ndarray | None = None,
    trail_of: int = -1,
    arrows: tuple[Mapping[str, Any], Mapping[str, np.ndarray]] | None = None,
    edits: Mapping[int, Sequence[int]] | None = None,
    apart: np.ndarray | None = None,
) -> bytes:
    """One frame: where each point is (uint16 of the frame's box), its code and size, and the anchor's pairs.

    ``anchor``: its row, ringed whatever the colours mean. ``stars`` are the places of label prototypes (NaN: nowhere),
    ``star_names`` their labels; ``trails`` [k 2] where item ``trail_of`` stood on the last maps, oldest first;
    ``arrows``: ``Arrows.message()``; ``edits``: labels that an item is to have instead of its own, as columns, by its
    row; ``apart``: which items have no direction.
    """
    xy = np.asarray(xy, dtype=np.float32)
    box, places = _quantise(xy)
    counts = colouring.counts()
    legend = [
        {
            "code": m.code,
            "name": m.name,
            "colour": m.colour,
            "shape": m.shape,
            "meaning": m.meaning,
            "count": counts[m.code],
            "sentence": f"{m.name}: {m.meaning}" if colouring.mode == "relation" else m.name,
            "term": m.term,
        }
        for m in colouring.marks
    ]
    arrays = {"xy": places, "code": colouring.code.astype(np.uint8), "size": colouring.size.astype(np.uint8)}
    if pairs is not None and (sentence or len(xy) <= MAX_POINTS_WITH_PAIRS):
        arrays |= _pair_arrays(pairs, everything=sentence)
    names = [str(name) for name in star_names] if stars is not None else []
    if stars is not None:
        shown = np.isfinite(stars).all(1)
        arrays["stars"] = np.asarray(stars, dtype=np.float32)[shown].reshape(-1)
        names = [name for name, there in zip(names, shown, strict=False) if there]
    alone = np.zeros(len(xy), dtype=bool) if apart is None else apart
    if alone.any():
        arrays["apart"] = np.flatnonzero(alone).astype(np.uint32)
        alt = f"{alt} {without_direction(int(alone.sum()))} {STAND_APART}."
    if trails is not None:
        arrays["trails"] = np.asarray(trails, dtype=np.float32).reshape(-1)
    if arrows is not None:
        arrays |= arrows[1]
    header: dict[str, Any] = {
        "trail_of": int(trail_of),
        **(arrows[0] if arrows is not None else {}),
        "edits": {str(row): [int(label) for label in labels] for row, labels in (edits or {}).items()},
        "star_names": names,
        "items": items,
        "run": run,
        "step": int(step),
        "map": map_name,
        "n": len(xy),
        "box": box,
        "extent": _extent(xy, alone),
        "mode": colouring.mode,
        "legend": legend,
        "status": status,
        "alt": alt,
        "sentence": sentence,
        "hint": hint,
        "product": product,
        "focus": int(focus),
        "role": pairs.role if pairs else "anchor",
        "anchor": pairs.anchor if pairs else int(anchor),
        "anchor_id": anchor_id,
        "empty": "",
        "space": space or f"{run} {map_name}",
    }
    header["stamp"] = digest(header, *arrays.values())
    return pack(header, arrays)


def empty_message(text: str, *, run: str = "", sentence: bool = False, hint: str = "") -> bytes:
    """A cloud without points that says why and what comes next."""
    header = {
        "items": "",
        "run": run,
        "step": -1,
        "map": "",
        "n": 0,
        "box": [0, 0, 1, 1],
        "extent": [0, 0, 1, 1],
        "mode": "",
        "legend": [],
        "status": "",
        "alt": text,
        "sentence": sentence,
        "hint": hint,
        "product": True,
        "focus": -1,
        "role": "anchor",
        "anchor": -1,
        "anchor_id": None,
        "empty": text,
        "space": f"{run} empty",
        "stamp": digest(run, text),
    }
    nothing = np.zeros(0, dtype=np.uint8)
    return pack(header, {"xy": np.zeros(0, dtype=np.uint16), "code": nothing, "size": nothing})


def without_direction(count: int) -> str:
    """How many items have no direction, in words."""
    return f"{count:,} item{'s' * (count != 1)} without a direction"


def alt_text(map_title: str, step: int, colouring: Colouring, *, anchor: str = "") -> str:
    """The picture in words, from its numbers: for people who cannot see it."""
    counts = colouring.counts()
    parts = ", ".join(f"{counts[mark.code]:,} {mark.name}" for mark in colouring.marks)
    who = f", anchor {anchor}" if anchor else ""
    return f"{map_title} map at step {step:,}, {len(colouring.code):,} items{who}: {parts}."


def _quantise(xy: np.ndarray) -> tuple[list[float], np.ndarray]:
    if not len(xy):
        return [0.0, 0.0, 1.0, 1.0], np.zeros(0, dtype=np.uint16)
    safe = np.nan_to_num(xy, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = safe.min(0), safe.max(0)
    span = np.where(high > low, high - low, 1.0)
    places = np.rint((safe - low) / span * 65535).astype(np.uint16)
    return [float(low[0]), float(low[1]), float(low[0] + span[0]), float(low[1] + span[1])], places.reshape(-1)


def _extent(xy: np.ndarray, apart: np.ndarray) -> list[float]:
    """What an untouched window should show: all but the half percent farthest out on each side, and the apart."""
    finite = np.isfinite(xy).all(1)
    corners = [np.percentile(xy[finite & ~apart], (0.5, 99.5), axis=0)] if (finite & ~apart).any() else []
    corners += [xy[finite & apart]] if (finite & apart).any() else []
    if not corners:
        return [0.0, 0.0, 1.0, 1.0]
    shown = np.concatenate(corners)
    low, high = shown.min(0), shown.max(0)
    spare = 0.03 * np.maximum(high - low, 1e-6)
    return [float(v) for v in (*(low - spare), *(high + spare))]


def _pair_arrays(pairs: AnchorPairs, *, everything: bool) -> Mapping[str, np.ndarray]:
    arrays = {"weight": pairs.weight.astype(np.float32), "cosine": pairs.cosine.astype(np.float32)}
    if everything:
        arrays |= {
            "shared": pairs.shared.astype(np.uint16),
            "extra": pairs.extra.astype(np.uint16),
            "similarity_factor": pairs.similarity_factor.astype(np.float32),
            "dissimilarity_factor": pairs.dissimilarity_factor.astype(np.float32),
            "force": pairs.force.astype(np.float32),
        }
    return arrays
