"""Damaged files of every format, drawn from a seed: read, or refused in one line, in bounded time and memory."""

import io
import random
import resource
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from mlcl_core.bench.sample_files import SAMPLES
from mlcl_core.data import load_data
from mlcl_core.data.look import look
from mlcl_core.data.reader_client import end_spare
from mlcl_core.errors import InputError

MAX_MEMORY = 1_000_000_000  # bytes; limit for the process that reads damaged files
MAX_SECONDS = 130.0  # seconds for one file: twice the limit of a reading
MAX_MESSAGE = 1000  # characters of a message


def flipped(raw: bytes, chance: random.Random) -> bytes:
    """Flip one to twenty bits."""
    changed = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def overwritten(raw: bytes, chance: random.Random) -> bytes:
    """Overwrite a few bytes, often near the ends, where headers are: all ones, zeros, or a number that is too large."""
    changed = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        length = chance.choice((1, 2, 4, 8))
        edge = min(len(raw) - 8, chance.choice((200, 600, 4000, len(raw))))
        at = chance.randrange(max(1, edge))
        at = at if chance.random() < 0.5 else len(raw) - 8 - at
        number = chance.choice((0, -1, 2**31 - 1, 2**31, 2**40, 255, chance.getrandbits(32)))
        changed[max(0, at) : max(0, at) + length] = struct.pack("<q", number if number < 2**63 else 0)[:length]
    return bytes(changed)


def truncated(raw: bytes, chance: random.Random) -> bytes:
    """Cut off at a random byte."""
    return raw[: chance.randrange(len(raw))]


def spliced(raw: bytes, chance: random.Random) -> bytes:
    """Copy, move or repeat a piece."""
    start = chance.randrange(len(raw))
    piece = raw[start : start + chance.randint(1, 400)]
    at = chance.randrange(len(raw))
    left_out = chance.choice((0, len(piece), chance.randint(0, 400)))
    return raw[:at] + piece + raw[at + left_out :]


def digits_changed(raw: bytes, chance: random.Random) -> bytes:
    """Replace a digit, as in headers and rows, by nothing, a large number, a sign, an exponent or a delimiter."""
    places = [place for place, byte in enumerate(raw) if 48 <= byte <= 57]
    if not places:
        return flipped(raw, chance)
    at = chance.choice(places)
    new = chance.choice((b"", b"-1", b"999999999", b"1e308", b"nan", b"4294967296", b"'", b",", b"\n", b"0x7"))
    return raw[:at] + new + raw[at + 1 :]


def words_changed(raw: bytes, chance: random.Random) -> bytes:
    """Replace a type or name of a format by another."""
    words: tuple[bytes, ...] = (
        b"<f8",
        b"|i1",
        b"<U3",
        b"fortran_order",
        b"False",
        b"descr",
        b"shape",
        b"numeric",
        b"@data",
        b"text",
        b"X",
    )
    words += (b"labels", b"schema", b"image", b"{0,1}", b"bytes", b"PAR1", b"TREE", b"SNOD", b"HEAP", b"OHDR")
    there = [word for word in words if word in raw]
    if not there:
        return spliced(raw, chance)
    old = chance.choice(there)
    others: tuple[bytes, ...] = (
        b"|O8",
        b"|V8",
        b"<f2",
        b">f8",
        b"<M8[s]",
        b"<c16",
        b"True",
        b"(" * 90,
        b"[('a','<f8')]",
        b"",
        b"\xff\xfe",
        old * 2,
    )
    new = chance.choice(others)
    new = new[: len(old)].ljust(len(old)) if chance.random() < 0.5 else new
    return raw.replace(old, new, chance.choice((1, -1)))


def members_changed(raw: bytes, chance: random.Random) -> bytes:
    """Change a member of an archive: encrypted, repeated, compressed twice or otherwise, of another stated size."""
    try:
        return _repacked(raw, chance)
    # damaged already, or no archive
    except Exception:
        return overwritten(raw, chance)


