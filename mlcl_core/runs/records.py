"""Content of a run's files, as plain records."""

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
    """The status that a worker writes of itself.

    Attributes:
        state: One of the states above; ``interrupted`` is derived by :meth:`mlcl_core.runs.run.Run.status`.
        step: Steps done.
        total: Steps of the whole training.
        eta: Estimated seconds left.
        seconds: Seconds trained so far.
        heartbeat: Time of the last write, in seconds since 1970.
        last_step: Time of the last step, in seconds since 1970.
        device: The device, in words.
        error: Why the run failed.
        pid: Process of the worker.
        started: Start time of that process, in seconds since 1970.
        host: Machine of that process.
        loss: Loss of the last step.
        items_per_second: Speed, smoothed.
        memory_mb: Memory of the accelerator, or of the process on a CPU.
        phase: What is under way: starting, training, probing or stopping, with details.
        waiting_for: Name of the run that is served before a queued one.
        ready: Share of a phase other than training that is done.
        notice: What the user should know about the start or the last resume.
        asked: Bytes of requests.jsonl when the run was launched or resumed.
        slow: Reasons for a slower path than possible.
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
        """Whether the run has a worker: queued, running or paused."""
        return self.state in ALIVE


@dataclass(frozen=True)
class Frame:
    """The watched items at one step, in float32.

    Attributes:
        step: Steps done.
        ids: Item ids, n of them.
        z: Projected embeddings (n x d), on which the loss acts.
        h: Embeddings before the projection head (n x d').
        prototypes: One z a label, where the loss learns prototypes.
    """

    step: int
    ids: np.ndarray
    z: np.ndarray
    h: np.ndarray
    prototypes: np.ndarray | None = None


@dataclass(frozen=True)
class Batch:
    """The batch trained on in one step, as the loss received it: a row is an anchor, a column a view of an item."""

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
    """A map of a frame: two-dimensional coordinates and faithfulness scores.

    Attributes:
        step: Step of the frame.
        name: Name of the map.
        ids: Item ids, n of them.
        xy: Coordinates (n x 2).
        scores: Faithfulness scores by name.
        prototypes: Coordinates of the label prototypes, among the five items nearest to each; NaN: without a place.
        apart: Items without a direction, placed apart from the others; None: there are none.
    """

    step: int
    name: str
    ids: np.ndarray
    xy: np.ndarray
    scores: dict[str, float]
    prototypes: np.ndarray | None = None
    apart: np.ndarray | None = None


@dataclass(frozen=True)
class TrainedOn:
    """How many items a run trains on, how many of them carry each label, and how many carry it beside another label."""

    items: int
    counts: np.ndarray
    of_several: np.ndarray


@dataclass(frozen=True)
class WatchedItems:
    """The fixed sample of items in every frame: labels as a boolean matrix, and pictures (PNG) or texts, if any.

    ``trained_on``: the label counts of the training items; None: the run was recorded without them.
    """

    ids: np.ndarray
    split: np.ndarray
    names: tuple[str, ...]
    labels: np.ndarray
    label_names: tuple[str, ...]
    pictures: tuple[bytes, ...] | None
    texts: tuple[str, ...] | None = None
    trained_on: TrainedOn | None = None
