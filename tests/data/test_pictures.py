"""Encoded pictures: how each kind is decoded, and every way in which one can be damaged."""

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, TiffImagePlugin

from mlcl_core.data import pictures
from mlcl_core.data.pictures import MAX_PIXELS, Pictures, decoded
from mlcl_core.errors import InputError

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    """The encoded bytes of a picture."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def halves(
    mode: str = "RGB", left: object = RED, right: object = BLUE, size: tuple[int, int] = (64, 32)
) -> Image.Image:
    """A picture of two colours, side by side."""
    picture = Image.new(mode, size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def colours(raw: bytes, *places: tuple[int, int]) -> list[tuple[int, ...]]:
    """The colours at these positions."""
    picture = decoded(raw, "it")
    assert picture.mode == "RGB"
    return [picture.getpixel(place) for place in places]


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 6) -> bool:
    """Whether two colours are equal except for compression losses."""
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
def test_every_format(kind):
    """Each format is read, recognised by its bytes."""
    left, right = colours(encoded(halves(), kind), (8, 16), (56, 16))
    assert near(left, RED)
    assert near(right, BLUE)


def test_jpeg_of_a_phone():
    """Of a JPEG with two pictures, the first is decoded."""
    raw = encoded(halves(), "MPO", save_all=True, append_images=[halves(left=GREEN)])
    assert near(*colours(raw, (8, 16)), RED)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame(kind):
    """Of an animation or several pages, the first is decoded."""
    raw = encoded(halves(), kind, save_all=True, append_images=[halves(left=GREEN), halves(left=BLACK)])
    assert near(*colours(raw, (8, 16)), RED)


def test_transparent_parts_are_white():
    """Transparency by a channel, by a colour of a palette or by a single colour becomes white."""
    clear = halves("RGBA", (*RED, 255), (*BLUE, 0))
    half = halves("RGBA", (*BLACK, 128), (*BLUE, 0))
    palette = clear.quantize(4)
    cases = {
        "channel": encoded(clear, "PNG"),
        "WebP": encoded(clear, "WEBP", lossless=True),
        "palette": encoded(palette, "PNG"),
        "GIF": encoded(clear, "GIF"),
        "one colour": encoded(halves(), "PNG", transparency=BLUE),
        "one index": encoded(halves().quantize(4), "PNG", transparency=halves().quantize(4).getpixel((56, 16))),
    }
    for name, raw in cases.items():
        assert colours(raw, (8, 16), (56, 16)) == [RED, WHITE], name
    assert colours(encoded(half, "PNG"), (8, 16)) == [(127, 127, 127)]
    assert colours(encoded(halves("LA", (0, 255), (0, 0)), "PNG"), (8, 16), (56, 16)) == [BLACK, WHITE]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks(kind):
    """Cyan, magenta, yellow and black become red, green and blue."""
    raw = encoded(halves("CMYK", (0, 255, 255, 0), (0, 0, 0, 255)), kind)
    left, right = colours(raw, (8, 16), (56, 16))
    assert near(left, RED)
    assert near(right, BLACK)


def test_grey_and_black_and_white():
    """Grey stays grey; one bit a pixel is black and white."""
    assert colours(encoded(halves("L", 90, 200), "PNG"), (8, 16), (56, 16)) == [(90,) * 3, (200,) * 3]
    assert colours(encoded(halves("1", 0, 1), "PNG"), (8, 16), (56, 16)) == [BLACK, WHITE]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits(kind):
    """Of 16 bits, the range is shown as 0 to 255: values beyond 255 are not all white."""
    grey = Image.fromarray(np.repeat(np.array([[0, 256 * 90 + 3, 65535]], np.uint16), 4, 0))
    assert colours(encoded(grey, kind), (0, 0), (1, 0), (2, 0)) == [BLACK, (90,) * 3, WHITE]


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (np.array([[-5.0, 0.0, 5.0]], np.float32), [0, 128, 255]),
        (np.array([[np.nan, 1.0, np.inf, 3.0]], np.float32), [0, 0, 255, 255]),
        (np.array([[np.nan, np.nan]], np.float32), [0, 0]),
        (np.array([[7, 7]], np.int32), [0, 0]),
        (np.array([[0, 100_000]], np.int32), [0, 255]),
    ],
)
def test_thirty_two_bits(values, seen):
    """The values are scaled from black to white; NaN is black."""
    raw = encoded(Image.fromarray(values), "TIFF")
    assert colours(raw, *((x, 0) for x in range(len(seen)))) == [(grey,) * 3 for grey in seen]


LYING = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", LYING)
def test_upright(orientation):
    """A picture is rotated by its metadata."""
    wanted = halves()
    wanted.paste(GREEN, (0, 0, 32, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = LYING[orientation]
    lying = wanted if turn is None else wanted.transpose(turn)
    picture = decoded(encoded(lying, "JPEG", exif=exif, quality=95), "it")
    assert picture.size == wanted.size
    for place in ((8, 8), (8, 24), (56, 8)):
        assert near(picture.getpixel(place), wanted.getpixel(place), 12)


def test_damaged_metadata_are_ignored():
    """A picture with damaged EXIF data is left unrotated."""
    raw = encoded(halves(), "JPEG", exif=b"Exif\0\0" + b"\xff" * 40)
    assert near(*colours(raw, (8, 16)), RED)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def declaring(width: int, height: int) -> bytes:
    """A small PNG that declares a large size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")


