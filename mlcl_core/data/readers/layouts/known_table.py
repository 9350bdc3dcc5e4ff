"""A table with known roles for what is no table in the file: the pictures of an export, their labels and splits."""

from collections.abc import Sequence

import pyarrow as pa

from mlcl_core.data.readers.layouts.record import Members
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.readers.table import ColumnRoles, loaded_from_table


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
    roles = ColumnRoles(("labels",), None, None if split is None else "split", (), picture="file")
    return loaded_from_table(pa.table(columns), roles, members.path, members=members.read)
