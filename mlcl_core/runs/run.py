"""One run directory, read: every method copes with a half-written line, a missing frame or a foreign file."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from socket import gethostname
from time import time
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ArrowException

from mlcl_core.engine.config import TrainConfig, config_from_json
from mlcl_core.errors import InputError
from mlcl_core.runs.checked import (
    LARGEST,
    LONGEST_TOLD,
    Watched,
    checked_batch,
    checked_frame,
    checked_map,
    checked_meta,
    checked_status,
    is_request,
)
from mlcl_core.runs.event_log import EventLog, last_finished
from mlcl_core.runs.files import load_arrays, open_regular, read_json, read_kept, read_lines
from mlcl_core.runs.records import ALIVE, ENDED, INTERRUPTED, Batch, Frame, MapFrame, Probe, Status

HEARTBEAT_SECONDS = 10.0
FORGOTTEN_SECONDS = 600.0
NUMBERED = re.compile(r"(\d{8,15})\.safetensors")
MAP_NAME = re.compile(r"[a-z0-9_]+")
LONGEST_REASON = 1_000  # characters: a key may have a million
FOLDERS = ("frames", "maps", "batches")


class Run:
    """A run by its directory: what a method gives is what the files say now.

    Of a small file that is replaced whole the last reading is kept, for as long as that very file stands there.
    """

    def __init__(self, path: Path):
        """Take the directory as it is."""
        self.path = path
        self.id = path.name

    def __repr__(self) -> str:
        """The id."""
        return f"Run({self.id!r})"

    # ---- what it is

    def config_json(self) -> dict[str, Any]:
        """The configuration as plain values, unchecked."""
        return read_json(self.path / "config.json")

    def config(self) -> TrainConfig:
        """The configuration, checked."""
        path = self.path / "config.json"
        try:
            return read_kept(path, _config)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
        except InputError as error:
            text = str(error)
            text = text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"
            raise InputError(f"{self.path}{os.sep}{text}") from None

    def meta(self) -> dict[str, Any]:
        """Name, note and time of creation; the id, nothing and 0 where the file is damaged."""
        try:
            return read_kept(self.path / "meta.json", checked_meta)
        except (OSError, InputError):
            return {"name": self.id, "note": "", "created": 0.0}

    @property
    def name(self) -> str:
        """What the user calls it."""
        return str(self.meta()["name"])

    @property
    def note(self) -> str:
        """What the user wrote about it."""
        return str(self.meta()["note"])

    @property
    def created(self) -> float:
        """Seconds since 1970; 0 where the file is damaged."""
        return float(self.meta()["created"])

    # ---- what is wrong with it

    def damage(self) -> str | None:
        """Why the run can't be shown, in one line: its configuration or its events can't be read; None: it can."""
        try:
            self.config()
            self.finished()
        except InputError as error:
            return str(error)
        return None

    def problem(self) -> str | None:
        """What is wrong with a run that can be shown, in one line, and what is shown instead; None: nothing."""
        small = (
            ("meta.json", checked_meta, "called by its id"),
            ("status.json", checked_status, "taken as interrupted"),
        )
        for name, check, instead in small:
            try:
                read_kept(self.path / name, check)
            except (OSError, InputError) as error:
                return f"{name}: {_why(error)}; the run is {instead}"
        for name in FOLDERS:
            try:
                next(iter((self.path / name).iterdir()), None)
            except FileNotFoundError:
                continue
            except OSError as error:
                return f"{name}: cannot be read: {_why(error)}; nothing in it is shown"
        events, step = self.path / "events.jsonl", self.written_status().step
        if step and not _size(events):
            return f"events.jsonl: there is nothing in it, and {step:,} steps were trained; no curves are shown"
        return None

    # ---- how it is

    def written_status(self) -> Status:
        """What the worker last wrote, as it stands; a damaged file counts as no news (heartbeat 0), and ``error`` says
        what is wrong with it.
        """
        try:
            status = read_kept(self.path / "status.json", checked_status)
        except (OSError, InputError) as error:
            return Status(state=INTERRUPTED, error=f"status.json: {_why(error)}")
        return status if status.state in ALIVE | ENDED else replace(status, state=INTERRUPTED)

    def status(self, now: float | None = None) -> Status:
        """What the worker last wrote; ``interrupted`` when it should be alive and is not.

        A worker is gone when its process is gone (or is another one by now), or when its heartbeat is older than
        10 s. One that is more than 10 s ahead (a clock was set back) tells nothing: the process alone does, and where
        it can't be looked up, on another machine, it counts as gone.
        """
        status = self.written_status()
        if status.state not in ALIVE:
            return status
        silent = (time() if now is None else now) - status.heartbeat
        ahead = silent < -HEARTBEAT_SECONDS
        late = not _known(status) if ahead else silent > HEARTBEAT_SECONDS
        return replace(status, state=INTERRUPTED, eta=None) if late or _gone(status) else status

    def may_come_back(self, now: float | None = None) -> bool:
        """Whether it is interrupted by silence alone, and was heard of within ten minutes: a machine that is too busy
        to start a worker, or slept, shows an old heartbeat for a moment.
        """
        status = self.written_status()
        silent = (time() if now is None else now) - status.heartbeat
        return status.state in ALIVE and HEARTBEAT_SECONDS < silent < FORGOTTEN_SECONDS and not _gone(status)

    # ---- what happened

    def events(self, *names: str) -> list[dict[str, Any]]:
        """What happened, in order; of the kinds ``names`` when given.

        A ``resumed`` line says from which step the run was taken up again: earlier lines of later steps are void.

        Raises:
            InputError: The file is there and can't be read; a line that is no event is passed over.
        """
        lines = EventLog(self.path / "events.jsonl").read()
        return [line for line in lines if not names or line["event"] in names]

    def finished(self) -> dict[str, Any] | None:
        """The last ``finished`` event, with the numbers of the linear probe; read from the end of the file.

        Raises:
            InputError: As :meth:`events`.
        """
        return last_finished(self.path / "events.jsonl")

    def requests(self) -> list[dict[str, Any]]:
        """What was asked of the worker, in order.

        Raises:
            InputError: The file is there and can't be read; a line that asks for nothing is passed over.
        """
        try:
            return [line for line in read_lines(self.path / "requests.jsonl") if is_request(line)]
        except OSError as error:
            raise InputError(f"{self.path / 'requests.jsonl'}: cannot be read: {_why(error)}") from None

    # ---- what it wrote

    def frame_steps(self) -> list[int]:
        """Steps of which there is a frame, ascending."""
        return numbered(self.path / "frames")

    def frame(self, step: int) -> Frame:
        """The watched items at a step.

        Raises:
            InputError: There is no such frame, or it is damaged.
        """
        path = numbered_path(self.path / "frames", step)
        arrays, _ = load_arrays(path)
        with _named(path):
            return checked_frame(step, arrays, self._watched())

    def batch_steps(self) -> list[int]:
        """Steps of which the batch just trained on was kept, ascending."""
        return numbered(self.path / "batches")

    def batch(self, step: int) -> Batch:
        """The batch just trained on.

        Raises:
            InputError: There is no such record, or it is damaged.
        """
        path = numbered_path(self.path / "batches", step)
        arrays, metadata = load_arrays(path)
        with _named(path):
            return checked_batch(step, arrays, metadata.get("settings", "{}"), self._watched())

    def map_names(self) -> list[str]:
        """The kinds of maps that there are."""
        try:
            paths = list((self.path / "maps").iterdir())
            return sorted(path.name for path in paths if MAP_NAME.fullmatch(path.name) and path.is_dir())
        except OSError:
            return []

    def map_steps(self, name: str) -> list[int]:
        """Steps of which there is a map of that kind, ascending."""
        return numbered(self.path / "maps" / _plain(name))

    def map(self, name: str, step: int) -> MapFrame:
        """A map of a frame.

        Raises:
            InputError: There is no such map, or it is damaged.
        """
        path = numbered_path(self.path / "maps" / _plain(name), step)
        arrays, metadata = load_arrays(path)
        with _named(path):
            return checked_map(step, name, arrays, metadata.get("scores", "{}"), self._watched())

    def probe(self) -> Probe:
        """The watched items.

        Raises:
            InputError: The file is missing or damaged.
        """
        path = self.path / "probe.parquet"
        return _read_probe(path, _stamp(path))

    def _watched(self) -> Watched | None:
        """Which items are watched; None while nobody can tell: then their list says what is wrong, where it is read."""
        path = self.path / "probe.parquet"
        try:
            return _read_watched(path, _stamp(path))
        except InputError:
            return None


def _why(error: OSError | InputError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What is wrong with a file's content is told with the file's name."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _config(data: bytes) -> TrainConfig:
    return config_from_json(data.decode(), "config.json")


def _known(status: Status) -> bool:
    """Whether the worker's process can be looked up."""
    return status.pid is not None and status.host == gethostname()


