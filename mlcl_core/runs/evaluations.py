"""The evaluations that a run keeps: ``evaluation/PROTOCOL.json``. Imports no torch.

``evaluation/progress.json`` says how far one is that a process of its own makes (:mod:`mlcl_core.runs.evaluating`).
"""

from pathlib import Path
from socket import gethostname
from time import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mlcl_core.errors import InputError
from mlcl_core.runs import launch
from mlcl_core.runs.checked import MAX_PID, Moment, Number, Text, Word, reason
from mlcl_core.runs.files import read_json, read_kept, write_json
from mlcl_core.runs.processes import same_process
from mlcl_core.runs.run import Run

SCHEMA: Literal[1] = 1
FOLDER = "evaluation"
PROGRESS = "progress.json"
SILENT_SECONDS = 60.0


class _Record(BaseModel):
    model_config = ConfigDict(strict=True)


class Measured(_Record):
    """A metric with its interval."""

    value: Number
    low: Number
    high: Number
    method: Word
    resamples: Annotated[int, Field(ge=1)]


class PerLabel(_Record):
    """A row a label, as a list a column; None: the label has no such number."""

    name: list[str]
    train_count: list[int]
    test_positives: list[int]
    predicted: list[int]
    precision: list[Number | None]
    recall: list[Number | None]
    f1: list[Number | None]
    ap: list[Number | None]
    band: list[Word]


class Covered(_Record):
    """How many labels macro scores cover."""

    all: Annotated[int, Field(ge=0)]
    covered: Annotated[int, Field(ge=0)]
    absent: list[str]
    words: Text


class Optimistic(_Record):
    """Scores with thresholds that were chosen on the test items."""

    values: dict[Word, Number]
    thresholds: dict[Word, Number]
    words: Text


class Evaluation(_Record):
    """evaluation/PROTOCOL.json, as :func:`mlcl_core.runs.evaluate.evaluate_run` writes it."""

    schema_version: Literal[1]
    run: Word
    protocol: Word
    step: Annotated[int, Field(ge=0)]
    moments: dict[Word, Number]
    last_step: Annotated[int, Field(ge=0)]
    split: Word
    items: dict[Word, int]
    metrics: dict[Word, Measured]
    bands: dict[Word, dict[Word, Number | None]]
    bands_cut: Text
    per_label: PerLabel
    labels: Covered
    optimistic_on_test: Optimistic
    chosen: dict[Word, Any]
    conventions: dict[Word, Any]
    doubts: list[Text]
    untrained: dict[Word, Number]
    items_as_given: dict[Word, Number] | None
    why_no_items: Text | None
    space: dict[Word, dict[Word, Number] | None] = Field(default_factory=dict)
    said: list[Text]


_EVALUATION = TypeAdapter(Evaluation)


def evaluation_path(run: Run, protocol: str) -> Path:
    """Where the evaluation by a protocol is kept."""
    return run.path / FOLDER / f"{protocol}.json"


def read_evaluation(run: Run, protocol: str) -> Evaluation | None:
    """The evaluation that a run keeps; None: there is none.

    Raises:
        InputError: The file cannot be read, or is not what an evaluation writes.
    """
    path = evaluation_path(run, protocol)
    try:
        return read_kept(path, _checked)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


class Progress(_Record):
    """evaluation/progress.json: how far an evaluation is; ``error`` says why it ended without a result."""

    protocol: Word
    phase: Text
    done: Annotated[int, Field(ge=0)] = 0
    of: Annotated[int, Field(ge=0)] = 0
    pid: Annotated[int, Field(gt=0, le=MAX_PID)]
    host: Word
    at: Moment
    error: Text | None = None

    @property
    def alive(self) -> bool:
        """Whether its process is at work; one of another machine is, as long as it was heard of a minute ago."""
        if self.error is not None:
            return False
        if self.host != gethostname():
            return time() - self.at < SILENT_SECONDS
        return same_process(self.pid, None)


_PROGRESS = TypeAdapter(Progress)


def read_progress(run: Run) -> Progress | None:
    """How far the evaluation is that was started last; None: it is done, or none was started."""
    try:
        return _PROGRESS.validate_python(read_json(run.path / FOLDER / PROGRESS))
    except (InputError, ValidationError):
        return None


def write_progress(run: Run, progress: Progress | None) -> None:
    """Say how far an evaluation is; None: it is done."""
    path = run.path / FOLDER / PROGRESS
    if progress is None:
        path.unlink(missing_ok=True)
    else:
        write_json(path, progress.model_dump(), within=run.path)


def start_evaluation(run: Run, protocol: str) -> None:
    """Start the process that evaluates a run; returns at once.

    Raises:
        InputError: The run is under way, or is being evaluated.
    """
    status, before = run.status(), read_progress(run)
    if status.alive:
        raise InputError(f"run {run.name!r} is {status.state}; it is evaluated when it has ended")
    if before is not None and before.alive:
        raise InputError(f"run {run.name!r} is being evaluated by {before.protocol}; wait for its end")
    pid = launch.spawn(run, "mlcl_core.runs.evaluating", protocol)
    write_progress(run, Progress(protocol=protocol, phase="starting", pid=pid, host=gethostname(), at=time()))


def _checked(data: bytes) -> Evaluation:
    try:
        return _EVALUATION.validate_json(data)
    except ValidationError as error:
        raise InputError(reason(error)) from None


__all__ = [
    "SCHEMA",
    "Evaluation",
    "Progress",
    "evaluation_path",
    "read_evaluation",
    "read_progress",
    "start_evaluation",
    "write_progress",
]
