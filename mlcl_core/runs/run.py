"""One run directory, read: every method copes with a half-written line, a missing frame or a foreign file."""

import json
import os
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from socket import gethostname
from time import time
from typing import Any

import numpy as np
import psutil
import pyarrow.parquet as pq
from pyarrow import ArrowException
from pydantic import TypeAdapter, ValidationError

from mlcl_core.engine.config import TrainConfig, config_from_json
from mlcl_core.errors import InputError
from mlcl_core.runs.event_log import EventLog
from mlcl_core.runs.files import load_arrays, read_json, read_kept, read_lines
from mlcl_core.runs.records import ALIVE, ENDED, INTERRUPTED, Batch, Frame, MapFrame, Probe, Status

HEARTBEAT_SECONDS = 10.0
FORGOTTEN_SECONDS = 600.0
NUMBERED = re.compile(r"(\d{8,})\.safetensors")
MAP_NAME = re.compile(r"[a-z0-9_]+")
STATUS = TypeAdapter(Status)


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
            raise InputError(f"{self.path}{os.sep}{error}") from None

    def meta(self) -> dict[str, Any]:
        """Name, note and time of creation; defaults where the file is damaged."""
        try:
            meta = read_kept(self.path / "meta.json", json.loads)
        except (OSError, ValueError):
            meta = {}
        meta = meta if isinstance(meta, dict) else {}
        return {"name": self.id, "note": "", "created": 0.0, **meta}

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
        created = self.meta()["created"]
        return float(created) if isinstance(created, int | float) else 0.0

    # ---- how it is

    def written_status(self) -> Status:
        """What the worker last wrote, as it stands; a damaged file counts as no news (heartbeat 0)."""
        try:
            status = read_kept(self.path / "status.json", STATUS.validate_json)
        except (OSError, ValidationError):
            return Status(state=INTERRUPTED)
        return status if status.state in ALIVE | ENDED else replace(status, state=INTERRUPTED)

    def status(self, now: float | None = None) -> Status:
        """What the worker last wrote; ``interrupted`` when it should be alive and is not.

        A worker is gone when its process is gone (or is another one by now), or when its heartbeat is older than
        10 s.
        """
        status = self.written_status()
        if status.state not in ALIVE:
            return status
        late = (time() if now is None else now) - status.heartbeat > HEARTBEAT_SECONDS
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
        """
        lines = EventLog(self.path / "events.jsonl").read()
        return [line for line in lines if not names or line.get("event") in names]

    def requests(self) -> list[dict[str, Any]]:
        """What was asked of the worker, in order."""
        lines = read_lines(self.path / "requests.jsonl")
        return [line for line in lines if isinstance(line.get("id"), str) and isinstance(line.get("action"), str)]

    # ---- what it wrote

    def frame_steps(self) -> list[int]:
        """Steps of which there is a frame, ascending."""
        return numbered(self.path / "frames")

    def frame(self, step: int) -> Frame:
        """The watched items at a step.

        Raises:
            InputError: There is no such frame, or it is damaged.
        """
        arrays, _ = load_arrays(numbered_path(self.path / "frames", step))
        return Frame(step=step, prototypes=arrays.get("prototypes"), **_pick(arrays, "ids", "z", "h"))

    def batch_steps(self) -> list[int]:
        """Steps of which the batch just trained on was kept, ascending."""
        return numbered(self.path / "batches")

    def batch(self, step: int) -> Batch:
        """The batch just trained on.

        Raises:
            InputError: There is no such record, or it is damaged.
        """
        arrays, metadata = load_arrays(numbered_path(self.path / "batches", step))
        picked = _pick(arrays, "ids", "view", "z", "y", "w", "s", "force")
        picked["y"] = picked["y"].astype(bool)
        settings = _json_object(metadata.get("settings", "{}"))
        return Batch(step=step, pictures=arrays.get("pictures"), settings=settings, **picked)

    def map_names(self) -> list[str]:
        """Kinds of maps there are (pca, umap)."""
        folder = self.path / "maps"
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if MAP_NAME.fullmatch(path.name) and path.is_dir())

    def map_steps(self, name: str) -> list[int]:
        """Steps of which there is a map of that kind, ascending."""
        return numbered(self.path / "maps" / _plain(name))

    def map(self, name: str, step: int) -> MapFrame:
        """A map of a frame.

        Raises:
            InputError: There is no such map, or it is damaged.
        """
        arrays, metadata = load_arrays(numbered_path(self.path / "maps" / _plain(name), step))
        picked = _pick(arrays, "ids", "xy")
        scores = _json_object(metadata.get("scores", "{}"))
        apart = arrays["apart"].astype(bool) if "apart" in arrays else None
        if apart is not None and apart.shape != picked["ids"].shape:
            raise InputError(
                f"the file says of {apart.size} items whether they stand apart, and has {picked['ids'].size}"
            )
        prototypes = arrays.get("prototypes")
        return MapFrame(step=step, name=name, scores=scores, prototypes=prototypes, apart=apart, **picked)

    def probe(self) -> Probe:
        """The watched items.

        Raises:
            InputError: The file is missing or damaged.
        """
        path = self.path / "probe.parquet"
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        return _read_probe(path, stamp)


def _config(data: bytes) -> TrainConfig:
    return config_from_json(data.decode(), "config.json")


def _gone(status: Status) -> bool:
    if status.pid is None or status.host != gethostname():
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
    try:
        table = pq.read_table(path)
        label_names = tuple(json.loads((table.schema.metadata or {})[b"label_names"]))
        position = {name: column for column, name in enumerate(label_names)}
        labels = np.zeros((table.num_rows, len(label_names)), dtype=bool)
        for row, names in enumerate(table["labels"].to_pylist()):
            labels[row, [position[name] for name in names]] = True
        pictures, texts = (
            tuple(table[name].to_pylist()) if name in table.column_names else None for name in ("picture", "text")
        )
        return Probe(
            ids=table["id"].to_numpy(),
            split=np.array(table["split"].to_pylist(), dtype=str),
            names=tuple(table["name"].to_pylist()),
            labels=labels,
            label_names=label_names,
            pictures=pictures,
            texts=texts,
        )
    except (OSError, ArrowException, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as the list of watched items: {error}") from None


def _pick(arrays: dict[str, np.ndarray], *names: str) -> dict[str, Any]:
    missing = [name for name in names if name not in arrays]
    if missing:
        raise InputError(f"the file holds {', '.join(arrays) or 'nothing'}; {', '.join(missing)} is missing")
    return {name: arrays[name] for name in names}


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InputError(f"the file's metadata are {text[:40]!r}; they must be a JSON object")
    return value


def _plain(name: str) -> str:
    if not MAP_NAME.fullmatch(name):
        raise InputError(f"there is no map {name!r}")
    return name
