"""A table with its origin, as it goes into a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class ExportTable:
    """Columns of one length, and what they are and where they come from.

    Attributes:
        columns: The columns in their order; ``labels`` are lists of texts.
        origin: Run, step, map, digest of the configuration, versions, and a line for each kind of column; plain JSON.
        arrays: Columns as matrices, for formats that have them: name -> columns of the table, in order.
        beside: Arrays of another length than the columns. A file of arrays has them under their names; they stand in
            the origin, too, for other formats.
    """

    columns: pa.Table
    origin: Mapping[str, Any]
    arrays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return int(self.columns.num_rows)

    def with_origin_columns(self) -> "ExportTable":
        """With the entries of the origin that are a text or a number in columns of their own, for a file without
        metadata: the same in each row, ``origin.run``, ``origin.step`` and so on.
        """
        table = self.columns
        for name, value in self.origin.items():
            if isinstance(value, str | int):
                table = table.append_column(f"origin.{name}", pa.array([value] * len(self)))
        return replace(self, columns=table)
