"""Data sets of the Hub: tables of the ``datasets`` library, and the errors without it or without a network."""

import builtins
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

from mlcl_core.data import Pictures, Texts, load_data
from mlcl_core.data.hub import loaded_from_tables
from mlcl_core.data.readers.members import InFolder
from mlcl_core.errors import InputError

PATH = Path("hf:owner/name")
TEXT = {"dtype": "string", "_type": "Value"}
CLASS = {"names": ["sea, deep", "sun", "fog;ice"], "_type": "ClassLabel"}
CLASSES = {"feature": CLASS, "_type": "List"}


def table(count: int = 6, **columns) -> pa.Table:
    """Rows with a text and lists of classes; None removes a column."""
    fields = {"text": [f"text {row}" for row in range(count)], "labels": [[row % 3, 1] for row in range(count)]}
    return pa.table({name: values for name, values in (fields | columns).items() if values is not None})


def read(tables=None, features=None, **params):
    """The data of these tables."""
    if isinstance(tables, pa.Table) or tables is None:
        tables = {"train": tables or table()}
    return loaded_from_tables(tables, features or {"text": TEXT, "labels": CLASSES}, PATH, **params)


def sets(loaded) -> list[set]:
    """The label names of each row."""
    return [{loaded.label_names[place] for place in np.flatnonzero(row)} for row in loaded.y.toarray()]


@pytest.mark.parametrize(
    "feature",
    [CLASSES, [CLASS], {"feature": CLASS, "length": -1, "_type": "Sequence"}, {"feature": CLASS, "_type": "LargeList"}],
)
def test_lists_of_classes(feature):
    """Numbers become the names of their classes, in every notation of the types, and names are never split."""
    labels = pa.chunked_array([pa.array([[0, 2], None, []]), pa.array([[1, 1], [-1], [None, 2]])])
    loaded = read(table(labels=labels), {"text": TEXT, "labels": feature})
    assert loaded.label_names == ("fog;ice", "sea, deep", "sun")
    assert sets(loaded) == [{"sea, deep", "fog;ice"}, set(), set(), {"sun"}, set(), {"fog;ice"}]
    assert isinstance(loaded.x, Texts)
    assert loaded.x[4] == "text 4"


def test_one_class_a_row():
    """In a column of one class, -1 and null are no label. A single column of classes holds the labels."""
    for name in ("label", "emotion"):
        found = table(labels=None, **{name: pa.array([0, 1, -1, None, 2, 1], pa.int64())})
        loaded = read(found, {"text": TEXT, name: CLASS})
        assert sets(loaded) == [{"sea, deep"}, {"sun"}, set(), set(), {"fog;ice"}, {"sun"}]


def test_columns_of_yes_and_no():
    """Several columns of two classes are columns of 0 and 1."""
    two = {"names": ["false", "true"], "_type": "ClassLabel"}
    found = table(labels=None, toxic=[0, 1, 0, 1, 1, 0], rude=[1, 1, 0, 0, 0, 0])
    features = {"text": TEXT, "toxic": two, "rude": two}
    for params in ({}, {"labels": "toxic,rude"}):
        loaded = read(found, features, **params)
        assert loaded.label_names == ("toxic", "rude")
        assert loaded.y.toarray().tolist() == [[0, 1], [1, 1], [0, 0], [1, 0], [1, 0], [0, 0]]


def words_of(loaded) -> list[str] | None:
    """The split of each row by its first letters."""
    return None if loaded.split is None else "".join(word[:2] for word in loaded.split)


@pytest.mark.parametrize(
    ("splits", "given", "wanted"),
    [
        (["train", "validation", "test"], "", "trvate"),
        (["test", "dev", "train"], "", "trvate"),
        (["train", "test"], "", "trte"),
        (["train", "val"], "", "trte"),
        (["train", "test", "unsupervised"], "", "trte"),
        (["train"], "", None),
        (["everything"], "", None),
        (["a", "b", "c"], "train = a+c, test=b", "trtrte"),
        (["a", "b"], "train=a,dev=b", "trva"),
        (["train", "test"], "train=train", None),
    ],
)
def test_splits(splits, given, wanted):
    """Splits are found by their usual names or by the option; a single one is split later."""
    loaded = read({split: table(1, text=[split]) for split in splits}, splits=given)
    assert words_of(loaded) == wanted


def test_secret_labels():
    """A split in which every class is -1 is left out, and the validation split becomes the test."""
    tables = {"train": table(2), "validation": table(1), "test": table(3, labels=[[-1], [-1], []])}
    assert words_of(read(tables)) == "trtrte"


def test_a_column_called_split():
    """A column called split is used if there is only one split."""
    words = ["train", "test"] * 3
    features = {"text": TEXT, "labels": CLASSES, "split": TEXT}
    assert read(table(split=words), features).split.tolist() == words
    tables = {"train": table(2, split=["x", "y"]), "test": table(1, split=["z"])}
    assert words_of(read(tables, features)) == "trtrte"


def encoded(row: int) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (row, 0, 0)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("name", ["image", "pixels"])
def test_pictures(tmp_path, name):
    """An Image is the picture, whatever its column's name: encoded, or a file in the library's cache."""
    (tmp_path / "4.png").write_bytes(encoded(4))
    cells = [{"bytes": encoded(row), "path": None} for row in range(3)]
    cells += [{"bytes": encoded(3), "path": "some/3.png"}, {"bytes": None, "path": str(tmp_path / "4.png")}]
    found = table(5, **{name: cells})
    features = {"text": TEXT, name: {"_type": "Image"}, "labels": CLASSES}
    loaded = read(found, features, members=InFolder(tmp_path, absolute=True))
    assert isinstance(loaded.x, Pictures)
    assert [loaded.x[row].getpixel((0, 0))[0] for row in range(5)] == [0, 1, 2, 3, 4]
    assert loaded.item_names == ("row 0", "row 1", "row 2", "3.png", "4.png")
    assert isinstance(read(found, features, text="text").x, Texts)
    (tmp_path / "inside").mkdir()
    outside = read(found, features, members=InFolder(tmp_path / "inside", absolute=True))
    with pytest.raises(InputError, match=r"hf:owner/name: picture '.*4\.png' at row 4 lies outside the folder"):
        outside.x[4]


