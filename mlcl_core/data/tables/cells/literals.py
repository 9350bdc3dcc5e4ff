"""A list in one text cell, as Python, JSON, numpy, DuckDB, Postgres, R and others print it, as a Python value."""

import json
import re
from typing import Any

MAX_DEPTH = 8
CLOSING = {"[": "]", "(": ")", "{": "}"}
QUOTES = "'\""
# set(), frozenset({...}), np.str_('a'), array([...], dtype=object), c("a", "b"): only what is inside counts
CALL = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)\(")
CALLS = frozenset(
    [
        *("set", "frozenset", "list", "tuple", "dict", "array", "deque", "Index", "Categorical"),
        *("c", "character", "integer"),
        *("List", "Set", "Vector", "Array", "WrappedArray", "ArrayBuffer", "ArraySeq"),
    ]
)
# the type before a list of Julia: String["a", "b"]
TYPE = re.compile(r"(?:Any|String|Int\d*|SubString\{String\}|Union\{[\w, ]+\})(?=\[)")
# no list in a set: Postgres writes other brackets than braces without quotes
LITERAL = re.compile(r"\[|\((?!\s*['\"\d-])")
POSTGRES_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^{},"\\\s]+', re.DOTALL)
POSTGRES = re.compile(rf"\{{(?:{POSTGRES_WORD.pattern})(?:,(?:{POSTGRES_WORD.pattern}))*\}}", re.DOTALL)
BLANKS = re.compile(r"\s*")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v", "0": "\0"}
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)


class Misfit(ValueError):
    """A cell that is no list; the message says why."""


class Bare(str):
    """A word without quotes, as printed: ``sea``, ``3``, ``None``."""

    __slots__ = ()


class Sequence(list):
    """The entries of brackets of any kind.

    ``bracket`` is the opening one; ``parted`` is what stood between entries: a comma, blanks, or nothing.
    """

    bracket = "["
    parted = ""


def is_bracketed(cell: str) -> bool:
    """Whether a cell begins and ends as a printed list does."""
    text = cell.strip()
    text = text[found.end() :] if (found := TYPE.match(text)) else text
    call = CALL.match(text)
    if call and call[1] in CALLS:
        return text.endswith(")")
    return len(text) >= 2 and CLOSING.get(text[0]) == text[-1]


def parsed(cell: str) -> Any:
    """The value of a printed list: ``Sequence``, ``dict``, ``str``, ``Bare``, numbers, booleans or None.

    Edge cases:
        Numbers, None and words without quotes are ``Bare`` unless the whole cell is JSON. In brackets without commas,
        numbers and quoted words are parted by blanks, as numpy prints them.

    Raises:
        Misfit: No list: brackets that do not close, text after a closing quote, lists deeper than ``MAX_DEPTH``.
    """
    text = cell.strip()
    text = text[found.end() :] if (found := TYPE.match(text)) else text
    if text[:1] in ("[", "{") and '"' in text:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    scanner = _Scanner(text)
    try:
        value = scanner.value("", 0)
        if scanner.place < len(text):
            raise Misfit("text stands behind the closing bracket")
    except Misfit:
        if not POSTGRES.fullmatch(text):
            raise
        # an apostrophe begins a word there
        entries = Sequence(
            unescaped(word[1:-1]) if word[0] == '"' else Bare(word) for word in POSTGRES_WORD.findall(text[1:-1])
        )
        entries.bracket, entries.parted = "{", ","
        return entries
    if isinstance(value, Bare):
        raise Misfit("it does not stand in brackets")
    return value


