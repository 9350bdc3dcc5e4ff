"""Pictures of more than 8 bits a channel, of several frames: one range for a set, and what is said of it."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from mlcl_core.data import load_data
from mlcl_core.data.deep_pictures import Span, Survey
from mlcl_core.data.pictures import Pictures, decoded
from mlcl_core.data.reader_client import read_in_process
from mlcl_core.data.readers import READERS
from mlcl_core.data.uploads import keep_upload


def encoded(values: np.ndarray, kind: str = "PNG", **options) -> bytes:
    """The encoded bytes of a picture."""
    file = io.BytesIO()
    Image.fromarray(values).save(file, kind, **options)
    return file.getvalue()


def grey(*values: int) -> bytes:
    """A grey picture of 16 bits in PNG, one pixel high."""
    return encoded(np.array([values], np.uint16))


def png_of_16_bits(values: np.ndarray, colours: int) -> bytes:
    """Colours of 16 bits in PNG, which Pillow does not write; ``colours`` is the format's number."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(values: np.ndarray, byte_order: bytes = b"II", compressed: bool = False, **tags: int) -> bytes:
    """A TIFF of one strip, in either byte order."""
    order = "<" if byte_order == b"II" else ">"
    pixels = values.astype(values.dtype.newbyteorder(order)).tobytes()
    pixels = zlib.compress(pixels) if compressed else pixels
    samples = values.shape[2] if values.ndim == 3 else 1
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    fields = {256: values.shape[1], 257: values.shape[0], 258: (8 * values.itemsize,) * samples}
    # the strip follows the tags, from where Pillow counts its place
    fields |= {259: 8 if compressed else 1, 262: 2 if samples > 1 else tags.get("photometric", 1), 273: 0}
    fields |= {277: samples, 278: values.shape[0], 279: len(pixels), 339: (kind,) * samples}
    found = TiffImagePlugin.ImageFileDirectory_v2(byte_order + (b"*\0" if order == "<" else b"\0*") + b"\0" * 4)
    for tag, value in fields.items():
        found[tag] = value
    file = io.BytesIO()
    found.save(file)
    file.write(pixels)
    return file.getvalue()


def first_row(picture: Image.Image) -> list:
    """The first row of pixels: a number where they are grey, else colours."""
    return [pixel[0] if len(set(pixel)) == 1 else pixel for pixel in map(tuple, np.asarray(picture)[0].tolist())]


def listed(*raws: bytes) -> Pictures:
    """Pictures from memory."""
    return Pictures([f"{row}.png" for row in range(len(raws))], lambda row: raws[row])


TWELVE = np.array([[0, 1365, 4095]], np.uint16)


def test_alone_over_its_own_range():
    """A picture of 12 bits in 16 is shown from black to white: 1,365 of 4,095 is a third, 85 of 255."""
    assert first_row(decoded(encoded(TWELVE), "it")) == [0, 85, 255]
    assert first_row(listed(encoded(TWELVE))[0]) == [0, 85, 255]


def test_one_range_for_the_set():
    """A dark picture beside a bright one stays dark: 0 to 4,095 of both is 0 to 255; 8 bits stay as they are."""
    pictures = listed(grey(0, 819), grey(2457, 4095), encoded(np.array([[7, 200]], np.uint8)))
    drawn = pictures.small(2)
    # one pixel high in a square of two: the upper row is white
    assert [sorted(set(square[0].ravel().tolist())) for square in drawn[:2]] == [[0, 51, 255], [153, 255]]
    assert [first_row(picture) for picture in pictures] == [[0, 51], [153, 255], [7, 200]]
    assert pictures.said == ("2 pictures of 16 bits: 0 to 4,095 of the set is shown as 0 to 255",)


def test_only_deep_pictures_are_read_twice():
    """A set of 8 bits is read once; of a mixed one, the deep pictures are read a second time."""
    raws, read = [encoded(np.zeros((2, 2), np.uint8)), grey(3, 4), encoded(np.ones((2, 2), np.uint8))], []
    Pictures("abc", lambda row: read.append(row) or raws[row]).small(2)
    assert read == [0, 1, 2, 1]


@given(st.lists(st.lists(st.integers(0, 65535), min_size=2, max_size=5), min_size=1, max_size=4))
def test_order_is_kept_over_the_set(rows):
    """A larger value in any picture is never shown darker than a smaller one in any other."""
    pictures = listed(*(grey(*row) for row in rows))
    pictures.small(1)
    shown = [value for picture in pictures for value in first_row(picture)]
    pairs = sorted(zip([value for row in rows for value in row], shown, strict=True))
    assert [grey for _, grey in pairs] == sorted(shown)
    if pairs[0][0] < pairs[-1][0]:
        assert (pairs[0][1], pairs[-1][1]) == (0, 255)


COLOURS = np.array([[[0, 819, 4095], [4095, 0, 2457], [51, 0, 0]]], np.uint16)
SEEN = [(0, 51, 255), (255, 0, 153), (3, 0, 0)]