def large_tile() -> bytes:
    """A TIFF of 16 pixels whose tiles are 60,000 pixels wide."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    fields = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 277: 1, 322: 60_000, 323: 60_000, 324: 8, 325: 16}
    for tag, value in fields.items():
        tags[tag] = value
    file = io.BytesIO()
    file.write(b"II*\0\x08\0\0\0")
    tags.save(file)
    return file.getvalue()


WHOLE = {
    kind: encoded(Image.effect_noise((64, 64), 90), kind) for kind in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
}
BAD = {
    "nothing": (b"", r"it is empty \(0 bytes\)"),
    "text": (b"hello, this is no picture", "it is no picture that can be read; it must be in PNG, JPEG"),
    "an unknown format": (encoded(halves(), "PPM"), "is no picture that can be read"),
    "a signature alone": (b"\x89PNG\r\n\x1a\n", "is no picture that can be read"),
    "60,000 x 60,000": (declaring(60_000, 60_000), "declares too many pixels; at most 64,000,000"),
    "10,000 x 10,000": (declaring(10_000, 10_000), "too many pixels"),
    "a little too large": (declaring(8_001, 8_000), "it has 8,001 x 8,000 pixels; at most 64,000,000"),
    "a large tile": (large_tile(), "it has 60,000 x 60,000 pixels"),
    "a broken check sum": (WHOLE["PNG"][:60] + b"\0\0\0" + WHOLE["PNG"][63:], "truncated or damaged"),
} | {
    f"a truncated {kind}": (raw[: len(raw) // 2], "it is (truncated or damaged|no picture)")
    for kind, raw in WHOLE.items()
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(case):
    """A picture that can't be decoded is refused in one line, whatever Pillow warns of or raises."""
    raw, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        decoded(raw, "it")
    assert "\n" not in str(caught.value)
    assert " at 0x" not in str(caught.value)


@pytest.mark.parametrize("kind", WHOLE)
def test_damaged_bytes(kind):
    """With any byte changed, a picture is decoded or one error line is raised."""
    generator = np.random.default_rng(5)
    for _ in range(150):
        raw = bytearray(WHOLE[kind])
        for place in generator.integers(0, min(len(raw), 200), 3):
            raw[place] = generator.integers(256)
        try:
            assert decoded(bytes(raw), "it").mode == "RGB"
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
            assert str(error).startswith("it ")  # noqa: PT017


def listed(*raws: bytes) -> Pictures:
    """Pictures from memory."""
    return Pictures([f"{row}.png" for row in range(len(raws))], lambda row: raws[row], "mine.csv")


def test_small():
    """Pictures are fitted into the middle of a white square; even the thinnest keeps a pixel."""
    wide, thin = encoded(Image.new("RGB", (300, 100), RED), "PNG"), encoded(Image.new("RGB", (1, 5000), BLUE), "PNG")
    drawn = torch.from_numpy(listed(wide, thin).small(30))
    assert (drawn.shape, drawn.dtype) == ((2, 3, 30, 30), torch.uint8)
    red = torch.tensor(RED, dtype=torch.uint8)[:, None, None]
    assert (drawn[0, :, 10:20] == red).all()
    assert (drawn[0, :, :10] == 255).all()
    assert (drawn[0, :, 20:] == 255).all()
    column = (drawn[1] != 255).any(0).any(0)
    assert column.sum() == 1


def test_small_jpegs_are_decoded_small(monkeypatch):
    """A large JPEG is decoded at an eighth of its size, with nearly the same result as at full size."""
    x, y = np.meshgrid(np.arange(1024), np.arange(768))
    raw = encoded(Image.fromarray(np.stack([x // 4, y // 3, (x + y) % 256 // 2], 2).astype(np.uint8)), "JPEG")
    assert decoded(raw, "it", least=64).size == (128, 96)
    assert decoded(raw, "it").size == (1024, 768)
    drafted = torch.from_numpy(listed(raw).small(32))
    monkeypatch.setattr(Image.Image, "draft", lambda *_: None)
    monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.draft", lambda *_: None)
    whole = torch.from_numpy(listed(raw).small(32))
    assert (drafted.int() - whole.int()).abs().float().mean() < 3


def test_small_refuses_more_than_fit(monkeypatch):
    """More pictures than fit in memory are refused before the first is read."""
    monkeypatch.setattr(pictures, "MAX_FITTED", 3 * 64 * 64 * 5)
    with pytest.raises(InputError, match=r"mine\.csv: 6 pictures; at most 5 of 64 x 64 pixels fit in memory"):
        listed(*[b""] * 6).small(64)


def test_errors_name_the_row():
    """Errors name the table, the picture and the row, for a single picture and for all squares."""
    sound = encoded(halves(), "PNG")
    found = listed(sound, sound, sound[:60])
    message = r"mine\.csv: picture '2\.png' at row 2 is truncated or damaged"
    with pytest.raises(InputError, match=message):
        found[2]
    with pytest.raises(InputError, match=message):
        found.small(8)
    with pytest.raises(InputError, match=r"^picture at row 0 is empty"):
        Pictures([""], lambda row: b"")[0]


def test_digest():
    """Equal pictures in equal order have equal digests, and no others."""
    one, other = encoded(halves(), "PNG"), encoded(halves(left=GREEN), "PNG")
    assert listed(one, other).digest([0, 1]) == listed(other, one).digest([1, 0])
    assert listed(one, other).digest([0, 1]) != listed(one, other).digest([1, 0])
    assert listed(one + other).digest([0]) != listed(one, other).digest([0, 1])


def test_a_picture_as_large_as_allowed():
    """A picture of exactly the largest size is decoded."""
    assert decoded(encoded(Image.new("1", (8_000, MAX_PIXELS // 8_000)), "PNG"), "it").size == (8_000, 8_000)
