"""The home directory and its runs: create, list, find, rename, note, tag, delete."""

import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from time import gmtime, strftime, time
from typing import Any, Literal

from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.checked import MAX_NAME, MAX_NOTE, MAX_TAG, MAX_TAGS
from mlcl_core.runs.files import sync, write_atomic, write_json
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.naming import default_name
from mlcl_core.runs.records import QUEUED, Status
from mlcl_core.runs.run import Run

NEW, DELETED = ".new-", ".deleted-"  # prefixes of directories that are being made or deleted
LOCK = "worker.lock"
META_LOCK = ".meta.lock"  # in the folder of all runs, held while a meta.json is changed
META_PATIENCE = 10.0  # seconds; a change takes milliseconds
YOUNG_SECONDS = 60.0
RUN_ID = re.compile(r"\d{8}-\d{6}-.+-[0-9a-f]{4}")


class ChangedMeanwhile(InputError):
    """A name or a note is no longer the one that a change was made from."""

    def __init__(self, key: str, now: str):
        """Take what was to be changed, and what it is now."""
        super().__init__(f"the {key} was changed meanwhile; it is now {now[:MAX_NAME]!r}, and nothing was changed")
        self.now = now


class Store:
    """The runs of a home directory."""

    def __init__(self, home: Path):
        """Take the home directory, which need not exist yet; for reading, it may be read only."""
        self.home = home
        self.folder = home / "runs"

    def create(
        self,
        config: TrainConfig,
        name: str | None = None,
        notice: str | None = None,
        fill: Callable[[Path], None] = lambda folder: None,
    ) -> Run:
        """Make the directory of a queued run; nothing is started.

        The directory appears complete: it is filled under a hidden name and renamed.

        Args:
            config: Its configuration.
            name: Its name; None: a name that is free.
            notice: What the user should know about it.
            fill: Called with the hidden directory; writes what else the run begins with.

        Raises:
            InputError: The name is invalid, or the home directory cannot be written; or as ``fill`` does.
            OSError: The disk is full.
        """
        home_directory(self.home)
        self.sweep()
        name = default_name(config, {run.name for run in self.runs()}) if name is None else checked_name(name)
        run_id = f"{strftime('%Y%m%d-%H%M%S', gmtime())}-{_slug(name)}-{secrets.token_hex(2)}"
        hidden, path = self.folder / f"{NEW}{run_id}", self.folder / run_id
        # held until the run is complete: a directory that a killed process left behind has no holder
        lock = FileLock(hidden / LOCK)
        try:
            lock.acquire()
            write_atomic(hidden / "config.json", config.to_json().encode(), durable=True)
            write_json(hidden / "meta.json", {"name": name, "note": "", "created": time()}, durable=True)
            status = Status(state=QUEUED, heartbeat=time(), phase="starting", notice=notice)
            write_json(hidden / "status.json", asdict(status))
            fill(hidden)
            hidden.rename(path)
            sync(self.folder)
        except (OSError, InputError):
            shutil.rmtree(hidden, ignore_errors=True)
            raise
        finally:
            lock.release()
        return Run(path)

    def runs(self) -> list[Run]:
        """All runs, newest first, damaged ones too; directories without a configuration are ignored.

        Raises:
            InputError: The folder exists and cannot be listed.
        """
        try:
            paths = [path for path in self.folder.iterdir() if not path.name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be listed: {error.strerror}") from None
        runs = [Run(path) for path in paths if _has_config(path)]
        return sorted(runs, key=lambda run: (run.created, run.id), reverse=True)

    def run(self, wanted: str) -> Run:
        """A run by its id, or by a name that only one run has.

        Raises:
            InputError: There is no such run, or several have the name.
        """
        runs = self.runs()
        found = [run for run in runs if run.id == wanted] or [run for run in runs if run.name == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(
                f"{len(found)} runs are named {wanted!r}; say which by its id: {', '.join(run.id for run in found)}"
            )
        raise InputError(f"there is no run {wanted!r} in {self.folder}; mlcl runs lists them")

    def rename(self, run: Run, name: str, *, before: str | None = None) -> None:
        """Set the name of a run; its id stays.

        Args:
            run: The run.
            name: The new name.
            before: The name that the change was made from; None: any.

        Raises:
            ChangedMeanwhile: The name is no longer ``before``; nothing is changed.
            InputError: The name is invalid, the run was deleted meanwhile, or the home directory cannot be written.
        """
        self._replace(run, "name", checked_name(name), before)

    def note(self, run: Run, text: str, *, before: str | None = None) -> None:
        """Set the note of a run; ``before`` as for :meth:`rename`.

        Raises:
            ChangedMeanwhile: The note is no longer ``before``; nothing is changed.
            InputError: The note has more than 10,000 characters; else as :meth:`rename`.
        """
        if len(text) > MAX_NOTE:
            raise InputError(f"the note has {len(text)} characters; at most {MAX_NOTE:,} fit")
        self._replace(run, "note", text, before)

    def _replace(self, run: Run, key: str, text: str, before: str | None) -> None:
        def change(meta: dict[str, Any]) -> dict[str, Any]:
            if before is not None and meta[key] not in (before, text):
                raise ChangedMeanwhile(key, str(meta[key]))
            return {**meta, key: text}

        self._change(run, change)

    def tag(self, run: Run, tags: Iterable[str], how: Literal["set", "add", "remove"] = "set") -> None:
        """Set the tags of a run to these and no others, add these, or take these away; each stands once.

        Raises:
            InputError: A tag is invalid, or there would be more than 20; else as :meth:`rename`.
        """
        given = checked_tags(tags)

        def change(meta: dict[str, Any]) -> dict[str, Any]:
            kept = () if how == "set" else tuple(tag for tag in meta["tags"] if how == "add" or tag not in given)
            return {**meta, "tags": list(kept if how == "remove" else checked_tags((*kept, *given)))}

        self._change(run, change)

    def _change(self, run: Run, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Replace meta.json by what ``change`` makes of it; changes made at once come one after the other."""
        home_directory(self.home)
        with self._meta_locked():
            if not _has_config(run.path):
                raise InputError(f"run {run.name!r} was deleted meanwhile; nothing was changed")
            write_json(run.path / "meta.json", change(run.meta()), within=run.path, durable=True)

    @contextmanager
    def _meta_locked(self) -> Iterator[None]:
        # one lock for all runs, beside them: a lock inside a run would make the directory of a deleted one again
        lock = FileLock(self.folder / META_LOCK)
        if not lock.acquire(patience=META_PATIENCE):
            raise InputError(f"{lock.path}: held by another process for {META_PATIENCE:g} s; nothing was changed")
        try:
            yield
        finally:
            lock.release()

    def delete(self, run: Run) -> None:
        """Delete a run and all its files.

        Raises:
            InputError: The run is queued, running or paused, or has a worker without a heartbeat; it was deleted
                meanwhile; or the home directory cannot be written.
            OSError: The run is no longer listed, but some of its files cannot be deleted.
        """
        home_directory(self.home)
        if not _has_config(run.path):
            raise InputError(f"run {run.name!r} is not there any more: it was deleted meanwhile")
        status, lock = run.status(), FileLock(run.path / LOCK)
        if status.alive:
            raise InputError(f"run {run.name!r} is {status.state}; stop it before deleting it")
        if not lock.acquire():
            raise InputError(f"run {run.name!r} has a worker that does not answer; end that process first")
        # hidden first: a reader never finds a half-deleted run
        hidden = run.path.with_name(f"{DELETED}{run.id}")
        try:
            run.path.rename(hidden)
        finally:
            lock.release()
        shutil.rmtree(hidden, ignore_errors=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(hidden)  # files that cannot be deleted are reported
        self.sweep()

    def sweep(self) -> None:
        """Delete half-made and half-deleted runs of dead processes.

        A living process holds the lock in the directory. Directories younger than a minute stay too: the lock is taken
        a moment after the directory is made, and version 0.1.0 took none.
        """
        try:
            found = [path for path in self.folder.iterdir() if path.name.startswith((NEW, DELETED))]
        except OSError:
            return
        for path in found:
            with suppress(OSError):  # deleted meanwhile, or without permission
                if _abandoned(path):
                    shutil.rmtree(path, ignore_errors=True)


def _abandoned(path: Path) -> bool:
    known = path.lstat()
    if not stat.S_ISDIR(known.st_mode) or abs(time() - known.st_mtime) < YOUNG_SECONDS:
        return False
    lock = FileLock(path / LOCK)
    try:
        return lock.acquire()
    finally:
        lock.release()


def _has_config(path: Path) -> bool:
    try:
        (path / "config.json").lstat()
    except PermissionError:
        return RUN_ID.fullmatch(path.name) is not None  # unreadable: a damaged run, by its name
    except OSError:
        return False
    return True


def checked_name(name: str) -> str:
    """The name of a run without surrounding spaces: 1 to 100 printable characters, no slash, no leading dot.

    Raises:
        InputError: The name is invalid; the message gives the reason.
    """
    name = name.strip()
    if not name:
        raise InputError("the name is empty; a run's name has 1 to 100 characters")
    if len(name) > MAX_NAME:
        raise InputError(f"the name has {len(name)} characters; a run's name has 1 to {MAX_NAME}")
    if "/" in name or "\\" in name or name.startswith(".") or not name.isprintable():
        raise InputError(f"the name {name[:40]!r} cannot be used: no slash, no control character, no dot in front")
    return name


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without surrounding spaces, each once: at most 20, each of 1 to 40 printable characters without a comma.

    Raises:
        InputError: A tag is invalid; the message gives the reason.
    """
    found = tuple(dict.fromkeys(tag.strip() for tag in tags))
    for tag in found:
        if not tag:
            raise InputError(f"a tag is empty; a tag has 1 to {MAX_TAG} characters")
        if len(tag) > MAX_TAG:
            raise InputError(f"the tag {tag[:40]!r}… has {len(tag)} characters; a tag has 1 to {MAX_TAG}")
        if "," in tag or not tag.isprintable():
            raise InputError(f"the tag {tag!r} cannot be used: no comma, no control character")
    if len(found) > MAX_TAGS:
        raise InputError(f"{len(found)} tags; a run has at most {MAX_TAGS}")
    return found


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "run"


__all__ = ["ChangedMeanwhile", "Run", "Store", "checked_name", "checked_tags"]
