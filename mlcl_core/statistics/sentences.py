"""Numbers and clauses of the sentences that say what a comparison shows."""

from collections.abc import Sequence

from mlcl_core.statistics.record import MIN_SEEDS, Difference, Interval, Needed

SAID = 3  # decimals
MAX_SEEDS = 1_000  # said; more are out of reach


def number(value: float, decimals: int = SAID) -> str:
    """A number of a metric as papers write it, without the zero before the point.

    Example:
        >>> number(0.0124), number(-0.5), number(1.25)
        ('.012', '-.500', '1.250')
    """
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def ends(interval: Interval, *, flipped: bool = False) -> str:
    """The ends of an interval in brackets; flipped: of the negated number."""
    low, high = (-interval.high, -interval.low) if flipped else (interval.low, interval.high)
    return f"[{number(low)}, {number(high)}]"


def gain(difference: Difference, *, up: bool) -> str:
    """By how much the first is better, with its interval: positive where it is, whichever way the metric goes.

    Example:
        >>> gain(Difference(-0.012, None, 1.0, 0.5), up=False)
        '.012'
    """
    value = number(difference.value if up else -difference.value)
    return value if difference.interval is None else f"{value} {ends(difference.interval, flipped=not up)}"


def would_decide(needed: Needed | None) -> str:
    """What would decide, in a clause; empty: nothing is known of it."""
    if needed is None:
        return ""
    if needed.seeds is not None and needed.seeds <= MAX_SEEDS:
        return f"{needed.seeds:,} seeds would decide it"
    if needed.seeds is not None:
        return f"more than {MAX_SEEDS:,} seeds would be needed"
    if needed.items is None:
        return "no number of seeds would decide it"
    return f"no number of seeds would decide it on so few test items: {round_up(needed.items):,} are the least"


def round_up(value: int, digits: int = 2) -> int:
    """The next number with two digits and zeros.

    Example:
        >>> round_up(1234), round_up(99), round_up(1000)
        (1300, 99, 1000)
    """
    unit = 10 ** max(len(str(value)) - digits, 0)
    return -(-value // unit) * unit


def too_few(seeds: int) -> str:
    """Why nothing is said of a method."""
    return f"with {count(seeds, 'seed')} nothing is said of a method: {MIN_SEEDS} are the least"


def count(value: int, noun: str) -> str:
    """A number of things.

    Example:
        >>> count(1, "seed"), count(1200, "seed")
        ('1 seed', '1,200 seeds')
    """
    return f"{value:,} {noun}{'s'[: value != 1]}"


def listed(words: Sequence[str]) -> str:
    """Words in a row.

    Example:
        >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
        ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
