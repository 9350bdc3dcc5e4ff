"""Objects of numbers as columns of their own: ``{"labels": {"sea": 1, "sun": 0}}`` holds the columns sea and sun."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.arrow_types import is_number


def spread(table: pa.Table) -> tuple[pa.Table, dict[str, list[str]]]:
    """A table whose objects of numbers, or of true and false, are columns; and their new names by the old one.

    Edge cases:
        A column is called as its key, unless another is: then ``object.key``.
    """
    objects = [name for name in table.column_names if _is_of_numbers(table[name].type)]
    if not objects:
        return table, {}
    fields = Counter(field.name for name in objects for field in table[name].type)
    taken = {name for name in table.column_names if name not in objects}
    columns: dict[str, pa.ChunkedArray] = {}
    names: dict[str, list[str]] = {}
    for name in table.column_names:
        if name not in objects:
            columns[name] = table[name]
            continue
        names[name] = []
        for field in table[name].type:
            own = field.name if fields[field.name] == 1 and field.name not in taken else f"{name}.{field.name}"
            columns[own] = pc.struct_field(table[name], field.name)
            names[name].append(own)
    return pa.table(columns), names


def _is_of_numbers(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and kind.num_fields > 0 and all(is_number(field.type) for field in kind)
