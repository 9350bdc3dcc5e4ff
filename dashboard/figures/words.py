"""Numbers and names as people read them."""

import re
from datetime import datetime


def duration(seconds: float | None) -> str:
    """Seconds as "1 min 40 s"; "–" where nobody knows."""
    if seconds is None or seconds != seconds or seconds == float("inf"):
        return "–"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"


def ago(seconds: float) -> str:
    """How long ago: "0.2 s ago", "3 min ago"."""
    seconds = max(0.0, seconds)
    return f"{seconds:.1f} s ago" if seconds < 10 else f"{duration(seconds)} ago"


def label_set(names: list[str]) -> str:
    """A set of labels: "{maps, travel}"."""
    return "{" + ", ".join(names) + "}" if names else "{ } (no labels)"


def escaped(text: str) -> str:
    """Other people's words for a Streamlit markdown string: nothing in them acts as markup."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])", r"\\\1", text.replace("\n", " "))


def shortened(text: str, longest: int = 500) -> str:
    """A text in one line, cut where it is longer: an error may quote what is a million characters long."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(text) <= longest else f"{line[:longest]}…"


def moment(seconds: float) -> str:
    """Local date and time."""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M") if seconds else "–"
