"""Pictures of more than 8 bits a channel: the range of their values over a set, and how it is shown in 8 bits."""

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Num
from PIL import Image, ImageFile, ImageOps

STRIP = 1 << 22  # pixels processed at a time
WHITE_IS_ZERO = (262, 0)  # TIFF's tag and value
SAMPLES, UNSIGNED = 339, 1
SIXTEEN, THIRTY_TWO, FLOAT = "16 bits", "32 bits", "floating-point numbers"
# what reads the other byte of each number: Pillow keeps the upper one of colours, so that 12 bits would be black
OTHER_BYTE = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}
# libtiff returns numbers in this machine's order of bytes, which Pillow 13 forgets for these: their bytes were swapped
NATIVE = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}
SEVERAL_FRAMES = ("GIF", "PNG", "WEBP", "TIFF")  # the second picture in a phone's JPEG is no frame


@dataclass(frozen=True)
class Span:
    """The finite values of some pictures of one kind, and how many pictures there are and how many have other values.

    A span without a finite value has ``low`` above ``high``.
    """

    low: float = np.inf
    high: float = -np.inf
    pictures: int = 0
    gaps: int = 0

    def __add__(self, other: "Span") -> "Span":
        """The span of both."""
        ends = min(self.low, other.low), max(self.high, other.high)
        return Span(*ends, self.pictures + other.pictures, self.gaps + other.gaps)


@dataclass(frozen=True)
class Survey:
    """What a set of pictures holds that is not shown.

    Args:
        spans: The values by kind: ``16 bits``, ``32 bits``, ``floating-point numbers``.
        several: The number of pictures that have several frames or pages.
    """

    spans: Mapping[str, Span] = field(default_factory=dict)
    several: int = 0

    @property
    def said(self) -> tuple[str, ...]:
        """One sentence each: which range is shown as 0 to 255, what is not finite, which frames are left out."""
        found = []
        for kind, span in self.spans.items():
            ends = f"{_shown(span.low, kind)} to {_shown(span.high, kind)}" if span.low <= span.high else "no number"
            found.append(f"{_pictures(span.pictures)} of {kind}: {ends} of the set is shown as 0 to 255")
            if span.gaps:
                holds = f"{_pictures(span.gaps)} with NaN or infinite values"
                found.append(f"{holds}: NaN is shown black, infinity as the end of the range")
        if self.several:
            found.append(f"{_pictures(self.several)} with several frames or pages: the first is taken")
        return tuple(found)

    def plus(self, picture: "Deep | None", has_frames: bool) -> "Survey":
        """The survey with one more picture: of more than 8 bits, or None."""
        spans = self.spans
        if picture is not None:
            spans = {**spans, picture.kind: spans.get(picture.kind, Span()) + picture.span()}
        return Survey(spans, self.several + has_frames)

    def plain(self) -> dict[str, Any]:
        """As JSON carries it; :meth:`of` is its inverse."""
        # infinities are no JSON
        spans = {kind: asdict(span if span.low <= span.high else _all_gaps(span)) for kind, span in self.spans.items()}
        return {"spans": spans, "several": self.several}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Survey":
        """A survey from :meth:`plain`."""
        return cls({kind: Span(**span) for kind, span in plain["spans"].items()}, plain["several"])


def _all_gaps(span: Span) -> Span:
    return Span(0.0, 0.0, span.pictures, span.gaps)


def _pictures(count: int) -> str:
    return f"{count:,} picture{'s'[: count != 1]}"


def _shown(value: float, kind: str) -> str:
    return f"{value:,.6g}" if kind == FLOAT else f"{int(value):,}"


