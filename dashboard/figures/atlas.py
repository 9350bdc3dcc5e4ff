"""One sheet of all items' pictures, so that hover cards need no further request."""

import io
import math
from collections.abc import Sequence

from PIL import Image

TILE = 64
BUDGET = 8_000_000  # pixels of the whole sheet; larger ones get smaller tiles


def atlas_png(pictures: Sequence[bytes], tile: int = TILE) -> tuple[bytes, int, int]:
    """Put pictures (PNG bytes) on one sheet, row by row.

    Returns:
        The sheet as PNG, the tile's side in pixels, the number of columns.

    Edge cases:
        A picture that cannot be read leaves its tile white. Pictures that are not square keep their shape.
    """
    while tile > 16 and tile * tile * len(pictures) > BUDGET:
        tile //= 2
    columns = max(1, math.ceil(math.sqrt(len(pictures))))
    rows = max(1, math.ceil(len(pictures) / columns))
    opened = [_open(data) for data in pictures]
    grey = all(picture is None or picture.mode in ("L", "1") for picture in opened)
    sheet = Image.new("L" if grey else "RGB", (columns * tile, rows * tile), "white")
    for index, picture in enumerate(opened):
        if picture is None:
            continue
        factor = tile / max(picture.size)
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        resized = picture.convert(sheet.mode).resize(
            size, Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.NEAREST
        )
        left = (index % columns) * tile + (tile - size[0]) // 2
        top = (index // columns) * tile + (tile - size[1]) // 2
        sheet.paste(resized, (left, top))
    file = io.BytesIO()
    sheet.save(file, format="PNG", compress_level=3)
    return file.getvalue(), tile, columns


def _open(data: bytes) -> Image.Image | None:
    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
    except (OSError, ValueError):
        return None
    return picture