def _gone(status: Status) -> bool:
    if status.pid is None or not _known(status):
        return False
    return not same_process(status.pid, status.started)


def numbered(folder: Path) -> list[int]:
    """Steps of the files ``{step:08d}.safetensors`` in a folder, ascending; other files are passed over."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(int(match[1]) for match in map(NUMBERED.fullmatch, names) if match)


def numbered_path(folder: Path, step: int) -> Path:
    """Where the file of a step stands."""
    return folder / f"{step:08d}.safetensors"


def same_process(pid: int, started: float | None) -> bool:
    """Whether the process of that number lives and is the one that started then (a number may be given again)."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return started is None or abs(process.create_time() - started) < 2
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


@lru_cache(maxsize=8)
def _read_probe(path: Path, stamp: int) -> Probe:
    with _table_errors(path), open_regular(path) as file:
        table = pq.read_table(file)
        label_names = _label_names(table.schema.metadata)
        position = {name: column for column, name in enumerate(label_names)}
        labels = np.zeros((table.num_rows, len(label_names)), dtype=bool)
        for row, names in enumerate(_values(table, "labels", list)):
            labels[row, [position[name] for name in names]] = True
        return Probe(
            ids=_item_ids(table),
            split=np.array(_values(table, "split", str), dtype=str),
            names=tuple(_values(table, "name", str)),
            labels=labels,
            label_names=label_names,
            pictures=tuple(_values(table, "picture", bytes)) if "picture" in table.column_names else None,
            texts=tuple(_values(table, "text", str)) if "text" in table.column_names else None,
        )


