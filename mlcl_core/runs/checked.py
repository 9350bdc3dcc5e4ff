"""What may stand in the files of a run: every file and every line is checked here, where it is read.

Keys that are not known are passed over: a later version may have written them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from mlcl_core.errors import InputError
from mlcl_core.runs.records import Batch, Frame, MapFrame, Status

LARGEST = 1e15  # beyond it float32 can't add up squares any more, and JavaScript can't count
LONGEST_NAME = 100
LONGEST_NOTE = 10_000
LONGEST_TOLD = 200  # characters of a reason
LARGEST_PID = 2**31 - 1
SIDE = 4096  # pixels of a recorded picture's side, at most

Number = Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]
Amount = Annotated[float, Field(allow_inf_nan=False, ge=0, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=int(LARGEST))]
Step = Annotated[int, Field(ge=-1, le=int(LARGEST))]
Moment = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e11)]  # seconds since 1970: the year 5138 is the last
Word = Annotated[str, Field(max_length=LONGEST_NAME)]
Text = Annotated[str, Field(max_length=LONGEST_NOTE)]
Numbers = dict[Word, Number]


def _reads_as_number(text: str) -> str:
    if not abs(float(text)) <= LARGEST:
        raise ValueError("must read as a finite number")
    return text


# as it was asked for: text is read as JSON, as --set does
Settings = dict[Word, Number | Annotated[Word, AfterValidator(_reads_as_number)]]


class Record(BaseModel):
    """A JSON object in which each known key has its type: nothing is converted."""

    model_config = ConfigDict(strict=True)


class Meta(Record):
    """meta.json."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    note: Text = ""
    created: Moment = 0.0


class Event(Record):
    """A line of events.jsonl, of whatever kind."""

    event: Word
    step: Step
    at: Moment = 0.0


class Started(Event):
    """Training begins, or goes on."""

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
    settings: Numbers = {}


class Acknowledged(Event):
    """A request was answered; a change of settings names them, unless it was refused."""

    request: Word
    action: Word
    result: Text | None = None
    settings: Settings | None = None

    @model_validator(mode="after")
    def _set_names_settings(self) -> "Acknowledged":
        if self.action == "set" and self.result is None and not self.settings:
            raise ValueError("a change of settings names none")
        return self


class Told(Event):
    """An alarm or a failure, in words."""

    text: Text = ""
    error: Text = ""


class EpochDone(Event):
    """A pass over the training items."""

    epoch: Count = 0


class Finished(Event):
    """The end, with the numbers of the linear probe."""

    seconds: Amount = 0.0
    test: Numbers = {}
    untrained: Numbers = {}


EVENTS: dict[str, type[Event]] = {
    "started": Started,
    "step": StepDone,
    "frame": FrameTaken,
    "acknowledged": Acknowledged,
    "alarm": Told,
    "failed": Told,
    "epoch": EpochDone,
    "finished": Finished,
}


class Request(Record):
    """A line of requests.jsonl; what is asked for is for the worker to judge."""

    id: Word
    action: Word


_META, _STATUS = TypeAdapter(Meta), TypeAdapter(Status)
_NUMBERS = TypeAdapter(Numbers, config=ConfigDict(strict=True))


def checked_meta(data: bytes) -> dict[str, Any]:
    """meta.json as a dict, with defaults and with what is not known.

    Raises:
        InputError: What is wrong, at which key.
    """
    try:
        known = _META.validate_json(data)
        return {**json.loads(data), **known.model_dump()}
    except (ValidationError, ValueError, RecursionError) as error:
        raise InputError(reason(error)) from None


def checked_status(data: bytes) -> Status:
    """status.json.

    Raises:
        InputError: What is wrong, at which key.
    """
    try:
        status = _STATUS.validate_json(data)
    except ValidationError as error:
        raise InputError(reason(error)) from None
    for key, value in vars(status).items():
        if isinstance(value, str) and len(value) > LONGEST_NOTE:
            raise InputError(f"{key}: {len(value):,} characters; at most {LONGEST_NOTE:,} fit")
        # NaN is in no interval
        if isinstance(value, int | float) and not (-LARGEST if key == "loss" else 0) <= value <= LARGEST:
            raise InputError(f"{key}: no number that can stand there")
    if status.pid is not None and not 0 < status.pid <= LARGEST_PID:
        raise InputError("pid: no number of a process")
    return status


def checked_event(line: dict[str, Any]) -> dict[str, Any]:
    """A line of events.jsonl as it is.

    Raises:
        InputError: What is wrong, at which key.
    """
    kind = line.get("event")
    try:
        (EVENTS.get(kind, Event) if isinstance(kind, str) else Event).model_validate(line)
    except ValidationError as error:
        raise InputError(reason(error)) from None
    return line


def is_request(line: dict[str, Any]) -> bool:
    """Whether a line of requests.jsonl asks for something."""
    try:
        Request.model_validate(line)
    except ValidationError:
        return False
    return True


def checked_numbers(text: str, what: str) -> dict[str, float]:
    """Finite numbers by their names, from JSON.

    Raises:
        InputError: What is wrong, at which key.
    """
    try:
        return _NUMBERS.validate_json(text)
    except ValidationError as error:
        raise InputError(f"{what} in the file's metadata: {reason(error)}") from None


