"""The file of a study: which data, methods, settings and seeds are crossed. Imports no torch."""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mlcl_core.engine.config import MAX_SEED, tree_from_json
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_path
from mlcl_core.runs.checked import MAX_TAG
from mlcl_core.runs.listing import STUDY_TAG

SCHEMA = 1
SHIPPED = Path(__file__).parent
STUDIES = tuple(sorted(path.stem for path in SHIPPED.glob("*.json")))
WHICH_PREFIX = "which-"  # of the names of studies that the Train page makes
MAX_NAME = MAX_TAG - len(STUDY_TAG)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
TUNING_SEED = 1000
Seed = Annotated[int, Field(ge=0, le=MAX_SEED, strict=True)]


class StudyFile(BaseModel):
    """A study as its file holds it: frozen, without unknown keys.

    Attributes:
        name: Name of its folder.
        title: For pages; empty: the name.
        base: A preset, or settings by path on top of ``preset``: those of all cells.
        grid: Values by axis: ``data``, ``method``, paths of settings, or free names (:mod:`mlcl_core.studies.axes`).
        seeds: Of weights, batches and augmentation; each makes a cell.
        tune: A setting and its values, of which the best on validation is chosen for each data set and method, and the
            ``seed`` of these trainings; None: nothing is tuned.
        protocol: How features become scores.
        keep_runs: Whether each cell is a run directory too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: Literal[1]
    name: Annotated[str, Field(max_length=MAX_NAME)]
    title: Annotated[str, Field(max_length=200)] = ""
    base: str | dict[str, Any]
    grid: Annotated[dict[str, list[Any]], Field(min_length=1)]
    seeds: Annotated[list[Seed], Field(min_length=1)]
    tune: dict[str, Any] | None = None
    protocol: str = "probe"
    keep_runs: bool = True

    @field_validator("name")
    @classmethod
    def _is_a_folder(cls, name: str) -> str:
        if not NAME.fullmatch(name):
            raise ValueError("letters, digits, - and _ are allowed, the first a letter or a digit")
        return name

    @field_validator("grid")
    @classmethod
    def _has_values(cls, grid: dict[str, list[Any]]) -> dict[str, list[Any]]:
        for axis, values in grid.items():
            if not values:
                raise ValueError(f"the axis {axis!r} has no value")
        return grid

    @field_validator("seeds")
    @classmethod
    def _are_different(cls, seeds: list[int]) -> list[int]:
        if len(set(seeds)) < len(seeds):
            raise ValueError("a seed stands twice")
        return seeds

    @field_validator("tune")
    @classmethod
    def _is_one_setting(cls, tune: dict[str, Any] | None) -> dict[str, Any] | None:
        if tune is None:
            return None
        settings = {path: values for path, values in tune.items() if path != "seed"}
        seed = tune.get("seed", TUNING_SEED)
        if type(seed) is not int or not 0 <= seed <= MAX_SEED:
            raise ValueError("its seed must be a whole number from 0 on")
        if len(settings) != 1 or not all(isinstance(values, list) and len(values) > 1 for values in settings.values()):
            raise ValueError('must be one setting with its values, as {"optimiser.learning_rate": [0.0003, 0.001]}')
        return {**settings, "seed": seed}

    @property
    def tuned(self) -> tuple[str, list[Any], int] | None:
        """The setting that is tuned, its values, and the seed; None: nothing is."""
        if self.tune is None:
            return None
        path = next(path for path in self.tune if path != "seed")
        return path, self.tune[path], self.tune["seed"]

    def to_json(self) -> str:
        """The file as indented JSON."""
        return json.dumps(self.model_dump(), indent=2) + "\n"


def read_study(what: str | Path) -> StudyFile:
    """A study that ships, one of the home directory by its name, or that of a JSON file.

    Paths of data in it that are relative to the file become absolute where they exist; others are looked up in the
    folder ``data`` of the home directory (:func:`data_path`).

    Raises:
        InputError: There is no such study, or its file is not one.
    """
    path = Path(what)
    for found in (path, SHIPPED / f"{what}.json", home_path() / "studies" / str(what) / "study.json"):
        named = found is path or NAME.fullmatch(str(what))
        if named and _is_file(found):
            return study_from_json(_text(found), str(what), found.parent)
    raise InputError(f"there is no study {str(what)!r}; give {', '.join([*STUDIES, 'a FILE.json'])}, or one of yours")


def study_from_json(text: str, where: str = "study", folder: Path | None = None) -> StudyFile:
    """A study from JSON text.

    Args:
        text: The content of the file.
        where: Its name in errors.
        folder: Where it lies: data are looked up beside it; None: nowhere.

    Raises:
        InputError: The text is no JSON (line and column are named), or no study.
    """
    tree = tree_from_json(text, where)
    if not isinstance(tree, dict):
        raise InputError(f"{where}: must be a JSON object with name, base, grid and seeds")
    version = tree.get("schema_version")
    if type(version) is int and version > SCHEMA:
        raise InputError(f"{where}: schema_version is {version}: a later version of MLCL Lab wrote it; this reads 1")
    try:
        file = StudyFile.model_validate(tree)
    except ValidationError as error:
        raise InputError(f"{where}: {'; '.join(dict.fromkeys(_problem(one) for one in error.errors()))}") from None
    return file if folder is None else _with_whole_paths(file, folder)


def data_path(path: str) -> Path:
    """Where data of a study are looked up, if they do not lie beside its file: the folder ``data`` of the home."""
    return home_path() / "data" / Path(path).expanduser()


def _with_whole_paths(file: StudyFile, folder: Path) -> StudyFile:
    def whole(path: Any) -> Any:
        beside = folder / Path(path).expanduser() if isinstance(path, str) else None
        return str(beside.absolute()) if beside is not None and beside.exists() else path

    grid = dict(file.grid)
    if "data" in grid:
        grid["data"] = [
            {**entry, "path": whole(entry["path"])} if isinstance(entry, dict) and "path" in entry else entry
            for entry in grid["data"]
        ]
    base = file.base
    if isinstance(base, dict) and "data.path" in base:
        base = {**base, "data.path": whole(base["data.path"])}
    return file.model_copy(update={"grid": grid, "base": base})


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False  # a name of 300 characters, which no file can have


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _problem(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"] if part not in ("str", "dict[str,any]"))
    if item["type"] == "extra_forbidden":
        return f"{path} is no key of a study; there are: {', '.join(StudyFile.model_fields)}"
    if item["type"] == "missing":
        return f"{path} is missing"
    if item["loc"] in (("grid",), ("seeds",)) and item["type"] == "too_short":
        return f"{path} is empty; a study needs at least one value"
    message = item["msg"].removeprefix("Value error, ")
    return f"{path}: {message[:1].lower()}{message[1:]}"


__all__ = ["STUDIES", "WHICH_PREFIX", "StudyFile", "data_path", "read_study", "study_from_json"]
