"""A run directory, read; half-written lines, missing frames and foreign files do no harm."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from socket import gethostname
from time import time
from typing import Any

from mlcl_core.engine.config import TrainConfig, config_from_json
from mlcl_core.errors import InputError
from mlcl_core.runs.checked import checked_data, checked_meta, checked_status, is_request
from mlcl_core.runs.checked_arrays import Watched, checked_batch, checked_frame, checked_map
from mlcl_core.runs.event_log import EventLog, events_of, last_finished
from mlcl_core.runs.files import load_arrays, read_json, read_kept, read_lines
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.processes import same_process
from mlcl_core.runs.records import ALIVE, ENDED, INTERRUPTED, Batch, Frame, MapFrame, Status, WatchedItems
from mlcl_core.runs.watched_items import read_watched_ids, read_watched_items

HEARTBEAT_SECONDS = 10.0
FORGOTTEN_SECONDS = 600.0
MAP_NAME = re.compile(r"[a-z0-9_]+")
MAX_REASON = 1_000  # characters: a key may have a million
FOLDERS = ("frames", "maps", "batches")


class Run:
    """A run, by its directory: every method returns what the files hold now.

    The last reading of a small file is kept until the file is replaced.
    """

    def __init__(self, path: Path):
        """Take the directory; nothing is read yet."""
        self.path = path
        self.id = path.name

    def __repr__(self) -> str:
        """The id."""
        return f"Run({self.id!r})"

    # ---- identity

    def config_json(self) -> dict[str, Any]:
        """The configuration as plain values, unchecked.

        Raises:
            InputError: The file is missing or no JSON.
        """
        return read_json(self.path / "config.json")

    def config(self) -> TrainConfig:
        """The configuration, checked.

        Raises:
            InputError: The file is missing or damaged.
        """
        path = self.path / "config.json"
        try:
            return read_kept(path, _config)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
        except InputError as error:
            text = str(error)
            text = text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}…"
            raise InputError(f"{self.path}{os.sep}{text}") from None

    def meta(self) -> dict[str, Any]:
        """Name, note, tags and time of creation; where the file is damaged, the id, an empty note, no tags and 0."""
        try:
            return read_kept(self.path / "meta.json", checked_meta)
        except (OSError, InputError):
            return {"name": self.id, "note": "", "created": 0.0, "tags": []}

    @property
    def name(self) -> str:
        """Name given by the user."""
        return str(self.meta()["name"])

    @property
    def note(self) -> str:
        """Note written by the user."""
        return str(self.meta()["note"])

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags given by the user, in their order."""
        return tuple(self.meta()["tags"])

    @property
    def created(self) -> float:
        """Time of creation in seconds since 1970; 0 where the file is damaged."""
        return float(self.meta()["created"])

    @property
    def branch(self) -> dict[str, Any] | None:
        """Where it branched off, as ``{parent: id, at: step, checkpoint: step}``; None: it began at step 0."""
        return self.meta().get("branch")

    # ---- damage

    def damage(self) -> str | None:
        """Why the run cannot be shown, in one line: configuration or events cannot be read; None: it can."""
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
            ("data.json", checked_data, "not resumed until that file is put back or deleted"),
        )
        for name, check, instead in small:
            try:
                read_kept(self.path / name, check)
            except (OSError, InputError) as error:
                # earlier versions wrote none, and one with millions of labels is read by a resume alone
                number = getattr(error, "errno", None)
                if name != "data.json" or number not in (errno.ENOENT, errno.EFBIG):
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

    # ---- status

    def written_status(self) -> Status:
        """The status as the worker last wrote it; a damaged file is an interrupted run without a heartbeat, whose
        ``error`` names the damage.
        """
        try:
            status = read_kept(self.path / "status.json", checked_status)
        except (OSError, InputError) as error:
            return Status(state=INTERRUPTED, error=f"status.json: {_why(error)}")
        return status if status.state in ALIVE | ENDED else replace(status, state=INTERRUPTED)

    def status(self, now: float | None = None) -> Status:
        """The status as the worker last wrote it, but ``interrupted`` when the worker has died.

        A worker has died when its process is gone (or its number belongs to another process), or when its heartbeat is
        older than 10 s. A heartbeat more than 10 s ahead (a clock was set back) is ignored: the process decides, and a
        process on another machine counts as gone.
        """
        status = self.written_status()
        if status.state not in ALIVE:
            return status
        silent = (time() if now is None else now) - status.heartbeat
        ahead = silent < -HEARTBEAT_SECONDS
        late = not _known(status) if ahead else silent > HEARTBEAT_SECONDS
        return replace(status, state=INTERRUPTED, eta=None) if late or _gone(status) else status

    def may_come_back(self, now: float | None = None) -> bool:
        """Whether the run is interrupted only by a heartbeat of at most ten minutes ago: a machine that was asleep,
        or is too busy to start a worker, shows an old heartbeat for a moment.
        """
        status = self.written_status()
        silent = (time() if now is None else now) - status.heartbeat
        return status.state in ALIVE and HEARTBEAT_SECONDS < silent < FORGOTTEN_SECONDS and not _gone(status)

    # ---- events and requests

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Events in order; with ``names``, those of these kinds only.

        A ``resumed`` event names the step from which the run was resumed: earlier events of later steps are dropped.
        Lines that are no events are ignored.

        Raises:
            InputError: The file exists and cannot be read.
        """
        path = self.path / "events.jsonl"
        return events_of(path, names) if names else EventLog(path).read()

    def finished(self) -> dict[str, Any] | None:
        """The last ``finished`` event, with the scores of the linear probe; read from the end of the file.

        Raises:
            InputError: As :meth:`events`.
        """
        return last_finished(self.path / "events.jsonl")

    def requests(self) -> list[dict[str, Any]]:
        """Requests in order; lines that are no requests are ignored.

        Raises:
            InputError: The file exists and cannot be read.
        """
        try:
            return [line for line in read_lines(self.path / "requests.jsonl") if is_request(line)]
        except OSError as error:
            raise InputError(f"{self.path / 'requests.jsonl'}: cannot be read: {_why(error)}") from None

    # ---- frames, batches, maps

    def frame_steps(self) -> list[int]:
        """Steps that have a frame, ascending."""
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
        """Steps whose batch is recorded, ascending."""
        return numbered(self.path / "batches")

    def batch(self, step: int) -> Batch:
        """The batch trained on in a step.

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
        """Steps that have a map of that name, ascending."""
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

    def watched_items(self) -> WatchedItems:
        """The watched items.

        Raises:
            InputError: The file is missing or damaged.
        """
        return read_watched_items(self.path / "probe.parquet")

    def _watched(self) -> Watched | None:
        """Ids of the watched items; None where their file cannot be read, which :meth:`watched_items` reports."""
        try:
            return read_watched_ids(self.path / "probe.parquet")
        except InputError:
            return None


def _why(error: OSError | InputError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Add the name of the file to an error about its content."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _config(data: bytes) -> TrainConfig:
    return config_from_json(data.decode(), "config.json")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _known(status: Status) -> bool:
    """Whether the process of the worker is on this machine."""
    return status.pid is not None and status.host == gethostname()


def _gone(status: Status) -> bool:
    if status.pid is None or not _known(status):
        return False
    return not same_process(status.pid, status.started)


def _plain(name: str) -> str:
    if not MAP_NAME.fullmatch(name):
        raise InputError(f"there is no map {name!r}")
    return name
