"""A table with known roles for what is no table in the file: the pictures of an export, their labels and splits."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from mlcl_core.data.readers.layouts.record import Members
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.tables.build import loaded_from_table
from mlcl_core.data.tables.head import ROWS, TableFile, TableHead
from mlcl_core.data.tables.infer import infer_schema
from mlcl_core.data.tables.options import NOT_ONE, TableOptions
from mlcl_core.data.tables.schema import LABEL, PICTURE, SPLIT


def loaded_from_rows(
    members: Members, *, files: Sequence[str], labels: Sequence[Sequence[str]], split: Sequence[str] | None
) -> LoadedData:
    """Pictures with their labels.

    Args:
        members: The files, by whose names pictures are read.
        files: The file of each picture.
        labels: The names of its labels.
        split: Its split; None: splits are drawn.

    Raises:
        InputError: As :func:`loaded_from_table`.
    """
    columns = {"file": pa.array(files, pa.large_string()), "labels": pa.array(labels, pa.list_(pa.large_string()))}
    if split is not None:
        columns["split"] = pa.array(split, pa.large_string())
    file = TableFile(members.path, None, members.read)
    roles = {"file": PICTURE, "labels": LABEL, "split": SPLIT}
    head = TableHead(file, "folder", pa.table(columns).slice(0, ROWS), roles=roles, cells={"labels": "arrow_list"})
    schema = infer_schema(head, TableOptions(no_label=NOT_ONE, group=NOT_ONE, rows="item"))
    return replace(loaded_from_table(pa.table(columns), schema, file), schema=None)
