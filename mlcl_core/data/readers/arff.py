"""Weka's .arff, as Mulan and MEKA write it: dense or sparse rows; an XML file, the header or a count tells the labels.

Read here, as ``scipy.io.arff`` reads no sparse rows and the other readers are no longer kept.
"""

import re
import reprlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PureWindowsPath
from typing import Annotated, NamedTuple
from xml.parsers import expat

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.limits import MAX_COLUMNS, max_bytes, refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

ROWS = 1000  # between two signs of progress
MAX_XML = 16_000_000  # bytes: names of 100,000 labels and then some

QUOTED = r""" "((?:[^"\\]|\\.)*)" | '((?:[^'\\]|\\.)*)' """
DECLARATION = re.compile(rf"""@attribute\s+ (?: {QUOTED} | ([^\s{{}}'"%,][^\s{{]*) ) \s* (.*)""", re.X | re.I)
FIELD = re.compile(rf"""\s*+ (?: {QUOTED} | ([^,'"][^,]*|) ) \s* (,|$)""", re.X)
PAIR = re.compile(rf"""\s* ([0-9]{{1,9}}) \s+ (?: {QUOTED} | ([^\s,'"{{}}]+) ) \s* (,|$)""", re.X)
MEKA = re.compile(r"\s-C\s+(-?[0-9]{1,9})\b")


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
    """Read an ARFF file; which attributes are labels is told by the first of these that there is.

    ``labels``; the XML file ``xml``; the XML file of the same name beside it; ``-C k`` in MEKA's ``@relation`` line
    (the first k attributes; ``-C -k``: the last k).

    Args:
        path: The file.
        xml: Mulan's XML file of labels: a path inside the folder of the file.
        labels: k: the last k attributes are labels; -k: the first k.

    Edge cases:
        Nominal attributes of 0 and 1 are numbers; others make a feature of 0 and 1 for each value. What a sparse row
        leaves out is 0, for a nominal attribute its first value.

    Raises:
        InputError: A truncated or foreign file, nothing that tells the labels, an XML file outside the folder, of
            other elements or with a document type, labels that are no attributes or not 0 and 1, attributes of text or
            dates, a missing value, a row that doesn't fit, more than 100,000 columns, or more bytes than such a file
            could hold.
    """
    try:
        # comments may be in any encoding; declarations are checked
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as handle:
            lines = enumerate(handle, 1)
            relation, attributes = _header(lines, path)
            names = _label_names(path, relation, [attribute.name for attribute in attributes], xml, labels)
            return _rows(lines, _Table(tuple(attributes), frozenset(names), path))
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error


_shortened = reprlib.Repr()
_shortened.maxstring = 80


def _shown(text: str) -> str:
    """Text of a file as a message may show it: quoted, short, in one line."""
    return _shortened.repr(text)


def _plain(quoted: re.Match, first: int) -> str:
    """What a field says, of its three groups: in double quotes, in single quotes, in none."""
    text = quoted[first] if quoted[first] is not None else quoted[first + 1]
    if text is None:
        return quoted[first + 2].rstrip()
    # an escaped line end or tab in a name would end the line of a message
    return re.sub(r"\\(.)", lambda escaped: " " if escaped[1] in "nrt" else escaped[1], text)


@dataclass(frozen=True)
class _Attribute:
    """``codes``: the values of a nominal attribute, numbered as declared; None: a number."""

    name: str
    codes: dict[str, int] | None

    @cached_property
    def is_number(self) -> bool:
        """Whether it makes one column, of what stands in the file."""
        return self.codes is None or self.codes.keys() <= {"0", "1"}

    def columns(self) -> list[str]:
        """Names of the columns that it makes."""
        if self.codes is None or self.is_number:
            return [self.name]
        return [f"{self.name}={value}" for value in self.codes]


