"""Roboflow's export of several labels a picture: a ``_classes.csv`` with columns of 0 and 1 beside the pictures."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pyarrow as pa

from mlcl_core.data.readers.csv import CSV
from mlcl_core.data.readers.known_table import refuse_twice
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.splits import split_word, splits_of
from mlcl_core.data.tables.build import needed
from mlcl_core.data.tables.head import TableFile, TableFormat, TableHead
from mlcl_core.data.tables.infer import infer_schema
from mlcl_core.data.tables.label_matrix import label_rows
from mlcl_core.data.tables.options import TABLE_PARAMS, TableOptions, TextFileOptions
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.data.tables.schema import LABEL, PICTURE, SPLIT, Column, TableSchema
from mlcl_core.errors import InputError

NAME = "_classes.csv"
FILES = "filename"
SPLIT_ORDER = ("train", "validation", "test")
SPLITS = "(split)"  # a column that no class is called
TITLE = "Roboflow's _classes.csv for each split"
MAX_TABLE = 1 << 29  # bytes, which are kept in memory
OPTIONS = TextFileOptions(delimiter=",", header="yes")
PARAMS = {name: TABLE_PARAMS[name] for name in ("unknown", "threshold", "no_label", "split", "ignore")}


def find(members: Members) -> LocatedTable | None:
    """The tables called ``_classes.csv``, one in each folder of a split; None where there are none."""
    names = [name for name in members.sizes if name.rpartition("/")[2] == NAME]
    names.sort(key=lambda name: (*SPLIT_ORDER, "").index(split_word(name.rpartition("/")[0])))
    if not names:
        return None
    head, table = partial(_read_head, members, names), partial(_read, members, names)
    return members.located(TableFormat("roboflow", TITLE, (), head, table, PARAMS))


def _read_head(members: Members, names: list[str], file: TableFile, options: TableOptions) -> TableHead:
    heads = {name: CSV.read_head(_file(members, name), OPTIONS) for name in names}
    for name, head in heads.items():
        if FILES not in head.table.column_names:
            columns = f"its columns are {', '.join(head.table.column_names[:5])}"
            raise InputError(f"{members.path / name}: no column is called {FILES}; {columns}")
        # so that an error names the table, and the row in it
        alone = TableOptions(unknown=options.unknown, threshold=options.threshold)
        infer_schema(replace(head, roles=_roles(head.table), rows="item"), alone)
    table, said = _joined({name: head.table for name, head in heads.items()}, members)
    first = next(iter(heads.values()))
    return TableHead(
        file,
        "roboflow",
        table,
        all(head.whole for head in heads.values()),
        first.encoding,
        first.delimiter,
        first.decimal,
        roles=_roles(table),
        rows="item",
        said=tuple(dict.fromkeys([*said, *(text for head in heads.values() for text in head.said)])),
    )


def _roles(table: pa.Table) -> dict[str, str]:
    return dict.fromkeys(table.column_names, LABEL) | {FILES: PICTURE, SPLITS: SPLIT}


def _read(members: Members, names: list[str], file: TableFile, schema: TableSchema) -> pa.Table:
    del file
    known = {column.name: column for column in schema.columns}
    tables = {}
    for name in names:
        own = CSV.read_head(_file(members, name), OPTIONS)
        columns = tuple(known.get(one, Column(one)) for one in own.table.column_names)
        part = replace(schema, columns=columns, encoding=own.encoding)
        tables[name] = CSV.read(_file(members, name), part)
        # as above, for the rows behind the first
        label_rows(tables[name], part, members.path / name)
    return _joined(tables, members)[0].select(needed(schema))


def _file(members: Members, name: str) -> TableFile:
    return TableFile(members.path / name, members.contents(name, MAX_TABLE), members.read)


def _joined(tables: Mapping[str, pa.Table], members: Members) -> tuple[pa.Table, tuple[str, ...]]:
    """The rows of all tables, with the files of their pictures and their splits; and what is said of these."""
    found: list[pa.Table] = []
    words: list[str] = []
    for name, table in tables.items():
        pictures, place = PictureNames(members.sizes, name), table.column_names.index(FILES)
        cells = enumerate(table[FILES].to_pylist())
        files = [pictures.located(file, f"{members.path / name}: row {row}") if file else "" for row, file in cells]
        refuse_twice(files, members.path / name)
        found.append(table.set_column(place, FILES, pa.array(files, pa.large_string())))
        words += [split_word(name.rpartition("/")[0])] * table.num_rows
    joined = pa.concat_tables(found, promote_options="default").unify_dictionaries()
    split, said = splits_of(words) if all(words) else (None, ())
    return joined if split is None else joined.append_column(SPLITS, pa.array(split, pa.large_string())), said


ROBOFLOW = Layout("roboflow", TITLE, find, PARAMS)
