"""Small pictures for hover cards and tables."""

import io

from PIL import Image

from mlcl_core.data.multilabel import MultiLabelData


def thumbnail_png(data: MultiLabelData, index: int, size: int = 64) -> bytes | None:
    """Encode an item's picture as a PNG of ``size`` x ``size`` pixels; None where there is no picture.

    Pictures that are not square keep their proportions, centred on a white square.
    """
    if data.drawings is None:
        return None
    pixels = data.drawings[index].permute(1, 2, 0).numpy()
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    factor = size / max(picture.size)
    if picture.size != (size, size):
        fitted = [max(1, round(side * factor)) for side in picture.size]
        picture = picture.resize((fitted[0], fitted[1]), Image.Resampling.LANCZOS)
    if picture.size != (size, size):
        square = Image.new(picture.mode, (size, size), "white")
        square.paste(picture, ((size - picture.width) // 2, (size - picture.height) // 2))
        picture = square
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()
