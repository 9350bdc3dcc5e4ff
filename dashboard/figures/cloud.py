"""From a frame of a run to the bytes that the cloud draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.atlas import TILE, atlas_png
from dashboard.figures.colouring import Colouring
from dashboard.figures.on_map import OnMap
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.selected import Shown
from dashboard.figures.wire import digest, pack

SIZE_STEPS = 8  # as in marks.js
MAX_TEXT_LENGTH = 280  # characters of a text on a hover card
STAND_APART = "beneath the cloud"
MAX_POINTS_WITH_PAIRS = 5_000  # larger live frames carry no cosine and weight for the hover card


def items_message(
    *,
    ids: np.ndarray,
    names: Sequence[str],
    labels: np.ndarray,
    label_names: Sequence[str],
    pictures: Sequence[bytes] | None,
    texts: Sequence[str] | None = None,
    tile: int = TILE,
) -> tuple[str, bytes]:
    """What all frames of a run share: ids, names, label sets, pictures of ``tile`` pixels, the beginnings of texts.

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
        sheet, header["tile"], header["columns"] = atlas_png(pictures, tile)
        arrays["atlas"] = np.frombuffer(sheet, dtype=np.uint8)
    if texts:
        header["texts"] = [
            str(text) if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…" for text in texts
        ]
    name = digest(header["names"], header["label_names"], header.get("texts"), *arrays.values())
    return name, pack({**header, "digest": name}, arrays)


@dataclass(frozen=True)
class CloudFrame:
    """One frame of the cloud: the points, their colours, and the anchor with its pairs.

    Args:
        xy: Positions of the points, [n 2].
        colouring: Their codes and sizes.
        items: Digest of the items, from :func:`items_message`.
        run: Id of the run.
        step: Step of the frame.
        map_name: The map that is drawn.
        status: Shown in the corner of the cloud.
        alt: The picture in words.
        pairs: Of the anchor, where colours show relations.
        anchor: Row of the anchor; it has a ring under every colouring. -1: none.
        anchor_id: Its id.
        focus: Row of the item whose pair the sentence is about. -1: none.
        sentence: Whether a sentence stands under the cloud.
        hint: Shown in its place without a focus.
        product: Whether the weight is K^s x K^d, so that the sentence may say so.
        label_weights: How much each label of the anchor weighs, where its loss weighs labels.
        space: Frames of the same space keep the window and the hovered point.
        stars: Positions of label prototypes, [c 2]; NaN: not drawn.
        star_names: Their labels.
        trail_of: Row of the item whose trail is shown.
        arrows: From ``Arrows.message()``.
        edits: Columns of the labels that replace an item's own, by its row.
        apart: Which items have no direction, [n].
        selection: The selection; None: this cloud has no tools to select with.
        on_map: What is shown besides the points; None: nothing that has a switch.
        marked: Rows of the hits of a search; None: nothing is searched for.
        group: Clouds of one page with the same name of a group share window, hovered item, anchor and selection.
        window: Left, bottom, right and top of the first view; None: nearly all points.
    """

    xy: np.ndarray
    colouring: Colouring
    items: str
    run: str
    step: int
    map_name: str
    status: str
    alt: str
    pairs: AnchorPairs | None = None
    anchor: int = -1
    anchor_id: int | None = None
    focus: int = -1
    sentence: bool = False
    hint: str = ""
    product: bool = True
    label_weights: Mapping[str, float] | None = None
    space: str = ""
    stars: np.ndarray | None = None
    star_names: Sequence[str] = ()
    trail_of: int = -1
    arrows: tuple[Mapping[str, Any], Mapping[str, np.ndarray]] | None = None
    edits: Mapping[int, Sequence[int]] | None = None
    apart: np.ndarray | None = None
    selection: Shown | None = None
    on_map: OnMap | None = None
    marked: np.ndarray | None = None
    group: str = ""
    window: tuple[float, float, float, float] | None = None

    def message(self) -> bytes:
        """The frame as bytes: positions in uint16 of the frame's box, codes, sizes, and the anchor's pairs."""
        xy = np.asarray(self.xy, dtype=np.float32)
        box, places = _quantise(xy)
        apart = np.zeros(len(xy), dtype=bool) if self.apart is None else self.apart
        colouring = self.colouring
        arrays = {"xy": places, "code": colouring.code.astype(np.uint8), "size": _drawn_sizes(colouring.size)}
        arrays |= self._arrays(apart)
        header: dict[str, Any] = {
            "n": len(xy),
            "box": box,
            "extent": self.window or extent(xy, apart),
            **self._header(),
        }
        if apart.any():
            header["alt"] = f"{self.alt} {without_direction(int(apart.sum()))} {STAND_APART}."
        header["stamp"] = digest(header, *arrays.values())
        return pack(header, arrays)

    def _header(self) -> dict[str, Any]:
        pairs = self.pairs
        return {
            **(self.arrows[0] if self.arrows is not None else {}),
            "items": self.items,
            "run": self.run,
            "step": int(self.step),
            "map": self.map_name,
            "mode": self.colouring.mode,
            "legend": legend(self.colouring),
            "status": self.status,
            "alt": self.alt,
            "sentence": self.sentence,
            "hint": self.hint,
            "product": self.product,
            "label_weights": None if self.label_weights is None else dict(self.label_weights),
            "focus": int(self.focus),
            "role": pairs.role if pairs else "anchor",
            "anchor": pairs.anchor if pairs else int(self.anchor),
            "anchor_id": self.anchor_id,
            "trail_of": int(self.trail_of),
            "edits": {str(row): [int(label) for label in labels] for row, labels in (self.edits or {}).items()},
            "star_names": self._star_names(),
            "empty": "",
            "group": self.group,
            "show": None if self.on_map is None else self.on_map.header(),
            "selection": None if self.selection is None else _steps(self.selection),
            "space": self.space or f"{self.run} {self.map_name}",
        }

    def _star_names(self) -> list[str]:
        if self.stars is None:
            return []
        drawn = np.isfinite(self.stars).all(1)
        return [str(name) for name, there in zip(self.star_names, drawn, strict=False) if there]

    def _arrays(self, apart: np.ndarray) -> dict[str, np.ndarray]:
        arrays: dict[str, np.ndarray] = {}
        if self.pairs is not None and (self.sentence or len(self.xy) <= MAX_POINTS_WITH_PAIRS):
            arrays |= _pair_arrays(self.pairs, everything=self.sentence)
        if self.stars is not None:
            drawn = np.isfinite(self.stars).all(1)
            arrays["stars"] = np.asarray(self.stars, dtype=np.float32)[drawn].reshape(-1)
        if apart.any():
            arrays["apart"] = np.flatnonzero(apart).astype(np.uint32)
        if self.arrows is not None:
            arrays |= self.arrows[1]
        if self.on_map is not None:
            arrays |= self.on_map.arrays()
        if self.marked is not None:
            arrays["marked"] = np.packbits(np.isin(np.arange(len(self.xy)), self.marked), bitorder="little")
        if self.selection is not None and self.selection.mask is not None:
            arrays["selected"] = np.packbits(self.selection.mask, bitorder="little")
        return arrays


