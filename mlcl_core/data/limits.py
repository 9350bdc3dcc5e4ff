"""How much a file may hold once it is read: in bytes, by its own size, so that a few bytes never take gigabytes."""

import math
import os

from mlcl_core.errors import InputError

ALLOWED = "MLCL_READ_GB"  # the variable by which a person who knows a file allows more
FLOOR = 240_000_000  # bytes that any file may hold, however small
PER_BYTE = 1032  # bytes that deflate makes of one, at best
MAX_HELD = 16_000_000_000  # bytes that no file holds unless a person says so
COPIES = 3  # of what a file holds, which a reader may have in memory: as columns, as a matrix, as what is handed over
ROOM = 130_000_000  # bytes of memory beside those
MAX_COLUMNS = 100_000


def max_bytes(size: int) -> int:
    """How many bytes a file of ``size`` bytes may hold: ``FLOOR + PER_BYTE * size``, at most ``MAX_HELD``.

    A number in the environment variable ``MLCL_READ_GB`` takes its place, in units of 10^9 bytes.

    Raises:
        InputError: What stands in the variable is no number above 0.
    """
    setting = os.environ.get(ALLOWED, "").strip()
    if not setting:
        return min(MAX_HELD, FLOOR + PER_BYTE * size)
    try:
        allowed = float(setting)
    except ValueError:
        allowed = math.nan
    if not 0 < allowed < math.inf:
        raise InputError(f"{ALLOWED} is {setting[:40]!r}; it must be a number of gigabytes above 0, such as 8")
    return int(allowed * 1e9)


def refuse_large(needed: int, size: int, what: str) -> None:
    """Raise :class:`InputError` where something takes more bytes than a file of ``size`` may hold.

    Args:
        needed: Bytes that it takes in memory.
        size: Of the file.
        what: Begins the sentence: the file, and what it claims to hold.
    """
    most = max_bytes(size)
    if needed > most:
        raise InputError(
            f"{what}, {needed:,} bytes in memory; of a file of {size:,} bytes at most {most:,} are read, "
            f"{how_to_allow(needed)}"
        )


def how_to_allow(needed: int) -> str:
    """How a person who knows the file has it read all the same."""
    return f"unless {ALLOWED}={math.ceil(needed / 1e9)} or more is set"


def memory(size: int) -> int:
    """How many bytes of memory the process that reads a file of ``size`` bytes may take beside what it starts with."""
    return ROOM + COPIES * max_bytes(size)
