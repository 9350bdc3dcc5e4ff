"""Arrays of frames, maps and batches, checked where they are read: names, types, shapes, values, items."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlcl_core.errors import InputError
from mlcl_core.runs.checked import MAX_NUMBER, MAX_REASON, checked_numbers, checked_settings
from mlcl_core.runs.records import Batch, Frame, MapFrame

MAX_SIDE = 4096  # pixels of a recorded picture's side


@dataclass(frozen=True)
class Watched:
    """Ids of the watched items, in order, and the number of labels."""

    ids: np.ndarray
    labels: int


def checked_frame(step: int, arrays: Mapping[str, np.ndarray], watched: Watched | None) -> Frame:
    """A frame; values may be NaN or infinite (a training that broke down), but not finite beyond 1e15.

    Raises:
        InputError: An array is missing or has another shape or type; the items are not the watched ones.
    """
    ids, n = _ids(arrays, watched)
    z, h = _floats(arrays, "z", (n, None)), _floats(arrays, "h", (n, None))
    prototypes = None
    if "prototypes" in arrays:
        prototypes = _floats(arrays, "prototypes", (None if watched is None else watched.labels, z.shape[1]))
    return Frame(step=step, ids=ids, z=z, h=h, prototypes=prototypes)


def checked_map(
    step: int, name: str, arrays: Mapping[str, np.ndarray], scores: str, watched: Watched | None
) -> MapFrame:
    """A map: finite coordinates of each watched item and of prototypes (or NaN: without a place), finite scores.

    Raises:
        InputError: As for :func:`checked_frame`.
    """
    ids, n = _ids(arrays, watched)
    xy, prototypes, apart = _floats(arrays, "xy", (n, 2), finite=True), None, None
    if "prototypes" in arrays:
        prototypes = _floats(arrays, "prototypes", (None if watched is None else watched.labels, 2))
        nowhere = np.isnan(prototypes).all(axis=1)  # prototypes without a direction
        if not np.isfinite(prototypes[~nowhere]).all():
            raise InputError("prototypes holds places that are neither finite nor wholly NaN")
    if "apart" in arrays:
        apart = _array(arrays, "apart", "biu", (n,)).astype(bool)
    return MapFrame(
        step=step,
        name=name,
        ids=ids,
        xy=xy,
        scores=checked_numbers(scores, "the scores"),
        prototypes=prototypes,
        apart=apart,
    )


def checked_batch(step: int, arrays: Mapping[str, np.ndarray], settings: str, watched: Watched | None) -> Batch:
    """A batch of m items of which the first a are anchors; matrices of pairs are a x m; all values are finite.

    Raises:
        InputError: As for :func:`checked_frame`.
    """
    ids = _whole(arrays, "ids")
    m = len(ids)
    view = _whole(arrays, "view", m)
    z = _floats(arrays, "z", (m, None), finite=True)
    y = _array(arrays, "y", "biu", (m, None if watched is None else watched.labels))
    if len(view) and not 0 <= int(view.min()) <= int(view.max()) <= 255:
        raise InputError("view holds numbers outside 0 to 255")
    anchors = len(_array(arrays, "w", "f", (None, m)))
    if anchors > m:
        raise InputError(f"w has {anchors} rows; the batch has {m} items")
    w, s, force = (_floats(arrays, name, (anchors, m), finite=True) for name in ("w", "s", "force"))
    pictures = None
    if "pictures" in arrays:
        pictures = _array(arrays, "pictures", "u", (m, None, None, None))
        if pictures.dtype != np.uint8 or pictures.shape[1] not in (1, 3) or not _drawable(pictures.shape[2:]):
            raise InputError(
                f"pictures is {pictures.dtype} {list(pictures.shape)}; it must be uint8 with 1 or 3 channels"
            )
    return Batch(
        step=step,
        ids=ids,
        view=view,
        z=z,
        y=y.astype(bool),
        w=w,
        s=s,
        force=force,
        pictures=pictures,
        settings=checked_settings(settings),
    )


def _drawable(shape: tuple[int, ...]) -> bool:
    return all(1 <= side <= MAX_SIDE for side in shape)


def _ids(arrays: Mapping[str, np.ndarray], watched: Watched | None) -> tuple[np.ndarray, int]:
    ids = _whole(arrays, "ids")
    if watched is not None and not np.array_equal(ids, watched.ids):
        raise InputError(f"ids holds {len(ids)} items that are not the {len(watched.ids)} watched ones, in their order")
    return ids, len(ids)


def _whole(arrays: Mapping[str, np.ndarray], name: str, length: int | None = None) -> np.ndarray:
    return _array(arrays, name, "iu", (length,)).astype(np.int64)


def _floats(
    arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int | None, ...], *, finite: bool = False
) -> np.ndarray:
    array = _array(arrays, name, "f", shape)
    known = np.isfinite(array)
    if finite and not known.all():
        raise InputError(f"{name} holds {int((~known).sum())} numbers that are not finite")
    if array.size and np.abs(array, where=known, out=np.zeros_like(array)).max() > MAX_NUMBER:
        raise InputError(f"{name} holds numbers beyond {MAX_NUMBER:g}")
    return array


def _array(arrays: Mapping[str, np.ndarray], name: str, kinds: str, shape: tuple[int | None, ...]) -> np.ndarray:
    if name not in arrays:
        raise InputError(f"the file holds {', '.join(arrays)[:MAX_REASON] or 'nothing'}; {name} is missing")
    array = arrays[name]
    if array.dtype.kind not in kinds:
        raise InputError(f"{name} is {array.dtype}; it must hold {'numbers' if kinds == 'f' else 'whole numbers'}")
    fits = len(shape) == array.ndim and all(want in (None, has) for want, has in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = " x ".join("any" if want is None else str(want) for want in shape)
        raise InputError(f"{name} has the shape {' x '.join(map(str, array.shape))}; it must be {wanted}")
    return array
