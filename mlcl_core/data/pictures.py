"""Encoded pictures (PNG, JPEG, GIF, TIFF, WebP, BMP), decoded by Pillow when they are accessed."""

import hashlib
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from mlcl_core.data.progress import progress
from mlcl_core.errors import InputError

SIDE = 64  # pixels a side of a picture for training; a pretrained encoder takes the original
MAX_PIXELS = 64_000_000  # of 4 bytes at most; a larger picture is refused before it is decoded
STRIP = 1 << 22  # pixels processed at a time
MAX_BYTES = 1 << 28  # of one encoded picture: more than MAX_PIXELS in a BMP of 24 bits
MAX_FITTED = 4_000_000_000  # bytes of all pictures fitted into squares, which are held in memory
FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".webp", ".bmp")
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"BM")
TILE = (322, 323)  # TIFF's tags for width and height of a tile


class Pictures:
    """One encoded picture per item.

    Args:
        names: The file of each picture; empty where it has none.
        read: The encoded bytes of a row; raises :class:`InputError` where there are none.
        source: The file that lists the pictures, named in errors.
        squares: The result of :meth:`small` for their side, if it is known already.
    """

    def __init__(
        self,
        names: Sequence[str],
        read: Callable[[int], bytes],
        source: str = "",
        squares: UInt8[np.ndarray, "n 3 side side"] | None = None,
    ) -> None:
        """No picture is read yet."""
        self.names = tuple(names)
        self.read = read
        self.source = source
        self.squares = squares

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.names)

    def __getitem__(self, row: int) -> Image.Image:
        """A picture in RGB: upright by its metadata, transparent parts white, the first frame of an animation.

        Raises:
            InputError: No picture, a truncated one, or one of more than ``MAX_PIXELS``.
        """
        return decoded(self.read(row), called(self.source, self.names[row], row))

    def digest(self, rows: Sequence[int]) -> str:
        """A hash of these pictures in this order."""
        found = hashlib.sha256()
        for row in rows:
            raw = self.read(row)
            found.update(len(raw).to_bytes(8, "little"))
            found.update(raw)
        return found.hexdigest()

    def small(self, side: int) -> UInt8[np.ndarray, "n 3 {side} {side}"]:
        """All pictures, fitted into white squares.

        Raises:
            InputError: A picture that can't be read, or squares of more than ``MAX_FITTED`` bytes together.
        """
        if self.squares is not None and self.squares.shape[-1] == side:
            return self.squares
        most = MAX_FITTED // (3 * side * side)
        if len(self) > most:
            where = f"{self.source}: " if self.source else ""
            raise InputError(f"{where}{len(self):,} pictures; at most {most:,} of {side} x {side} pixels fit in memory")
        drawn = np.empty((len(self), 3, side, side), np.uint8)
        for row, name in enumerate(self.names):
            picture = decoded(self.read(row), called(self.source, name, row), least=2 * side)
            drawn[row] = _square(picture, side)
            progress()
        return drawn


class PictureCells:
    """The encoded bytes of each row: those in a column, or else those of the file that the row names.

    Args:
        names: As for :class:`Pictures`.
        encoded: The bytes of each row, or null; None: every row names a file.
        members: The bytes of a file by its name; the second argument begins its errors. None: no row names a file.
        source: As for :class:`Pictures`.
        file: The Arrow file that holds ``encoded``; None: it is in memory.
    """

    def __init__(
        self,
        names: Sequence[str],
        encoded: pa.ChunkedArray | None,
        members: Callable[[str, str], bytes] | None,
        source: str = "",
        file: Path | None = None,
    ) -> None:
        """No picture is read yet."""
        self.names = names
        self.encoded = encoded
        self.members = members
        self.source = source
        self.file = file

    def __call__(self, row: int) -> bytes:
        """The bytes of a row, none where it is empty; raises :class:`InputError` for a missing or too large file."""
        raw = None if self.encoded is None else self.encoded[row].as_py()
        what = called(self.source, self.names[row], row)
        if raw is None and self.names[row] and self.members is not None:
            return self.members(self.names[row], what)
        if raw is not None and len(raw) > MAX_BYTES:
            raise InputError(f"{what} is {len(raw):,} bytes large; at most {MAX_BYTES:,} are allowed")
        # an empty cell is refused later, as a picture of no bytes
        return raw or b""


