"""Which attributes are labels: by a count, by Mulan's XML file, or by MEKA's @relation line."""

import re
from pathlib import Path

from mlcl_core.data.readers.arff.grammar import shown
from mlcl_core.data.readers.arff.mulan_xml import find_xml, read_xml
from mlcl_core.errors import InputError

MEKA = re.compile(r"\s-C\s+(-?[0-9]{1,9})\b")


def label_names(path: Path, relation: str, names: list[str], xml: str, labels: int | float) -> list[str]:
    """The attributes that are labels, by the first of these that is given: ``labels``, ``xml``, ``-C k``.

    Args:
        path: The .arff.
        relation: Its @relation line.
        names: Its attributes.
        xml, labels: As for :func:`mlcl_core.data.readers.arff.read_arff`.

    Raises:
        InputError: None of them is given, both options are, a count that the file can't have, or a label that is no
            attribute; and as :func:`find_xml` and :func:`read_xml`.
    """
    if labels != int(labels):
        raise InputError(f"{path}: labels is {labels:g}; it must be a whole number")
    if xml and labels:
        raise InputError(f"{path}: both xml and labels are given; one of them tells the labels")
    if labels:
        return _last(names, int(labels), f"{path}: labels is {labels:g}")
    file = find_xml(path, xml)
    if file is not None:
        return _known(read_xml(file), names, file, path)
    meka = MEKA.search(relation.partition(":")[2])
    if meka is None:
        ways = "beside it an XML file of the same name, the option xml or labels, or -C in its @relation line"
        raise InputError(f"{path}: nothing tells which attributes are labels; it needs {ways}")
    # the opposite sign of the option: MEKA's labels are commonly the first
    return _last(names, -int(meka[1]), f"{path}: -C in its @relation line is {int(meka[1])}")


def _last(names: list[str], count: int, what: str) -> list[str]:
    """The last names, or the first for a negative count."""
    if not 0 < abs(count) < len(names):
        most = len(names) - 1
        raise InputError(f"{what}; of {len(names)} attributes 1 to {most} can be labels (-1 to -{most}: the other end)")
    return names[-count:] if count > 0 else names[:-count]


def _known(labels: list[str], names: list[str], file: Path, path: Path) -> list[str]:
    """The labels, once each is an attribute and none is listed twice."""
    left = set(names)
    for label in labels:
        if label not in left:
            wrong = "stands twice; it must stand once"
            if label not in names:
                wrong = f"is no attribute of {path.name}; every label must be one"
            raise InputError(f"{file}: label {shown(label)} {wrong}")
        left.remove(label)
    return labels
