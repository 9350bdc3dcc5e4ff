"""JSON files and lines of a run, checked where they are read: types, ranges, lengths.

Unknown keys are ignored: a later version may have written them.
"""

import json
from math import inf
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from mlcl_core.errors import InputError
from mlcl_core.runs.records import Status

MAX_NUMBER = 1e15  # beyond it sums of squares overflow float32, and JavaScript loses whole numbers
MAX_NAME = 100
MAX_NOTE = 10_000
MAX_TAGS = 20  # of one run
MAX_TAG = 40  # characters
MAX_REASON = 200  # characters of an error's reason
MAX_PID = 2**31 - 1
DATA_SCHEMA = 1  # of data.json

Number = Annotated[float, Field(allow_inf_nan=False, ge=-MAX_NUMBER, le=MAX_NUMBER)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=0, le=MAX_NUMBER)]
Count = Annotated[int, Field(ge=0, le=int(MAX_NUMBER))]
Step = Annotated[int, Field(ge=-1, le=int(MAX_NUMBER))]
Moment = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e11)]  # seconds since 1970: the year 5138 is the last
Word = Annotated[str, Field(max_length=MAX_NAME)]
Text = Annotated[str, Field(max_length=MAX_NOTE)]
Tag = Annotated[str, Field(min_length=1, max_length=MAX_TAG)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]  # SHA-256
Numbers = dict[Word, Number]


def _setting(value: Any) -> Any:
    """A value as requested: a text may be a number in JSON, as in --set; parameters are values by name."""
    if isinstance(value, dict):
        if not all(len(name) <= MAX_NAME and not isinstance(one, dict) for name, one in value.items()):
            raise ValueError("must be values by short names")
        return {name: _setting(one) for name, one in value.items()}
    if not isinstance(value, bool | int | float | str):
        raise ValueError("must be a number, text, true or false, or values by name")
    if isinstance(value, str) and len(value) > MAX_NOTE:
        raise ValueError(f"must have at most {MAX_NOTE:,} characters")
    if not abs(_number(value)) <= MAX_NUMBER:
        raise ValueError("must be a finite number")
    return value


def _number(value: float | str) -> float:
    """What a value reads as; 0 for a text that is no number."""
    try:
        return float(value)
    except OverflowError:
        return inf
    except ValueError:
        return 0.0


Settings = dict[Word, Annotated[Any, AfterValidator(_setting)]]


class Record(BaseModel):
    """A JSON object in which each known key has its type: nothing is converted."""

    model_config = ConfigDict(strict=True)


class Branch(Record):
    """Where a run branched off: id of its parent, step of the change, step of the checkpoint that it began with."""

    parent: Annotated[Word, Field(min_length=1)]
    at: Count
    checkpoint: Count

    @model_validator(mode="after")
    def _begins_before_it_changes(self) -> "Branch":
        if self.checkpoint > self.at:
            raise ValueError("the checkpoint is of a later step than the change")
        return self


