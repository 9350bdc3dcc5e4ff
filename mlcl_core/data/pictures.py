"""Encoded pictures (PNG, JPEG, GIF, TIFF, WebP, BMP), decoded by Pillow when they are accessed."""

import hashlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from mlcl_core.data.deep_pictures import Deep, Span, Survey, deep_of, has_frames, strips, upright
from mlcl_core.data.progress import progress
from mlcl_core.errors import InputError

SIDE = 64  # pixels a side of a picture for training; a pretrained encoder takes the original
MAX_PIXELS = 64_000_000  # of 4 bytes at most; a larger picture is refused before it is decoded
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
        survey: What :meth:`small` has found in them, if it is known already.
    """

    def __init__(
        self,
        names: Sequence[str],
        read: Callable[[int], bytes],
        source: str = "",
        squares: UInt8[np.ndarray, "n 3 side side"] | None = None,
        survey: Survey | None = None,
    ) -> None:
        """No picture is read yet."""
        self.names = tuple(names)
        self.read = read
        self.source = source
        self.squares = squares
        self.survey = survey

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.names)

    def __getitem__(self, row: int) -> Image.Image:
        """A picture in RGB: upright by its metadata, transparent parts white, the first frame of an animation.

        Of more than 8 bits, the range of the whole set is shown as 0 to 255 once :meth:`small` has found it, before
        that the picture's own.

        Raises:
            InputError: No picture, a truncated one, or one of more than ``MAX_PIXELS``.
        """
        return decoded(self.read(row), display_name(self.source, self.names[row], row), spans=self._spans)

    @property
    def said(self) -> tuple[str, ...]:
        """One sentence each on what :meth:`small` has found that is not shown."""
        return self.survey.said if self.survey is not None else ()

    @property
    def _spans(self) -> Mapping[str, Span]:
        return self.survey.spans if self.survey is not None else {}

    def digest(self, rows: Sequence[int]) -> str:
        """A hash of these pictures in this order, and of the range in which they are shown, if they have one."""
        # pictures of 8 bits keep the hashes by which their features are found again
        ends = [(kind, span.low, span.high) for kind, span in self._spans.items()]
        found = hashlib.sha256(repr(ends).encode() if ends else b"")
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
        deep, survey = [], Survey()
        for row in range(len(self)):
            picture = self._opened(row, 2 * side)
            if isinstance(picture.pixels, Deep):
                deep.append(row)
            else:
                drawn[row] = _square(picture.in_rgb({}), side)
            survey = survey.plus(picture.pixels if isinstance(picture.pixels, Deep) else None, picture.has_frames)
            progress(row + 1, len(self), "pictures")
        # of those alone the range has to be known first
        for row in deep:
            drawn[row] = _square(self._opened(row, 2 * side).in_rgb(survey.spans), side)
            progress()
        self.survey = survey
        return drawn

    def _opened(self, row: int, least: int) -> "_Opened":
        return _opened(self.read(row), display_name(self.source, self.names[row], row), least)


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
        what = display_name(self.source, self.names[row], row)
        if raw is None and self.names[row] and self.members is not None:
            return self.members(self.names[row], what)
        if raw is not None and len(raw) > MAX_BYTES:
            raise InputError(f"{what} is {len(raw):,} bytes large; at most {MAX_BYTES:,} are allowed")
        # an empty cell is refused later, as a picture of no bytes
        return raw or b""


def display_name(source: str, name: str, row: int) -> str:
    """The name of a picture in errors."""
    shown = name if len(name) <= 200 else f"{name[:197]}..."
    return f"{source}{': ' * bool(source)}picture {repr(shown) + ' ' if name else ''}at row {row}"


def decoded(raw: bytes, name: str, least: int | None = None, spans: Mapping[str, Span] | None = None) -> Image.Image:
    """Decode a picture; raises as :meth:`Pictures.__getitem__`.

    Args:
        raw: The encoded bytes.
        name: The name in errors.
        least: Pixels a side that are enough, where decoding fewer is faster (JPEG); None: all.
        spans: The range shown as 0 to 255 for each kind of picture of more than 8 bits; without one, its own.
    """
    return _opened(raw, name, least).in_rgb(spans or {})


@dataclass(frozen=True)
class _Opened:
    """A decoded picture, upright: Pillow's of 8 bits, or one of more."""

    name: str
    pixels: Image.Image | Deep
    has_frames: bool

    def in_rgb(self, spans: Mapping[str, Span]) -> Image.Image:
        with _one_line(self.name):
            if isinstance(self.pixels, Image.Image):
                return _on_white(self.pixels)
            return _on_white(self.pixels.eight_bits(spans.get(self.pixels.kind) or self.pixels.span()))


def _opened(raw: bytes, name: str, least: int | None) -> _Opened:
    if not raw:
        raise InputError(f"{name} is empty (0 bytes); it must be a picture in {', '.join(FORMATS)}")
    with _one_line(name), quiet_pillow(), Image.open(io.BytesIO(raw), formats=FORMATS) as file:
        _refuse_large(file, name)
        if least is not None:
            file.draft(None, (least, least))
        deep = deep_of(file, raw)
        if deep is None:
            file.load()
        return _Opened(name, deep or upright(file), has_frames(file))


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    """Turn whatever Pillow raises into one line that begins with a picture's name."""
    try:
        yield
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


_filters, _lock, _inside = ExitStack(), Lock(), 0


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Turn Pillow's warning of a decompression bomb into an error; its other warnings are about metadata.

    The filters of warnings belong to the process: they change as the first thread enters and as the last one leaves.
    """
    global _inside
    with _lock:
        if not _inside:
            _filters.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _filters.close()


def _refuse_large(file: Image.Image, name: str) -> None:
    width, height = file.size
    # a tile is decoded as a whole, however small the picture
    tags = getattr(file, "tag_v2", {})
    tile_width, tile_height = (int(tags.get(tag, 0)) for tag in TILE)
    for wide, high in ((width, height), (tile_width, tile_height)):
        if wide * high > MAX_PIXELS:
            raise InputError(f"{name} has {wide:,} x {high:,} pixels; at most {MAX_PIXELS:,} are allowed")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture.convert("RGB")
    drawn = Image.new("RGB", picture.size)
    for rows in strips(picture.height, picture.width):
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
