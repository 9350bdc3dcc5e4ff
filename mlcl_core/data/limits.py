"""How many bytes a file may expand to when it is read, by its size: so a few bytes never take gigabytes."""

import math
import os

from mlcl_core.errors import InputError

ALLOWED = "MLCL_READ_GB"  # the environment variable that allows more, for a file that is known to be sound
FLOOR = 240_000_000  # bytes that any file may expand to, however small
PER_BYTE = 1032  # the largest ratio of deflate
MAX_HELD = 16_000_000_000  # bytes, unless the environment variable allows more
COPIES = 3  # of the contents that a reader may have in memory: as columns, as a matrix, as shared memory
MARGIN = 130_000_000  # bytes of memory beside those
MAX_COLUMNS = 100_000


def max_bytes(size: int) -> int:
    """Bytes that a file of ``size`` bytes may expand to: ``FLOOR + PER_BYTE * size``, at most ``MAX_HELD``.

    The environment variable ``MLCL_READ_GB``, in units of 10^9 bytes, overrides it.

    Raises:
        InputError: The variable is no number above 0.
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
    """Raise :class:`InputError` where something takes more bytes than a file of ``size`` bytes may expand to.

    Args:
        needed: Bytes in memory.
        size: Bytes of the file.
        what: The beginning of the message: the file, and what it claims to hold.
    """
    most = max_bytes(size)
    if needed > most:
        raise InputError(
            f"{what}, {needed:,} bytes in memory; of a file of {size:,} bytes at most {most:,} are read, "
            f"{allowing_hint(needed)}"
        )


def allowing_hint(needed: int) -> str:
    """The end of a message: which setting allows ``needed`` bytes."""
    return f"unless {ALLOWED}={math.ceil(needed / 1e9)} or more is set"


def memory(size: int) -> int:
    """Bytes of memory that reading a file of ``size`` bytes may take, beside what the process has already."""
    return MARGIN + COPIES * max_bytes(size)
