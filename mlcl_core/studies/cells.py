"""The cells of a study: one training each, in an order and under ids that the file alone decides."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.studies.axes import DATA, METHOD, Value, axes_of, base_config
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.records import CELL, TUNING

MAX_SLUG = 60  # characters of an id before its hash


@dataclass(frozen=True)
class Cell:
    """One training of a study, whole in itself: what trains it needs no file of the study.

    Attributes:
        id: Name of its files; the same for the same values, whatever else the study holds.
        data: Name of the data set.
        method: Name of the method.
        values: Value of each further axis, by name; of a training that tunes, the value of the setting tuned.
        seed: Of weights, batches and augmentation.
        config: The whole configuration; that of a cell that waits for its tuned value has the base's.
        study: Name of the study.
        protocol: How features become scores.
        keep_run: Whether it is a run directory too.
        kind: ``cell``, or ``tuning``: evaluated on validation alone.
        tuned: What was tuned: ``setting``, ``value``, ``seed``, ``validation`` by value, ``edge`` of the grid or None.
    """

    id: str
    data: str
    method: str
    values: Mapping[str, Any]
    seed: int
    config: TrainConfig
    study: str = ""
    protocol: str = "probe"
    keep_run: bool = True
    kind: str = CELL
    tuned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is called while it is trained."""
        more = [f"{axis.rpartition('.')[2]} {value}" for axis, value in self.values.items()]
        return ", ".join([self.data, self.method, *more, f"seed {self.seed}"])

    def with_tuned(self, tuned: Mapping[str, Any]) -> "Cell":
        """The cell trained with the value that was chosen."""
        config = self.config.with_settings({tuned["setting"]: tuned["value"]})
        return replace(self, config=config, tuned=tuned)


def count_cells(file: StudyFile) -> int:
    """How many cells there are, without making them; as :func:`axes_of` it refuses what no axis can be."""
    return math.prod(len(values) for values in axes_of(file).values()) * len(file.seeds)


def cells_of(file: StudyFile) -> list[Cell]:
    """All cells, seed by seed for each data set: whatever is done, every method has as many seeds as another, or one
    more.

    Raises:
        InputError: An unknown axis, name or setting; the message begins with the first cell that it is wrong in.
    """
    return [*_cells(file)]


def tuning_cells(file: StudyFile) -> list[Cell]:
    """The trainings that tune: each value for each data set and method, where other axes stand at the base's values."""
    if file.tuned is None:
        return []
    path, values, seed = file.tuned
    axes = axes_of(file)
    found = []
    for data, method in product(axes[DATA], axes[METHOD]):
        for value in values:
            given = {**data.settings, **method.settings, path: value, "seed": seed}
            found.append(_cell(file, data, method, {path: Value(value, {})}, given, TUNING))
    return found


def _cells(file: StudyFile) -> Iterator[Cell]:
    axes = axes_of(file)
    others = [axis for axis in axes if axis not in (DATA, METHOD)]
    for data, seed in product(axes[DATA], file.seeds):
        for method, *rest in product(axes[METHOD], *(axes[axis] for axis in others)):
            values = dict(zip(others, rest, strict=True))
            given = dict(data.settings) | dict(method.settings)
            for value in rest:
                given |= value.settings
            yield _cell(file, data, method, values, given | {"seed": seed}, CELL)


def _cell(
    file: StudyFile, data: Value, method: Value, values: Mapping[str, Value], given: Mapping[str, Any], kind: str
) -> Cell:
    names, seed = {axis: value.name for axis, value in values.items()}, given["seed"]
    try:
        config = base_config(file.base, data.about.get("preset")).with_settings(given)
    except InputError as error:
        raise InputError(f"{', '.join(map(str, (data.name, method.name, *names.values())))}: {error}") from None
    return Cell(
        id=_id(file, data, method, values, given, kind),
        data=str(data.name),
        method=str(method.name),
        values=names,
        seed=seed,
        config=config,
        study=file.name,
        protocol=file.protocol,
        keep_run=file.keep_runs and kind == CELL,
        kind=kind,
    )


def _id(
    file: StudyFile, data: Value, method: Value, values: Mapping[str, Value], given: Mapping[str, Any], kind: str
) -> str:
    """Words that tell what it is, and a hash of all that decides its result.

    Where the data lie is no part of it: a hash of the file is, where the study gives one, else its name.
    """
    base = {"preset": file.base} if isinstance(file.base, str) else dict(file.base)
    settings = {path: value for path, value in given.items() if path != "data.path"}
    about = {key: data.about[key] for key in ("sha256", "preset") if key in data.about}
    if "sha256" not in about and given.get("data.path"):
        about["file"] = str(given["data.path"]).replace("\\", "/").rpartition("/")[2]
    names = [str(data.name), str(method.name), *(str(value.name) for value in values.values())]
    content: dict[str, Any] = {"base": base, "settings": settings, "names": names, "about": about}
    content |= {"protocol": file.protocol, "kind": kind, "tune": file.tune if kind == CELL else None}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
    words = [_slug(name) for name in names] + [f"s{given['seed']}"]
    return f"{'-'.join(filter(None, words))[:MAX_SLUG].strip('-')}-{digest}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "_", name.lower()).strip("_.")


__all__ = ["Cell", "cells_of", "count_cells", "tuning_cells"]
