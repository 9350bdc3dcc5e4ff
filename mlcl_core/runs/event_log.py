"""Events of a run, read from ``events.jsonl``; each reading reads only the lines added since the last."""

import json
import math
import os
import re
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from mlcl_core.errors import InputError
from mlcl_core.runs.checked import checked_event
from mlcl_core.runs.files import open_regular

BLOCK = 32 * 1024  # bytes read at a time from the end
HALF = b'{"event": '  # begin of a line whose writer was killed before its end


class EventLog:
    """The events of one file, kept between readings; safe to read from several threads.

    A ``resumed`` event names the step from which the run was resumed: earlier events of later steps are dropped. Lines
    that are no events are ignored and counted, except half a line, whose writer was killed.

    Args:
        path: The file; it may not exist yet.
    """

    def __init__(self, path: Path):
        """Nothing is read yet."""
        self._path = path
        self._lock = threading.Lock()
        self._kept: list[dict[str, Any]] = []
        self._forget()

    def read(self) -> list[dict[str, Any]]:
        """All events in order: a new list, of dicts that are shared and must not be changed.

        Raises:
            InputError: The file exists and cannot be read.
        """
        with self._lock:
            added = self._added()
            whole = added.rfind(b"\n") + 1
            self._kept = _joined(self._kept, self._events(added[:whole]))
            self._offset += whole
            # the last line may lack its end (its writer was killed, or is still writing): it counts if it is whole
            last = _event(added[whole:])
            self._last = last if isinstance(last, str) else ""
            return _joined(list(self._kept), [last] if isinstance(last, dict) else [])

    @property
    def odd(self) -> str | None:
        """How many lines were ignored as no events, and the first reason, as of the last reading; None: no line."""
        odd, lines = self._odd + bool(self._last), self._lines + bool(self._last)
        if not odd:
            return None
        words = f"{odd:,} line of {lines:,} is" if odd == 1 else f"{odd:,} lines of {lines:,} are"
        return f"{words} no event and passed over; {self._why or f'line {lines:,}: {self._last}'}"

    def _forget(self) -> None:
        self._kept, self._offset, self._inode = [], 0, -1
        self._lines, self._odd, self._why, self._last = 0, 0, "", ""

    def _events(self, data: bytes) -> Iterator[dict[str, Any]]:
        for line in data.split(b"\n"):
            if not line.strip():
                continue
            self._lines += 1
            found = _event(line)
            if isinstance(found, dict):
                yield found
            elif found:
                self._odd += 1
                self._why = self._why or f"line {self._lines:,}: {found}"

    def _added(self) -> bytes:
        try:
            with open_regular(self._path) as file:
                found = os.fstat(file.fileno())
                if found.st_size < self._offset or found.st_ino != self._inode:
                    self._forget()  # the file was replaced
                    self._inode = found.st_ino
                file.seek(self._offset)
                return file.read()
        except FileNotFoundError:
            self._forget()
            return b""
        except OSError as error:
            self._forget()
            raise InputError(f"{self._path}: cannot be read: {error.strerror}") from None


def events_of(path: Path, kinds: Collection[str]) -> list[dict[str, Any]]:
    """The events of some kinds, as :meth:`EventLog.read` has them; only lines that name a kind are parsed.

    Of a thousand steps the file holds a line each: the few frames and answers among them are found in a tenth of the
    time.

    Raises:
        InputError: The file exists and cannot be read.
    """
    try:
        with open_regular(path) as file:
            data = file.read()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    # a kind is looked for as it is written, without its quotes: JSON leaves letters as they are
    wanted = re.compile(b"|".join(re.escape(kind.encode()) for kind in {*kinds, "resumed"}))
    found = (_event(line) for line in data.split(b"\n") if wanted.search(line))
    return [event for event in _joined([], filter(_is_event, found)) if event["event"] in kinds]


def _is_event(found: dict[str, Any] | str) -> TypeGuard[dict[str, Any]]:
    return isinstance(found, dict)


def last_finished(path: Path) -> dict[str, Any] | None:
    """The last valid ``finished`` event of a file, read from its end; None: there is none.

    The search ends at the last valid ``step``: a run that was trained further has no ``finished`` event before it.

    Raises:
        InputError: The file exists and cannot be read.
    """
    upto = math.inf  # later steps are dropped: the run was resumed from there
    for line in _backwards(path):
        event = _event(line)
        if not isinstance(event, dict):
            continue
        if event["event"] == "finished" and event["step"] <= upto:
            return event
        if event["event"] == "step" and event["step"] <= upto:
            return None
        if event["event"] == "resumed":
            upto = min(upto, event["step"])
    return None


def interventions(lines: Sequence[dict[str, Any]], after: int = -2) -> list[dict[str, Any]]:
    """Acknowledged changes of settings after a step, each once as acknowledged last, in the order of the first times.

    A resumed run replays them.
    """
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.get("event") == "acknowledged" and line.get("action") == "set" and "result" not in line:
            whole = isinstance(line.get("step"), int) and isinstance(line.get("settings"), dict) and "request" in line
            if whole:
                found[str(line["request"])] = line
    return [line for line in found.values() if line["step"] > after]


def _backwards(path: Path) -> Iterator[bytes]:
    try:
        with open_regular(path) as file:
            place, rest = os.fstat(file.fileno()).st_size, b""
            block = BLOCK
            while place > 0:
                begin = max(0, place - block)
                data = _read_at(file, begin, place - begin) + rest
                rest, *lines = data.split(b"\n")
                yield from reversed(lines)
                place, block = (
                    begin,
                    min(2 * block, 2**24),
                )  # larger and larger, so that a very long line is not joined from small pieces
            yield rest
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _read_at(file: BinaryIO, begin: int, size: int) -> bytes:
    file.seek(begin)
    return file.read(size)


def _event(line: bytes) -> dict[str, Any] | str:
    """The event of a line, else the reason why it is none; empty for half a line."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        half = HALF.startswith(line) or (line.startswith(HALF) and not line.endswith(b"}"))
        return "" if half else "not JSON"
    if not isinstance(value, dict):
        return "no JSON object"
    try:
        return checked_event(value)
    except InputError as error:
        return str(error)


def _joined(kept: list[dict[str, Any]], lines: Any) -> list[dict[str, Any]]:
    for line in lines:
        if line["event"] == "resumed":
            kept = [earlier for earlier in kept if earlier["step"] <= line["step"]]
        kept.append(line)
    return kept