@pytest.mark.parametrize(
    "raw",
    [png_of_16_bits(COLOURS, 2)]
    + [tiff(COLOURS, order, compressed) for order in (b"II", b"MM") for compressed in (False, True)],
)
def test_colours_of_16_bits(raw):
    """Colours of 12 bits in 16 are not black, as by their upper byte, in PNG and TIFF of both byte orders."""
    assert first_row(decoded(raw, "it")) == SEEN


def test_colours_with_transparency():
    """Transparency beside 16 bits becomes white; it is no part of the range."""
    opaque = np.array([[[65535], [65535], [0]]], np.uint16)
    raw = png_of_16_bits(np.concatenate([COLOURS, opaque], 2), 6)
    assert first_row(decoded(raw, "it")) == [*SEEN[:2], 255]
    pale = png_of_16_bits(np.concatenate([TWELVE.T[None, :, :], opaque], 2), 4)
    assert first_row(decoded(pale, "it")) == [0, 85, 255]


@pytest.mark.parametrize("order", [b"II", b"MM"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", ["u2", "i2", "i4", "f4"])
def test_every_number_of_tiff(order, compressed, dtype):
    """16 and 32 bits, signed or not, and floating-point numbers, in both byte orders, packed or not."""
    low = 0 if dtype == "u2" else -1000
    raw = tiff(np.array([[low, low + 400, low + 2000]], dtype), order, compressed)
    assert first_row(decoded(raw, "it")) == [0, 51, 255]
    kind = {"2": "16 bits", "4": "32 bits"}[dtype[1]] if dtype[0] != "f" else "floating-point numbers"
    pictures = listed(raw)
    pictures.small(1)
    assert list(pictures.survey.spans) == [kind]


def test_unsigned_numbers_of_32_bits():
    """Numbers beyond 2^31, which Pillow reads as negative ones, are the largest."""
    raw = tiff(np.array([[0, 858_993_459, 4_294_967_295]], np.uint32))
    assert first_row(decoded(raw, "it")) == [0, 51, 255]


def test_white_is_zero():
    """Where the file says that 0 is white, as medical ones do, it is."""
    assert first_row(decoded(tiff(TWELVE, photometric=0), "it")) == [255, 170, 0]


def test_not_finite():
    """NaN is black and infinity the end of the range of the finite values; both are said."""
    gaps = np.array([[np.nan, 0.5, np.inf, -np.inf]], np.float32)
    pictures = listed(encoded(gaps, "TIFF"), encoded(np.array([[0, 2.5]], np.float32), "TIFF"))
    pictures.small(1)
    assert first_row(pictures[0]) == [0, 51, 255, 0]
    assert pictures.said == (
        "2 pictures of floating-point numbers: 0 to 2.5 of the set is shown as 0 to 255",
        "1 picture with NaN or infinite values: NaN is shown black, infinity as the end of the range",
    )
    empty = listed(encoded(np.array([[np.nan]], np.float32), "TIFF"))
    empty.small(1)
    assert first_row(empty[0]) == [0]
    assert "no number of the set is shown" in empty.said[0]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_frames_are_said(kind):
    """Of several frames or pages the first is taken, and this is said; of a single one nothing is."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], lossless=True)
    single = encoded(np.zeros((4, 4, 3), np.uint8), kind)
    pictures = listed(file.getvalue(), single)
    pictures.small(8)
    assert pictures.said == ("1 picture with several frames or pages: the first is taken",)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=4), st.integers(0, 9))
def test_a_survey_through_json(values, several):
    """A survey is the same after JSON, whose numbers are finite."""
    spans = {"16 bits": sum((Span(value, value, 1) for value in values), Span(0.0, 0.0))}
    survey = Survey(spans, several)
    assert Survey.of(json.loads(json.dumps(survey.plain(), allow_nan=False))) == survey


def test_in_another_process_and_as_an_upload(tmp_path, monkeypatch):
    """From a folder, and kept as an upload, the pictures, their range and what is said of it are the same."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    folder = tmp_path / "mine"
    folder.mkdir()
    rows = range(12)
    for row in rows:
        (folder / f"{row}.png").write_bytes(grey(100 * row, 341 * row, 343 * row + 322))
    cells = "\n".join(f"{row}.png,{'sun' if row % 2 else 'fog'}" for row in rows)
    (folder / "table.csv").write_text(f"file_name,labels\n{cells}\n")
    said = "12 pictures of 16 bits: 0 to 4,095 of the set is shown as 0 to 255"
    direct = load_data(folder)
    keep_upload("mine", read_in_process(folder, READERS["folder"], {}), source="mine")
    kept = load_data("mine")
    for data in (direct, kept):
        assert said in data.said
        assert first_row(data.originals[0]) == [0, 0, 20]
        assert first_row(data.originals[11])[2] == 255
        assert data.originals.digest(rows) == direct.originals.digest(rows)
    assert (kept.items == direct.items).all()
    # features of a pretrained encoder are kept by this hash, and depend on the range
    alone = Pictures(direct.originals.names, direct.originals.read)
    assert alone.digest(rows) != direct.originals.digest(rows)
