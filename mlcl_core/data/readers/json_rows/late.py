"""What rows behind the first ones may not do: bring labels that would vanish, or values of another kind."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.arrow_types import is_list, is_number
from mlcl_core.data.tables.schema import LABEL, TableSchema
from mlcl_core.errors import InputError


def refuse_late_labels(table: pa.Table, schema: TableSchema, path: Path) -> None:
    """Refuse a key of 0 and 1 that the schema does not know, where labels are columns of 0 and 1.

    Raises:
        InputError: There is one; its first row is named.
    """
    if all(column.cell != "zero_one" for column in schema.of_role(LABEL)):
        return
    known = {column.name for column in schema.columns}
    for name in table.column_names:
        if name in known or not is_number(table[name].type):
            continue
        numbers = table[name].cast(pa.float64(), safe=False).drop_null().to_numpy()
        if np.isin(numbers, (0, 1)).all():
            row = pc.index(pc.is_valid(table[name]), True).as_py()
            raise InputError(
                f"{path}: key {name!r} stands first at row {row}, behind those by which keys are told apart: a label "
                f'of 0 and 1? Name it in the first row, "{name}": 0'
            )


def refuse_changed(table: pa.Table, first: pa.Table, keys: Iterable[str], path: Path) -> None:
    """Refuse a key that holds lists or objects in the first rows, and something else behind them.

    Raises:
        InputError: There is one; the first other row is named.
    """
    for name in keys:
        before, now = first[name].type, table[name].type
        kind = "lists" if is_list(before) else "objects" if pa.types.is_struct(before) else ""
        if not kind or is_list(now) or pa.types.is_struct(now):
            continue
        start = "[" if kind == "lists" else "{"
        cells = table[name].to_pylist()
        row = next((row for row, cell in enumerate(cells) if cell and not cell.startswith(start)), None)
        where = f"{cells[row][:60]!r} at row {row}" if row is not None else "others behind them"
        raise InputError(f"{path}: key {name!r} holds {kind} in the first rows and {where}; it must hold one kind")