def called(source: str, name: str, row: int) -> str:
    """The name of a picture in errors."""
    shown = name if len(name) <= 200 else f"{name[:197]}..."
    return f"{source}{': ' * bool(source)}picture {repr(shown) + ' ' if name else ''}at row {row}"


def decoded(raw: bytes, name: str, least: int | None = None) -> Image.Image:
    """Decode a picture; raises as :meth:`Pictures.__getitem__`.

    Args:
        raw: The encoded bytes.
        name: The name in errors.
        least: Pixels a side that are enough, where decoding fewer is faster (JPEG); None: all.
    """
    if not raw:
        raise InputError(f"{name} is empty (0 bytes); it must be a picture in {', '.join(FORMATS)}")
    try:
        with _one_warning(), Image.open(io.BytesIO(raw), formats=FORMATS) as file:
            _refuse_large(file, name)
            if least is not None:
                file.draft(None, (least, least))
            file.load()
            return _on_white(_eight_bits(_upright(file)))
    except (InputError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{name} declares too many pixels; at most {MAX_PIXELS:,} are allowed") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is no picture that can be read; it must be in {', '.join(FORMATS)}") from error
    # damaged bytes make Pillow raise any exception: struct.error, IndexError, zlib.error, TypeError
    except Exception as error:
        message = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{name} is truncated or damaged: {message}") from error


@contextmanager
def _one_warning() -> Iterator[None]:
    """Turn Pillow's warning of a decompression bomb into an error; its other warnings are about metadata."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _refuse_large(file: Image.Image, name: str) -> None:
    width, height = file.size
    # a tile is decoded as a whole, however small the picture
    tags = getattr(file, "tag_v2", {})
    tile_width, tile_height = (int(tags.get(tag, 0)) for tag in TILE)
    for wide, high in ((width, height), (tile_width, tile_height)):
        if wide * high > MAX_PIXELS:
            raise InputError(f"{name} has {wide:,} x {high:,} pixels; at most {MAX_PIXELS:,} are allowed")


def _upright(picture: Image.Image) -> Image.Image:
    # damaged metadata leave a picture unrotated
    with suppress(Exception):
        return ImageOps.exif_transpose(picture)
    return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Reduce 16 bits to the upper 8; scale 32 bits and floats from the smallest value, black, to the largest, white."""
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        values = np.asarray(picture)
        ends = [_ends(values[rows]) for rows in _strips(*values.shape)]
        low, high = min((low for low, _ in ends), default=np.inf), max((high for _, high in ends), default=-np.inf)
        low, high = (low, high) if low <= high else (0.0, 0.0)
        drawn = np.empty(values.shape, np.uint8)
        for rows in _strips(*values.shape):
            strip = np.nan_to_num(values[rows].astype(np.float64), nan=low, posinf=high, neginf=low)
            drawn[rows] = ((strip - low) * (255 / (high - low) if high > low else 0)).round().astype(np.uint8)
        return Image.fromarray(drawn)
    return picture


def _strips(height: int, width: int) -> list[slice]:
    """Slices of a picture's rows: intermediate results of a whole picture would take gigabytes."""
    rows = max(1, STRIP // max(1, width))
    return [slice(start, min(start + rows, height)) for start in range(0, height, rows)]


def _ends(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (np.inf, -np.inf)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture.convert("RGB")
    drawn = Image.new("RGB", picture.size)
    for rows in _strips(picture.height, picture.width):
        strip = picture.crop((0, rows.start, picture.width, rows.stop)).convert("RGBA")
        on_white = Image.alpha_composite(Image.new("RGBA", strip.size, "white"), strip)
        drawn.paste(on_white.convert("RGB"), (0, rows.start))
    return drawn


def _square(picture: Image.Image, side: int) -> UInt8[np.ndarray, "3 {side} {side}"]:
    """Fit a picture into the middle of a white square; even the thinnest keeps at least one pixel."""
    width, height = (max(1, round(edge * side / max(picture.size))) for edge in picture.size)
    fitted = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
    square = Image.new("RGB", (side, side), "white")
    square.paste(fitted, ((side - width) // 2, (side - height) // 2))
    return np.asarray(square).transpose(2, 0, 1)