@lru_cache(maxsize=8)
def _read_watched(path: Path, stamp: int) -> Watched:
    with _table_errors(path), open_regular(path) as file:
        table = pq.read_table(file, columns=["id"])
        return Watched(_item_ids(table), len(_label_names(table.schema.metadata)))


@contextmanager
def _table_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise InputError(f"{path}: cannot be read as the list of watched items: {error} is not known there") from None
    except (OSError, ArrowException, TypeError, ValueError, OverflowError, RecursionError) as error:
        words = " ".join(str(getattr(error, "strerror", None) or error).split())[:LONGEST_TOLD]
        raise InputError(f"{path}: cannot be read as the list of watched items: {words}") from None


def _label_names(metadata: dict[bytes, bytes] | None) -> tuple[str, ...]:
    names = json.loads((metadata or {})[b"label_names"])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ValueError("label_names must be a list of different names")
    return tuple(names)


def _item_ids(table: pa.Table) -> np.ndarray:
    column = table["id"]
    if not pa.types.is_integer(column.type) or column.null_count:
        raise ValueError(f"id is {column.type}; it must hold whole numbers")
    ids = column.to_numpy().astype(np.int64)
    if len(np.unique(ids)) < len(ids) or (len(ids) and not 0 <= ids.min() <= ids.max() <= LARGEST):
        raise ValueError("id must hold different numbers, from 0 on")
    return ids


def _values(table: pa.Table, name: str, kind: type) -> list[Any]:
    values = table[name].to_pylist()
    if not all(isinstance(value, kind) for value in values):
        raise ValueError(f"{name} is {table[name].type}, or some of it is missing; it must hold {kind.__name__}")
    return values


def _plain(name: str) -> str:
    if not MAP_NAME.fullmatch(name):
        raise InputError(f"there is no map {name!r}")
    return name