def reason(error: Exception) -> str:
    """What pydantic or the JSON reader found first, in one short line: "metrics.loss: input should be ..."."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        text = f"{place}: {message[:1].lower()}{message[1:]}" if place else message
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())[:LONGEST_TOLD]


# ---- arrays


@dataclass(frozen=True)
class Watched:
    """Which items are watched, in their order, and how many labels there are."""

    ids: np.ndarray
    labels: int


def checked_frame(step: int, arrays: Mapping[str, np.ndarray], watched: Watched | None) -> Frame:
    """A frame; numbers that are not finite may stand in it (a training that broke down), others beyond 1e15 not.

    Raises:
        InputError: A missing array, one of another shape or type, or items that are not the watched ones.
    """
    ids, n = _ids(arrays, watched)
    z, h = _floats(arrays, "z", (n, None)), _floats(arrays, "h", (n, None))
    stars = None
    if "prototypes" in arrays:
        stars = _floats(arrays, "prototypes", (None if watched is None else watched.labels, z.shape[1]))
    return Frame(step=step, ids=ids, z=z, h=h, prototypes=stars)


def checked_map(
    step: int, name: str, arrays: Mapping[str, np.ndarray], scores: str, watched: Watched | None
) -> MapFrame:
    """A map: finite places in the plane, one for each watched item, prototypes there or nowhere (NaN); finite scores.

    Raises:
        InputError: As for :func:`checked_frame`.
    """
    ids, n = _ids(arrays, watched)
    xy, stars, apart = _floats(arrays, "xy", (n, 2), finite=True), None, None
    if "prototypes" in arrays:
        stars = _floats(arrays, "prototypes", (None if watched is None else watched.labels, 2))
        nowhere = np.isnan(stars).all(axis=1)  # a prototype without a direction has no place
        if not np.isfinite(stars[~nowhere]).all():
            raise InputError("prototypes holds places that are neither finite nor wholly NaN")
    if "apart" in arrays:
        apart = _array(arrays, "apart", "biu", (n,)).astype(bool)
    return MapFrame(
        step=step,
        name=name,
        ids=ids,
        xy=xy,
        scores=checked_numbers(scores, "the scores"),
        prototypes=stars,
        apart=apart,
    )


def checked_batch(step: int, arrays: Mapping[str, np.ndarray], settings: str, watched: Watched | None) -> Batch:
    """A batch: m items, of which the first a are anchors; pairs are a x m; finite numbers.

    Raises:
        InputError: As for :func:`checked_frame`.
    """
    ids = _whole(arrays, "ids")
    m = len(ids)
    view = _whole(arrays, "view", m)
    z = _floats(arrays, "z", (m, None), finite=True)
    y = _array(arrays, "y", "biu", (m, None if watched is None else watched.labels))
    if len(view) and not 0 <= int(view.min()) <= int(view.max()) <= 255:
        raise InputError("view holds numbers outside 0 to 255")
    anchors = len(_array(arrays, "w", "f", (None, m)))
    if anchors > m:
        raise InputError(f"w has {anchors} rows; the batch has {m} items")
    w, s, force = (_floats(arrays, name, (anchors, m), finite=True) for name in ("w", "s", "force"))
    pictures = None
    if "pictures" in arrays:
        pictures = _array(arrays, "pictures", "u", (m, None, None, None))
        if pictures.dtype != np.uint8 or pictures.shape[1] not in (1, 3) or not _drawable(pictures.shape[2:]):
            raise InputError(
                f"pictures is {pictures.dtype} {list(pictures.shape)}; it must be uint8 with 1 or 3 channels"
            )
    return Batch(
        step=step,
        ids=ids,
        view=view,
        z=z,
        y=y.astype(bool),
        w=w,
        s=s,
        force=force,
        pictures=pictures,
        settings=checked_numbers(settings, "the settings"),
    )


def _drawable(sides: tuple[int, ...]) -> bool:
    return all(1 <= side <= SIDE for side in sides)


def _ids(arrays: Mapping[str, np.ndarray], watched: Watched | None) -> tuple[np.ndarray, int]:
    ids = _whole(arrays, "ids")
    if watched is not None and not np.array_equal(ids, watched.ids):
        raise InputError(f"ids holds {len(ids)} items that are not the {len(watched.ids)} watched ones, in their order")
    return ids, len(ids)


def _whole(arrays: Mapping[str, np.ndarray], name: str, length: int | None = None) -> np.ndarray:
    return _array(arrays, name, "iu", (length,)).astype(np.int64)


def _floats(
    arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int | None, ...], *, finite: bool = False
) -> np.ndarray:
    array = _array(arrays, name, "f", shape)
    known = np.isfinite(array)
    if finite and not known.all():
        raise InputError(f"{name} holds {int((~known).sum())} numbers that are not finite")
    if array.size and np.abs(array, where=known, out=np.zeros_like(array)).max() > LARGEST:
        raise InputError(f"{name} holds numbers beyond {LARGEST:g}")
    return array


def _array(arrays: Mapping[str, np.ndarray], name: str, kinds: str, shape: tuple[int | None, ...]) -> np.ndarray:
    if name not in arrays:
        raise InputError(f"the file holds {', '.join(arrays)[:LONGEST_TOLD] or 'nothing'}; {name} is missing")
    array = arrays[name]
    if array.dtype.kind not in kinds:
        raise InputError(f"{name} is {array.dtype}; it must hold {'numbers' if kinds == 'f' else 'whole numbers'}")
    fits = len(shape) == array.ndim and all(want in (None, has) for want, has in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = " x ".join("any" if want is None else str(want) for want in shape)
        raise InputError(f"{name} has the shape {' x '.join(map(str, array.shape))}; it must be {wanted}")
    return array