def _header(lines: Iterator[tuple[int, str]], path: Path) -> tuple[str, list[_Attribute]]:
    """The @relation line and the attributes; ``lines`` is left at the first row."""
    relation, attributes, seen, columns = "", [], set(), 0
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        keyword = text.split(None, 1)[0].lower()
        if keyword == "@relation" and not relation:
            relation = text
        elif keyword == "@attribute" and relation:
            attribute = _attribute(text.replace("\t", " "), f"{path}: line {number}")
            if attribute.name in seen:
                raise InputError(f"{path}: line {number} declares {_shown(attribute.name)} again; names must differ")
            seen.add(attribute.name)
            attributes.append(attribute)
            columns += 1 if attribute.is_number else len(attribute.codes or ())
            if columns > MAX_COLUMNS:
                raise InputError(
                    f"{path} has more than {MAX_COLUMNS:,} columns (attributes, and values of nominal ones); "
                    f"at most {MAX_COLUMNS:,} can be read"
                )
        elif keyword == "@data" and attributes:
            return relation, attributes
        else:
            awaited = ("@attribute or @data" if attributes else "@attribute") if relation else "@relation"
            raise InputError(f"{path}: line {number} is {_shown(text)}; it must begin with {awaited}")
    raise InputError(f"{path} has no @data line; it is cut off or not an ARFF file")


def _attribute(text: str, place: str) -> _Attribute:
    if not text.isprintable():
        raise InputError(f"{place} holds bytes that are no text in UTF-8; save the file as UTF-8")
    match = DECLARATION.fullmatch(text)
    if match is None:
        raise InputError(f"{place} is {_shown(text)}; it must read @attribute name type, a name with spaces in quotes")
    name, kind = _plain(match, 1), match[4].strip()
    if kind.startswith("{"):
        values = _fields(kind[1:-1]) if kind.endswith("}") else None
        if values is None or "" in values or len(set(values)) < len(values):
            what = "values between { and }, none of them empty or twice"
            raise InputError(f"{place}: the values of {_shown(name)} are {_shown(kind)}; they must be {what}")
        return _Attribute(name, {value: code for code, value in enumerate(values)})
    kind = kind.split("%", 1)[0].strip().lower()
    if kind not in ("numeric", "real", "integer"):
        known = "numeric, real, integer or {value, value}"
        raise InputError(f"{place}: attribute {_shown(name)} is of type {_shown(kind)}; it must be {known}")
    return _Attribute(name, None)


def _fields(text: str) -> list[str] | None:
    """Parts between commas, without their quotes; None where a quote doesn't close."""
    fields, at = [], 0
    while match := FIELD.match(text, at):
        fields.append(_plain(match, 1))
        if not match[4]:
            return fields
        at = match.end()
    return None


def _label_names(path: Path, relation: str, names: list[str], xml: str, labels: int | float) -> list[str]:
    if labels != int(labels):
        raise InputError(f"{path}: labels is {labels:g}; it must be a whole number")
    if xml and labels:
        raise InputError(f"{path}: both xml and labels are given; one of them tells the labels")
    if labels:
        return _last(names, int(labels), f"{path}: labels is {labels:g}")
    file = _xml_file(path, xml)
    if file is not None:
        return _known(_labels_of(file), names, file, path)
    meka = MEKA.search(relation.partition(":")[2])
    if meka is None:
        told = "beside it an XML file of the same name, the option xml or labels, or -C in its @relation line"
        raise InputError(f"{path}: nothing tells which attributes are labels; it needs {told}")
    # the other way round than the option: MEKA's labels are commonly the first
    return _last(names, -int(meka[1]), f"{path}: -C in its @relation line is {int(meka[1])}")


def _last(names: list[str], count: int, what: str) -> list[str]:
    """The last names, or the first for a negative count."""
    if not 0 < abs(count) < len(names):
        most = len(names) - 1
        raise InputError(f"{what}; of {len(names)} attributes 1 to {most} can be labels (-1 to -{most}: the other end)")
    return names[-count:] if count > 0 else names[:-count]


def _xml_file(path: Path, xml: str) -> Path | None:
    """The XML file of the labels; None where none is named and none lies beside the file."""
    asked = PureWindowsPath(xml)  # of both kinds of slashes, and of drives
    if asked.drive or asked.root or ".." in asked.parts:
        raise InputError(f"{path}: xml is {_shown(xml)}; it must be a path inside the folder of the file, without ..")
    file = path.parent / xml if xml else path.with_suffix(".xml")
    if not file.is_file():
        if xml:
            raise InputError(
                f"{path}: there is no file {_shown(xml)} in its folder; xml must name Mulan's file of labels"
            )
        return None
    if not file.resolve().is_relative_to(path.parent.resolve()):
        raise InputError(f"{file} is a link that leads out of the folder; the file itself must be there")
    return file


