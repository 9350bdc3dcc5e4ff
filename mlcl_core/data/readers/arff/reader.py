"""The reader of .arff files."""

from pathlib import Path
from typing import Annotated

from mlcl_core.data.readers.arff.contents import Table, binary_attributes, loaded_from
from mlcl_core.data.readers.arff.grammar import read_header
from mlcl_core.data.readers.arff.labels import ask_labels, label_names
from mlcl_core.data.readers.arff.rows import Plan, read_rows
from mlcl_core.data.readers.label_numbers import Unknown, with_labels_known
from mlcl_core.data.readers.named import Ignore, listed, named
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

Labels = Annotated[
    str,
    Param(
        "How many attributes are labels, the last ones, or the first for a negative number; or their names, "
        "separated by commas, or a pattern; empty: the file tells.",
        max_length=20_000,
        examples=("53", "-6", "label_*"),
    ),
]
Names = Annotated[
    str,
    Param(
        "The attribute that names the items; empty: one whose values are nearly all different, if there is one; none: "
        "there is none.",
        examples=("protein",),
    ),
]


def read_arff(
    path: Path,
    xml: Annotated[
        str,
        Param(
            "Mulan's XML file of labels, in the folder of the file; empty: the one of the same name, if there is one.",
            examples=("emotions.xml",),
        ),
    ] = "",
    labels: Labels = "",
    names: Names = "",
    ignore: Ignore = "",
    unknown: Unknown = "",
) -> LoadedData:
    """Read an ARFF file; which attributes are labels is said by the first of these that is given.

    ``labels``; the XML file ``xml``; the XML file of the same name beside it (``emotions.xml`` beside
    ``emotions-train.arff`` too); ``-C k`` in MEKA's ``@relation`` line (the first k attributes; ``-C -k``: the last k).

    Args:
        path: The file.
        xml: Mulan's XML file of labels: a path inside the folder of the file.
        labels: k: the last k attributes are labels; -k: the first k; or their names.
        names: The attribute that names the items.
        ignore: Attributes that are left out.
        unknown: What ``?`` in a label counts as.

    Edge cases:
        Labels are 0 and 1, -1 and 1, or two words such as FALSE and TRUE, in any order. Nominal attributes of 0 and 1
        are numbers; every other gives a feature of 0 and 1 for each value. What a sparse row leaves out is 0, for a
        nominal attribute its first value. Weights are left out. An attribute of texts of several words, beside nothing
        but labels, holds the items.

    Raises:
        InputError: A truncated or foreign file, nothing that says the labels, ``-C`` behind which Weka filtered the
            attributes, an XML file outside the folder, of other elements or with a document type, labels that are no
            attributes or not 0 and 1, texts or dates that name no items, bags of instances, a missing value of a
            feature, a row that doesn't fit, more than 100,000 columns, or more bytes than such a file could hold.
    """
    try:
        # comments may be in any encoding; declarations are checked
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as handle:
            lines = enumerate(handle, 1)
            relation, attributes = read_header(lines, path)
            ignored = set(named([one.name for one in attributes], ignore, "ignore", path, of="attribute"))
            kept = [one for one in attributes if one.name not in ignored]
            declared = [one.name for one in attributes]
            found = label_names(path, relation, declared, [one.name for one in kept], xml, labels)
            chosen, said = (set(declared), "") if found is None else (set(found[0]), found[1])
            if found is not None and (both := chosen & ignored):
                raise InputError(f"{path}: {listed(sorted(both))} in ignore, but also among the labels; one of them")
            values = read_rows(lines, Plan(attributes, chosen, ignored, path))
            table = Table(attributes, chosen, ignored, values, path)
            if found is None:
                raise ask_labels(path, kept, binary_attributes(table))
            return with_labels_known(loaded_from(table, names, (said,) if said else ()), path, unknown)
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error


ARFF = Reader("arff", "ARFF (Weka, Mulan, MEKA)", (".arff",), read_arff, params=declared_options(read_arff))
