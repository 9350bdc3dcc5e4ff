"""Data sets of the Hugging Face Hub: ``hf:owner/name``, or ``hf:owner/name:configuration``."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.file_split import SPLIT_WORDS
from mlcl_core.data.files import build_dataset
from mlcl_core.data.multilabel import SPLITS, MultiLabelData
from mlcl_core.data.pictures import Pictures
from mlcl_core.data.readers import LoadedData
from mlcl_core.data.readers.hf_features import class_names, names_of, type_of
from mlcl_core.data.readers.members import InFolder, Read
from mlcl_core.data.split import EXACT
from mlcl_core.data.tables.build import loaded_from_table, needed
from mlcl_core.data.tables.head import ROWS, TableFile, TableHead
from mlcl_core.data.tables.infer import infer_schema
from mlcl_core.data.tables.labels import NAMED
from mlcl_core.data.tables.options import TABLE_PARAMS, TableOptions
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.data.tables.schema import LABEL, PICTURE, TableSchema
from mlcl_core.errors import InputError
from mlcl_core.options import Param, checked_options, declared_options

PREFIX = "hf:"
NAME = re.compile(r"hf:(?P<name>[\w.-]+/[\w.-]+)(:(?P<configuration>[^\s/:]+))?")
UNREACHED = ("Connect", "Timeout", "Offline", "LocalEntryNotFound")  # parts of the names of several libraries' errors


def load_hub(source: str, *, seed: int, split_method: str = EXACT, **params: Any) -> MultiLabelData:
    """Load texts, pictures or vectors with labels through the ``datasets`` library; no code of a data set is run.

    Args:
        source: ``hf:owner/name``, or ``hf:owner/name:configuration``. No network is needed after the first time.
        seed: Of the split, where the data set has none.
        split_method: How it is drawn, a key of ``SPLIT_METHODS``.
        **params: As in ``HUB_PARAMS``.

    Raises:
        InputError: Another name, no ``datasets`` library, no such data set or no way to reach it, and what
            :func:`loaded_from_tables` and :func:`mlcl_core.data.files.build_dataset` refuse.
    """
    found = NAME.fullmatch(source)
    if found is None:
        raise InputError(f"{source!r} is no data set of the Hub; write hf:owner/name or hf:owner/name:configuration")
    options = checked_options(f"data {source}", HUB_PARAMS, params)
    tables, features, cache = _fetched(source, found["name"], found["configuration"])
    loaded = loaded_from_tables(tables, features, Path(source), members=InFolder(cache, absolute=True), **options)
    name = PurePath(found["name"]).name
    return build_dataset(loaded, Path(source), seed, name, split_method=split_method)


def loaded_from_tables(
    tables: Mapping[str, pa.Table],
    features: Mapping[str, Any],
    path: Path,
    *,
    members: Read | None = None,
    splits: Annotated[
        str,
        Param(
            "Which of its splits are which; empty: those called train, validation (val, valid, dev) and test, where "
            "validation is the test if there is none; a single split is divided.",
            max_length=1000,
            examples=("train=train,test=validation", "train=train+extra,validation=dev,test=test"),
        ),
    ] = "",
    **options: Any,
) -> LoadedData:
    """Items and labels of the tables of a data set.

    Args:
        tables: One for each split.
        features: The types of the columns, from ``Features.to_dict()``: a ``ClassLabel``, or a list of them, has the
            names of the classes; an ``Image`` is a column of pictures.
        path: Named in errors.
        members: Reads pictures that are not in the table.
        splits, **options: As in ``HUB_PARAMS``.

    Edge cases:
        A class of -1 is no label; a split in which every class is -1 is left out, as its labels are secret. A single
        column of classes holds the labels, whatever its name.

    Raises:
        InputError: An unknown split, none to train on, classes without a name, and what
            :func:`loaded_from_table` refuses.
    """
    columns = [name for name in features if all(name in table.column_names for table in tables.values())]
    classes = class_names({name: features[name] for name in columns})
    chosen, file = TableOptions(**options), TableFile(path, None, members)
    named = {split: table.select(columns) for split, table in tables.items()}
    schema = _schema(named, features, classes, chosen, file)
    labels = [column.name for column in schema.of_role(LABEL)]
    # several columns of labels hold 0 and 1 each, whatever these are called
    if len(labels) == 1 and labels[0] in classes:
        label = labels[0]
        named = {split: _named(table, label, features[label], path) for split, table in named.items()}
        if not splits:
            named = {split: table for split, table in named.items() if not _secret(table[label])} or named
        schema = _schema(named, features, {}, replace(chosen, labels=label), file)
    if schema.questions:
        raise QuestionError(path, schema.questions)
    groups = _given(splits, named, path) if splits else _usual(tuple(named), path)
    parts = [(word, named[split]) for word, group in groups.items() for split in group]
    used = needed(schema)
    table = pa.concat_tables([part.select(used) for _, part in parts], promote_options="permissive")
    loaded = loaded_from_table(table, schema, file)
    if len(parts) > 1:
        loaded = replace(loaded, split=np.repeat([word for word, _ in parts], [len(part) for _, part in parts]))
    if loaded.item_names is None and isinstance(loaded.x, Pictures):
        files = (PurePath(name).name for name in loaded.x.names)
        loaded = replace(loaded, item_names=tuple(name or f"row {row}" for row, name in enumerate(files)))
    return loaded


HUB_PARAMS = TABLE_PARAMS | declared_options(loaded_from_tables)


def _schema(
    tables: Mapping[str, pa.Table],
    features: Mapping[str, Any],
    classes: Mapping[str, tuple[str, ...]],
    options: TableOptions,
    file: TableFile,
) -> TableSchema:
    """The schema of the first split, with the only column of classes as labels and the first one of pictures."""
    first = next(iter(tables.values()))
    roles = dict.fromkeys([name for name in first.column_names if type_of(features[name]) == "Image"][:1], PICTURE)
    if len(classes) == 1 and not {name.lower() for name in first.column_names} & {*NAMED}:
        roles |= dict.fromkeys(classes, LABEL)
    if options.text or options.picture:
        roles = {name: role for name, role in roles.items() if role != PICTURE}
    head = TableHead(
        file, "hub", first.slice(0, ROWS), len(first) <= ROWS and len(tables) == 1, roles=roles, classes=classes
    )
    return infer_schema(head, options)


def _fetched(source: str, name: str, configuration: str | None) -> tuple[dict[str, pa.Table], dict[str, Any], Path]:
    """The table of each split, the types of the columns, and the folder of the library's cache."""
    try:
        import datasets
    except ImportError as error:
        raise InputError(f"{source} needs the package datasets: pip install 'mlcl-lab[hub]'") from error
    if Path(name).exists():
        raise InputError(f"{source}: there is a folder {name} here, which would be read instead; start elsewhere")
    try:
        found = datasets.load_dataset(name, configuration)
        tables = {str(split): part.with_format("arrow")[:] for split, part in found.items()}
        features = next(iter(found.values())).features.to_dict()
    # the errors of the underlying libraries change from one version to the next
    except Exception as error:
        raise _not_loaded(source, error) from error
    return tables, features, Path(datasets.config.HF_CACHE_HOME).expanduser()