BAD = {
    "no split to train on": ({"tables": {"a": table(), "b": table()}}, "no split train; its splits are a, b; name"),
    "two splits that mean one": (
        {"tables": {"train": table(), "val": table(), "dev": table()}},
        "val and dev both mean validation; name them in the option splits",
    ),
    "an unknown split": ({"splits": "train=x"}, r"no split 'x' \(option splits\); its splits are train"),
    "a split twice": ({"splits": "train=train,test=train"}, "split 'train' stands twice"),
    "nothing to train on": ({"splits": "test=train"}, "it must say what to train on"),
    "a word that is no split": ({"splits": "learn=train"}, "it must name each of train, validation, test at most once"),
    "no equals sign": ({"splits": "train"}, "it must name each of"),
    "a class without a name": (
        {"tables": table(labels=[[3]] * 6)},
        "column 'labels'.*'3' is no class; classes are numbers from 0 to 2",
    ),
    "no labels": (
        {"tables": table(labels=None), "features": {"text": TEXT}},
        "no column of labels; its columns are text",
    ),
    "an unknown column": ({"text": "story"}, r"no column 'story' \(option text\); its columns are text"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(case):
    """Anything wrong is one line that names the data set."""
    given, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        read(**given)
    assert str(caught.value).startswith("hf:owner/name")
    assert "\n" not in str(caught.value)


class Split(dict):
    """The used part of the library's data set."""

    def __init__(self, found: pa.Table, features: dict) -> None:
        """A table and the types of its columns."""
        super().__init__()
        self.found, self.features = found, SimpleNamespace(to_dict=lambda: features)

    def with_format(self, kind: str) -> "Split":
        """The data set itself, in Arrow."""
        assert kind == "arrow"
        return self

    def __getitem__(self, rows: slice) -> pa.Table:
        """All rows."""
        return self.found[rows.start : rows.stop] if rows.start else self.found


@pytest.fixture
def library(monkeypatch, tmp_path):
    """Replace ``datasets`` by a library that returns or raises something."""

    def put(answer) -> list:
        asked = []

        def load_dataset(*what):
            asked.append(what)
            if isinstance(answer, Exception):
                raise answer
            return answer

        config = SimpleNamespace(HF_CACHE_HOME=str(tmp_path))
        monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset, config=config))
        return asked

    return put


def test_loads(library):
    """A set is loaded by name, or by name and configuration, with the library's splits and labels."""
    features = {"text": TEXT, "labels": CLASSES}
    asked = library({"train": Split(table(20), features), "test": Split(table(5), features)})
    for source in ("hf:owner/name-1.5:raw", Path("hf:owner/name-1.5:raw"), "hf:owner/name-1.5"):
        data = load_data(source)
        assert (data.name, data.kind, len(data)) == ("name-1.5", "text", 25)
        assert len(data.indices("test")) == 5
    assert asked == [("owner/name-1.5", "raw")] * 2 + [("owner/name-1.5", None)]
    assert torch.equal(load_data(source, seed=1).labels.dense(), data.labels.dense())
    with pytest.raises(
        InputError,
        match="has no option colour; its options are: cell, group, ignore, items, label_names, labels, names, n",
    ):
        load_data(source, colour="red")


class LocalEntryNotFoundError(FileNotFoundError):
    """An error with the name of the library's own."""


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectionError("no\nroute"), r"hf:a/b can't be reached and was not loaded here before.*\(no route\)"),
        (TimeoutError(), r"can't be reached .*\(TimeoutError\)"),
        (LocalEntryNotFoundError("gone"), "can't be reached"),
        (FileNotFoundError("Dataset 'a/b' doesn't exist"), "hf:a/b can't be loaded: Dataset 'a/b' doesn't exist"),
        (
            ValueError("Config name is missing.\nPlease pick one among the available configs: ['x', 'y']"),
            r"name a configuration, as in hf:a/b:name; Config name is missing\. Please .* \['x', 'y'\]",
        ),
        (RuntimeError("Dataset scripts are no longer supported"), "scripts are no longer supported"),
    ],
)
def test_errors_of_the_library(library, error, message):
    """Any error of the library is one line that says what to do."""
    library(error)
    with pytest.raises(InputError, match=message) as caught:
        load_data("hf:a/b")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["hf:", "hf:name", "hf:a/b/c", "hf:a/b:", "hf:../b:c d", "hf:a/b:c/d"])
def test_refuses_other_names(library, source):
    """Other names are refused without a look-up."""
    asked = library(AssertionError())
    with pytest.raises(InputError, match="write hf:owner/name or hf:owner/name:configuration"):
        load_data(source)
    assert asked == []


def test_a_folder_is_not_mistaken_for_it(library, tmp_path, monkeypatch):
    """A folder with the set's name is refused, because the library would read it instead."""
    asked = library(AssertionError())
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="hf:a/b: there is a folder a/b here"):
        load_data("hf:a/b")
    assert asked == []


def test_without_the_library(monkeypatch):
    """Without the library, one error line says what to install."""
    original = builtins.__import__

    def refusing(name, *rest):
        if name == "datasets":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(InputError, match=r"hf:a/b needs the package datasets: pip install 'mlcl-lab\[hub\]'"):
        load_data("hf:a/b")
