"""Numbers, times and names as text; user text made inert."""

import re
from datetime import datetime

JOINER = "\u2060"  # no width, no break
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")
# "http:", ":material/x:", ":smile:", "www.", "name@", "->" and the like, which Markdown finds after unescaping
_FOUND_LATER = re.compile(r":(?=\S)|@(?=\S)|www(?=\.)|<(?=[-=])|-(?=[->])|[>~](?==)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_FORMULA = re.compile(r"""(?:^|[;,|"'\t\r\n])\s*(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")
SUSPECT = re.compile(r"[=+\-@\uff1d\uff0b\uff0d\uff20\u202a-\u202e\u2066-\u2069]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def duration(seconds: float | None) -> str:
    """Seconds as "1 min 40 s"; "–" where they are unknown."""
    if seconds is None or seconds != seconds or seconds == float("inf"):
        return "–"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"


def ago(seconds: float) -> str:
    """Seconds as "0.2 s ago", "3 min 0 s ago"."""
    seconds = max(0.0, seconds)
    return f"{seconds:.1f} s ago" if seconds < 10 else f"{duration(seconds)} ago"


def label_set(names: list[str]) -> str:
    """A set of labels: "{maps, travel}"."""
    return "{" + ", ".join(names) + "}" if names else "{ } (no labels)"


def escaped(text: str) -> str:
    """User text for a Streamlit Markdown string: all of it is shown, and none of it acts as markup.

    Backslashes escape emphasis, links, colours, mathematics and HTML. Streamlit looks for addresses, icon codes, emoji
    and arrows in the unescaped text, so a zero-width character breaks these. Control characters become spaces;
    characters that change the writing direction are removed.
    """
    words = _CONTROL.sub(" ", _DIRECTION.sub("", text)).strip()
    return _MARKUP.sub(r"\\\1", _FOUND_LATER.sub(rf"\g<0>{JOINER}", words))


def chart_text(text: str) -> str:
    """User text for a Plotly figure, which reads tags, entities, and formulas between dollar signs in every text."""
    words = _CONTROL.sub(" ", _DIRECTION.sub("", text)).strip()
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("$", "&#36;")


def middle_cut(text: str, longest: int) -> str:
    """A name of at most ``longest`` characters without its middle: variants of one method differ at the end.

    Example:
        >>> middle_cut("similarity_dissimilarity inside", 16)
        'similar…y inside'
    """
    if len(text) <= longest:
        return text
    head = longest // 2 - 1
    return f"{text[:head]}…{text[head + 1 - longest :]}"


def plain(text: str) -> str:
    """User text for the options of a select box, which shows text as it is, except for an icon code at its start."""
    return re.sub(r"^(\s*:)(?=material/)", rf"\g<1>{JOINER}", text)


def cell(text: str) -> str:
    """User text for a cell of a table that can be downloaded: no spreadsheet reads it as a formula.

    A formula begins with = + - @ (or their full-width forms) at the start of a cell, or after a character that some
    spreadsheet reads as the end of a cell. A zero-width character is put before it.
    """
    if SUSPECT.search(text) is None:
        return text
    return _FORMULA.sub(rf"\g<0>{JOINER}", _DIRECTION.sub("", text))


def shortened(text: str, longest: int = 500) -> str:
    """A text in one line of at most ``longest`` characters: an error may quote a text of a million characters."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(text) <= longest else f"{line[:longest]}…"


def moment(seconds: float) -> str:
    """Local date and time; "–" for 0."""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M") if seconds else "–"


def one_line(text: str) -> str:
    """User text without control characters, and without those that change the writing direction."""
    return _CONTROL.sub(" ", _DIRECTION.sub("", text)).strip()
