"""Texts of users for a terminal, without control characters."""

JOINERS = "\u200c\u200d"  # invisible; part of words in Persian and Hindi, and of emoji, without effect on the terminal


def printable(text: object) -> str:
    r"""A text in one line with its control characters escaped: escape sequences, line ends, BiDi overrides.

    ``a\x1b[2J`` -> ``a\\x1b[2J``. Letters of all scripts are unchanged.
    """
    return "".join(one if one.isprintable() or one in JOINERS else _spelt(one) for one in str(text))


def _spelt(one: str) -> str:
    return one.encode("unicode_escape").decode()