def legend(colouring: Colouring) -> list[dict[str, Any]]:
    """One entry for each code of a colouring: its mark in words and colours, and the number of its points."""
    counts = colouring.counts()
    return [
        {
            "code": mark.code,
            "name": mark.name,
            "colour": mark.colour,
            "shape": mark.shape,
            "meaning": mark.meaning,
            "count": counts[mark.code],
            "sentence": f"{mark.name}: {mark.meaning}" if colouring.mode == "relation" else mark.name,
            "term": mark.term,
        }
        for mark in colouring.marks
    ]


def empty_message(text: str, *, run: str = "", sentence: bool = False, hint: str = "") -> bytes:
    """A cloud without points; ``text`` says why, and what comes next."""
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
        "group": "",
        "show": None,
        "selection": None,
        "space": f"{run} empty",
        "stamp": digest(run, text),
    }
    nothing = np.zeros(0, dtype=np.uint8)
    return pack(header, {"xy": np.zeros(0, dtype=np.uint16), "code": nothing, "size": nothing})


def without_direction(count: int) -> str:
    """The number of items without a direction, in words."""
    return f"{count:,} item{'s' * (count != 1)} without a direction"


def alt_text(map_title: str, step: int, colouring: Colouring, *, anchor: str = "") -> str:
    """The picture in words, from its numbers, for screen readers."""
    counts = colouring.counts()
    parts = ", ".join(f"{counts[mark.code]:,} {mark.name}" for mark in colouring.marks)
    named = f", anchor {anchor}" if anchor else ""
    return f"{map_title} map at step {step:,}, {len(colouring.code):,} items{named}: {parts}."


def _drawn_sizes(size: np.ndarray) -> np.ndarray:
    """Sizes in the steps in which they are drawn, 0 to 255."""
    steps = np.rint(size.astype(np.float32) / 255 * (SIZE_STEPS - 1))
    return np.rint(steps / (SIZE_STEPS - 1) * 255).astype(np.uint8)


def _quantise(xy: np.ndarray) -> tuple[list[float], np.ndarray]:
    if not len(xy):
        return [0.0, 0.0, 1.0, 1.0], np.zeros(0, dtype=np.uint16)
    safe = np.nan_to_num(xy, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = safe.min(0), safe.max(0)
    span = np.where(high > low, high - low, 1.0)
    places = np.rint((safe - low) / span * 65535).astype(np.uint16)
    return [float(low[0]), float(low[1]), float(low[0] + span[0]), float(low[1] + span[1])], places.reshape(-1)


def extent(xy: np.ndarray, apart: np.ndarray) -> list[float]:
    """The box of the first view: all points but the outermost half percent on each side, and all that stand apart."""
    finite = np.isfinite(xy).all(1)
    corners = [np.percentile(xy[finite & ~apart], (0.5, 99.5), axis=0)] if (finite & ~apart).any() else []
    corners += [xy[finite & apart]] if (finite & apart).any() else []
    if not corners:
        return [0.0, 0.0, 1.0, 1.0]
    shown = np.concatenate(corners)
    low, high = shown.min(0), shown.max(0)
    spare = 0.03 * np.maximum(high - low, 1e-6)
    return [float(v) for v in (*(low - spare), *(high + spare))]


def _steps(selection: Shown) -> dict[str, Any]:
    on = selection.mask is not None
    return {"on": on, "undo": selection.undo, "redo": selection.redo, "seen": selection.seen}


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
