"""What a reader gives, handed from the process that reads to the one that asks: arrays in memory that both map.

Nothing is pickled: numbers lie as they are, texts and pictures in Arrow's format, all else is JSON.
"""

import mmap
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array, issparse

from mlcl_core.data.pictures import SIDE, PictureCells, Pictures
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.members import Archive, Below, InFolder, Read
from mlcl_core.data.readers.record import Vectors
from mlcl_core.data.texts import Texts

PIECE = 1 << 26  # bytes that are copied between two signs of progress
OF_A_PROCESS = "/proc/"


class Shared:
    """Memory of this process that another one can map, once."""

    def __init__(self) -> None:
        """There is none yet."""
        self._files: list[int] = []

    def close(self) -> None:
        """Let go of it; whoever has mapped it keeps it."""
        while self._files:
            os.close(self._files.pop())

    def array(self, array: np.ndarray) -> dict[str, Any]:
        """Put an array of any type but objects there; gives what it is and where it lies."""
        raw = np.ascontiguousarray(array).reshape(-1).view(np.uint8) if array.size else np.empty(0, np.uint8)
        file, place = self._file()
        os.truncate(file, raw.nbytes)
        if raw.nbytes:
            with mmap.mmap(file, raw.nbytes) as room:
                for start in range(0, raw.nbytes, PIECE):
                    room[start : start + PIECE] = raw[start : start + PIECE].data
                    progress()
        return {"at": place, "dtype": array.dtype.str, "shape": list(array.shape)}

    def column(self, column: pa.ChunkedArray) -> str:
        """Put a column there; gives where it lies."""
        file, place = self._file()
        schema = pa.schema([("cells", column.type)])
        with os.fdopen(os.dup(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for chunk in column.chunks:
                writer.write_batch(pa.record_batch([chunk], schema=schema))
                progress()
        return place

    def _file(self) -> tuple[int, str]:
        # memory that is gone with the processes that use it, where the system has such; else a file
        if hasattr(os, "memfd_create"):
            file = os.memfd_create("mlcl")
            place = f"{OF_A_PROCESS}{os.getpid()}/fd/{file}"
        else:
            file, place = tempfile.mkstemp(prefix="mlcl-")
        self._files.append(file)
        return file, place


def packed(vectors: Vectors, shared: Shared) -> dict[str, Any]:
    """What a reader gave, as JSON; numbers, texts and encoded pictures are put into shared memory."""
    x: dict[str, Any]
    if isinstance(vectors.x, Texts):
        x = {"texts": shared.column(vectors.x.column) if vectors.x.file is None else str(vectors.x.file)}
        x["kept"] = vectors.x.file is not None
    elif isinstance(vectors.x, Pictures):
        x = _packed_pictures(vectors.x, shared)
    else:
        x = {"numbers": shared.array(vectors.x)}
    names = ("feature_names", "label_names", "item_names")
    return {
        "x": x,
        "y": _packed_labels(vectors.y, shared),
        "names": [getattr(vectors, name) for name in names],
        "rows": [None if array is None else shared.array(array) for array in (vectors.split, vectors.groups)],
    }


def unpacked(told: dict[str, Any]) -> Vectors:
    """What :func:`packed` told of, mapped into this process.

    Raises:
        OSError, ValueError, KeyError: It is no longer there or not sound; pyarrow's exceptions are of these kinds.
    """
    x = told["x"]
    items: np.ndarray | Texts | Pictures
    if "texts" in x:
        items = Texts.mapped(Path(x["texts"]), "text") if x["kept"] else Texts(_column(x["texts"]))
    elif "squares" in x:
        items = _unpacked_pictures(x)
    else:
        items = _array(x["numbers"])
    names = [None if names is None else tuple(names) for names in told["names"]]
    rows = [None if array is None else _array(array) for array in told["rows"]]
    return Vectors(items, _unpacked_labels(told["y"]), *names, *rows)  # type: ignore[arg-type]


def _packed_labels(y: np.ndarray | csr_array, shared: Shared) -> dict[str, Any]:
    if not issparse(y):
        return {"dense": shared.array(y)}
    sparse = csr_array(y)
    parts = {name: shared.array(getattr(sparse, name)) for name in ("data", "indices", "indptr")}
    return parts | {"shape": list(sparse.shape)}


def _unpacked_labels(told: dict[str, Any]) -> np.ndarray | csr_array:
    if "dense" in told:
        return _array(told["dense"])
    parts = tuple(_array(told[name]) for name in ("data", "indices", "indptr"))
    return csr_array(parts, shape=tuple(told["shape"]))


def _packed_pictures(pictures: Pictures, shared: Shared) -> dict[str, Any]:
    # decoded here for the first time, where nothing is lost with a decoder that crashes
    squares = pictures.small(SIDE)
    cells = pictures.read
    assert isinstance(cells, PictureCells)
    kept = cells.file is not None
    members = cells.members
    place: list[str] | None = None
    if isinstance(members, InFolder):
        place = [str(members.folder)]
    elif isinstance(members, Below):
        place = [str(members.archive.path), members.folder]
    return {
        "squares": shared.array(squares),
        "names": pictures.names,
        "source": pictures.source,
        "place": place,
        "kept": kept,
        "encoded": str(cells.file) if kept else None if cells.encoded is None else shared.column(cells.encoded),
    }


def _unpacked_pictures(told: dict[str, Any]) -> Pictures:
    encoded, file = None, None
    if told["kept"]:
        file = Path(told["encoded"])
        with pa.memory_map(str(file)) as source:
            encoded = pa.ipc.open_file(source).read_all()["picture"]
    elif told["encoded"] is not None:
        encoded = _column(told["encoded"])
    members: Read | None = None
    if told["place"] is not None:
        # Python's own reader of archives, which unpacks one picture at a time, as large as it says it is
        where, *inside = told["place"]
        members = Below(Archive(Path(where)), inside[0]) if inside else InFolder(Path(where))
    cells = PictureCells(told["names"], encoded, members, told["source"], file)
    return Pictures(told["names"], cells, told["source"], _array(told["squares"]))


def _mapped(place: str) -> mmap.mmap | bytes:
    file = os.open(place, os.O_RDONLY)
    try:
        size = os.fstat(file).st_size
        # private: writing into it changes nothing elsewhere
        mapped = mmap.mmap(file, size, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE) if size else b""
    finally:
        os.close(file)
    if not place.startswith(OF_A_PROCESS):
        Path(place).unlink()
    return mapped


def _array(told: dict[str, Any]) -> np.ndarray:
    shape = tuple(told["shape"])
    mapped = _mapped(told["at"])
    return np.frombuffer(mapped, np.dtype(told["dtype"])).reshape(shape) if mapped else np.empty(shape, told["dtype"])


def _column(place: str) -> pa.ChunkedArray:
    column = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(_mapped(place)))).read_all()["cells"]
    column.validate(full=True)
    return column
