"""Which attributes are labels: by an option, by Mulan's XML file, or by MEKA's @relation line."""

import re
from pathlib import Path

from mlcl_core.data.limits import MAX_COLUMNS
from mlcl_core.data.readers.arff.grammar import Attribute, shown
from mlcl_core.data.readers.arff.mulan_xml import find_xml, read_xml
from mlcl_core.data.readers.named import listed, named
from mlcl_core.data.tables.question import Choice, Question, QuestionError
from mlcl_core.errors import InputError

MEKA = re.compile(r"(?<!\S)-C\s+(-?[0-9]{1,9})\b")
COUNT = re.compile(r"[+-]?[0-9]{1,9}")
FILTER = "weka.filters."
# of rows, not of attributes: they leave the labels where they are
OF_ROWS = re.compile(r"weka\.filters\.(?:un)?supervised\.instance\.")
FEW = 4  # label names in a question


def label_names(
    path: Path, relation: str, names: list[str], kept: list[str], xml: str, labels: str
) -> tuple[list[str], str] | None:
    """The attributes that are labels, by the first of these that is given: ``labels``, ``xml``, ``-C k``.

    Args:
        path: The .arff.
        relation: Its @relation line.
        names, kept: All of its attributes; those that are not ignored.
        xml, labels: As for :func:`mlcl_core.data.readers.arff.read_arff`.

    Returns:
        Their names, and what is to be said of them; None where nothing says which they are.

    Raises:
        InputError: Both options are given, a count that the file can't have, a label that is no attribute, or ``-C``
            behind which Weka filtered the attributes; and as :func:`find_xml` and :func:`read_xml`.
    """
    if xml and labels:
        raise InputError(f"{path}: both xml and labels are given; one of them tells the labels")
    if (asked := labels_by_option(path, names, kept, labels)) is not None:
        return asked, ""
    file = find_xml(path, xml)
    if file is not None:
        found = _known(read_xml(file), names, file, path)
        said = f"the labels are those in {file.name}" if file.stem != path.stem and not xml else ""
        return found, said
    options = relation.partition(":")[2]
    meka = MEKA.search(options)
    if meka is None:
        return None
    _refuse_stale(options, meka, names, path)
    # the opposite sign of the option: MEKA's labels are commonly the first
    return _last(names, -int(meka[1]), f"{path}: -C in its @relation line is {int(meka[1])}"), ""


def labels_by_option(path: Path, names: list[str], kept: list[str], labels: str) -> list[str] | None:
    """The attributes that the option ``labels`` counts or names; None where it says nothing."""
    if labels in names or (labels and not COUNT.fullmatch(labels)):
        return named(names, labels, "labels", path, of="attribute")
    if int(labels or 0) == 0:
        return None
    return _last(kept, int(labels), f"{path}: labels is {int(labels)}")


def ask_labels(path: Path, attributes: list[Attribute], binary: list[bool]) -> InputError:
    """The error for a file that doesn't say its labels: what the 0/1 attributes at either end make likely.

    Args:
        path: The .arff.
        attributes: Those that are not ignored.
        binary: Which of them hold nothing but 0 and 1, or two words of that meaning.
    """
    names = [attribute.name for attribute in attributes]
    if all(binary):
        # words of 0 and 1 are commonly declared as numbers, labels with their two values
        binary = [attribute.codes is not None for attribute in attributes]
    first, last = _run(binary), _run(binary[::-1])
    ways = "an XML file of the same name beside it, xml=FILE, labels=COUNT (negative: the first ones) or labels=NAMES"
    nothing = "nothing tells which attributes are labels"
    if first == len(names):
        return InputError(f"{path}: {nothing}, and all {len(names)} hold 0 and 1 only; it needs {ways}")
    choices = tuple(
        Choice(f"the {end} {count}, all of 0 and 1: {_few(some)}", {"labels": str(sign * count)})
        for end, count, sign, some in (
            ("last", last, 1, names[len(names) - last :]),
            ("first", first, -1, names[:first]),
        )
        if count
    )
    if not choices:
        return InputError(
            f"{path}: {nothing}, and neither the first nor the last one holds 0 and 1 only; it needs {ways}"
        )
    return QuestionError(path, (Question(f"{nothing}; it needs {ways}.", choices),))


def _run(binary: list[bool]) -> int:
    return next((at for at, yes in enumerate(binary) if not yes), len(binary))


def _refuse_stale(options: str, meka: re.Match, names: list[str], path: Path) -> None:
    """Refuse a count behind which the attributes were filtered: they may have been moved, removed or added."""
    behind, before = options[meka.end() :], options[: meka.start()]
    filtered = behind.count(FILTER) > len(OF_ROWS.findall(behind))
    own = FILTER in before and ":" not in before[before.index(FILTER) :]
    if not filtered and not own:
        return
    count = abs(int(meka[1]))
    what = f"its @relation line says -C {int(meka[1])}"
    if own:
        raise InputError(f"{path}: {what}, but as an option of a Weka filter; give labels=COUNT or labels=NAMES")
    stale = f"{what}, but a Weka filter that came after it may have moved the labels"
    if not 0 < count < len(names):
        raise InputError(f"{path}: {stale}; give labels=COUNT (negative: the first ones) or labels=NAMES")
    choices = tuple(
        Choice(f"the {end} {count}: {_few(some)}", {"labels": str(sign * count)})
        for end, sign, some in (("last", 1, names[-count:]), ("first", -1, names[:count]))
    )
    raise QuestionError(path, (Question(f"{stale}; which are they? (another count or names: labels=)", choices),))


def _few(names: list[str]) -> str:
    return listed(names, FEW)


def _last(names: list[str], count: int, what: str) -> list[str]:
    """The last names, or the first for a negative count."""
    if not 0 < abs(count) < len(names):
        most = min(len(names) - 1, MAX_COLUMNS)
        raise InputError(f"{what}; of {len(names)} attributes 1 to {most} can be labels (-1 to -{most}: the other end)")
    return names[-count:] if count > 0 else names[:-count]


def _known(labels: list[str], names: list[str], file: Path, path: Path) -> list[str]:
    """The labels, once each is an attribute and none is listed twice."""
    known, left = set(names), set(names)
    for label in labels:
        if label not in left:
            wrong = "stands twice; it must stand once"
            if label not in known:
                wrong = f"is no attribute of {path.name}; every label must be one"
            raise InputError(f"{file}: label {shown(label)} {wrong}")
        left.remove(label)
    return labels