class _Scanner:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0

    def value(self, ends: str, depth: int) -> Any:
        """The value that begins here; a word without quotes goes on to a comma or to ``ends``."""
        if depth > MAX_DEPTH:
            raise Misfit(f"lists stand in lists, deeper than {MAX_DEPTH}")
        char = self.text[self.place : self.place + 1]
        if char in CLOSING:
            return self.brackets(depth)
        if char and char in QUOTES:
            return self.quoted()
        if char in ("b", "u", "r") and self.text[self.place + 1 : self.place + 2] in ("'", '"'):
            self.place += 1
            return self.quoted()
        call = CALL.match(self.text, self.place)
        if call and (call[1] in CALLS or call[1].rstrip("0123456789") in ("str_", "int", "uint", "float", "bool_")):
            return self.call(call, depth)
        return self.bare(ends)

    def call(self, call: re.Match[str], depth: int) -> Any:
        """What stands in a call: its one argument, or all of them; ``dtype=object`` is left out."""
        self.place = call.end() - 1
        inside = self.brackets(depth)
        values = [one for one in inside if not (isinstance(one, Bare) and re.match(r"\w+ ?=", one))]
        if call[1] not in CALLS and len(values) == 1:
            return values[0]
        if call[1] not in CALLS:
            raise Misfit(f"{call[1]}(...) does not hold one value")
        if len(values) == 1 and isinstance(values[0], list | dict):
            return values[0]
        found = Sequence([] if call[1] in ("character", "integer") else values)
        found.parted = ","
        return found

    def brackets(self, depth: int) -> Any:
        """A sequence, or a dict where a colon stands behind the first entry in quotes."""
        opening = self.text[self.place]
        ends, found = CLOSING[opening], Sequence()
        found.bracket = opening
        self.place += 1
        while True:
            self.blanks()
            char = self.text[self.place : self.place + 1]
            if not char:
                raise Misfit("its bracket is not closed")
            if char == ends:
                self.place += 1
                return found
            if char == ",":
                # DuckDB before 1.2 prints an empty text as nothing
                self.place += 1
                found.parted = ","
                continue
            literal = opening == "{" and LITERAL.match(self.text, self.place)
            entry = self.bare(ends) if literal else self.value(ends, depth + 1)
            self.blanks()
            after = self.text[self.place : self.place + 1]
            if after == ":" and opening == "{" and not found and not isinstance(entry, Bare | list | dict):
                return self.mapping(entry, depth)
            self.entry(found, entry, after, ends)

    def entry(self, found: Sequence, entry: Any, after: str, ends: str) -> None:
        """Add an entry, and step over the comma behind it."""
        parts = str(entry).split() if isinstance(entry, Bare) else []
        if len(parts) > 1 and found.parted != "," and after != "," and all(map(NUMBER.fullmatch, parts)):
            # numpy's numbers
            found.parted = " "
            found.extend(map(Bare, parts))
            return
        found.append(entry)
        if after == ",":
            if found.parted == " ":
                raise Misfit("some entries are parted by commas, others by blanks")
            self.place += 1
            found.parted = ","
        elif not after:
            raise Misfit("its bracket is not closed")
        elif after != ends:
            if isinstance(entry, Bare) or found.parted == "," or not self.text[self.place - 1].isspace():
                raise Misfit("text stands behind a closing quote")
            found.parted = " "

    def mapping(self, key: Any, depth: int) -> dict[str, Any]:
        """The rest of a dict, from the colon behind its first key."""
        found: dict[str, Any] = {}
        while True:
            self.place += 1
            self.blanks()
            found[str(key)] = self.value("}", depth + 1)
            self.blanks()
            after = self.text[self.place : self.place + 1]
            self.place += 1
            self.blanks()
            if after == "}" or (after == "," and self.text[self.place : self.place + 1] == "}"):
                self.place += after == ","
                return found
            if after != ",":
                raise Misfit("its bracket is not closed")
            if self.text[self.place : self.place + 1] not in tuple(QUOTES):
                raise Misfit("a key without quotes")
            key = self.quoted()
            self.blanks()
            if self.text[self.place : self.place + 1] != ":":
                raise Misfit(f"no colon behind the key {key!r}")

    def quoted(self) -> str:
        """A word in quotes; a doubled quote inside is one, and backslashes are resolved."""
        quote, start = self.text[self.place], self.place + 1
        place, pieces = start, []
        while True:
            place = self.text.find(quote, place)
            if place < 0:
                raise Misfit(f"the quote {quote} is not closed")
            before = place
            while before > start and self.text[before - 1] == "\\":
                before -= 1
            if (place - before) % 2:
                place += 1
            elif self.text[place + 1 : place + 2] == quote:
                pieces.append(self.text[start : place + 1])
                place = start = place + 2
            else:
                break
        self.place = place + 1
        return unescaped("".join([*pieces, self.text[start:place]]))

    def bare(self, ends: str) -> Bare:
        """A word without quotes; brackets in it are part of it if they close."""
        start, open_brackets = self.place, list[str]()
        while self.place < len(self.text):
            char = self.text[self.place]
            if not open_brackets and (char == "," or char == ends):
                break
            # in braces, Postgres quotes words that hold braces alone
            if char in CLOSING if ends != "}" else char == "{":
                open_brackets.append(CLOSING[char])
            elif char in ("])}" if ends != "}" else "}"):
                if open_brackets[-1:] != [char]:
                    raise Misfit(f"{char!r} stands within a word")
                open_brackets.pop()
            self.place += 1
        word = self.text[start : self.place].strip()
        if not word or open_brackets:
            raise Misfit("an entry is empty" if not word else "a bracket within a word is not closed")
        return Bare(word)

    def blanks(self) -> None:
        """Step over blanks."""
        blanks = BLANKS.match(self.text, self.place)
        self.place = blanks.end() if blanks else self.place


def unescaped(text: str) -> str:
    r"""A text with its escapes resolved: ``\'``, ``\n``, ``\x41``, ``é``, pairs of surrogates.

    Raises:
        Misfit: A backslash before a letter that is no escape, or half of a pair.
    """
    if "\\" not in text:
        return text
    found = ESCAPE.sub(_escape, text)
    try:
        return found.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise Misfit("half of a pair of surrogates") from None


def _escape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        if int(code, 16) > 0x10FFFF:
            raise Misfit(f"the escape {match[0]} is no character")
        return chr(int(code, 16))
    char = match[4]
    if char.isalnum() and char not in ESCAPES:
        raise Misfit(f"the escape {match[0]}")
    return ESCAPES.get(char, char)
