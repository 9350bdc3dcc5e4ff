"""What a replay holds: all frames of a map, the pairs of some of them, and how the items are coloured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from dashboard.figures.cloud import CloudFrame, legend
from dashboard.figures.colouring import MIDDLE_SIZE, Colouring, Shown, middle_sizes
from dashboard.figures.colourings import COLOURINGS
from dashboard.figures.colours import RELATIONS
from dashboard.figures.strongest import StrongestPairs
from dashboard.figures.three_digits import three_digits
from dashboard.figures.wire import pack, unpack
from mlcl_core.pairs import Relation, relation_matrix
from mlcl_core.runs.records import WatchedItems

RELATION = "relation"  # the colouring that depends on the anchor
MAX_RELATION_BYTES = 1_500_000  # of the table of relations between label sets: 3,000 sets
DIGITS = 3  # relations in a byte


@dataclass(frozen=True)
class ReplayTable:
    """The strongest pairs of all items at one step; ``pairs`` None: ``why`` there are none, in a sentence."""

    step: int
    title: str
    pairs: StrongestPairs | None
    why: str = ""


@dataclass(frozen=True)
class Replay:
    """A run to be played.

    Attributes:
        frames: One a step, ascending, each with any colouring.
        trust: How far the map of each frame can be trusted, in words.
        tables: Ascending steps, each of a frame.
        watched: The items.
        timeline: From ``timeline_payload``.
        anchor: Row of the item that is the anchor until another one is chosen; -1: none.
        words: Title, facts, notes: texts by name, shown as they are.
        relations: Whether the relations between label sets are included.
    """

    frames: Sequence[CloudFrame]
    trust: Sequence[str]
    tables: Sequence[ReplayTable]
    watched: WatchedItems
    timeline: Mapping[str, Any]
    anchor: int
    words: Mapping[str, Any] = field(default_factory=dict)
    relations: bool = True

    def message(self) -> bytes:
        """The replay as one message of the cloud's kind: a header and arrays."""
        arrays: dict[str, np.ndarray] = {}
        frames = []
        for place, frame in enumerate(self.frames):
            header, parts = unpack(frame.message())
            frames.append({key: value for key, value in header.items() if key not in ("arrays", "legend", "stamp")})
            arrays |= {f"frame{place}.{name}": parts[name] for name in ("xy", "stars", "apart") if name in parts}
        header = {
            **self.words,
            "frames": frames,
            "trust": list(self.trust),
            "colourings": self._colourings(arrays),
            "tables": [self._table(place, table, arrays) for place, table in enumerate(self.tables)],
            "timeline": dict(self.timeline),
            "anchor": int(self.anchor),
            "split": self.watched.split.tolist(),
            "stars": [f"★ {name}" for name in self.watched.label_names],
            "marks": legend(_by_relation(0)),
        }
        return pack(header, arrays)

    def _colourings(self, arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
        """Relation to the anchor, and what can be painted without an anchor, a choice or a frame."""
        found, n = [], len(self.watched.ids)
        shown = Shown(self.watched, None, "", lambda name: f"{name} needs a frame")
        for name, record in COLOURINGS.items():
            told: dict[str, Any] = {"name": name, "title": record.title, "size": MIDDLE_SIZE}
            if name == RELATION and self.relations:
                sets, arrays["relations"] = relations_of_sets(self.watched.labels)
                arrays["sets"] = sets
                told |= {"sets": int(sets.max()) + 1 if n else 0, "equal": int(Relation.EQUAL)}
                told |= {"turned": {str(mark.code): mark.turned for mark in RELATIONS}}
                colouring: Colouring | str = _by_relation(n)
            else:
                colouring = "" if record.choices else record.paint(shown)
            if isinstance(colouring, Colouring):
                if name != RELATION:
                    arrays[f"code.{name}"] = colouring.code
                found.append({**told, "mode": colouring.mode, "legend": legend(colouring)})
        return found

    def _table(self, place: int, table: ReplayTable, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        pairs = table.pairs
        told = {"step": int(table.step), "title": table.title, "why": table.why, "width": 0}
        if pairs is None:
            return told
        none = 0xFFFF if len(self.watched.ids) + len(self.watched.label_names) < 0xFFFF else 0xFFFFFFFF
        kind = np.uint16 if none == 0xFFFF else np.uint32
        arrays |= {
            f"table{place}.other": np.where(pairs.other < 0, none, pairs.other).astype(kind).ravel(),
            f"table{place}.relation": pairs.relation.astype(np.uint8).ravel(),
            **{
                f"table{place}.{name}": three_digits(getattr(pairs, name)).ravel()
                for name in ("weight", "cosine", "force")
            },
        }
        return {**told, "width": int(pairs.other.shape[1]), "none": none}


def relations_of_sets(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The relations between all pairs of items, by the relations between their distinct label sets.

    Of U sets, the pairs i < j stand one after the other, row by row, three to a byte: (code - 1) in base 5, the first
    one lowest. The relation of j to i is the turned one, and a set is equal to itself.

    Args:
        labels: Boolean, items x labels.

    Returns:
        The set of each item (uint32), and the packed relations (uint8).
    """
    distinct, sets = np.unique(np.asarray(labels, dtype=bool), axis=0, return_inverse=True)
    y = torch.from_numpy(distinct)
    upper = np.triu_indices(len(distinct), 1)
    codes = relation_matrix(y, y).numpy()[upper].astype(np.uint8) - 1
    padded = np.concatenate([codes, np.zeros(-len(codes) % DIGITS, np.uint8)]).reshape(-1, DIGITS)
    table = (padded * np.array([1, 5, 25], np.uint8)).sum(1, dtype=np.uint8)
    return sets.reshape(-1).astype(np.uint32), table


def relations_fit(labels: np.ndarray) -> bool:
    """Whether the table of :func:`relations_of_sets` is small enough for a replay."""
    sets = len(np.unique(np.asarray(labels, dtype=bool), axis=0))
    return sets * (sets - 1) // 2 <= DIGITS * MAX_RELATION_BYTES


def _by_relation(n: int) -> Colouring:
    return Colouring(RELATION, tuple(mark.seen_mark() for mark in RELATIONS), np.zeros(n, np.uint8), middle_sizes(n))