def _labels_of(file: Path) -> list[str]:
    """The names in Mulan's XML file: ``<label name=...>``, which may be nested, in ``<labels>``."""
    if file.stat().st_size > MAX_XML:
        raise InputError(f"{file} is {file.stat().st_size:,} bytes long; a file of labels has at most {MAX_XML:,}")
    needed = "it must hold <labels> and in it <label name=...>"
    names: list[str] = []
    root: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise InputError(f"{file}: line {parser.CurrentLineNumber} declares a document type; {needed}, and no DOCTYPE")

    def element(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if local != ("label" if root else "labels"):
            raise InputError(f"{file}: line {parser.CurrentLineNumber} has <{_shown(local)[1:-1]}>; {needed}")
        if root and "name" not in attributes:
            raise InputError(f"{file}: line {parser.CurrentLineNumber} has a label without a name; {needed}")
        (names if root else root).append(attributes.get("name", ""))

    # entities, which may grow without end or name other files, can be declared nowhere else
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = element
    try:
        parser.Parse(file.read_bytes(), True)
    except InputError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(f"{file} is no sound XML file: {first_line(error)}") from error
    if not names:
        raise InputError(f"{file} names no label; {needed}")
    return names


def _known(labels: list[str], names: list[str], file: Path, path: Path) -> list[str]:
    left = set(names)
    for label in labels:
        if label not in left:
            wrong = "stands twice; it must stand once"
            if label not in names:
                wrong = f"is no attribute of {path.name}; every label must be one"
            raise InputError(f"{file}: label {_shown(label)} {wrong}")
        left.remove(label)
    return labels


class _Place(NamedTuple):
    """Where a row stands; rows are counted from 0, as in every message of the Lab, and lines from 1."""

    path: Path
    row: int
    line: int

    def wrong(self, what: str) -> InputError:
        """The error that says so."""
        return InputError(f"{self.path}: row {self.row} (line {self.line}) {what}")


@dataclass(frozen=True)
class _Table:
    """The columns that the attributes make, in the order of the file."""

    attributes: tuple[_Attribute, ...]
    labels: frozenset[str]
    path: Path

    @cached_property
    def names(self) -> list[str]:
        """Of the columns."""
        return [name for attribute in self.attributes for name in attribute.columns()]

    @cached_property
    def first(self) -> list[int]:
        """The first column of each attribute."""
        widths = [len(attribute.columns()) for attribute in self.attributes]
        return [0, *np.cumsum(widths)[:-1].tolist()]

    @cached_property
    def is_label(self) -> np.ndarray:
        """Whether a column is one of the labels, which make one column each."""
        is_label = np.zeros(len(self.names), bool)
        for attribute, column in zip(self.attributes, self.first, strict=True):
            if attribute.name in self.labels:
                if not attribute.is_number:
                    values = _shown(", ".join(attribute.codes or ()))
                    raise InputError(
                        f"{self.path}: label {_shown(attribute.name)} has the values {values}; "
                        "a label must have 0 and 1"
                    )
                is_label[column] = True
        return is_label

    @cached_property
    def left_out(self) -> np.ndarray:
        """A sparse row in which nothing stands."""
        row = np.zeros(len(self.names))
        for attribute, column in zip(self.attributes, self.first, strict=True):
            if attribute.codes is not None:
                self.put(row, column, attribute, next(iter(attribute.codes)), _Place(self.path, 0, 0))
        return row

    @cached_property
    def binary(self) -> np.ndarray:
        """Columns of nominal attributes of 0 and 1."""
        pairs = zip(self.attributes, self.first, strict=True)
        return np.array([column for attribute, column in pairs if attribute.codes and attribute.is_number], dtype=int)

    @cached_property
    def is_numbers(self) -> bool:
        """Whether every attribute makes one column."""
        return all(attribute.is_number for attribute in self.attributes)

    def put(self, row: np.ndarray, column: int, attribute: _Attribute, text: str, place: _Place) -> None:
        """Set the columns of one attribute to what stands in the file."""
        codes = attribute.codes
        if text == "" or (text == "?" and not (codes and "?" in codes)):
            raise place.wrong(f"has no value of attribute {_shown(attribute.name)}; every value must be given")
        if codes is not None and text not in codes:
            allowed = f"one of {_shown(', '.join(codes))}"
            raise place.wrong(f"has {_shown(text)} for attribute {_shown(attribute.name)}; it must be {allowed}")
        if codes is not None and not attribute.is_number:
            row[column : column + len(codes)] = 0
            row[column + codes[text]] = 1
            return
        try:
            row[column] = float("" if "_" in text else text)  # Python's 1_000 is no number elsewhere
        except ValueError:
            wrong = f"has {_shown(text)} for attribute {_shown(attribute.name)}; it must be a number"
            raise place.wrong(wrong) from None


def _rows(lines: Iterator[tuple[int, str]], table: _Table) -> LoadedData:
    features, labels = np.flatnonzero(~table.is_label), np.flatnonzero(table.is_label)
    # packed as they come: lists of floats would take four times the memory
    x, carried, numbers, ends = array("d"), array("q"), array("d"), array("q", [0])
    count, size = 0, table.path.stat().st_size
    most = max_bytes(size)
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        place = _Place(table.path, count, number)
        row = _sparse(text, table, place) if text.startswith("{") else _dense(text, table, place)
        count += 1
        if count * row.nbytes > most:
            claim = f"{table.path} holds {count:,} rows x {len(row):,} columns and perhaps more, which are held dense"
            refuse_large(count * row.nbytes, size, claim)
        if count % ROWS == 0:
            progress()
        x.frombytes(row[features].tobytes())
        own = row[labels]
        marked = np.flatnonzero(own)
        carried.frombytes(marked.astype(np.int64).tobytes())
        numbers.frombytes(own[marked].tobytes())
        ends.append(len(carried))
    return LoadedData(
        (np.frombuffer(x) if x else np.empty(0)).reshape(count, len(features)),
        csr_array((np.array(numbers), np.array(carried), np.array(ends)), shape=(count, len(labels))),
        feature_names=tuple(table.names[column] for column in features),
        label_names=tuple(table.names[column] for column in labels),
    )


def _dense(text: str, table: _Table, place: _Place) -> np.ndarray:
    if table.is_numbers and "_" not in text:
        # several times faster than field by field, which then says what is wrong
        try:
            row = np.array(list(map(float, text.split(","))))
        except ValueError:
            row = np.empty(0)
        if len(row) == len(table.attributes) and np.isin(row[table.binary], (0, 1)).all():
            return row
    fields = _fields(text)
    if fields is None:
        raise place.wrong(f"is {_shown(text)}; it must be values between commas, a text in quotes")
    if len(fields) != len(table.attributes):
        raise place.wrong(f"has {len(fields)} values; it must have {len(table.attributes)}, one of each attribute")
    row = np.zeros(len(table.names))
    for attribute, column, field in zip(table.attributes, table.first, fields, strict=True):
        table.put(row, column, attribute, field, place)
    return row


def _sparse(text: str, table: _Table, place: _Place) -> np.ndarray:
    row, seen, at = table.left_out.copy(), set(), 0
    inner = text[1:-1].strip() if text.endswith("}") else "{"
    while inner:
        pair = PAIR.match(inner, at)
        if pair is None:
            raise place.wrong(f"is {_shown(text)}; it must read {{index value, index value, ...}}")
        index = int(pair[1])
        if index >= len(table.attributes) or index in seen:
            most = f"the last attribute is {len(table.attributes) - 1}"
            raise place.wrong(f"has index {index}{' twice; it must stand once' if index in seen else f'; {most}'}")
        seen.add(index)
        table.put(row, table.first[index], table.attributes[index], _plain(pair, 2), place)
        if not pair[5]:
            break
        at = pair.end()
    return row


ARFF = Reader("arff", "ARFF (Weka, Mulan, MEKA)", (".arff",), read_arff, params=declared_options(read_arff))
