"""How many bytes a file may expand to when it is read, by its size: so a few bytes never take gigabytes."""

import math
import os
import struct
import zipfile
import zlib
from pathlib import Path

from mlcl_core.errors import InputError

ALLOWED = "MLCL_READ_GB"  # the environment variable that allows more, for a file that is known to be sound
FLOOR = 240_000_000  # bytes that any file may expand to, however small
PER_BYTE = 100  # tables of zeros and repeated words reach it; deflate could expand a byte to 1032
MAX_HELD = 16_000_000_000  # bytes, unless the environment variable allows more
PIECE = 1 << 20  # bytes unpacked at once
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


def refuse_unpacked(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse an archive by what its entries unpack to together, before a library unpacks them.

    Args:
        archive: A zip file, such as a workbook.
        path: Named in errors.

    Raises:
        InputError: More bytes than a file of its size may expand to; an entry that unpacks to more than it declares,
            which not every library notices, is encrypted, or packed by another method than deflate.
        zipfile.BadZipFile, zlib.error, struct.error, OSError: It is damaged.
    """
    assert archive.fp is not None
    entries = archive.infolist()
    declared, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    refuse_large(declared, packed, f"{path} unpacks to {declared:,} bytes")
    for entry in entries:
        what = f"{path}: {entry.filename[:80]!r} in it"
        if entry.flag_bits & 1:
            raise InputError(f"{what} is encrypted; save it without a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{what} is packed by another method than deflate; save it as an ordinary zip file")
        size = _unpacked_size(archive, entry) if entry.compress_type else entry.compress_size
        if size != entry.file_size:
            raise InputError(f"{what} unpacks to more or less than the {entry.file_size:,} bytes that it declares")


def _unpacked_size(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """How many bytes an entry unpacks to, counted up to a little more than it declares; none of them are kept."""
    file = archive.fp
    assert file is not None
    file.seek(entry.header_offset + 26)
    file.seek(sum(struct.unpack("<HH", file.read(4))), os.SEEK_CUR)
    unpacking, size, left = zlib.decompressobj(-zlib.MAX_WBITS), 0, entry.compress_size
    while left and not unpacking.eof and size <= entry.file_size:
        piece = file.read(min(PIECE, left))
        if not piece:
            break
        left -= len(piece)
        while piece and size <= entry.file_size:
            size += len(unpacking.decompress(piece, PIECE))
            piece = unpacking.unconsumed_tail
    return size


def allowing_hint(needed: int) -> str:
    """The end of a message: which setting allows ``needed`` bytes."""
    return f"unless {ALLOWED}={math.ceil(needed / 1e9)} or more is set"


def memory(size: int) -> int:
    """Bytes of memory that reading a file of ``size`` bytes may take, beside what the process has already."""
    return MARGIN + COPIES * max_bytes(size)
