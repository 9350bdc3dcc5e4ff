"""Packed files: read where they are sound, and refused by what they unpack to, before it is in memory."""

import gzip
import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from mlcl_core.data import limits, load_data
from mlcl_core.data.limits import refuse_unpacked
from mlcl_core.data.readers import reader_of
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options

HEAD = b",".join(b"f%d" % column for column in range(50)) + b",labels\n"
ROWS = (b"0.5," * 50 + b"sea\n") * 10_000


@pytest.fixture
def low(monkeypatch):
    """Half a megabyte is the most that a small file may hold, so that tests are fast."""
    monkeypatch.setattr(limits, "FLOOR", 500_000)


def read(path):
    """Read a file in this process."""
    reader = reader_of(path)
    return reader.read(path, **checked_options("", reader.params, {}))


@pytest.mark.parametrize("ending", [".csv.gz", ".tsv.gz"])
def test_text_tables(tmp_path, ending):
    """A table packed by gzip is read as the table itself; a cut one is refused."""
    mark = "\t" if "t" in ending[:4] else ","
    rows = [["a", "b", "labels"], *[[f"{n}.5", "1.25", ("sea;sun", "sea", "sun")[n % 3]] for n in range(9)]]
    text = "\n".join(mark.join(row) for row in rows)
    (tmp_path / "mine.csv").write_text(text.replace("\t", ","))
    path = tmp_path / f"mine{ending}"
    path.write_bytes(gzip.compress(text.encode()))
    data, plain = (load_data(one, separator=";") for one in (path, tmp_path / "mine.csv"))
    assert data.items.tolist() == plain.items.tolist()
    assert data.label_names == plain.label_names == ("sea", "sun")
    path.write_bytes(gzip.compress(text.encode())[:-9])
    with pytest.raises(InputError, match=rf"mine{ending} is damaged or no gzip file"):
        load_data(path)


def test_a_table_that_expands_a_thousandfold(tmp_path, low, monkeypatch):
    """It is refused in one line once it expands like no table, however much of other bytes follows."""
    monkeypatch.setattr(limits, "PER_BYTE", 1)
    path = tmp_path / "mine.csv.gz"
    path.write_bytes(gzip.compress(HEAD + ROWS) + gzip.compress(np.random.default_rng(0).bytes(1_500_000)))
    with pytest.raises(InputError, match=r"mine\.csv\.gz unpacks to about [\d,]+ bytes, .* unless MLCL_READ_GB=1"):
        read(path)


@pytest.mark.parametrize("ending", [".zip", ".npz"])
def test_what_an_archive_declares(tmp_path, low, ending):
    """A table or an array in an archive is refused by the size that it declares, before it is unpacked."""
    path = tmp_path / f"mine{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("table.csv", HEAD + ROWS)
    else:
        np.savez_compressed(path, X=np.zeros((2040, 1000)), Y=np.ones((2040, 1)))
    assert path.stat().st_size < 30_000
    with pytest.raises(InputError, match=rf"mine{ending}.* bytes in memory; .* unless MLCL_READ_GB=1"):
        read(path)


def archive_of(*files: bytes, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these contents."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.xml", content)
    return file.getvalue()


def lying(content: bytes, declared: int) -> bytes:
    """A zip file of one entry that declares another size, in both of its headers."""
    true = struct.pack("<I", len(content))
    raw = archive_of(content)
    assert raw.count(true) >= 2
    return raw.replace(true, struct.pack("<I", declared))


def checked(raw: bytes, tmp_path) -> None:
    """Check the entries of an archive."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        refuse_unpacked(archive, tmp_path / "mine.xlsx")


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_sound_archives_pass(tmp_path, packing):
    """Entries of any length, none included, pass where they hold what they declare."""
    noise = np.random.default_rng(0).bytes(1_500_000)
    checked(archive_of(b"", b"a", noise, bytes(2_000_000), noise[:70_000] * 40, packing=packing), tmp_path)
    checked(archive_of(packing=packing), tmp_path)


def test_entries_are_refused_together(tmp_path, low):
    """Many entries that are small enough by themselves are refused by their sum."""
    with pytest.raises(InputError, match=r"mine\.xlsx unpacks to 3,000,000 bytes, .* unless MLCL_READ_GB=1"):
        checked(archive_of(*[bytes(300_000)] * 10), tmp_path)


@pytest.mark.parametrize("declared", [999, 3_999_999, 4_000_001])
def test_lies_are_refused_without_memory(tmp_path, declared):
    """An entry that holds more or less than it declares is refused; what it holds is never in memory."""
    raw = lying(bytes(4_000_000), declared)
    tracemalloc.start()
    with pytest.raises(InputError, match=rf"'0\.xml' in it unpacks to more or less than the {declared:,} bytes"):
        checked(raw, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_other_archives_are_refused(tmp_path):
    """Encrypted entries and those of another packing are refused."""
    with pytest.raises(InputError, match="packed by another method than deflate"):
        checked(archive_of(b"abc", packing=zipfile.ZIP_LZMA), tmp_path)
    raw = bytearray(archive_of(b"abc"))
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="is encrypted"):
        checked(bytes(raw), tmp_path)