@dataclass(frozen=True)
class Deep:
    """A picture of more than 8 bits a channel.

    Args:
        kind: A key of :attr:`Survey.spans`.
        upper: The picture as Pillow reads it: all of a grey one's values, the upper 8 bits of colours.
        lower: The lower 8 bits of colours; None: grey.
        unsigned: Whether Pillow has read unsigned numbers of 32 bits, as signed ones.
        inverted: Whether the largest value is black.
    """

    kind: str
    upper: Image.Image
    lower: Image.Image | None = None
    unsigned: bool = False
    inverted: bool = False

    def span(self) -> Span:
        """The values, without those of transparency."""
        low, high, gaps = np.inf, -np.inf, False
        for _, values in self._strips():
            finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
            gaps = gaps or finite.size < values.size
            if finite.size:
                low, high = min(low, float(finite.min())), max(high, float(finite.max()))
        return Span(low, high, 1, int(gaps))

    def eight_bits(self, span: Span) -> Image.Image:
        """The picture with the ends of a range as 0 and 255; NaN is 0, a value beyond the range its end."""
        low, high = (span.low, span.high) if span.low <= span.high else (0.0, 0.0)
        factor = 255 / (high - low) if high > low else 0.0
        drawn = np.empty((self.upper.height, self.upper.width, *self._channels), np.uint8)
        for rows, values in self._strips():
            strip = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low).clip(low, high)
            scaled = ((strip - low) * factor).round().astype(np.uint8)
            drawn[rows] = 255 - scaled if self.inverted else scaled
        picture = Image.fromarray(drawn)
        if "A" in self.upper.getbands():
            picture.putalpha(self.upper.getchannel("A"))
        return picture

    @property
    def _channels(self) -> tuple[int, ...]:
        colours = sum(band != "A" for band in self.upper.getbands())
        return () if colours == 1 else (colours,)

    def _strips(self) -> Iterator[tuple[slice, Num[np.ndarray, "..."]]]:
        for rows in strips(self.upper.height, self.upper.width):
            values = self._colours(self.upper, rows)
            if self.lower is not None:
                values = values.astype(np.uint16) << 8 | self._colours(self.lower, rows)
            yield rows, values.view(np.uint32) if self.unsigned else values

    def _colours(self, picture: Image.Image, rows: slice) -> np.ndarray:
        values = np.asarray(picture.crop((0, rows.start, picture.width, rows.stop)))
        return values if values.ndim == 2 else values[..., : self._channels[0]] if self._channels else values[..., 0]


def strips(height: int, width: int) -> list[slice]:
    """Slices of a picture's rows: intermediate results of a whole picture would take gigabytes."""
    rows = max(1, STRIP // max(1, width))
    return [slice(start, min(start + rows, height)) for start in range(0, height, rows)]


def deep_of(file: ImageFile.ImageFile, raw: bytes) -> Deep | None:
    """A picture, upright, if it has more than 8 bits a channel; else None.

    Args:
        file: The result of ``Image.open``, not loaded yet.
        raw: The encoded bytes, for the lower half of colours.

    Edge cases:
        Signed numbers of 16 bits are of the kind ``16 bits`` too.
    """
    mode = _raw_mode(file)
    tags = getattr(file, "tag_v2", {})
    inverted = tags.get(WHITE_IS_ZERO[0]) == WHITE_IS_ZERO[1]
    if file.mode.startswith("I;16") or file.mode in ("I", "F"):
        sixteen = file.mode.startswith("I;16") or ";16" in mode
        kind = FLOAT if file.mode == "F" else SIXTEEN if sixteen else THIRTY_TWO
        unsigned = kind == THIRTY_TWO and bool(tags) and tuple(tags.get(SAMPLES, (UNSIGNED,))) == (UNSIGNED,)
        if file.tile and file.tile[0].codec_name == "libtiff":
            _unpack_as(file, NATIVE.get(mode, mode))
        file.load()
        return Deep(kind, upright(file), unsigned=unsigned, inverted=inverted)
    colours, _, order = mode.partition(";")
    if colours == "LA" and order == "16B":
        # four bytes a pixel, in the channels of a picture that has four
        high, low, opaque, _ = upright(_loaded_as(raw, "RGBA")).split()
        return Deep(SIXTEEN, Image.merge("LA", (high, opaque)), low)
    if colours in ("RGB", "RGBA") and order in OTHER_BYTE:
        file.load()
        return Deep(SIXTEEN, upright(file), upright(_loaded_as(raw, f"{colours};{OTHER_BYTE[order]}")))
    return None


def has_frames(file: ImageFile.ImageFile) -> bool:
    """Whether a picture has several frames or pages; False where these are damaged."""
    with suppress(Exception):
        return file.format in SEVERAL_FRAMES and bool(getattr(file, "is_animated", False))
    return False


def upright(picture: Image.Image) -> Image.Image:
    """A copy of a loaded picture, turned as its metadata say; damaged ones leave it as it is."""
    with suppress(Exception):
        return ImageOps.exif_transpose(picture)
    return picture


def _raw_mode(file: ImageFile.ImageFile) -> str:
    """How Pillow's decoder unpacks the pixels: ``RGB;16B``."""
    args = [tile.args for tile in file.tile[:1]]
    return str(args[0][0] if args and isinstance(args[0], tuple) and args[0] else args[0] if args else "")


def _loaded_as(raw: bytes, mode: str) -> ImageFile.ImageFile:
    """A picture whose pixels are unpacked in another way."""
    file = Image.open(io.BytesIO(raw))
    _unpack_as(file, mode)
    file.load()
    return file


def _unpack_as(file: ImageFile.ImageFile, mode: str) -> None:
    file.tile = [
        tile._replace(args=(mode, *tile.args[1:]) if isinstance(tile.args, tuple) else mode) for tile in file.tile
    ]
