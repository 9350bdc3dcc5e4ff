"""Small valid files of every format that is read, drawn from a seed."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from scipy.sparse import csr_array

from mlcl_core.bench.workbooks import ods, xlsx

ROWS = 24
SETS = ("sea", "sun", "fog", "sea;sun", "fog;sea", "sun;fog", "sea;sun;fog")


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
        # each label alone and each pair once at least, so that no other reading is possible
        "labels": [
            ";".join(generator.choice(labels, 1 + row % 2, replace=False)) if row >= len(SETS) else SETS[row]
            for row in range(ROWS)
        ],
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


def _sparse_parts(generator: np.random.Generator) -> dict[str, dict[str, np.ndarray]]:
    parts = {}
    for name, numbers in zip("XY", _numbers(generator), strict=True):
        matrix = csr_array(numbers * (generator.random(numbers.shape) < 0.5))
        parts[name] = {part: getattr(matrix, part) for part in ("data", "indices", "indptr")}
        parts[name]["shape"] = np.array(matrix.shape)
    return parts


def _sparse_npz(generator: np.random.Generator) -> bytes:
    file = io.BytesIO()
    arrays: dict[str, Any] = {}
    for name, parts in _sparse_parts(generator).items():
        arrays |= {f"{name}_{part}": array for part, array in parts.items()}
    np.savez(file, **arrays)
    return file.getvalue()


def _sparse_hdf5(generator: np.random.Generator) -> bytes:
    import h5py

    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        for name, parts in _sparse_parts(generator).items():
            for part, array in parts.items():
                target[f"{name}/{part}"] = array
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
    labels = [cell.split(";") for cell in _texts(generator)["labels"]]
    pq.write_table(pa.table({"image": cells, "labels": labels}), file)
    return file.getvalue()


def _json(generator: np.random.Generator, *, lines: bool = False) -> bytes:
    columns = _texts(generator)
    cells = zip(columns["text"], columns["labels"], strict=True)
    rows = [{"text": text, "labels": labels.split(";")} for text, labels in cells]
    return "\n".join(map(json.dumps, rows)).encode() if lines else json.dumps({"data": rows}, indent=1).encode()


def _label_studio(generator: np.random.Generator) -> bytes:
    columns = _texts(generator)
    tasks = []
    for row, (text, labels) in enumerate(zip(columns["text"], columns["labels"], strict=True)):
        part = {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": labels.split(";")}}
        answer = {"id": 100 + row, "completed_by": 1, "was_cancelled": False, "result": [part]}
        tasks.append({"id": row, "data": {"text": text}, "annotations": [answer], "predictions": []})
    return json.dumps(tasks).encode()


def _workbook(generator: np.random.Generator, *, kind: str = "xlsx") -> bytes:
    columns = _texts(generator)
    rows = [list(columns), *zip(columns["text"], columns["labels"], strict=True)]
    return (xlsx if kind == "xlsx" else ods)({"Sheet1": rows})


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


def _anndata(generator: np.random.Generator) -> bytes:
    import h5py

    x, y = _numbers(generator)
    file = io.BytesIO()
    with h5py.File(file, "w") as target:
        target["X"] = x
        for name, count, letter in (("obs", ROWS, "cell"), ("var", 5, "gene")):
            frame = target.create_group(name)
            frame.attrs["_index"] = "_index"
            frame.create_dataset("_index", data=[f"{letter} {at}" for at in range(count)], dtype=h5py.string_dtype())
        for column, name in enumerate(("sea", "sun", "fog")):
            target[f"obs/{name}"] = y[:, column].astype(bool)
    return file.getvalue()


def _keel(generator: np.random.Generator) -> bytes:
    head, _, rows = _arff(generator).partition(b"@data\n")
    return head + b"@inputs f0, f1, f2, f3, f4\n@outputs sea, sun, fog\n@data\n" + rows


def _mat(generator: np.random.Generator, *, packed: bool = False) -> bytes:
    from scipy.io import savemat

    x, y = _numbers(generator)
    file = io.BytesIO()
    names = np.array(["sea", "sun", "fog"], dtype=object)
    savemat(file, {"data": x, "target": (2 * y - 1).T, "label_names": names}, do_compression=packed)
    return file.getvalue()


def _mat_in_hdf5(generator: np.random.Generator) -> bytes:
    import h5py

    x, y = _numbers(generator)
    file = io.BytesIO()
    with h5py.File(file, "w", userblock_size=512) as target:
        for name, matrix in (("X", x), ("Y", y)):
            target.create_dataset(name, data=matrix.T)
            target[name].attrs["MATLAB_class"] = np.bytes_("double")
    return file.getvalue()


def _svmlight(generator: np.random.Generator) -> bytes:
    x, y = _numbers(generator)
    lines = []
    for row, ones in zip(x.tolist(), y, strict=True):
        pairs = " ".join(f"{place}:{value:.4f}" for place, value in enumerate(row, 1))
        lines.append(f"{','.join(map(str, np.flatnonzero(ones)))} {pairs}")
    return ("\n".join(lines) + "\n").encode()


def _extreme(generator: np.random.Generator, *, header: bool = True) -> bytes:
    rows = _svmlight(generator).replace(b"5:", b"0:")
    return (b"%d 5 3\n" % ROWS) * header + rows


def _zip(generator: np.random.Generator, name: str, table: Callable[[list[str], list[str]], bytes]) -> bytes:
    names = [f"{row}.{_kind(row).lower()}" for row in range(ROWS)]
    files = {name: table(names, _texts(generator)["labels"])}
    return _archive(files | {name: _picture(generator, _kind(row)) for row, name in enumerate(names)})


def _kind(row: int) -> str:
    return ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP")[row % 6]


def _archive(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            # without the time, so that equal seeds give equal bytes
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _table_of_names(names: list[str], labels: list[str]) -> bytes:
    rows = [f"{name},{cell}" for name, cell in zip(names, labels, strict=True)]
    return ("image,labels\n" + "\n".join(rows)).encode()


def _parquet_of_names(names: list[str], labels: list[str]) -> bytes:
    table = io.BytesIO()
    pq.write_table(pa.table({"image": names, "labels": labels}), table)
    return table.getvalue()


def _coco(names: list[str], labels: list[str]) -> bytes:
    classes = ["sea", "sun", "fog"]
    marks = [(row, classes.index(label)) for row, cell in enumerate(labels) for label in cell.split(";")]
    document = {
        "images": [{"id": row, "file_name": name} for row, name in enumerate(names)],
        "annotations": [{"id": k, "image_id": row, "category_id": place} for k, (row, place) in enumerate(marks)],
        "categories": [{"id": place, "name": name} for place, name in enumerate(classes)],
    }
    return json.dumps(document).encode()


def _cvat(names: list[str], labels: list[str]) -> bytes:
    declared = "".join(f"<label><name>{name}</name></label>" for name in ("sea", "sun", "fog"))
    images = [
        f'<image name="{name}">' + "".join(f'<tag label="{label}"/>' for label in cell.split(";")) + "</image>"
        for name, cell in zip(names, labels, strict=True)
    ]
    meta = f"<meta><task><labels>{declared}</labels></task></meta>"
    return f"<annotations>{meta}{''.join(images)}</annotations>".encode()


def _roboflow(names: list[str], labels: list[str]) -> bytes:
    rows = [
        f"{name}, " + ", ".join(str(int(label in cell.split(";"))) for label in ("sea", "sun", "fog"))
        for name, cell in zip(names, labels, strict=True)
    ]
    return ("filename, sea, sun, fog\n" + "\n".join(rows)).encode()


def _voc(generator: np.random.Generator) -> bytes:
    files = {}
    for row, cell in enumerate(_texts(generator)["labels"]):
        objects = "".join(f"<object><name>{label}</name></object>" for label in cell.split(";"))
        files[f"Annotations/{row}.xml"] = f"<annotation>{objects}</annotation>".encode()
        files[f"JPEGImages/{row}.jpg"] = _picture(generator, "JPEG")
    return _archive(files)


def _yolo(generator: np.random.Generator) -> bytes:
    classes = ["sea", "sun", "fog"]
    files = {"data.yaml": f"names: {json.dumps(classes)}".encode()}
    for row, cell in enumerate(_texts(generator)["labels"]):
        lines = "\n".join(f"{classes.index(label)} 0.5 0.5 1 1" for label in cell.split(";"))
        files |= {f"images/{row}.png": _picture(generator, "PNG"), f"labels/{row}.txt": lines.encode()}
    return _archive(files)


def _class_folders(generator: np.random.Generator) -> bytes:
    names = (f"{('sea', 'sun', 'fog')[row % 3]}/{row}.{_kind(row).lower()}" for row in range(ROWS))
    return _archive({name: _picture(generator, _kind(row)) for row, name in enumerate(names)})


SAMPLES: Mapping[str, SampleFile] = {
    "npz": SampleFile(".npz", _npz),
    "npz, packed": SampleFile(".npz", lambda generator: _npz(generator, compressed=True)),
    "npz, sparse": SampleFile(".npz", _sparse_npz),
    "hdf5": SampleFile(".h5", _hdf5),
    "hdf5, sparse": SampleFile(".h5", _sparse_hdf5),
    "hdf5, packed": SampleFile(".h5", lambda generator: _hdf5(generator, compressed=True)),
    "csv": SampleFile(".csv", _csv),
    "csv of numbers": SampleFile(".csv", _csv_of_numbers),
    "parquet": SampleFile(".parquet", _parquet),
    "parquet, zstd": SampleFile(".parquet", lambda generator: _parquet(generator, compression="zstd")),
    "parquet of pictures": SampleFile(".parquet", _parquet_of_pictures),
    "json": SampleFile(".json", _json),
    "json lines": SampleFile(".jsonl", lambda generator: _json(generator, lines=True)),
    "json, packed": SampleFile(".jsonl.gz", lambda generator: gzip.compress(_json(generator, lines=True), mtime=0)),
    "label studio": SampleFile(".json", _label_studio),
    "xlsx": SampleFile(".xlsx", _workbook),
    "ods": SampleFile(".ods", lambda generator: _workbook(generator, kind="ods")),
    "arff": SampleFile(".arff", _arff),
    "arff, sparse": SampleFile(".arff", lambda generator: _arff(generator, sparse=True)),
    "anndata": SampleFile(".h5ad", _anndata),
    "keel": SampleFile(".dat", _keel),
    "mat": SampleFile(".mat", _mat),
    "mat, packed": SampleFile(".mat", lambda generator: _mat(generator, packed=True)),
    "mat, 7.3": SampleFile(".mat", _mat_in_hdf5),
    "svmlight": SampleFile(".svm", _svmlight),
    "extreme": SampleFile(".txt", _extreme),
    "extreme, without header": SampleFile(".txt", lambda generator: _extreme(generator, header=False)),
    "zip": SampleFile(".zip", lambda generator: _zip(generator, "table.csv", _table_of_names)),
    "zip with parquet": SampleFile(".zip", lambda generator: _zip(generator, "table.parquet", _parquet_of_names)),
    "zip with COCO": SampleFile(".zip", lambda generator: _zip(generator, "annotations.json", _coco)),
    "zip with CVAT": SampleFile(".zip", lambda generator: _zip(generator, "annotations.xml", _cvat)),
    "zip with Roboflow": SampleFile(".zip", lambda generator: _zip(generator, "train/_classes.csv", _roboflow)),
    "zip with Pascal VOC": SampleFile(".zip", _voc),
    "zip with YOLO": SampleFile(".zip", _yolo),
    "zip of class folders": SampleFile(".zip", _class_folders),
}
