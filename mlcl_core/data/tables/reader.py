"""The reader of a format that holds rows and columns: its first rows give the schema, by which all rows are read."""

from pathlib import Path
from typing import Any, NamedTuple

from mlcl_core.data.readers.record import LoadedData, Reader
from mlcl_core.data.tables.build import loaded_from_table, no_labels_error
from mlcl_core.data.tables.head import TableFile, TableFormat, TableHead
from mlcl_core.data.tables.infer import inferred
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.data.tables.schema import LABEL, TableSchema


class LocatedTable(NamedTuple):
    """A table, in a file of its own, in a folder or in an archive.

    Args:
        format: How it is read.
        file: Where it is.
    """

    format: TableFormat
    file: TableFile


def table_reader(format: TableFormat) -> Reader:
    """The reader of a table format, as ``READERS`` holds it."""

    def locate(path: Path) -> LocatedTable:
        return LocatedTable(format, TableFile(path))

    def read(path: Path, **options: Any) -> LoadedData:
        return read_located(locate(path), **options)

    return Reader(
        format.name,
        format.title,
        format.suffixes,
        read,
        params=format.params,
        libraries=format.libraries,
        locate=locate,
    )


def read_located(located: LocatedTable, **options: Any) -> LoadedData:
    """Read a table where it is; options that its format does not have are left out."""
    format, file = located
    known = {name: value for name, value in options.items() if name in format.params}
    return read_table(format, file, format.options(**known))


def schema_of(format: TableFormat, file: TableFile, options: Any) -> tuple[TableHead, TableSchema, dict[str, str]]:
    """The first rows of a file, the schema that they give, and what the cells of each column are."""
    head = format.read_head(file, options)
    schema, holds = inferred(head, options)
    return head, schema, holds


def read_table(format: TableFormat, file: TableFile, options: Any) -> LoadedData:
    """Read a table by its schema.

    Raises:
        QuestionError: The schema has questions.
        InputError: As :func:`mlcl_core.data.tables.infer.infer_schema` and :func:`loaded_from_table`.
    """
    _, schema, _ = schema_of(format, file, options)
    if schema.questions:
        raise QuestionError(file.path, schema.questions)
    if not schema.of_role(LABEL) and not schema.unlabelled:
        raise no_labels_error(file.path, [column.name for column in schema.columns])
    return loaded_from_table(format.read(file, schema), schema, file)
