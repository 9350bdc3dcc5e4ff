"""Roboflow's export of several labels a picture: a table of 0 and 1 in the folder of each split."""

import pytest

from mlcl_core.data import load_data
from mlcl_core.errors import InputError
from tests.data.readers.exports import FORMS, labels_of, named, written

HEAD = "filename, bus, traffic light, a;b\n"
ROWS = {
    "train": [("s0.png", "0, 1, 1"), ("s1.png", "1, 0, 0"), ("s2.png", "0, 0, 0"), ("s3.png", "1, 1, 1")],
    "valid": [("s0.png", "0, 0, 1"), ("v1.png", "1, 0, 0")],
    "test": [("t0.png", "1, 0, 0"), ("t1.png", "0, 1, 0")],
}
CLASSES = ("bus", "traffic light", "a;b")
PICTURES = named(*(f"{split}/{name}" for split, rows in ROWS.items() for name, _ in rows))


def export(rows: dict[str, list[tuple[str, str]]] = ROWS, head: str = HEAD) -> dict[str, bytes]:
    """The tables and the pictures, and what Roboflow puts beside them."""
    tables = {
        f"{split}/_classes.csv": (head + "".join(f"{name}, {cells}\n" for name, cells in found)).encode()
        for split, found in rows.items()
    }
    return tables | PICTURES | {"README.roboflow.txt": b"x", "README.dataset.txt": b""}


@pytest.mark.parametrize("form", FORMS)
def test_splits_and_labels(tmp_path, form):
    """Each folder is its split; names of columns lose their leading blanks; equal names in two splits are two items."""
    data = load_data(written(tmp_path, export(), form))
    assert labels_of(data) == {
        f"{split}/{name}": {label for label, one in zip(CLASSES, cells.split(", "), strict=True) if one == "1"}
        for split, rows in ROWS.items()
        for name, cells in rows
    }
    words = {"train": "train", "valid": "validation", "test": "test"}
    assert data.split.tolist() == [words[name.partition("/")[0]] for name in data.item_names]


def test_without_splits(tmp_path):
    """One table beside its pictures is read too; splits are drawn."""
    files = export({"": [(name, cells) for rows in ROWS.values() for name, cells in rows if name != "s0.png"]})
    files = {name.removeprefix("/"): raw for name, raw in files.items()}
    files |= named(*(name.partition("/")[2] for name in PICTURES))
    data = load_data(written(tmp_path, files, "zip"))
    assert len(data) == 6
    assert set(data.label_names) == {*CLASSES}


BAD = {
    "a cell of 2": (
        {"train": [("s0.png", "0, 2, 1")]},
        HEAD,
        r"train/_classes\.csv: label at row 0, column 'traffic light' is",
    ),
    "a short row": (
        {"train": [("s0.png", "0, 1")]},
        HEAD,
        r"train/_classes\.csv: line 2 has 3 cells; the header has 4",
    ),
    "no file names": (
        ROWS,
        HEAD.replace("filename", "file"),
        r"train/_classes\.csv: no column is called filename; its columns are file, bus",
    ),
    "no rows": ({"train": []}, HEAD, r"train/_classes\.csv names columns but has no rows"),
    "a picture twice": (
        {"train": [ROWS["train"][0], ROWS["train"][0]]},
        HEAD,
        r"train/_classes\.csv names picture 'train/s0\.png' twice",
    ),
    "no such picture": (
        {"train": [*ROWS["train"], ("x.png", "0, 1, 1")]},
        HEAD,
        r"picture 'x\.png' at row 4 is missing",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(tmp_path, case):
    """Anything wrong with a table is one line that names it, the row and the column."""
    rows, head, message = BAD[case]
    path = written(tmp_path, export({**ROWS, **rows}, head), "zip")
    with pytest.raises(InputError, match=message) as caught:
        load_data(path)
    assert "\n" not in str(caught.value)
