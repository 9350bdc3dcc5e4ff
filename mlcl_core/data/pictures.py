"""Encoded pictures (PNG, JPEG, GIF, TIFF, WebP, BMP), decoded when they are looked at, by Pillow."""

import hashlib
import io
from collections.abc import Callable, Sequence

import torch
from jaxtyping import UInt8
from PIL import Image, ImageOps
from torch import Tensor

from mlcl_core.errors import InputError

MOST_PIXELS = 64_000_000  # a picture beyond that is refused before it is decoded
FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")


class Pictures:
    """One encoded picture an item.

    Args:
        names: How each is called in errors.
        read: The encoded bytes of a row; raises :class:`InputError` where there are none.
    """

    def __init__(self, names: Sequence[str], read: Callable[[int], bytes]) -> None:
        """Nothing is read yet."""
        self.names = tuple(names)
        self.read = read

    def __len__(self) -> int:
        """How many."""
        return len(self.names)

    def __getitem__(self, row: int) -> Image.Image:
        """A picture in RGB, upright as its camera meant it, transparent parts white, of an animation the first frame.

        Raises:
            InputError: No picture, a truncated one, or one of more than ``MOST_PIXELS``.
        """
        return decoded(self.read(row), self.names[row])

    def digest(self, rows: Sequence[int]) -> str:
        """A name for exactly these pictures in this order."""
        found = hashlib.sha256()
        for row in rows:
            raw = self.read(row)
            found.update(len(raw).to_bytes(8, "little") + raw)
        return found.hexdigest()

    def small(self, side: int) -> UInt8[Tensor, "n 3 side side"]:
        """All of them, fitted into white squares."""
        drawn = torch.empty(len(self), 3, side, side, dtype=torch.uint8)
        for row in range(len(self)):
            square = ImageOps.pad(self[row], (side, side), Image.Resampling.BILINEAR, color="white")
            drawn[row] = (
                torch.frombuffer(bytearray(square.tobytes()), dtype=torch.uint8).view(side, side, 3).permute(2, 0, 1)
            )
        return drawn


def decoded(raw: bytes, name: str) -> Image.Image:
    """One picture; raises as :meth:`Pictures.__getitem__`."""
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as file:
            width, height = file.size
            if width * height > MOST_PIXELS:
                raise InputError(f"{name} has {width:,} x {height:,} pixels; at most {MOST_PIXELS:,} are allowed")
            picture = ImageOps.exif_transpose(file)
            if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                white = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(white, picture)
            return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{name} is no picture that can be read: {str(error).splitlines()[0]}") from error
