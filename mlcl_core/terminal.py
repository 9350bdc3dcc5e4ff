"""Other people's words for a terminal: nothing in them acts."""

JOINERS = "\u200c\u200d"  # invisible, and part of words in Persian and Hindi, and of emoji; they move nothing


def printable(text: object) -> str:
    r"""A text in one line whose control characters are spelt out: escape sequences, ends of lines, BiDi overrides.

    ``a\x1b[2J`` -> ``a\\x1b[2J``. Letters of all scripts stay as they are.
    """
    return "".join(one if one.isprintable() or one in JOINERS else _spelt(one) for one in str(text))


def _spelt(one: str) -> str:
    return one.encode("unicode_escape").decode()
