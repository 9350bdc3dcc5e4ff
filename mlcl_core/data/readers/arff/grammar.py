"""The grammar of ARFF: quoting, fields between commas, and the header with the attributes that it declares."""

import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mlcl_core.data.limits import MAX_COLUMNS
from mlcl_core.errors import InputError

QUOTED = r""" "((?:[^"\\]|\\.)*)" | '((?:[^'\\]|\\.)*)' """
DECLARATION = re.compile(rf"""@attribute\s+ (?: {QUOTED} | ([^\s{{}}'"%,][^\s{{]*) ) \s* (.*)""", re.X | re.I)
FIELD = re.compile(rf"""\s*+ (?: {QUOTED} | ([^,'"][^,]*|) ) \s* (,|$)""", re.X)
PAIR = re.compile(rf"""\s* ([0-9]{{1,9}}) \s+ (?: {QUOTED} | ([^\s,'"{{}}]+) ) \s* (,|$)""", re.X)

NUMBERS, TEXTS = ("numeric", "real", "integer"), ("string", "date")
NO = ("0", "0.0", "-1", "-1.0", "false", "f", "no", "n", "off", "absent", "neg", "negative")
YES = ("1", "1.0", "+1", "true", "t", "yes", "y", "on", "present", "pos", "positive")
WORDS = dict.fromkeys(NO, 0.0) | dict.fromkeys(YES, 1.0)
COMMENT = re.compile(r"\}\s*%[^{}]*$")
RANGE = re.compile(r"\s*\[[^\[\]]{1,80}\]$")
WEIGHT = re.compile(r"\s*\{\s*[0-9.eE+-]{1,40}\s*\}$")

_shortened = reprlib.Repr()
_shortened.maxstring = 80


def shown(text: str) -> str:
    """Text of a file as a message may show it: quoted, short, in one line."""
    return _shortened.repr(text)


def unquoted(match: re.Match, first: int) -> str:
    """The value of a field from three groups of a match: in double quotes, in single quotes, without quotes."""
    text = match[first] if match[first] is not None else match[first + 1]
    if text is None:
        return match[first + 2].rstrip()
    # an escaped line end or tab in a name would break the line of a message
    return re.sub(r"\\(.)", lambda escaped: " " if escaped[1] in "nrt" else escaped[1], text)


def split_fields(text: str) -> list[str] | None:
    """The fields between commas, without their quotes; None where a quote is not closed."""
    fields, at = [], 0
    while match := FIELD.match(text, at):
        fields.append(unquoted(match, 1))
        if not match[4]:
            return fields
        at = match.end()
    return None


@dataclass(frozen=True)
class Attribute:
    """A declared attribute.

    Args:
        name: As declared, without quotes.
        codes: The values of a nominal attribute, numbered in the order of the declaration; None: a number or a text.
        is_text: Whether its values are texts: a string or a date.
        weighted: Whether it is declared with a weight.
    """

    name: str
    codes: dict[str, int] | None = None
    is_text: bool = False
    weighted: bool = False

    @cached_property
    def is_plain(self) -> bool:
        """Whether a value in a row is the number to be kept: a number, or a nominal value that is its own code."""
        return not self.is_text and all(text == str(code) for text, code in (self.codes or {}).items())

    @property
    def is_plain_number(self) -> bool:
        """Whether it gives one feature, whose numbers are those that are kept."""
        return self.codes is None or (self.is_plain and self.is_zero_or_one)

    @cached_property
    def is_zero_or_one(self) -> bool:
        """Whether its values, all of them declared, are 0 and 1."""
        return self.codes is not None and self.codes.keys() <= {"0", "1"}

    @cached_property
    def yes_and_no(self) -> np.ndarray | None:
        """What each code of a label says: 1 or 0, or -1 beside both; None where its values say none of them.

        The words of two values decide, not their order: 0 1, -1 1, false true, no yes, and the like.
        """
        if self.codes is None:
            return None
        words = [WORDS.get(text.casefold()) for text in self.codes]
        if {"-1", "0", "1"} == self.codes.keys():
            return np.array([float(text) for text in self.codes])
        known = [word for word in words if word is not None]
        if len(known) < len(words) or len(set(known)) < len(known) or not known:
            return None
        return np.array(known)


def read_header(
    lines: Iterator[tuple[int, str]], path: Path, roles: dict[str, list[str]] | None = None
) -> tuple[str, list[Attribute]]:
    """Read the @relation line and the attributes; ``lines`` is left at the first row.

    Args:
        lines: Numbered from 1.
        path: Named in errors.
        roles: Keywords of lines that list attributes, filled with what each lists; None: there are no such lines.

    Raises:
        InputError: A line that is none of a header, an attribute declared twice or of another type, more columns than
            ``MAX_COLUMNS``, no @data line.
    """
    relation, attributes, seen = "", [], set()
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
                raise InputError(f"{path}: line {number} declares {shown(attribute.name)} again; names must differ")
            seen.add(attribute.name)
            attributes.append(attribute)
            if len(attributes) > MAX_COLUMNS:
                raise InputError(
                    f"{path} has more than {MAX_COLUMNS:,} attributes; at most {MAX_COLUMNS:,} can be read"
                )
        elif roles is not None and keyword in roles and attributes:
            listed = split_fields(text.partition(" ")[2].strip())
            if listed is None:
                raise InputError(f"{path}: line {number} is {shown(text)}; it must list attributes between commas")
            roles[keyword] += listed
        elif keyword == "@data" and attributes:
            return relation, attributes
        else:
            expected = ("@attribute or @data" if attributes else "@attribute") if relation else "@relation"
            raise InputError(f"{path}: line {number} is {shown(text)}; it must begin with {expected}")
    raise InputError(f"{path} has no @data line; it is cut off or not an ARFF file")


def _attribute(text: str, place: str) -> Attribute:
    if not text.isprintable():
        raise InputError(f"{place} holds bytes that are no text in UTF-8; save the file as UTF-8")
    match = DECLARATION.fullmatch(text)
    if match is None:
        raise InputError(f"{place} is {shown(text)}; it must read @attribute name type, a name with spaces in quotes")
    name, kind = unquoted(match, 1), match[4].strip()
    if kind.startswith("{"):
        kind = COMMENT.sub("}", kind)
        # behind the values, Weka writes the weight of an attribute
        whole = WEIGHT.sub("", kind) if kind.rstrip("} \t0123456789.eE+-").endswith(("}{", "} {")) else kind
        values = split_fields(whole[1:-1]) if whole.endswith("}") else None
        if values is None or "" in values or len(set(values)) < len(values):
            what = "values between { and }, none of them empty or twice"
            raise InputError(f"{place}: the values of {shown(name)} are {shown(kind)}; they must be {what}")
        return Attribute(name, {value: code for code, value in enumerate(values)}, weighted=whole != kind)
    kind = RANGE.sub("", kind.split("%", 1)[0].strip())
    bare = WEIGHT.sub("", kind).lower()
    weighted = len(bare) < len(kind)
    if bare == "relational":
        many = "several rows an item (bags of instances), which can't be read; one row an item is needed"
        raise InputError(f"{place}: attribute {shown(name)} is relational: {many}")
    if bare.split(None, 1)[:1] and bare.split(None, 1)[0] in TEXTS:
        return Attribute(name, is_text=True, weighted=weighted)
    if bare not in NUMBERS:
        known = "numeric, real, integer, string, date or {value, value}"
        raise InputError(f"{place}: attribute {shown(name)} is of type {shown(kind)}; it must be {known}")
    return Attribute(name, weighted=weighted)
