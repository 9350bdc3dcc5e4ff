"""A registry is what a package's ``__init__`` imports: one line adds a record, and its place is the order everywhere.

::

    # isort: off
    from mlcl_core.maps.pca import PCA
    from mlcl_core.maps.umap import UMAP
    # isort: on

    MAPS = records_in(globals(), MapRecord)
"""

from collections.abc import Mapping
from typing import Any, TypeVar

Record = TypeVar("Record")


def records_in(module: Mapping[str, Any], kind: type[Record]) -> dict[str, Record]:
    """The records of one kind among a module's names, by their ``name``, in the order of the module's imports.

    Args:
        module: ``globals()`` of the module.
        kind: The class of the records; no other object of the module may be an instance of it.

    Raises:
        ValueError: Two records have the same name.
    """
    found: dict[str, Record] = {}
    records: list[Any] = [value for value in module.values() if isinstance(value, kind)]
    for record in records:
        if found.setdefault(record.name, record) is not record:
            raise ValueError(f"two records of {module['__name__']} are named {record.name!r}")
    return found
