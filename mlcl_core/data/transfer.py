"""Loaded data sent from the process that reads a file to the one that asks: arrays in memory that both processes map.

Nothing is pickled: numbers are raw bytes, texts and encoded pictures Arrow files, everything else is JSON.
"""

import mmap
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array, issparse

from mlcl_core.data.deep_pictures import Survey
from mlcl_core.data.pictures import SIDE, PictureCells, Pictures
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.members import Archive, InArchive, InFolder, Read
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.texts import Texts

PIECE = 1 << 26  # bytes copied between two signs of progress
OF_A_PROCESS = "/proc/"


class Shared:
    """Memory of this process that one other process can map, once."""

    def __init__(self) -> None:
        """No memory is shared yet."""
        self._files: list[int] = []

    def close(self) -> None:
        """Release the memory; a process that has mapped it keeps it."""
        while self._files:
            os.close(self._files.pop())

    def array(self, array: np.ndarray) -> dict[str, Any]:
        """Share an array of any type but objects; its type, shape and location."""
        raw = np.ascontiguousarray(array).reshape(-1).view(np.uint8) if array.size else np.empty(0, np.uint8)
        file, place = self._file()
        os.truncate(file, raw.nbytes)
        if raw.nbytes:
            with mmap.mmap(file, raw.nbytes) as memory:
                for start in range(0, raw.nbytes, PIECE):
                    memory[start : start + PIECE] = raw[start : start + PIECE].data
                    progress()
        return {"at": place, "dtype": array.dtype.str, "shape": list(array.shape)}

    def column(self, column: pa.ChunkedArray) -> str:
        """Share a column; its location."""
        file, place = self._file()
        schema = pa.schema([("cells", column.type)])
        with os.fdopen(os.dup(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for chunk in column.chunks:
                writer.write_batch(pa.record_batch([chunk], schema=schema))
                progress()
        return place

    def _file(self) -> tuple[int, str]:
        # memory that the system frees with the last process that maps it, where there is such; else a file
        if hasattr(os, "memfd_create"):
            file = os.memfd_create("mlcl")
            place = f"{OF_A_PROCESS}{os.getpid()}/fd/{file}"
        else:
            file, place = tempfile.mkstemp(prefix="mlcl-")
        self._files.append(file)
        return file, place


def pack(loaded: LoadedData, shared: Shared) -> dict[str, Any]:
    """Loaded data as JSON, with the numbers, texts and encoded pictures in shared memory."""
    x: dict[str, Any]
    if isinstance(loaded.x, Texts):
        x = {"texts": shared.column(loaded.x.column) if loaded.x.file is None else str(loaded.x.file)}
        x["on_disk"] = loaded.x.file is not None
    elif isinstance(loaded.x, Pictures):
        x = _pack_pictures(loaded.x, shared)
    else:
        x = {"numbers": _pack_matrix(loaded.x, shared)}
    names = ("feature_names", "label_names", "item_names")
    return {
        "x": x,
        "y": _pack_matrix(loaded.y, shared),
        "names": [getattr(loaded, name) for name in names],
        "rows": [None if array is None else shared.array(array) for array in (loaded.split, loaded.groups)],
        "said": loaded.said,
        "left_out": loaded.left_out,
        "missing": loaded.missing,
        "schema": loaded.schema,
    }


def unpack(message: dict[str, Any]) -> LoadedData:
    """The loaded data that :func:`pack` described, mapped into this process.

    Raises:
        OSError, ValueError, KeyError: The memory is gone or not sound; pyarrow's exceptions are of these kinds.
    """
    x = message["x"]
    items: np.ndarray | csr_array | Texts | Pictures
    if "texts" in x:
        items = Texts.mapped(Path(x["texts"]), "text") if x["on_disk"] else Texts(_column(x["texts"]))
    elif "squares" in x:
        items = _unpack_pictures(x)
    else:
        items = _unpack_matrix(x["numbers"])
    features, labels, rows = (None if names is None else tuple(names) for names in message["names"])
    split, groups = (None if array is None else _array(array) for array in message["rows"])
    return LoadedData(
        items,
        _unpack_matrix(message["y"]),
        features,
        labels,
        rows,
        split,
        groups,
        said=tuple(message["said"]),
        left_out=tuple((row, why) for row, why in message["left_out"]),
        missing=message["missing"],
        schema=message["schema"],
    )


def _pack_matrix(matrix: np.ndarray | csr_array, shared: Shared) -> dict[str, Any]:
    if not issparse(matrix):
        return {"dense": shared.array(matrix)}
    sparse = csr_array(matrix)
    parts = {name: shared.array(getattr(sparse, name)) for name in ("data", "indices", "indptr")}
    return parts | {"shape": list(sparse.shape)}


def _unpack_matrix(message: dict[str, Any]) -> np.ndarray | csr_array:
    if "dense" in message:
        return _array(message["dense"])
    parts = tuple(_array(message[name]) for name in ("data", "indices", "indptr"))
    return csr_array(parts, shape=tuple(message["shape"]))


def _pack_pictures(pictures: Pictures, shared: Shared) -> dict[str, Any]:
    # decoded here, in the process that may crash
    squares = pictures.small(SIDE)
    assert pictures.survey is not None
    cells = pictures.read
    assert isinstance(cells, PictureCells)
    on_disk = cells.file is not None
    members = cells.members
    place: list[str] | None = None
    if isinstance(members, InFolder):
        place = [str(members.folder)]
    elif isinstance(members, InArchive):
        place = [str(members.archive.path), members.folder]
    return {
        "squares": shared.array(squares),
        "survey": pictures.survey.plain(),
        "names": pictures.names,
        "source": pictures.source,
        "place": place,
        "on_disk": on_disk,
        "encoded": str(cells.file) if on_disk else None if cells.encoded is None else shared.column(cells.encoded),
    }


def _unpack_pictures(message: dict[str, Any]) -> Pictures:
    encoded, file = None, None
    if message["on_disk"]:
        file = Path(message["encoded"])
        with pa.memory_map(str(file)) as source:
            encoded = pa.ipc.open_file(source).read_all()["picture"]
    elif message["encoded"] is not None:
        encoded = _column(message["encoded"])
    members: Read | None = None
    if message["place"] is not None:
        # the archive is read by Python, one picture at a time and no larger than it declares
        where, *inside = message["place"]
        members = InArchive(Archive(Path(where)), inside[0]) if inside else InFolder(Path(where))
    cells = PictureCells(message["names"], encoded, members, message["source"], file)
    survey = Survey.of(message["survey"])
    return Pictures(message["names"], cells, message["source"], _array(message["squares"]), survey)


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


def _array(message: dict[str, Any]) -> np.ndarray:
    shape = tuple(message["shape"])
    dtype = np.dtype(message["dtype"])
    mapped = _mapped(message["at"])
    return np.frombuffer(mapped, dtype).reshape(shape) if mapped else np.empty(shape, dtype)


def _column(place: str) -> pa.ChunkedArray:
    column = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(_mapped(place)))).read_all()["cells"]
    column.validate(full=True)
    return column
