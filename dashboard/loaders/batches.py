"""The batches just trained on that a run keeps, and what a page shows of one."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.loaders.cached import cached_by_file
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import Batch
from mlcl_core.runs.run import Run

NO_TEXT = "(not watched: its text was not kept)"


@dataclass(frozen=True)
class BatchItems:
    """The items of a batch: their map [n 2], their message to the cloud with its digest, pictures, names, texts."""

    xy: np.ndarray
    message: tuple[str, bytes]
    pictures: list[bytes] | None
    names: list[str]
    label_names: list[str]
    texts: list[str] | None


def batch_file(run: Run, step: int, *_: Any) -> Path:
    """The file of a batch."""
    return numbered_path(run.path / "batches", step)


@cached_by_file(batch_file, entries=6)
def batch(run: Run, step: int) -> Batch:
    """The batch just trained on at a step."""
    return run.batch(step)


@cached_by_file(batch_file, entries=4, spinner=False)
def batch_items(run: Run, step: int) -> BatchItems:
    """What a page shows of the batch just trained on at a step."""
    from dashboard.figures.cloud import items_message
    from mlcl_core.maps import FIRST_MAP, MAPS, draw

    trained, watched = batch(run, step), run.watched_items()
    known = {int(item): name for item, name in zip(watched.ids, watched.names, strict=True)}
    names = [
        f"{known.get(int(item)) or f'item {item}'} · {f'view {view + 1}' if view < 2 else 'in the queue'}"
        for item, view in zip(trained.ids, trained.view, strict=True)
    ]
    pictures = None if trained.pictures is None else [_png(picture) for picture in trained.pictures]
    message = items_message(
        ids=np.arange(len(trained.ids)),
        names=names,
        labels=trained.y,
        label_names=watched.label_names,
        pictures=pictures,
    )
    xy = draw(MAPS[FIRST_MAP], trained.z.astype(np.float32)).xy
    return BatchItems(xy, message, pictures, names, list(watched.label_names), _texts(trained, watched))


def _texts(trained: Batch, watched: Any) -> list[str] | None:
    # the file of a batch holds no texts; those of its watched items are known
    if watched.texts is None:
        return None
    known = dict(zip(watched.ids.tolist(), watched.texts, strict=True))
    return [known.get(int(item), NO_TEXT) for item in trained.ids]


def _png(picture: np.ndarray) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    pixels = picture[0] if picture.shape[0] == 1 else picture.transpose(1, 2, 0)
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()
