"""The reader of .arff files."""

from pathlib import Path
from typing import Annotated

from mlcl_core.data.limits import MAX_COLUMNS
from mlcl_core.data.readers.arff.grammar import read_header
from mlcl_core.data.readers.arff.labels import label_names
from mlcl_core.data.readers.arff.rows import Columns, read_rows
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options


def read_arff(
    path: Path,
    xml: Annotated[
        str,
        Param(
            "Mulan's XML file of labels, in the folder of the file; empty: the one of the same name, if there is one.",
            examples=("emotions.xml",),
        ),
    ] = "",
    labels: Annotated[
        int | float,
        Param(
            "How many attributes are labels: the last ones, or the first for a negative number; 0: the file tells.",
            ge=-MAX_COLUMNS,
            le=MAX_COLUMNS,
        ),
    ] = 0,
) -> LoadedData:
    """Read an ARFF file; which attributes are labels is said by the first of these that is given.

    ``labels``; the XML file ``xml``; the XML file of the same name beside it; ``-C k`` in MEKA's ``@relation`` line
    (the first k attributes; ``-C -k``: the last k).

    Args:
        path: The file.
        xml: Mulan's XML file of labels: a path inside the folder of the file.
        labels: k: the last k attributes are labels; -k: the first k.

    Edge cases:
        Nominal attributes of 0 and 1 are numbers; every other gives a feature of 0 and 1 for each value. What a sparse
        row leaves out is 0, for a nominal attribute its first value.

    Raises:
        InputError: A truncated or foreign file, nothing that says the labels, an XML file outside the folder, of
            other elements or with a document type, labels that are no attributes or not 0 and 1, attributes of text or
            dates, a missing value, a row that doesn't fit, more than 100,000 columns, or more bytes than such a file
            could hold.
    """
    try:
        # comments may be in any encoding; declarations are checked
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as handle:
            lines = enumerate(handle, 1)
            relation, attributes = read_header(lines, path)
            names = label_names(path, relation, [attribute.name for attribute in attributes], xml, labels)
            return read_rows(lines, Columns(tuple(attributes), frozenset(names), path))
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error


ARFF = Reader("arff", "ARFF (Weka, Mulan, MEKA)", (".arff",), read_arff, params=declared_options(read_arff))