def _not_loaded(source: str, error: Exception) -> InputError:
    message = " ".join(str(error).split()) or type(error).__name__
    kinds = [kind.__name__ for kind in type(error).__mro__]
    if any(word in kind for word in UNREACHED for kind in kinds):
        return InputError(
            f"{source} can't be reached and was not loaded here before; the first time needs a network ({message:.200})"
        )
    if "config" in message.lower() and "missing" in message.lower():
        message = f"name a configuration, as in {source}:name; {message}"
    return InputError(f"{source} can't be loaded: {message:.400}")


def _named(table: pa.Table, column: str, feature: Any, path: Path) -> pa.Table:
    """The table with the classes of a column as lists of their names, which are never split at commas."""
    names, listed = names_of(feature)
    chunks = [_words(chunk, names or [], listed, column, path) for chunk in table[column].chunks]
    words = pa.chunked_array(chunks, pa.list_(pa.dictionary(pa.int64(), pa.string())))
    return table.set_column(table.column_names.index(column), column, words)


def _words(chunk: pa.Array, names: list[str], listed: bool, column: str, path: Path) -> pa.ListArray:
    if listed:
        lengths, numbers = pc.fill_null(pc.list_value_length(chunk), 0), pc.list_flatten(chunk)
    else:
        lengths, numbers = None, chunk
    numbers = numbers.cast(pa.int64())
    if (pc.max(numbers).as_py() or 0) >= len(names):
        raise InputError(f"{path}: column {column!r} holds class {pc.max(numbers)}; it has {len(names)} names, from 0")
    kept = pc.fill_null(pc.greater_equal(numbers, 0), False)
    if lengths is None:
        lengths, numbers = kept.cast(pa.int64()), numbers.filter(kept)
    else:
        numbers = pc.if_else(kept, numbers, pa.scalar(None, pa.int64()))
    offsets = np.concatenate([[0], np.cumsum(lengths.to_numpy(zero_copy_only=False))]).astype(np.int32)
    words = pa.DictionaryArray.from_arrays(numbers, pa.array(names, pa.string()))
    return pa.ListArray.from_arrays(pa.array(offsets), words)


def _secret(labels: pa.ChunkedArray) -> bool:
    """Whether no row has any class."""
    words = pc.list_flatten(labels)
    return words.null_count == len(words)


def _usual(splits: tuple[str, ...], path: Path) -> dict[str, list[str]]:
    if len(splits) == 1:
        return {"train": list(splits)}
    words: dict[str, list[str]] = {}
    for split in splits:
        other = words.setdefault(SPLIT_WORDS.get(split, split), [split])
        if other != [split] and SPLIT_WORDS.get(split, split) in SPLITS:
            both = f"{other[0]} and {split} both mean {SPLIT_WORDS.get(split, split)}"
            raise InputError(f"{path}: {both}; name them in the option splits, as in train=...,test=...")
    chosen = {word: words[word] for word in SPLITS if word in words}
    if "test" not in chosen and "validation" in chosen:
        chosen["test"] = chosen.pop("validation")
    if "train" not in chosen:
        has = f"its splits are {', '.join(splits)}"
        raise InputError(f"{path} has no split train; {has}; name them in the option splits, as in train=...,test=...")
    return chosen


def _given(text: str, splits: Mapping[str, Any], path: Path) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        word, _, sources = (piece.strip() for piece in part.partition("="))
        word = SPLIT_WORDS.get(word, word)
        if word not in SPLITS or word in chosen or not sources:
            right = f"it must name each of {', '.join(SPLITS)} at most once, as in train=train,test=validation"
            raise InputError(f"{path}: splits is {text!r}; {right}")
        chosen[word] = [source.strip() for source in sources.split("+")]
    taken = [source for group in chosen.values() for source in group]
    for source in taken:
        if source not in splits:
            raise InputError(f"{path} has no split {source!r} (option splits); its splits are {', '.join(splits)}")
        if taken.count(source) > 1:
            raise InputError(f"{path}: split {source!r} stands twice in the option splits; each row has one split")
    if "train" not in chosen:
        raise InputError(f"{path}: splits is {text!r}; it must say what to train on, as in train=train,test=validation")
    return chosen