class Meta(Record):
    """meta.json; ``branch`` of a run that branched off another."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    note: Text = ""
    created: Moment = 0.0
    branch: Branch | None = None
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] = []


class Event(Record):
    """A line of events.jsonl, of any kind."""

    event: Word
    step: Step
    at: Moment = 0.0


class Started(Event):
    """Training starts, or continues."""

    total: Count = 0
    device: Text = ""


class StepDone(Event):
    """A batch was trained on."""

    loss: Number = 0.0
    learning_rate: Number = 0.0
    seconds: Amount = 0.0
    items_per_second: Amount = 0.0


class FrameTaken(Event):
    """A frame was written."""

    metrics: Numbers = {}
    settings: Settings = {}


class Acknowledged(Event):
    """A request was acknowledged; a change of settings holds them unless it was refused.

    ``from_step``: the first step that a setting holds in, by path; the next one where none is named. ``notice``: what
    the change entails. ``from_epoch``: the epoch, from 1, that settings wait for.
    """

    request: Word
    action: Word
    result: Text | None = None
    settings: Settings | None = None
    from_step: dict[Word, Count] = {}
    from_epoch: Count | None = None
    notice: Text = ""

    @model_validator(mode="after")
    def _set_names_settings(self) -> "Acknowledged":
        if self.action == "set" and self.result is None and not self.settings:
            raise ValueError("a change of settings names none")
        return self


class Message(Event):
    """An alarm or a failure, as text."""

    text: Text = ""
    error: Text = ""


class EpochDone(Event):
    """A pass over the training items."""

    epoch: Count = 0


class Finished(Event):
    """The end, with the scores of the linear probe; ``items`` are those of the items as given."""

    seconds: Amount = 0.0
    test: Numbers = {}
    untrained: Numbers = {}
    items: Numbers | None = None
    why_no_items: Text | None = None
    doubts: list[Text] = []
    parts: dict[Word, Amount] = {}


EVENTS: dict[str, type[Event]] = {
    "started": Started,
    "step": StepDone,
    "frame": FrameTaken,
    "acknowledged": Acknowledged,
    "alarm": Message,
    "failed": Message,
    "thinned": Message,
    "epoch": EpochDone,
    "finished": Finished,
}


class DataSource(Record):
    """Where the data of a run came from; ``file`` and ``created`` of an upload: its original file, its time."""

    name: str
    path: str | None = None
    params: dict[Word, Any] = {}
    seed: Count = 0
    file: str = ""
    created: Moment = 0.0


class DataHashes(Record):
    """One hash each over all rows, in their order."""

    items: Digest
    labels: Digest
    split: Digest
    item_names: Digest


class DataRecord(Record):
    """data.json."""

    schema_version: Literal[1]
    source: DataSource
    kind: Word
    shape: Annotated[list[Count], Field(min_length=1, max_length=4)]
    label_names: Annotated[list[str], Field(min_length=1)]
    hashes: DataHashes


class Request(Record):
    """A line of requests.jsonl; the worker decides about its action and values."""

    id: Word
    action: Word


_META, _STATUS, _DATA = TypeAdapter(Meta), TypeAdapter(Status), TypeAdapter(DataRecord)
_NUMBERS = TypeAdapter(Numbers, config=ConfigDict(strict=True))
_SETTINGS = TypeAdapter(Settings, config=ConfigDict(strict=True))


def checked_meta(data: bytes) -> dict[str, Any]:
    """meta.json as a dict, with defaults and with unknown keys.

    Raises:
        InputError: A value is invalid; the message names its key.
    """
    try:
        known = _META.validate_json(data)
        return {**json.loads(data), **known.model_dump(exclude_none=True)}
    except (ValidationError, ValueError, RecursionError) as error:
        raise InputError(reason(error)) from None


def checked_status(data: bytes) -> Status:
    """status.json.

    Raises:
        InputError: A value is invalid; the message names its key.
    """
    try:
        status = _STATUS.validate_json(data)
    except ValidationError as error:
        raise InputError(reason(error)) from None
    for key, value in vars(status).items():
        if isinstance(value, str) and len(value) > MAX_NOTE:
            raise InputError(f"{key}: {len(value):,} characters; at most {MAX_NOTE:,} fit")
        # NaN is in no interval
        if isinstance(value, int | float) and not (-MAX_NUMBER if key == "loss" else 0) <= value <= MAX_NUMBER:
            raise InputError(f"{key}: the number is out of range")
    if status.pid is not None and not 0 < status.pid <= MAX_PID:
        raise InputError("pid: not the number of a process")
    return status


def checked_data(data: bytes) -> DataRecord:
    """data.json.

    Raises:
        InputError: A value is invalid; the message names its key.
    """
    try:
        return _DATA.validate_json(data)
    except ValidationError as error:
        raise InputError(reason(error)) from None


def checked_event(line: dict[str, Any]) -> dict[str, Any]:
    """A line of events.jsonl, unchanged.

    Raises:
        InputError: A value is invalid; the message names its key.
    """
    kind = line.get("event")
    try:
        (EVENTS.get(kind, Event) if isinstance(kind, str) else Event).model_validate(line)
    except ValidationError as error:
        raise InputError(reason(error)) from None
    return line


def is_request(line: dict[str, Any]) -> bool:
    """Whether a line of requests.jsonl has an id and an action."""
    try:
        Request.model_validate(line)
    except ValidationError:
        return False
    return True


def checked_numbers(text: str, what: str) -> dict[str, float]:
    """Finite numbers by name, from JSON.

    Raises:
        InputError: A value is invalid; the message names its key.
    """
    return _checked(_NUMBERS, text, what)


def checked_settings(text: str) -> dict[str, Any]:
    """Settings by path, from JSON.

    Raises:
        InputError: As :func:`checked_numbers`.
    """
    return _checked(_SETTINGS, text, "the settings")


def _checked(kind: TypeAdapter[Any], text: str, what: str) -> Any:
    try:
        return kind.validate_json(text)
    except ValidationError as error:
        raise InputError(f"{what} in the file's metadata: {reason(error)}") from None


def reason(error: Exception) -> str:
    """The first error of pydantic or of the JSON reader, in one short line: "metrics.loss: input should be ..."."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        text = f"{place}: {message[:1].lower()}{message[1:]}" if place else message
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())[:MAX_REASON]
