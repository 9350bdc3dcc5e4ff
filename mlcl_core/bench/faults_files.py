"""Damaged files of every format, made by a seed: each is read, or refused in one line; none hangs or takes memory."""

import io
import random
import resource
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from mlcl_core.data import load_data
from mlcl_core.data.guess import guess
from mlcl_core.data.reader_client import end_spare
from mlcl_core.errors import InputError

ROWS = 24
MOST_MEMORY = 1_000_000_000  # bytes that no damaged file may make its reader take
TIME = 130.0  # seconds that no file may take: twice the patience with one that hangs
LONGEST = 1000  # characters of a message


@dataclass(frozen=True)
class Sound:
    """A small sound file: its ending, and its bytes drawn from a generator."""

    ending: str
    made: Callable[[np.random.Generator], bytes]


def _numbers(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return generator.normal(size=(ROWS, 5)), (generator.random((ROWS, 3)) < 0.5).astype(np.int8)


def _texts(generator: np.random.Generator) -> dict[str, list[str]]:
    words, labels = ("rain", "over", "the", "harbour", "dog", "beach"), ("sea", "sun", "fog")
    return {
        "text": [" ".join(generator.choice(words, 6)) for _ in range(ROWS)],
        "labels": [";".join(generator.choice(labels, 2, replace=False)) for _ in range(ROWS)],
    }


def _picture(generator: np.random.Generator, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(generator.integers(0, 256, (20, 24, 3), np.uint8)).save(file, kind)
    return file.getvalue()


def _npz(generator: np.random.Generator, *, packed: bool = False) -> bytes:
    x, y = _numbers(generator)
    file = io.BytesIO()
    names = np.array(["sea", "sun", "fog"])
    (np.savez_compressed if packed else np.savez)(file, X=x, Y=y, label_names=names)
    return file.getvalue()


def _hdf5(generator: np.random.Generator, *, packed: bool = False) -> bytes:
    import h5py

    x, y = _numbers(generator)
    file = io.BytesIO()
    how = {"chunks": (8, 5), "compression": "gzip", "shuffle": True} if packed else {}
    with h5py.File(file, "w") as target:
        target.create_dataset("X", data=x, **how)
        target.create_dataset("Y", data=y)
        target.create_dataset("label_names", data=["sea", "sun", "fog"], dtype=h5py.string_dtype())
    return file.getvalue()


def _csv(generator: np.random.Generator) -> bytes:
    columns = _texts(generator)
    lines = [f'"{text}",{labels}' for text, labels in zip(*columns.values(), strict=True)]
    return ("text,labels\n" + "\n".join(lines) + "\n").encode()


def _csv_of_numbers(generator: np.random.Generator) -> bytes:
    x, y = _numbers(generator)
    rows = [",".join([*map(str, row), *map(str, ones)]) for row, ones in zip(x.tolist(), y.tolist(), strict=True)]
    return ("a,b,c,d,e,sea,sun,fog\n" + "\n".join(rows) + "\n").encode()


def _parquet(generator: np.random.Generator, *, packing: str = "snappy") -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(_texts(generator)), file, compression=packing)
    return file.getvalue()


def _parquet_of_pictures(generator: np.random.Generator) -> bytes:
    cells = [{"bytes": _picture(generator, "PNG"), "path": f"{row}.png"} for row in range(ROWS)]
    file = io.BytesIO()
    pq.write_table(pa.table({"image": cells, "labels": _texts(generator)["labels"]}), file)
    return file.getvalue()


def _arff(generator: np.random.Generator, *, sparse: bool = False) -> bytes:
    x, y = _numbers(generator)
    head = ["@relation 'made: -C -3'", *(f"@attribute f{column} numeric" for column in range(5))]
    head += [f"@attribute {name} {{0,1}}" for name in ("sea", "sun", "fog")]
    rows = np.concatenate([x, y], 1).round(4)
    if sparse:
        lines = [
            "{" + ", ".join(f"{c} {v:g}" for c, v in enumerate(row) if v) + "}" for row in rows.tolist()
        ]  # fmt: skip
    else:
        lines = [",".join(f"{value:g}" for value in row) for row in rows.tolist()]
    return "\n".join([*head, "@data", *lines, ""]).encode()


def _svmlight(generator: np.random.Generator) -> bytes:
    x, y = _numbers(generator)
    lines = []
    for row, ones in zip(x.tolist(), y, strict=True):
        pairs = " ".join(f"{place}:{value:.4f}" for place, value in enumerate(row, 1))
        lines.append(f"{','.join(map(str, np.flatnonzero(ones)))} {pairs}")
    return ("\n".join(lines) + "\n").encode()


def _zip(generator: np.random.Generator, *, inner: str = "csv") -> bytes:
    kinds = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
    names = [f"{row}.{kinds[row % len(kinds)].lower()}" for row in range(ROWS)]
    labels = _texts(generator)["labels"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        if inner == "csv":
            rows = [f"{name},{cell}" for name, cell in zip(names, labels, strict=True)]
            archive.writestr("table.csv", "image,labels\n" + "\n".join(rows))
        else:
            table = io.BytesIO()
            pq.write_table(pa.table({"image": names, "labels": labels}), table)
            archive.writestr("table.parquet", table.getvalue())
        for row, name in enumerate(names):
            archive.writestr(name, _picture(generator, kinds[row % len(kinds)]))
    return file.getvalue()


SOUND: Mapping[str, Sound] = {
    "npz": Sound(".npz", _npz),
    "npz, packed": Sound(".npz", lambda generator: _npz(generator, packed=True)),
    "hdf5": Sound(".h5", _hdf5),
    "hdf5, packed": Sound(".h5", lambda generator: _hdf5(generator, packed=True)),
    "csv": Sound(".csv", _csv),
    "csv of numbers": Sound(".csv", _csv_of_numbers),
    "parquet": Sound(".parquet", _parquet),
    "parquet, zstd": Sound(".parquet", lambda generator: _parquet(generator, packing="zstd")),
    "parquet of pictures": Sound(".parquet", _parquet_of_pictures),
    "arff": Sound(".arff", _arff),
    "arff, sparse": Sound(".arff", lambda generator: _arff(generator, sparse=True)),
    "svmlight": Sound(".svm", _svmlight),
    "zip": Sound(".zip", _zip),
    "zip with parquet": Sound(".zip", lambda generator: _zip(generator, inner="parquet")),
}


def flipped(raw: bytes, chance: random.Random) -> bytes:
    """One to twenty bits are others."""
    changed = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def overwritten(raw: bytes, chance: random.Random) -> bytes:
    """A few bytes, at the ends where headers are more often, are all ones, zeros, or a number that is too large."""
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
    """Cut off anywhere."""
    return raw[: chance.randrange(len(raw))]


def spliced(raw: bytes, chance: random.Random) -> bytes:
    """A piece stands elsewhere too, is missing, or stands twice."""
    start = chance.randrange(len(raw))
    piece = raw[start : start + chance.randint(1, 400)]
    at = chance.randrange(len(raw))
    left_out = chance.choice((0, len(piece), chance.randint(0, 400)))
    return raw[:at] + piece + raw[at + left_out :]


def digits_changed(raw: bytes, chance: random.Random) -> bytes:
    """Digits in the text of headers and rows grow, vanish, get a sign or an exponent."""
    places = [place for place, byte in enumerate(raw) if 48 <= byte <= 57]
    if not places:
        return flipped(raw, chance)
    at = chance.choice(places)
    new = chance.choice((b"", b"-1", b"999999999", b"1e308", b"nan", b"4294967296", b"'", b",", b"\n", b"0x7"))
    return raw[:at] + new + raw[at + 1 :]


def words_changed(raw: bytes, chance: random.Random) -> bytes:
    """Types and names that formats know stand for others."""
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
    """Of archives: members that are encrypted, stand twice, are packed twice or otherwise, or say another size."""
    try:
        return _repacked(raw, chance)
    # what is damaged already, or no archive at all
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
        # in the lists of entries, where flags, method and sizes stand
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
    """A damaged file: the same bytes for the same kind, number and seed, on one version of the libraries."""
    chance = random.Random(f"{kind} {number} {seed}")
    raw = SOUND[kind].made(np.random.default_rng(chance.getrandbits(32)))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        raw = chance.choice(MUTATIONS)(raw, chance) if len(raw) > 8 else raw
    return raw


def outcome(look: Callable[[Path], Any], path: Path) -> str:
    """``read``, ``refused`` in one line that names the file, or what went wrong instead."""
    begun = perf_counter()
    try:
        look(path)
        said = "read"
    except InputError as error:
        message = str(error)
        sound = "\n" not in message and message.isprintable() and path.stem in message and len(message) < LONGEST
        said = "refused" if sound else f"is refused by {message[:LONGEST]!r}"
    # whatever it is, it is what the bench is for
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    seconds = perf_counter() - begun
    return said if seconds < TIME else f"took {seconds:.0f} s"


def damaged_files(*, files: int = 3000, seed: int = 0, quick: bool = False) -> dict[str, Any]:
    """Look at damaged files as the dialog does, and read them as a training does.

    Args:
        files: How many, over all formats by turns; 140 when ``quick``.
        seed: Of the damage.
        quick: Few files.

    Returns:
        ``files``; how many of the looks and readings (two a file) were ``read`` and how many ``refused`` in one line;
        the most ``seconds`` that one file took; the most ``memory`` that a process that read took, in bytes (an upper
        bound: it counts what this process had when it began); and ``failures``: all else, and with which file.
    """
    files = 140 if quick else files
    count = {"read": 0, "refused": 0}
    failures: dict[str, str] = {}
    slowest = 0.0
    kinds = list(SOUND)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            kind = kinds[number % len(kinds)]
            path = Path(folder) / f"damaged{number}{SOUND[kind].ending}"
            path.write_bytes(mutated(kind, number, seed))
            begun = perf_counter()
            for look in (guess, load_data):
                said = outcome(look, path)
                if said in count:
                    count[said] += 1
                else:
                    failures[f"{kind}, number {number}, seed {seed}, {look.__name__}"] = said
            slowest = max(slowest, perf_counter() - begun)
            path.unlink()
    end_spare()
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if memory > MOST_MEMORY:
        failures["memory"] = f"a process that reads took {memory:,} bytes"
    return {
        "files": files,
        "read": count["read"],
        "refused": count["refused"],
        "seconds": slowest,
        "memory": memory,
        "failures": failures,
    }
