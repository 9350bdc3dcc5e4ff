"""data.json and data.safetensors: the data that a run is trained on, so that it does not go on with other data.

data.json says where the data came from, what they are, and one hash each over the items, labels, splits and names of
all rows; data.safetensors holds the hashes row by row, 17 bytes a row, with which a refusal says what changed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcl_core.data import DATASETS, Fingerprint, MultiLabelData, data_changes, fingerprint_of, form_changes
from mlcl_core.data.hub import PREFIX
from mlcl_core.data.uploads import is_upload, uploads
from mlcl_core.engine.build import open_data
from mlcl_core.engine.config import OWN_FILE, DataConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.checked import DATA_SCHEMA, DataRecord, checked_data
from mlcl_core.runs.files import load_arrays, open_regular, read_whole, save_arrays, write_json
from mlcl_core.runs.run import Run

FILE, ROWS = "data.json", "data.safetensors"
# the arrays of data.safetensors, and what is said where they differ and that file is damaged
HASHED = {
    "items": "other items, or another order of them",
    "labels": "other labels of some rows",
    "split": "another split of some rows",
}
MAX_BYTES = 2**28  # of data.json: the names of some millions of labels
SHOWN = 800  # characters of the reason why data cannot be read


@dataclass(frozen=True)
class Written:
    """The data of a run as its files tell of them.

    Args:
        record: data.json.
        before: The fingerprint; its arrays are empty where data.safetensors is not what was written.
        rows: Whether they are there.
    """

    record: DataRecord
    before: Fingerprint
    rows: bool


def open_run_data(run: Run) -> tuple[MultiLabelData, str | None]:
    """The data of a run, the same as it was trained on so far, and a notice for the user (None: nothing to say).

    Raises:
        InputError: The data changed, and what; or they cannot be read, or data.json cannot. Nothing is written.
    """
    config, written = run.config().data, read_data(run)
    try:
        data = open_data(config)
    except InputError as error:
        why = _gone(config, written) or str(error)[:SHOWN]
        raise InputError(why if written is None else f"run {run.name!r} cannot go on: {why}") from None
    if written is None:
        return data, _unknown(run, data)
    after = fingerprint_of(data)
    if found := _changes(written, after):
        advice = f"nothing was done to the run. Put the earlier data back ({_place(config)}), or start another run"
        raise InputError(f"run {run.name!r} cannot go on: its data changed: {'; '.join(found)}; {advice}")
    if written.before.item_names != after.item_names:
        return data, "The items are called otherwise than when the run began; their values, labels and splits are not."
    return data, None


def write_data(run: Run, data: MultiLabelData) -> None:
    """Write what is known of the data, where it is not written yet."""
    if (run.path / FILE).exists():
        return
    found = fingerprint_of(data)
    save_arrays(run.path / ROWS, {name: getattr(found, name) for name in HASHED}, within=run.path)
    record = {
        "schema_version": DATA_SCHEMA,
        "source": _source(run.config().data),
        "kind": found.kind,
        "shape": list(found.shape),
        "label_names": list(found.label_names),
        "hashes": {**_hashes(found), "item_names": found.item_names},
    }
    write_json(run.path / FILE, record, within=run.path)


def read_data(run: Run) -> Written | None:
    """What is known of the data of a run; None: there is no data.json.

    Raises:
        InputError: data.json cannot be read, or is not what a run holds.
    """
    path = run.path / FILE
    try:
        with open_regular(path) as file:
            record = checked_data(read_whole(file, MAX_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, InputError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path}: cannot be read: {why}; put it back, or delete it: the run then goes on with whatever its data are"
        ) from None
    rows = _rows(run.path / ROWS, record.shape[0])
    before = _fingerprint(record, rows)
    if rows and _hashes(before) == record.hashes.model_dump(include=set(HASHED)):
        return Written(record, before, True)
    return Written(record, _fingerprint(record, {}), False)


def _rows(path: Path, count: int) -> dict[str, np.ndarray]:
    """The hashes of the rows; empty where they are not what a run holds."""
    try:
        found, _ = load_arrays(path)
    except InputError:
        return {}
    wanted = {name: (np.dtype(np.uint8 if name == "split" else np.uint64), (count,)) for name in HASHED}
    return found if {name: (array.dtype, array.shape) for name, array in found.items()} == wanted else {}


def _fingerprint(record: DataRecord, rows: Mapping[str, np.ndarray]) -> Fingerprint:
    arrays = {name: rows.get(name, np.empty(0, np.uint64)) for name in HASHED}
    names = tuple(record.label_names)
    return Fingerprint(record.kind, tuple(record.shape), names, **arrays, item_names=record.hashes.item_names)


def _changes(written: Written, after: Fingerprint) -> list[str]:
    if written.rows:
        return list(data_changes(written.before, after))
    found = list(form_changes(written.before, after))
    before, now = written.record.hashes.model_dump(), _hashes(after)
    different = [words for name, words in HASHED.items() if before[name] != now[name]]
    if different and not found:
        found = [f"{', '.join(different)} ({ROWS}, which would say more, is missing or damaged)"]
    return found


def _hashes(found: Fingerprint) -> dict[str, str]:
    return {name: hashlib.sha256(getattr(found, name).tobytes()).hexdigest() for name in HASHED}


def _source(config: DataConfig) -> dict[str, Any]:
    """Where data come from: a set of the Lab or the Hub, an upload with the name of its file, or a path."""
    found: dict[str, Any] = config.model_dump(mode="json")
    upload = next((one for one in uploads() if config.path is None and one.name == config.name), None)
    if upload is not None:
        found |= {"file": upload.source, "created": upload.created}
    return found


def _place(config: DataConfig) -> str:
    if config.path is not None:
        return config.path
    return f"the set {config.name!r}" if config.name in DATASETS else f"the upload {config.name!r}"


def _gone(config: DataConfig, written: Written | None) -> str | None:
    """Why there is no upload of this name any more; None where the data are none, or are there and cannot be read."""
    name = config.name
    if config.path is not None or name in (*DATASETS, *OWN_FILE) or is_upload(name) or name.startswith(PREFIX):
        return None
    found = f"its data, the upload {name!r}, are gone: deleted, or called otherwise"
    if written is not None:
        shape, source = written.before.shape, written.record.source
        like = [
            one.name
            for one in uploads()
            if (one.source, one.items, one.labels) == (source.file, shape[0], len(written.before.label_names))
        ]
        found += f" (perhaps {like[0]!r}; rename it back)" if like else ""
    return found


def _unknown(run: Run, data: MultiLabelData) -> str | None:
    """What is known of a run without data.json: its watched items; None where nothing was trained yet."""
    try:
        watched = run.watched_items()
    except InputError:
        return None
    text = "This run has no data.json, as runs of earlier versions: that its data are the same is not certain."
    there = watched.ids < len(data)
    ids = watched.ids[there]
    resplit = int((data.split[ids] != watched.split[there]).sum())
    place = {name: column for column, name in enumerate(data.label_names)}
    columns = [place.get(name, -1) for name in watched.label_names]
    known = [column for column, at in enumerate(columns) if at >= 0]
    now = data.labels[ids].numpy()
    same = (now[:, [columns[column] for column in known]] == watched.labels[there][:, known]).all(1)
    gone = [name for name in watched.label_names if name not in place]
    facts = [
        f"{int((~there).sum()):,} are gone" if not there.all() else "",
        f"{resplit:,} are in another split" if resplit else "",
        f"{int((~same).sum()):,} have other labels" if not same.all() else "",
    ]
    facts = [fact for fact in facts if fact]
    if gone:
        facts.append(f"{len(gone):,} of their labels {'is' if len(gone) == 1 else 'are'} gone")
    if not facts:
        return f"{text} Its {len(watched.ids):,} watched items have the splits and labels that they had."
    return f"{text} Of its {len(watched.ids):,} watched items, {', '.join(facts)}: its scores are not to be trusted."
