"""A data set in several files, one for each split, as published sets come: which files they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from mlcl_core.data.readers import reader_of
from mlcl_core.data.readers.join import join_parts
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.readers.table_formats import TABLE_FORMATS
from mlcl_core.data.tables.options import NOT_ONE, TAB, names_as_option
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.data.tables.schema import GROUP, LABEL, NAME, PICTURE, TEXT
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

SETTLED = (*TABLE_FORMATS, "arff", "keel")
# the roles that one column has -> the option that names it
ONE_COLUMN = {TEXT: "text", PICTURE: "picture", NAME: "names", GROUP: "group"}


@dataclass(frozen=True)
class PartFiles:
    """The files that hold the splits of a set, beside the one that is named first.

    Args:
        train: The file to train on; empty: the one that is named first.
        validation, test: The others; empty: none.
    """

    train: Annotated[
        str,
        Param("The file to train on, where the set comes in several; empty: the file itself.", max_length=4000),
    ] = ""
    validation: Annotated[
        str,
        Param("The file to validate on, where the set comes in several; empty: some training items.", max_length=4000),
    ] = ""
    test: Annotated[
        str,
        Param(
            "The file to test on, where the set comes in several; empty: the file says, or items are drawn.",
            max_length=4000,
            examples=("yeast-test.arff",),
        ),
    ] = ""


PART_PARAMS = declared_options(PartFiles)


def part_files(path: Path, params: Mapping[str, Any]) -> tuple[dict[str, Path], dict[str, Any]]:
    """The file of each split, and the parameters of the reader alone.

    Args:
        path: The file that is named first, which is the training part unless ``train`` names it; or the folder of the
            parts.
        params: May hold ``train``, ``validation`` and ``test``: paths, relative to the folder of ``path`` or else to
            the working directory.

    Returns:
        The files by split, ``train`` first; without parts, ``path`` alone under ``train``.

    Raises:
        InputError: A part that is no file, the same file twice, ``train`` beside another file, no ``test`` beside
            ``validation``.
    """
    given = {name: str(params.get(name) or "") for name in PART_PARAMS}
    others = {name: value for name, value in params.items() if name not in PART_PARAMS}
    files = {name: part_file(text, name, path) for name, text in given.items() if text}
    if "train" not in files:
        files = {"train": path, **files}
    elif not path.is_dir() and files["train"].resolve() != path.resolve():
        raise InputError(f"{path} is to train on, and so is train={given['train']}; name one of them, or their folder")
    if "validation" in files and "test" not in files:
        raise InputError(f"{path}: validation={given['validation']} is given without test=FILE; both are needed")
    seen: dict[Path, str] = {}
    for name, file in files.items():
        if (other := seen.setdefault(file.resolve(), name)) != name:
            raise InputError(f"{path}: {other} and {name} are the same file {file}; each part is another one")
    return files, others


def part_file(text: str, name: str, path: Path) -> Path:
    """The file that ``name=text`` means beside ``path``; raises as :func:`part_files`."""
    folder = path if path.is_dir() else path.parent
    try:
        for file in (folder / Path(text).expanduser(), Path(text).expanduser()):
            if file.exists():
                return file
    except (OSError, ValueError, RuntimeError):
        pass
    raise InputError(f"{path}: there is no file {text[:300]!r} ({name}=), in {folder} or in the working directory")


def read_parts(
    files: Mapping[str, Path], params: Mapping[str, Any], read: Callable[[Path, Mapping[str, Any]], LoadedData]
) -> LoadedData:
    """Read the files of a set one after another and join them.

    Args:
        files: By split, from :func:`part_files`.
        params: Of the reader, the same for each; beside them, a table after the first is read by what the columns of
            the first were taken for, where it has these columns.
        read: Reads a file.

    Raises:
        InputError: What ``read`` refuses, and as :func:`mlcl_core.data.readers.join.join_parts`.
    """
    (first, path), *others = files.items()
    parts = {first: read(path, params)}
    if not others:
        return parts[first]
    settled = settled_by(parts[first].schema)
    for name, file in others:
        known = reader_of(file).params
        fit = {key: one for key, one in settled.items() if key in known and len(one) <= known[key].max_length}
        parts[name] = _read_part(file, fit, params, read)
    return join_parts(parts, path)


def _read_part(
    file: Path,
    settled: Mapping[str, Any],
    params: Mapping[str, Any],
    read: Callable[[Path, Mapping[str, Any]], LoadedData],
) -> LoadedData:
    try:
        return read(file, {**settled, **params})
    except QuestionError:
        raise
    except InputError:
        # a part may lack a column of the first: a label that none of its items carries, or names
        try:
            return read(file, params)
        except InputError:
            pass
        raise


def settled_by(schema: Mapping[str, Any] | None) -> dict[str, str]:
    """The options by which another table is read as one of this schema was; none where there is no such schema."""
    if not schema or schema["format"] not in SETTLED:
        return {}
    of_role = {role: [one for one in schema["columns"] if one["role"] == role] for role in (LABEL, *ONE_COLUMN)}
    labels = of_role[LABEL]
    found = {role: of_role[role][0]["name"] if of_role[role] else NOT_ONE for role in ONE_COLUMN}
    settled = {option: found[role] for role, option in ONE_COLUMN.items()}
    settled |= {
        "labels": names_as_option([one["name"] for one in labels]),
        "header": "yes" if schema["header"] else "no",
    }
    if len(labels) == 1:
        separator = labels[0]["separator"]
        settled |= {"cell": labels[0]["cell"], "separator": TAB[0] if separator == "\t" else separator}
    return {option: value for option, value in settled.items() if value}
