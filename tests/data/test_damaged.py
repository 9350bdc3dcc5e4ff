"""Damaged files: a seeded sample of `mlcl bench faults`, and small files that declare large contents."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlcl_core.bench.faults_files import MUTATIONS, mutated, outcome
from mlcl_core.bench.sample_files import SAMPLES
from mlcl_core.data import load_data
from mlcl_core.data.limits import FLOOR, MAX_HELD, PER_BYTE, max_bytes, memory
from mlcl_core.data.look import look
from mlcl_core.errors import InputError


@pytest.mark.parametrize("kind", SAMPLES)
def test_damage_is_read_or_refused_in_one_line(tmp_path, kind):
    """Flipped bits, overwritten bytes, moved pieces, edited headers and members: read, or refused in one line."""
    found = []
    for number in range(3):
        path = tmp_path / f"damaged{number}{SAMPLES[kind].ending}"
        path.write_bytes(mutated(kind, number, 7))
        found += [outcome(look, path), outcome(load_data, path)]
    assert set(found) <= {"read", "refused"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SAMPLES)
def test_what_is_damaged_was_sound(tmp_path, kind):
    """Each file is read without damage; a mutation changes its bytes, equally for equal seeds."""
    path = tmp_path / f"sound{SAMPLES[kind].ending}"
    raw = SAMPLES[kind].content(np.random.default_rng(0))
    path.write_bytes(raw)
    assert outcome(load_data, path) == "read"
    assert len({mutated(kind, number, 0) for number in range(20)}) == 20
    assert mutated(kind, 3, 0) == mutated(kind, 3, 0)


def test_every_damage_changes_something():
    """No mutation returns its input in more than 2 of 10 draws."""
    import random

    raw = SAMPLES["zip"].content(np.random.default_rng(0))
    for change in MUTATIONS:
        assert sum(change(raw, random.Random(draw)) != raw for draw in range(10)) >= 8


def npy(shape: tuple[int, ...], dtype: str = "<f8", body: bytes = b"") -> bytes:
    """An array's header with any shape, and a body."""
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}}}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


def npz(**members: bytes) -> bytes:
    """An archive of arrays."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(f"{name}.npy", body)
    return file.getvalue()


def encrypted(raw: bytes) -> bytes:
    """The archive with every entry marked as encrypted."""
    return raw.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")


def png(width: int, height: int) -> bytes:
    """A picture with transparency, all zeros."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    body = zlib.compress(bytes(100_000))
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pictures(raw: bytes) -> bytes:
    """An archive of the same picture four times, and a table."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", "image,labels\n" + "\n".join(f"{row}.png,sea" for row in range(4)))
        for row in range(4):
            archive.writestr(f"{row}.png", raw)
    return file.getvalue()


def parquet(**columns: pa.Array) -> bytes:
    """A table in Parquet."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def zeros(rows: int) -> pa.Array:
    """Numbers that take a few bytes in a file."""
    return pa.array(np.zeros(rows))


SMALL: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "npz that claims terabytes": (
        ".npz",
        lambda: npz(X=npy((10**9, 1000)), Y=npy((4, 1), "|b1", bytes(4))),
        r"array 'X' has shape \[1000000000, 1000\] of float64, 8,000,000,000,000 bytes .* unless MLCL_READ_GB=8000 or",
    ),
    "npz that claims more than it holds": (
        ".npz",
        lambda: npz(X=npy((9, 9)), Y=npy((9, 9))),
        "which is 648 bytes; 0 b",
    ),
    "npz below zero": (".npz", lambda: npz(X=npy((-1, 9)), Y=b""), r"has shape \[-1, 9\]; no length"),
    "npz of structs": (
        ".npz",
        lambda: npz(X=npy((1,), "|V0"), Y=b""),
        r"is of type \|V0; plain numbers",
    ),
    "npz of objects": (".npz", lambda: npz(X=npy((1,), "|O"), Y=b""), "holds pickled Python objects"),
    "npz, nested": (".npz", lambda: npz(X=npy((1,), "(" * 60), Y=b""), "is damaged or not an .npz file"),
    "npz, encrypted": (".npz", lambda: encrypted(npz(X=npy((1,)), Y=b"")), "array 'X' is encrypted; save it without a"),
    "200,000 columns": (
        ".csv",
        lambda: ",".join(f"c{c}" for c in range(200_000)).encode() + b"\n",
        "200,000 col",
    ),
    "a picture of many pixels": (".zip", lambda: pictures(png(9000, 9000)), "row 0 has 9,000 x 9,000 pixels; at most"),
    "svmlight with a large index": (
        ".svm",
        lambda: b"".join(b"1 %d:1\n" % (30_000_000 + row) for row in range(12)),
        r"holds 12 rows x 30,000,012 features, .* 1,440,000,872 bytes in memory; .* unless MLCL_READ_GB=2 or more",
    ),
    "parquet of one number": (
        ".parquet",
        lambda: parquet(
            **dict.fromkeys([f"f{column}" for column in range(100)], zeros(800_000)), labels=zeros(800_000)
        ),
        "claims 800,000 rows of 101 columns that are needed, 646,400,000 bytes in memory",
    ),
}


@pytest.mark.parametrize("case", SMALL)
def test_small_files_take_no_gigabytes(tmp_path, case):
    """Declared contents are compared with the file's size before memory is taken; the error names number and limit."""
    ending, made, message = SMALL[case]
    path = tmp_path / f"small{ending}"
    path.write_bytes(made())
    with pytest.raises(InputError, match=message) as caught:
        load_data(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    assert outcome(look, path) in ("read", "refused")


def test_the_variable_allows_more(tmp_path, monkeypatch):
    """A refused file is read once the variable in the message is set."""
    path = tmp_path / "mine.svm"
    path.write_bytes(b"".join(b"%d %d:1\n" % (row % 2, 1000 + row) for row in range(12)))
    monkeypatch.setenv("MLCL_READ_GB", "1e-5")
    with pytest.raises(InputError, match=r"48,824 bytes .* at most 10,000 are read, unless MLCL_READ_GB=1 or more is"):
        load_data(path)
    monkeypatch.setenv("MLCL_READ_GB", "1")
    assert load_data(path).items.shape == (12, 1011)


def test_limits_grow_with_the_file(monkeypatch):
    """By hand: at least the floor, then over a thousand times the size, up to a maximum; memory for three copies."""
    assert (max_bytes(0), max_bytes(1_000_000), max_bytes(10**9)) == (FLOOR, FLOOR + PER_BYTE * 1_000_000, MAX_HELD)
    assert memory(0) < 1_000_000_000
    monkeypatch.setenv("MLCL_READ_GB", "20")
    assert max_bytes(0) == max_bytes(10**9) == 20_000_000_000
    monkeypatch.setenv("MLCL_READ_GB", "inf")
    with pytest.raises(InputError, match="MLCL_READ_GB is 'inf'; it must be"):
        max_bytes(0)
