"""Encoded pictures (PNG, JPEG, GIF, TIFF, WebP, BMP), decoded when they are looked at, by Pillow."""

import hashlib
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from mlcl_core.errors import InputError

MOST_PIXELS = 64_000_000  # a picture beyond that is refused before it is decoded
MOST_BYTES = 1 << 28  # of one encoded picture: MOST_PIXELS in a BMP of 24 bits, and room to spare
MOST_SMALL = 4_000_000_000  # bytes of all pictures fitted into squares, which are held in memory
FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".webp", ".bmp")
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"BM")
TILE = (322, 323)  # TIFF's tags for width and height of a tile


class Pictures:
    """One encoded picture an item.

    Args:
        names: The file each comes from; empty where it comes from none.
        read: The encoded bytes of a row; raises :class:`InputError` where there are none.
        source: The file that lists them, named in errors.
    """

    def __init__(self, names: Sequence[str], read: Callable[[int], bytes], source: str = "") -> None:
        """Nothing is read yet."""
        self.names = tuple(names)
        self.read = read
        self.source = source

    def __len__(self) -> int:
        """How many."""
        return len(self.names)

    def __getitem__(self, row: int) -> Image.Image:
        """A picture in RGB, upright as its camera meant it, transparent parts white, of an animation the first frame.

        Raises:
            InputError: No picture, a truncated one, or one of more than ``MOST_PIXELS``.
        """
        return decoded(self.read(row), called(self.source, self.names[row], row))

    def digest(self, rows: Sequence[int]) -> str:
        """A name for exactly these pictures in this order."""
        found = hashlib.sha256()
        for row in rows:
            raw = self.read(row)
            found.update(len(raw).to_bytes(8, "little"))
            found.update(raw)
        return found.hexdigest()

    def small(self, side: int) -> UInt8[Tensor, "n 3 side side"]:
        """All of them, fitted into white squares.

        Raises:
            InputError: A picture that can't be read, or squares of more than ``MOST_SMALL`` bytes together.
        """
        most = MOST_SMALL // (3 * side * side)
        if len(self) > most:
            where = f"{self.source}: " if self.source else ""
            raise InputError(f"{where}{len(self):,} pictures; at most {most:,} of {side} x {side} pixels fit in memory")
        drawn = torch.empty(len(self), 3, side, side, dtype=torch.uint8)
        for row, name in enumerate(self.names):
            picture = decoded(self.read(row), called(self.source, name, row), least=2 * side)
            drawn[row] = _square(picture, side)
        return drawn


def called(source: str, name: str, row: int) -> str:
    """How a picture is called in errors."""
    shown = name if len(name) <= 200 else f"{name[:197]}..."
    return f"{source}{': ' * bool(source)}picture {repr(shown) + ' ' if name else ''}at row {row}"


def decoded(raw: bytes, name: str, least: int | None = None) -> Image.Image:
    """One picture; raises as :meth:`Pictures.__getitem__`.

    Args:
        raw: As it stands in its file.
        name: How it is called in errors.
        least: So many pixels a side are enough, where fewer are decoded sooner (JPEG); None: all.
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
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{name} declares too many pixels; at most {MOST_PIXELS:,} are allowed") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is no picture that can be read; it must be in {', '.join(FORMATS)}") from error
    # a damaged byte makes Pillow raise whatever it leads to: struct.error, IndexError, zlib.error, TypeError
    except Exception as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{name} is truncated or damaged: {said}") from error


@contextmanager
def _one_warning() -> Iterator[None]:
    """Pillow's warning of a decompression bomb is an error; the others are about metadata."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _refuse_large(file: Image.Image, name: str) -> None:
    width, height = file.size
    # a tile is decoded whole, however small the picture
    tags = getattr(file, "tag_v2", {})
    tile_width, tile_height = (int(tags.get(tag, 0)) for tag in TILE)
    for wide, high in ((width, height), (tile_width, tile_height)):
        if wide * high > MOST_PIXELS:
            raise InputError(f"{name} has {wide:,} x {high:,} pixels; at most {MOST_PIXELS:,} are allowed")


def _upright(picture: Image.Image) -> Image.Image:
    # damaged metadata leave a picture as it lies
    with suppress(Exception):
        return ImageOps.exif_transpose(picture)
    return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """16 bits a pixel lose the lower 8; of 32 bits and floats, the smallest value is black and the largest white."""
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in ("I", "F"):
        values = np.asarray(picture, np.float64)
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
        return Image.fromarray(((values - low) * (255 / (high - low) if high > low else 0)).round().astype(np.uint8))
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def _square(picture: Image.Image, side: int) -> UInt8[Tensor, "3 side side"]:
    """Fitted into the middle of a white square; of the thinnest picture at least one pixel is left."""
    width, height = (max(1, round(edge * side / max(picture.size))) for edge in picture.size)
    fitted = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
    square = Image.new("RGB", (side, side), "white")
    square.paste(fitted, ((side - width) // 2, (side - height) // 2))
    return torch.frombuffer(bytearray(square.tobytes()), dtype=torch.uint8).view(side, side, 3).permute(2, 0, 1)
