"""The folder of a study: its file, its results, and how far it is. Every file in it is whole, or is not there.

``studies/NAME/`` holds ``study.json``, ``status.json``, ``cells/ID.json`` and ``ID.safetensors`` (the row of a cell and
its test predictions), ``tuning/ID.json``, ``labels/DATA.safetensors``, ``results.parquet`` (all rows, made anew from
``cells/``), ``requests.jsonl`` and ``log.txt``.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mlcl_core.errors import InputError
from mlcl_core.runs.files import load_arrays, read_json, read_kept, save_arrays, write_atomic, write_json
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.records import FINISHED, RUNNING, STOPPED, Status
from mlcl_core.runs.run import Run
from mlcl_core.studies.file import StudyFile, study_from_json
from mlcl_core.studies.records import FAILED, LAST_COLUMNS, TUNING, Result, TestLabels

if TYPE_CHECKING:
    import pandas as pd

    from mlcl_core.metrics.record import Predictions

ROWS_SCHEMA = 1
CELL_ID = re.compile(r"[a-z0-9_.-]{1,100}")
# What may differ between two files of one study: nothing that decides the result of a cell.
NO_MATTER = ("title", "keep_runs")
ABOUT_PLACE = ("path", "where")


@dataclass(frozen=True)
class StudyStatus:
    """How far a study is.

    Attributes:
        state: queued, running, finished, stopped, failed or interrupted, as those of a run.
        done, failed, total: Cells that have a row, those of them that failed, and all.
        eta: Estimated seconds left; None: unknown.
        current: What is under way, in words; None: nothing.
        waiting_for: What is served before a queued study; None: nothing.
        error: Why it failed; None: it did not.
    """

    state: str
    done: int
    failed: int
    total: int
    eta: float | None = None
    current: str | None = None
    waiting_for: str | None = None
    error: str | None = None

    @property
    def alive(self) -> bool:
        """Whether a process works on it, or waits to."""
        return self.state in ("queued", "running", "paused")


class StudyFolder:
    """A study, by its home directory and name; every method returns what the files hold now.

    Attributes:
        path: The folder.
        name: Its name.
        run: Its status and requests, which are those of a run.
    """

    def __init__(self, home: Path, name: str):
        """Take the folder, which need not exist; nothing is read yet."""
        self.home, self.name = home, name
        self.path = home / "studies" / name
        self.run = Run(self.path)

    def __repr__(self) -> str:
        """The name."""
        return f"StudyFolder({self.name!r})"

    @property
    def exists(self) -> bool:
        """Whether there is a study."""
        return (self.path / "study.json").is_file()

    @property
    def file(self) -> StudyFile:
        """The study's file.

        Raises:
            InputError: There is none, or it is damaged.
        """
        path = self.path / "study.json"
        try:
            return read_kept(path, _parsed)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
        except InputError as error:
            raise InputError(f"{path}: {error}") from None

    def take(self, file: StudyFile, total: int) -> None:
        """Make the folder of a study, or take up the one that there is; finished cells stay.

        Args:
            file: The study; more seeds, another title and another ``keep_runs`` than before are taken over.
            total: Its cells.

        Raises:
            InputError: The folder holds another study.
        """
        self.refuse_another(file)
        for folder in ("cells", "tuning", "labels", "locks"):
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        text = file.to_json().encode()
        if not self.exists or (self.path / "study.json").read_bytes() != text:
            write_atomic(self.path / "study.json", text, durable=True)
        if not self.run.status().alive and self.run.written_status().total != total:
            status = Status(state=STOPPED, heartbeat=time(), total=total)
            write_json(self.path / "status.json", asdict(status))

    def refuse_another(self, file: StudyFile) -> None:
        """Refuse a file of another study than the one that the folder holds.

        Raises:
            InputError: It is another.
        """
        if self.exists and (different := differences(self.file, file)):
            raise InputError(
                f"there is another study {self.name!r} in {self.path} (its {', '.join(different)} differ); give this "
                "one another name, or delete that folder"
            )

    # ---- results

    def add(self, result: Result) -> None:
        """Write what became of a cell: its predictions, then its row, which counts.

        Raises:
            InputError: Its test items or their labels are others than those of the cells before.
        """
        row, cell = dict(result.row), str(result.row["cell"])
        folder = self.path / ("tuning" if row.get("kind") == TUNING else "cells")
        if result.labels is not None:
            self._keep_labels(str(row["data"]), result.labels)
        if result.arrays:
            save_arrays(folder / f"{cell}.safetensors", result.arrays, within=self.path)
        write_json(folder / f"{cell}.json", {"schema_version": ROWS_SCHEMA, **row}, within=self.path)

    def rows(self) -> "pd.DataFrame":
        """The table of all cells that have a result, in the order of their ids.

        Raises:
            InputError: A file is damaged, or of another schema.
        """
        path = self.path / "results.parquet"
        if path.exists():
            _check_schema(path)
            if path.stat().st_mtime_ns == self._stamp():
                table = pq.read_table(path)
                if table.num_rows == len(_paths(self.path / "cells")):
                    return table.to_pandas()
        return _table(self.records()).to_pandas()

    def _stamp(self) -> int:
        """Changes with each row that is written, or written again."""
        return (self.path / "cells").stat().st_mtime_ns

    def record(self, cell_id: str, *, tuning: bool = False) -> dict[str, Any] | None:
        """The row of a cell, or of a training that tunes; None: it has no result yet. Raises as :meth:`rows`."""
        path = self.path / ("tuning" if tuning else "cells") / f"{cell_id}.json"
        return _record(path) if path.is_file() else None

    def records(self) -> list[dict[str, Any]]:
        """The rows as plain values; raises as :meth:`rows`."""
        return _records(self.path / "cells")

    def tuning(self) -> dict[str, dict[str, Any]]:
        """What became of the trainings that tune, by their ids; raises as :meth:`rows`."""
        return {row["cell"]: row for row in _records(self.path / "tuning")}

    def write_table(self) -> None:
        """Write ``results.parquet`` anew.

        Raises:
            InputError: As :meth:`rows`; the one that is there is of another schema.
        """
        path = self.path / "results.parquet"
        if path.exists():
            _check_schema(path)
        # before the rows are read: one that another process writes meanwhile makes the table an old one
        content, stamp = io.BytesIO(), self._stamp()
        pq.write_table(_table(self.records()), content)
        write_atomic(path, content.getvalue(), within=self.path)
        os.utime(path, ns=(stamp, stamp))

    def predictions(self, cell_id: str) -> "Predictions":
        """The predictions of a cell on the test items.

        Raises:
            InputError: There is no such cell, it failed, or a file is damaged.
        """
        from mlcl_core.metrics.record import Predictions  # imports torch

        if not CELL_ID.fullmatch(cell_id):
            raise InputError(f"study {self.name}: there is no cell {cell_id[:40]!r}")
        row = _record(self.path / "cells" / f"{cell_id}.json")
        if row["state"] == FAILED:
            raise InputError(f"study {self.name}: the cell {cell_id} failed: {row['error']}")
        arrays, _ = load_arrays(self.path / "cells" / f"{cell_id}.safetensors")
        labels = self.labels(row["data"]).labels
        scores, threshold = arrays.get("scores"), arrays.get("threshold")
        if scores is None or threshold is None or scores.shape != labels.shape:
            raise InputError(f"study {self.name}: the predictions of {cell_id} do not fit the test items")
        each: Any = float(threshold.reshape(-1)[0]) if threshold.size == 1 else threshold.astype(np.float64)
        return Predictions(labels, scores.astype(np.float64), each)

    def labels(self, data: str) -> TestLabels:
        """The test items of a data set.

        Raises:
            InputError: No cell on it has a result yet, or the file is damaged.
        """
        arrays, metadata = load_arrays(self._labels_path(data))
        try:
            return TestLabels(
                tuple(json.loads(metadata["names"])),
                arrays["train_counts"],
                int(metadata["n_train"]),
                arrays["ids"],
                arrays["labels"].astype(bool),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise InputError(f"{self._labels_path(data)}: cannot be read: {error}") from None

    def _keep_labels(self, data: str, labels: TestLabels) -> None:
        path = self._labels_path(data)
        if path.exists():
            kept = self.labels(data)
            if kept.names != labels.names or not np.array_equal(kept.labels, labels.labels):
                raise InputError(f"data {data}: test items or labels are others than in the cells before: it changed")
            return
        arrays = {"train_counts": labels.train_counts, "ids": labels.ids, "labels": labels.labels.astype(np.uint8)}
        metadata = {"names": json.dumps(list(labels.names)), "n_train": str(labels.n_train)}
        save_arrays(path, arrays, metadata, within=self.path)

    def _labels_path(self, data: str) -> Path:
        slug = re.sub(r"[^a-z0-9]+", "-", data.lower()).strip("-")[:40]
        return self.path / "labels" / f"{slug}-{hashlib.sha256(data.encode()).hexdigest()[:8]}.safetensors"

    # ---- how far it is

    def status(self) -> StudyStatus:
        """How far the study is; without a process it is finished or stopped, or as that process ended."""
        written = self.run.status()
        rows = self.records()
        failed = sum(row["state"] == FAILED for row in rows)
        total = max(written.total, len(rows))
        state = written.state
        if not written.alive and total and len(rows) == total:
            state = FINISHED
        elif not written.alive and self._has_cell_under_way({row["cell"] for row in rows}):
            state = RUNNING  # by processes of an array, which write no status
        elif state == FINISHED:
            state = STOPPED
        alive = written.alive
        return StudyStatus(
            state,
            len(rows),
            failed,
            total,
            written.eta if alive else None,
            written.phase if alive else None,
            written.waiting_for if alive else None,
            written.error,
        )

    def _has_cell_under_way(self, done: set[str]) -> bool:
        """Whether a process holds a cell, or a training that tunes, which has no result."""
        try:
            held = [path for path in (self.path / "locks").iterdir() if path.stem not in done]
            tuning = {path.stem for path in _paths(self.path / "tuning")}
            for path in held:
                lock = FileLock(path)
                if path.stem not in tuning and not lock.acquire():
                    return True
                lock.release()
        except OSError:  # no folder yet, or one that is read only
            pass
        return False


def study_folders(home: Path) -> list[StudyFolder]:
    """The studies of a home directory, by name."""
    try:
        names = sorted(path.name for path in (home / "studies").iterdir() if not path.name.startswith("."))
    except OSError:
        return []
    return [folder for name in names if (folder := StudyFolder(home, name)).exists]


def differences(one: StudyFile, other: StudyFile) -> list[str]:
    """The keys in which another file is of another study; more seeds, or where data lie, make no difference."""
    first, second = _without_places(one), _without_places(other)
    if set(one.seeds) <= set(other.seeds):
        first["seeds"] = second["seeds"]
    return [key for key in first if key not in NO_MATTER and first[key] != second[key]]


def _without_places(file: StudyFile) -> dict[str, Any]:
    tree = file.model_dump()
    data = tree["grid"].get("data", [])
    tree["grid"]["data"] = [
        {key: value for key, value in entry.items() if key not in ABOUT_PLACE} if isinstance(entry, dict) else entry
        for entry in data
    ]
    return tree


def _parsed(data: bytes) -> StudyFile:
    return study_from_json(data.decode(), "study.json")


def _records(folder: Path) -> list[dict[str, Any]]:
    return [_record(path) for path in _paths(folder)]


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith("."))
    except OSError:
        return []


def _record(path: Path) -> dict[str, Any]:
    try:
        row = dict(read_kept(path, json.loads))
        version = row.pop("schema_version")
        if version != ROWS_SCHEMA:
            raise InputError(f"{path}: is of schema {version}; this version of MLCL Lab reads {ROWS_SCHEMA}")
        _ = row["cell"], row["data"], row["state"]
        return row
    except OSError:
        read_json(path)  # raises with the reason
        raise
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: is no result of a cell: {error}") from None


def _table(records: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table: a column of numbers and texts becomes one of texts, one of whole and other numbers of floats."""
    rows = [{key: value for key, value in row.items() if key != "kind"} for row in records]
    columns = [key for row in rows for key in row]
    order = [key for key in dict.fromkeys(columns) if key not in LAST_COLUMNS]
    order += [key for key in LAST_COLUMNS if key in columns]
    arrays = {name: _column([row.get(name) for row in rows]) for name in order}
    return pa.table(arrays).replace_schema_metadata({"schema_version": str(ROWS_SCHEMA)})


def _column(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and len(kinds) == 2:
        return pa.array([None if value is None else float(value) for value in values])
    if len(kinds) > 1 or kinds & {list, dict}:
        return pa.array([value if value is None or isinstance(value, str) else json.dumps(value) for value in values])
    return pa.array(values)


def _check_schema(path: Path) -> None:
    try:
        version = (pq.read_schema(path).metadata or {}).get(b"schema_version", b"none").decode()
    except (OSError, pa.ArrowException, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    if version != str(ROWS_SCHEMA):
        raise InputError(
            f"{path}: is of schema {version[:40]}; this version of MLCL Lab reads {ROWS_SCHEMA}. Move it away: it is "
            "made anew from cells/"
        )


__all__ = ["StudyFolder", "StudyStatus", "differences", "study_folders"]
