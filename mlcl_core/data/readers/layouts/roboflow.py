"""Roboflow's export of several labels a picture: a ``_classes.csv`` with columns of 0 and 1 beside the pictures."""

import csv
from collections.abc import Callable
from functools import partial

import numpy as np

from mlcl_core.data.readers.csv import CSV
from mlcl_core.data.readers.known_table import KnownTable, combined, known_table, loaded
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.infer import infer_schema
from mlcl_core.data.tables.label_matrix import label_rows
from mlcl_core.data.tables.options import TextFileOptions
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError

NAME = "_classes.csv"
FILES = "filename"
MAX_TABLE = 1 << 29  # bytes, which are kept in memory


def find(members: Members) -> Callable[..., LoadedData] | None:
    """What reads the tables called ``_classes.csv``, one in each folder of a split; None where there are none."""
    names = [name for name in members.sizes if name.rpartition("/")[2] == NAME]
    return partial(_read, members, names) if names else None


def _read(members: Members, names: list[str]) -> LoadedData:
    return loaded(combined({name: _table(members, name) for name in names}, members.path), members.path, members.read)


def _table(members: Members, name: str) -> KnownTable:
    path, raw = members.path / name, members.contents(name, MAX_TABLE)
    header = next(csv.reader([raw.partition(b"\n")[0].decode("utf-8-sig", "replace").rstrip("\r")]), [])
    classes = [cell.strip() for cell in header if cell.strip() != FILES]
    if len(classes) == len(header):
        raise InputError(f"{path}: line 1 names no column {FILES!r}; Roboflow's first column is called so")
    quoted = ",".join('"' + label.replace('"', '""') + '"' for label in classes)
    options = TextFileOptions(labels=quoted, picture=FILES, delimiter=",", no_label="none", header="yes")
    file = TableFile(path, raw, members.read)
    schema = infer_schema(CSV.read_head(file, options), options)
    if schema.questions:
        raise QuestionError(path, schema.questions)
    table = CSV.read(file, schema)
    found = label_rows(table, schema, path)
    pictures = PictureNames(members.sizes, name)
    y = found.matrix
    return known_table(
        path,
        files=[pictures.located(file, f"{path}: row {row}") for row, file in enumerate(table[FILES].to_pylist())],
        labels=[[found.names[place] for place in np.sort(part)] for part in np.split(y.indices, y.indptr[1:-1])],
        classes=classes,
    )


ROBOFLOW = Layout("roboflow", "Roboflow's _classes.csv for each split", find)
