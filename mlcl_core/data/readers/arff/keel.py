"""KEEL's .dat: ARFF whose header says by @inputs and @outputs which attributes are features and which labels."""

from pathlib import Path

from mlcl_core.data.readers.arff.contents import Table, loaded_from
from mlcl_core.data.readers.arff.grammar import read_header, shown
from mlcl_core.data.readers.arff.labels import labels_by_option
from mlcl_core.data.readers.arff.reader import Labels, Names
from mlcl_core.data.readers.arff.rows import Plan, read_rows
from mlcl_core.data.readers.label_numbers import Unknown, with_labels_known
from mlcl_core.data.readers.named import Ignore, listed, named
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.errors import InputError
from mlcl_core.options import declared_options

INPUTS, OUTPUTS = ("@inputs", "@input"), ("@outputs", "@output")
NULL = "<null>"  # a value that is not given


def read_keel(
    path: Path, labels: Labels = "", names: Names = "", ignore: Ignore = "", unknown: Unknown = ""
) -> LoadedData:
    """Read a KEEL file; its labels are the attributes in ``@outputs``.

    Args:
        path: The file.
        labels: Other labels: how many of the last attributes, or their names.
        names: The attribute that names the items.
        ignore: Attributes that are left out.
        unknown: What ``<null>`` and ``?`` in a label count as.

    Edge cases:
        Attributes that are in neither list are left out, which is said; without ``@inputs``, all that are no labels
        are features. Values as in :func:`mlcl_core.data.readers.arff.read_arff`.

    Raises:
        InputError: No ``@outputs`` and no ``labels``, an attribute in a list that is not declared, and as
            :func:`mlcl_core.data.readers.arff.read_arff`.
    """
    roles: dict[str, list[str]] = {keyword: [] for keyword in (*INPUTS, *OUTPUTS)}
    try:
        # comments may be in any encoding; declarations are checked
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as handle:
            lines = ((number, line.replace(NULL, "?")) for number, line in enumerate(handle, 1))
            _, attributes = read_header(lines, path, roles)
            declared = [one.name for one in attributes]
            ignored = set(named(declared, ignore, "ignore", path, of="attribute"))
            inputs, outputs = (
                _known([name for word in words for name in roles[word]], declared, path) for words in (INPUTS, OUTPUTS)
            )
            asked = labels_by_option(path, declared, [name for name in declared if name not in ignored], labels)
            chosen = set(outputs if asked is None else asked)
            if not chosen:
                raise InputError(f"{path}: no @outputs line tells the labels; give labels=COUNT or labels=NAMES")
            if both := chosen & ignored:
                raise InputError(f"{path}: {listed(sorted(both))} in ignore, but also among the labels; one of them")
            beside = [name for name in declared if inputs and name not in {*inputs, *chosen, *ignored}]
            said = (f"{listed(beside)} in neither @inputs nor @outputs: left out",) if beside else ()
            ignored |= set(beside)
            values = read_rows(lines, Plan(attributes, chosen, ignored, path))
            table = Table(attributes, chosen, ignored, values, path, "keel")
            return with_labels_known(loaded_from(table, names, said), path, unknown)
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error


def _known(names: list[str], declared: list[str], path: Path) -> list[str]:
    known = set(declared)
    for name in names:
        if name not in known:
            raise InputError(f"{path}: {shown(name)} stands in @inputs or @outputs, but no attribute is called so")
    return names


KEEL = Reader("keel", "KEEL", (".dat",), read_keel, params=declared_options(read_keel))
