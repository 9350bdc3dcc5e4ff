"""What a reader needs to repeat a study: its file, protocol, conventions, versions, seeds, hashes."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from dashboard.export.origin import versions
from dashboard.figures.study_words import axis_title, cells_words
from mlcl_core.errors import InputError
from mlcl_core.runs.listing import last_name
from mlcl_core.studies.axes import DATA, METHOD, Value, axes_of
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.folder import StudyFolder

MORE_PACKAGES = ("scikit-learn", "scipy", "transformers")


def shared_file(file: StudyFile) -> str:
    """The study's file as others can use it: files of data by their names, without the folders of this machine."""
    tree = file.model_dump(exclude_defaults=True) | {"schema_version": file.schema_version}
    grid = dict(tree["grid"])
    grid[DATA] = [_without_folder(entry) for entry in grid.get(DATA, [])] or None
    base = tree["base"]
    if isinstance(base, dict) and isinstance(base.get("data.path"), str):
        tree["base"] = {**base, "data.path": last_name(base["data.path"])}
    tree["grid"] = {axis: values for axis, values in grid.items() if values is not None}
    order = ["schema_version", *(key for key in StudyFile.model_fields if key in tree and key != "schema_version")]
    return json.dumps({key: tree[key] for key in order}, indent=2, ensure_ascii=False) + "\n"


def file_digest(file: StudyFile) -> str:
    """SHA-256 of :func:`shared_file`, as ``sha256sum`` prints it."""
    return hashlib.sha256(shared_file(file).encode()).hexdigest()


def _without_folder(entry: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        return entry
    return {**entry, "path": last_name(entry["path"])}


def facts_of(folder: StudyFolder) -> list[tuple[str, str]]:
    """Names and values, in the order of a paper's section on how its numbers were made."""
    file, rows = folder.file, folder.rows()
    return [
        ("Study", file.name),
        ("Cells", f"{cells_words(folder.status())}, {len(file.seeds)} seed{'s' * (len(file.seeds) != 1)} each"),
        *_data_facts(folder, file),
        *_method_facts(file),
        ("Seeds", ", ".join(map(str, file.seeds))),
        ("Tuning", _tuning(file)),
        ("Protocol", _protocol(file)),
        ("Conventions", " ".join(_conventions())),
        ("Devices", ", ".join(sorted({str(device) for device in rows.get("device", []) if device})) or "–"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions(MORE_PACKAGES).items())),
        ("SHA-256 of the study's file below", file_digest(file)),
    ]


def _data_facts(folder: StudyFolder, file: StudyFile) -> Iterator[tuple[str, str]]:
    for value in axes_of(file)[DATA]:
        parts = [] if "path" not in value.about else [f"file {last_name(value.about['path'])}"]
        parts += [f"{key} {value.about[key]}" for key in ("sha256", "where") if key in value.about]
        try:
            test = folder.labels(str(value.name))
        except InputError:
            parts.append("not evaluated yet")
        else:
            items, labels = test.labels.shape
            unseen = int((~test.labels.any(0)).sum())
            parts.append(f"{test.n_train:,} training and {items:,} test items, {labels:,} labels")
            if unseen:
                parts.append(f"{unseen:,} of them on no test item")
            parts.append(f"SHA-256 of test items and labels {labels_digest(test)}")
        yield f"Data {value.name}", "; ".join(parts)


def labels_digest(test: Any) -> str:
    """SHA-256 of the names of labels (JSON), the rows of the test items (int64) and their labels (bytes of 0 and 1)."""
    found = hashlib.sha256(json.dumps(list(test.names)).encode())
    found.update(np.ascontiguousarray(test.ids, dtype="<i8").tobytes())
    found.update(np.ascontiguousarray(test.labels, dtype=np.uint8).tobytes())
    return found.hexdigest()


def _method_facts(file: StudyFile) -> Iterator[tuple[str, str]]:
    axes = axes_of(file)
    for value in axes[METHOD]:
        yield f"Method {value.name}", _settings(value)
    for axis, values in axes.items():
        if axis not in (DATA, METHOD):
            yield axis_title(axis).capitalize(), ", ".join(str(value.name) for value in values)


def _settings(value: Value) -> str:
    return (
        ", ".join(f"{path} {json.dumps(setting)}" for path, setting in value.settings.items()) or "as the base has it"
    )


def _tuning(file: StudyFile) -> str:
    if file.tuned is None:
        return "Nothing is tuned."
    path, values, seed = file.tuned
    named = ", ".join(map(str, values))
    return (
        f"{path} of {named} for each data set and method, by one training each with seed {seed}, on validation items."
    )


def _protocol(file: StudyFile) -> str:
    from mlcl_core.evaluation import PROTOCOLS

    record = PROTOCOLS.get(file.protocol)
    return file.protocol if record is None else f"{record.title}: {record.summary} ({record.source})"


def _conventions() -> tuple[str, ...]:
    from mlcl_core.metrics.conventions import conventions_in_words

    return conventions_in_words()
