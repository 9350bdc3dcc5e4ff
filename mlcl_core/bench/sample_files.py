"""Small valid files of every format that is read, drawn from a seed."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

ROWS = 24


@dataclass(frozen=True)
class SampleFile:
    """A small valid file: its ending, and its content, drawn from a generator."""

    ending: str
    content: Callable[[np.random.Generator], bytes]


def _numbers(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return generator.normal(size=(ROWS, 5)), (generator.random((ROWS, 3)) < 0.5).astype(np.int8)


def _texts(generator: np.random.Generator) -> dict[str, list[str]]:
    words, labels = ("rain", "over", "the", "harbour", "dog", "beach"), ("sea", "sun", "fog")
    return {
        "text": [" ".join(generator.choice(words, 6)) for _ in range(ROWS)],
        "labels": [";".join(generator.choice(labels, 2, replace=False)) for _ in range(ROWS)],
    }


def _picture(generator: np.random.Generator, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(generator.integers(0, 256, (20, 24, 3), np.uint8)).save(file, kind)
    return file.getvalue()


def _npz(generator: np.random.Generator, *, compressed: bool = False) -> bytes:
    x, y = _numbers(generator)
    file = io.BytesIO()
    names = np.array(["sea", "sun", "fog"])
    (np.savez_compressed if compressed else np.savez)(file, X=x, Y=y, label_names=names)
    return file.getvalue()


def _hdf5(generator: np.random.Generator, *, compressed: bool = False) -> bytes:
    import h5py

    x, y = _numbers(generator)
    file = io.BytesIO()
    options = {"chunks": (8, 5), "compression": "gzip", "shuffle": True} if compressed else {}
    with h5py.File(file, "w") as target:
        target.create_dataset("X", data=x, **options)
        target.create_dataset("Y", data=y)
        target.create_dataset("label_names", data=["sea", "sun", "fog"], dtype=h5py.string_dtype())
    return file.getvalue()


def _csv(generator: np.random.Generator) -> bytes:
    columns = _texts(generator)
    lines = [f'"{text}",{labels}' for text, labels in zip(*columns.values(), strict=True)]
    return ("text,labels\n" + "\n".join(lines) + "\n").encode()


def _csv_of_numbers(generator: np.random.Generator) -> bytes:
    x, y = _numbers(generator)
    rows = [",".join([*map(str, row), *map(str, ones)]) for row, ones in zip(x.tolist(), y.tolist(), strict=True)]
    return ("a,b,c,d,e,sea,sun,fog\n" + "\n".join(rows) + "\n").encode()


def _parquet(generator: np.random.Generator, *, compression: str = "snappy") -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(_texts(generator)), file, compression=compression)
    return file.getvalue()


def _parquet_of_pictures(generator: np.random.Generator) -> bytes:
    cells = [{"bytes": _picture(generator, "PNG"), "path": f"{row}.png"} for row in range(ROWS)]
    file = io.BytesIO()
    pq.write_table(pa.table({"image": cells, "labels": _texts(generator)["labels"]}), file)
    return file.getvalue()


def _arff(generator: np.random.Generator, *, sparse: bool = False) -> bytes:
    x, y = _numbers(generator)
    head = ["@relation 'made: -C -3'", *(f"@attribute f{column} numeric" for column in range(5))]
    head += [f"@attribute {name} {{0,1}}" for name in ("sea", "sun", "fog")]
    rows = np.concatenate([x, y], 1).round(4)
    if sparse:
        lines = [
            "{" + ", ".join(f"{c} {v:g}" for c, v in enumerate(row) if v) + "}" for row in rows.tolist()
        ]  # fmt: skip
    else:
        lines = [",".join(f"{value:g}" for value in row) for row in rows.tolist()]
    return "\n".join([*head, "@data", *lines, ""]).encode()


def _svmlight(generator: np.random.Generator) -> bytes:
    x, y = _numbers(generator)
    lines = []
    for row, ones in zip(x.tolist(), y, strict=True):
        pairs = " ".join(f"{place}:{value:.4f}" for place, value in enumerate(row, 1))
        lines.append(f"{','.join(map(str, np.flatnonzero(ones)))} {pairs}")
    return ("\n".join(lines) + "\n").encode()


def _zip(generator: np.random.Generator, *, inner: str = "csv") -> bytes:
    kinds = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")
    names = [f"{row}.{kinds[row % len(kinds)].lower()}" for row in range(ROWS)]
    labels = _texts(generator)["labels"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        if inner == "csv":
            rows = [f"{name},{cell}" for name, cell in zip(names, labels, strict=True)]
            archive.writestr("table.csv", "image,labels\n" + "\n".join(rows))
        else:
            table = io.BytesIO()
            pq.write_table(pa.table({"image": names, "labels": labels}), table)
            archive.writestr("table.parquet", table.getvalue())
        for row, name in enumerate(names):
            archive.writestr(name, _picture(generator, kinds[row % len(kinds)]))
    return file.getvalue()


SAMPLES: Mapping[str, SampleFile] = {
    "npz": SampleFile(".npz", _npz),
    "npz, packed": SampleFile(".npz", lambda generator: _npz(generator, compressed=True)),
    "hdf5": SampleFile(".h5", _hdf5),
    "hdf5, packed": SampleFile(".h5", lambda generator: _hdf5(generator, compressed=True)),
    "csv": SampleFile(".csv", _csv),
    "csv of numbers": SampleFile(".csv", _csv_of_numbers),
    "parquet": SampleFile(".parquet", _parquet),
    "parquet, zstd": SampleFile(".parquet", lambda generator: _parquet(generator, compression="zstd")),
    "parquet of pictures": SampleFile(".parquet", _parquet_of_pictures),
    "arff": SampleFile(".arff", _arff),
    "arff, sparse": SampleFile(".arff", lambda generator: _arff(generator, sparse=True)),
    "svmlight": SampleFile(".svm", _svmlight),
    "zip": SampleFile(".zip", _zip),
    "zip with parquet": SampleFile(".zip", lambda generator: _zip(generator, inner="parquet")),
}
