"""The evaluations that a run keeps: ``evaluation/PROTOCOL.json``. Imports no torch."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mlcl_core.errors import InputError
from mlcl_core.runs.checked import Number, Text, Word, reason
from mlcl_core.runs.files import read_kept
from mlcl_core.runs.run import Run

SCHEMA: Literal[1] = 1
FOLDER = "evaluation"


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


def _checked(data: bytes) -> Evaluation:
    try:
        return _EVALUATION.validate_json(data)
    except ValidationError as error:
        raise InputError(reason(error)) from None


__all__ = ["FOLDER", "SCHEMA", "Evaluation", "evaluation_path", "read_evaluation"]
