"""What the files of a run hold, as plain records."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

QUEUED, RUNNING, PAUSED = "queued", "running", "paused"
FINISHED, STOPPED, FAILED, INTERRUPTED = "finished", "stopped", "failed", "interrupted"
ALIVE = frozenset({QUEUED, RUNNING, PAUSED})
RESUMABLE = frozenset({STOPPED, FAILED, INTERRUPTED})
ENDED = frozenset({FINISHED}) | RESUMABLE


@dataclass(frozen=True)
class Status:
    """What the worker last wrote of itself; ``state`` may be the derived ``interrupted``.

    ``seconds`` trained so far, ``eta`` seconds left, ``heartbeat`` and ``last_step`` in seconds since 1970, ``phase``
    what it is doing (starting, training, probing), ``memory_mb`` of the accelerator, or of the process on the CPU,
    ``waiting_for`` the run a queued one stands behind, ``ready`` the share of a phase other than training that is done,
    ``notice`` what whoever resumed it should know, ``asked`` the bytes of requests.jsonl when it was launched (again),
    ``slow`` why it does not go the quick way, a reason each.
    """

    state: str
    step: int = 0
    total: int = 0
    eta: float | None = None
    seconds: float = 0.0
    heartbeat: float = 0.0
    last_step: float | None = None
    device: str | None = None
    error: str | None = None
    pid: int | None = None
    started: float | None = None
    host: str | None = None
    loss: float | None = None
    items_per_second: float | None = None
    memory_mb: float | None = None
    phase: str | None = None
    waiting_for: str | None = None
    ready: float | None = None
    notice: str | None = None
    asked: int = 0
    slow: list[str] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        """Whether a worker stands behind this run."""
        return self.state in ALIVE


@dataclass(frozen=True)
class Frame:
    """The watched items at one step: ``z`` projected (where the loss acts), ``h`` before the head; float32.

    ``prototypes``: one z a label, where the loss learns them.
    """

    step: int
    ids: np.ndarray
    z: np.ndarray
    h: np.ndarray
    prototypes: np.ndarray | None = None


@dataclass(frozen=True)
class Batch:
    """The batch just trained on, as the loss saw it: row = anchor, column = the other view or item."""

    step: int
    ids: np.ndarray
    view: np.ndarray
    z: np.ndarray
    y: np.ndarray
    w: np.ndarray
    s: np.ndarray
    force: np.ndarray
    pictures: np.ndarray | None
    settings: dict[str, Any]


@dataclass(frozen=True)
class MapFrame:
    """Two-dimensional coordinates of a frame, with the faithfulness scores of that map.

    ``prototypes``: where the label prototypes stand, between the five items nearest to each; NaN: nowhere.
    ``apart``: which items have no direction and stand apart; None: none of them.
    """

    step: int
    name: str
    ids: np.ndarray
    xy: np.ndarray
    scores: dict[str, float]
    prototypes: np.ndarray | None = None
    apart: np.ndarray | None = None


@dataclass(frozen=True)
class WatchedItems:
    """The fixed sample of items in every frame: labels as a boolean matrix, and pictures (PNG) or texts, if any."""

    ids: np.ndarray
    split: np.ndarray
    names: tuple[str, ...]
    labels: np.ndarray
    label_names: tuple[str, ...]
    pictures: tuple[bytes, ...] | None
    texts: tuple[str, ...] | None = None