def _repacked(raw: bytes, chance: random.Random) -> bytes:
    file = io.BytesIO()
    packing = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(file, "w", packing) as new:
        chosen = chance.choice(old.infolist())
        what = chance.randrange(5)
        for entry in old.infolist():
            body = old.read(entry)
            if entry is chosen and what == 0:
                body = members_changed(raw, chance) if chance.random() < 0.3 else raw
            elif entry is chosen and what == 1:
                body = chance.choice((flipped, overwritten, truncated, digits_changed, words_changed))(
                    body + b" ", chance
                )
            elif entry is chosen and what == 2:
                body += bytes(chance.choice((1, 1000, 30_000_000)))
            new.writestr(entry.filename, body)
    changed = bytearray(file.getvalue())
    if what >= 3:
        # flags, method and sizes in the lists of entries
        marks = [place for mark in (b"PK\x01\x02", b"PK\x03\x04") for place in _places(bytes(changed), mark)]
        at = chance.choice(marks)
        offset = chance.choice((6, 8, 10, 20, 24)) + (2 if changed[at + 2] == 1 else 0)
        changed[at + offset : at + offset + 2] = chance.choice((b"\x01\x00", b"\x63\x00", b"\xff\xff", b"\x00\x00"))
    return bytes(changed)


def _places(raw: bytes, mark: bytes) -> list[int]:
    found, at = [], raw.find(mark)
    while at >= 0:
        found.append(at)
        at = raw.find(mark, at + 1)
    return found


MUTATIONS = (flipped, overwritten, truncated, spliced, digits_changed, words_changed, members_changed)


def mutated(kind: str, number: int, seed: int) -> bytes:
    """Content of a damaged file; the same for the same kind, number and seed, with one version of the libraries."""
    chance = random.Random(f"{kind} {number} {seed}")
    raw = SAMPLES[kind].content(np.random.default_rng(chance.getrandbits(32)))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        raw = chance.choice(MUTATIONS)(raw, chance) if len(raw) > 8 else raw
    return raw


def outcome(look: Callable[[Path], Any], path: Path) -> str:
    """``read``; ``refused``, in one line that names the file; or what went wrong."""
    begun = perf_counter()
    try:
        look(path)
        result = "read"
    except InputError as error:
        message = str(error)
        sound = "\n" not in message and message.isprintable() and path.stem in message and len(message) < MAX_MESSAGE
        result = "refused" if sound else f"is refused by {message[:MAX_MESSAGE]!r}"
    # the bench reports every error
    except Exception as error:
        result = f"{type(error).__name__}: {error}"
    seconds = perf_counter() - begun
    return result if seconds < MAX_SECONDS else f"took {seconds:.0f} s"


def damaged_files(*, files: int = 3000, seed: int = 0, quick: bool = False) -> dict[str, Any]:
    """Inspect damaged files as the upload form does, and read them as a training does.

    Args:
        files: Number of files, of all formats in turn; 140 when ``quick``.
        seed: Seed of the damages.
        quick: Few files.

    Returns:
        ``files``; how many inspections and readings (two a file) succeeded (``read``), and how many were ``refused`` in
        one line; ``seconds`` of the slowest file; peak ``memory`` of a reading process, in bytes (an upper bound, which
        includes that of this process when it started); ``failures``: all other outcomes, by file.
    """
    files = 140 if quick else files
    count = {"read": 0, "refused": 0}
    failures: dict[str, str] = {}
    slowest = 0.0
    kinds = list(SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            kind = kinds[number % len(kinds)]
            path = Path(folder) / f"damaged{number}{SAMPLES[kind].ending}"
            path.write_bytes(mutated(kind, number, seed))
            begun = perf_counter()
            for opened in (look, load_data):
                result = outcome(opened, path)
                if result in count:
                    count[result] += 1
                else:
                    failures[f"{kind}, number {number}, seed {seed}, {opened.__name__}"] = result
            slowest = max(slowest, perf_counter() - begun)
            path.unlink()
    end_spare()
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if memory > MAX_MEMORY:
        failures["memory"] = f"a process that reads took {memory:,} bytes"
    return {
        "files": files,
        "read": count["read"],
        "refused": count["refused"],
        "seconds": slowest,
        "memory": memory,
        "failures": failures,
    }
