"""NumPy's .npz: arrays X and Y, and optionally split, label_names, feature_names, item_names."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mlcl_core.data.readers.record import Reader, Vectors, first_line
from mlcl_core.errors import InputError


def read_npz(path: Path) -> Vectors:
    """Read the arrays of an .npz file; no pickled object is ever loaded.

    Raises:
        InputError: A truncated or foreign file, pickled arrays, no X or no Y.
    """
    arrays = _read(path)
    for key in ("X", "Y"):
        if key not in arrays:
            raise InputError(
                f"{path} has no array {key!r}; it holds {_listed(arrays)}; X (features) and Y (labels) needed"
            )
    x, y = arrays["X"], arrays["Y"]
    split = _names(arrays, "split", path)
    return Vectors(
        x,
        y,
        feature_names=_names(arrays, "feature_names", path),
        label_names=_names(arrays, "label_names", path),
        item_names=_names(arrays, "item_names", path),
        split=None if split is None else np.array(split),
    )


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        # opened here, as np.load leaves a file that it can't read open
        with path.open("rb") as handle:
            loaded = np.load(handle, allow_pickle=False)
            if isinstance(loaded, np.lib.npyio.NpzFile):
                with loaded:
                    return {key: loaded[key] for key in loaded.files}
    except ValueError as error:
        if zipfile.is_zipfile(path) and "allow_pickle" in str(error):
            raise InputError(f"{path} holds pickled Python objects; save plain numbers and text instead") from error
        raise InputError(f"{path} is not a readable .npz file: {first_line(error)}") from error
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(f"{path} is damaged or not an .npz file: {first_line(error)}") from error
    raise InputError(f"{path} holds a single array; an .npz file with the arrays X and Y is needed")


def _listed(arrays: Mapping[str, np.ndarray]) -> str:
    return ", ".join(sorted(arrays)) or "nothing"


def _names(arrays: Mapping[str, np.ndarray], key: str, path: Path) -> tuple[str, ...] | None:
    """The names under ``key`` as text; None when the file has no such array."""
    if key not in arrays:
        return None
    names = arrays[key]
    if names.ndim != 1:
        raise InputError(f"{path}: {key} has shape {list(names.shape)}; it must hold a row of names")
    return tuple(name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names.tolist())


NPZ = Reader("npz", "NumPy arrays", (".npz",), read_npz)
