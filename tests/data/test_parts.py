"""Sets in several files: one set of labels over all, the same features, and the splits that the files are."""

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from mlcl_core.data import load_data
from mlcl_core.data.parts import part_files
from mlcl_core.data.readers.join import join_parts
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.texts import Texts
from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.launch import _with_whole_path


def arff(labels, rows, features=("a", "b")) -> str:
    """A file of numbers and labels; MEKA's count says how many are labels."""
    declared = [f"@attribute {name} numeric" for name in features] + [f"@attribute {name} {{0,1}}" for name in labels]
    return "\n".join([f"@relation 'x: -C -{len(labels)}'", *declared, "@data", *rows, ""])


@pytest.fixture
def folder(tmp_path):
    """Three parts; test lacks sun and has fog."""
    files = {
        "x-train.arff": arff(("sea", "sun"), ["1,2,1,0", "2,3,0,1", "3,4,1,1"]),
        "x-test.arff": arff(("fog", "sea"), ["5,6,1,0", "7,8,0,1"]),
        "x-valid.arff": arff(("sea", "sun"), ["9,9,0,1"]),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_one_set_of_labels_over_all(folder):
    """By hand: labels by name, in order of appearance; items one after another; the split is the file."""
    data = load_data(folder / "x-train.arff", validation="x-valid.arff", test="x-test.arff")
    assert data.name == "x"
    assert data.label_names == ("sea", "sun", "fog")
    assert data.labels.dense().int().tolist() == [[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert data.split.tolist() == ["train"] * 3 + ["validation"] + ["test"] * 2
    missing = "labels are not in the {} part, where no item carries them: {}"
    expected = [("train", "fog"), ("validation", "fog"), ("test", "sun")]
    assert list(data.said) == [f"1 of 3 {missing.format(*one)}" for one in expected]


def test_a_folder_of_parts(folder, monkeypatch):
    """The folder with every part named gives the same; so do paths from the working directory."""
    whole = load_data(folder / "x-train.arff", test="x-test.arff")
    assert {split: int((whole.split == split).sum()) for split in set(whole.split)} == {
        "train": 2,
        "validation": 1,
        "test": 2,
    }
    named = load_data(folder, train="x-train.arff", test="x-test.arff")
    assert named.label_names == whole.label_names
    assert (named.items == whole.items).all()
    monkeypatch.chdir(folder)
    other = folder / "down"
    other.mkdir()
    (other / "mine.arff").write_text((folder / "x-train.arff").read_text())
    assert load_data(other / "mine.arff", test="x-test.arff").label_names == whole.label_names


def test_a_run_keeps_whole_paths(folder, monkeypatch):
    """A run that is resumed from another folder finds its parts."""
    monkeypatch.chdir(folder)
    own = {"data.name": "file", "data.path": "x-train.arff", "data.params.test": "x-test.arff"}
    config = _with_whole_path(TrainConfig().with_settings(own))
    assert config.data.path == str(folder / "x-train.arff")
    assert config.data.params["test"] == str(folder / "x-test.arff")


def test_the_first_table_settles_the_others(tmp_path):
    """Six rows alone leave the separator open: it is that of the training part; so are the columns of labels."""
    words = [f"rain over the harbour, number {row}" for row in range(40)]
    lists = [";".join(pair) for pair in combinations(("sea", "sun", "fog", "ice", "reef", "dune"), 2)]
    for name, rows in (("train", range(40)), ("test", range(3))):
        lines = [f'"{words[row]}",{lists[row % 15]}' for row in rows]
        (tmp_path / f"lists-{name}.csv").write_text("\n".join(["text,labels", *lines]))
    data = load_data(tmp_path / "lists-train.csv", test="lists-test.csv")
    assert data.label_names == ("dune", "fog", "ice", "reef", "sea", "sun")
    assert data.labels.dense()[-3:].int().tolist() == [[0, 0, 0, 0, 1, 1], [0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 1, 0]]
    for name, rows, labels in (("train", range(40), "sea,sun,fog"), ("test", range(6), "sea,fog")):
        count = labels.count(",") + 1
        # a feature of the test part that happens to hold 0 and 1 is still none of the labels
        lines = [f"{row / 7},{row if name == 'train' else row % 2}" + f",{row % 2}" * count for row in rows]
        (tmp_path / f"columns-{name}.csv").write_text("\n".join([f"a,b,{labels}", *lines]))
    with pytest.raises(InputError, match=r"columns-test\.csv has no column 'sun'|the same features"):
        load_data(tmp_path / "columns-train.csv", test="columns-test.csv")
    (tmp_path / "columns-test.csv").write_text("a,b,sea,sun,fog\n" + "1.5,0,1,0,1\n" * 6)
    data = load_data(tmp_path / "columns-train.csv", test="columns-test.csv")
    assert (data.items.shape[1], data.label_names) == (2, ("sea", "sun", "fog"))


def test_a_label_that_a_table_lacks(tmp_path):
    """A label that has no column in the test part is carried by none of its items."""
    for name, labels in (("train", "sea,sun,fog"), ("test", "sea,fog")):
        rows = [f"{row / 7}" + f",{row % 2}" * (labels.count(",") + 1) for row in range(12)]
        (tmp_path / f"x-{name}.csv").write_text("\n".join([f"a,{labels}", *rows]))
    data = load_data(tmp_path / "x-train.csv", test="x-test.csv")
    assert data.label_names == ("sea", "sun", "fog")
    assert data.labels.dense()[-1].int().tolist() == [1, 0, 1]
    assert [one for one in data.said if "1 of 3 labels are not in the test part" in one]


def test_the_first_arff_settles_the_others(folder):
    """An attribute that names the items of the training part is no feature of a test part of few rows either."""
    for name, rows in (("train", 20), ("test", 3)):
        lines = ["@relation 'x: -C 1'", "@attribute sea {0,1}", "@attribute p string", "@attribute a real", "@data"]
        lines += [f"{row % 2},P{row},{row}" for row in range(rows)]
        (folder / f"p-{name}.arff").write_text("\n".join(lines))
    data = load_data(folder / "p-train.arff", test="p-test.arff")
    assert data.items.shape == (23, 1)
    assert data.item_names[-1] == "P2"


BAD_FILES = {
    "no such file": ({"test": "gone.arff"}, r"there is no file 'gone\.arff' \(test=\), in .* or in the working"),
    "an impossible name": ({"test": "a\0b"}, r"there is no file 'a\\x00b'"),
    "a long name": ({"test": "a" * 3000}, r"there is no file 'aaa"),
    "the same file": ({"test": "x-train.arff"}, "train and test are the same file"),
    "the same file twice": ({"test": "x-test.arff", "validation": "./x-test.arff"}, "are the same file"),
    "two to train on": ({"train": "x-valid.arff"}, "is to train on, and so is train=x-valid.arff; name one"),
    "no test": ({"validation": "x-valid.arff"}, "validation=x-valid.arff is given without test=FILE"),
    "no parameter": ({"tset": "x-test.arff"}, "has no option tset; its options are: .*test, train, .*validation"),
    "another format": ({"test": "x.gif"}, "no format has this ending"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_refuses_files(folder, case):
    """Parts that are not there, are one file or leave nothing to test on: one line."""
    (folder / "x.gif").write_bytes(b"GIF")
    params, message = BAD_FILES[case]
    with pytest.raises(InputError, match=message) as caught:
        load_data(folder / "x-train.arff", **params)
    assert "\n" not in str(caught.value)


def part(x, y=((1, 0), (0, 1)), **fields) -> LoadedData:
    """Two items."""
    fields = {"label_names": ("sea", "sun"), **fields}
    x = x if isinstance(x, Texts) or hasattr(x, "shape") else np.array(x, float)
    return LoadedData(x, np.array(y), **fields)


def test_features_by_name(tmp_path):
    """Features in another order are brought into the first one's, and that is said."""
    train = part([[1, 2], [3, 4]], feature_names=("a", "b"))
    test = part([[20, 10], [40, 30]], feature_names=("b", "a"))
    joined = join_parts({"train": train, "test": test}, tmp_path)
    assert joined.x.tolist() == [[1, 2], [3, 4], [10, 20], [30, 40]]
    assert joined.said == ("the features of the test part stand in another order; they are joined by their names",)


def test_sparse_features_by_name(tmp_path):
    """Of sparse parts, a feature that one does not have is 0 there."""
    train = part(csr_array([[1.0, 2], [0, 4]]), feature_names=("1", "3"))
    test = part(csr_array([[5.0, 6], [7, 0]]), feature_names=("2", "3"))
    joined = join_parts({"train": train, "test": test}, tmp_path)
    assert joined.feature_names == ("1", "2", "3")
    assert joined.x.toarray().tolist() == [[1, 0, 2], [0, 0, 4], [0, 5, 6], [0, 7, 0]]
    assert len(joined.said) == 2


def test_names_groups_and_what_is_said(tmp_path):
    """Names are kept, groups of two files are never the same, what both say is said once, own splits are not used."""
    train = part([[1], [2]], item_names=("p", "q"), groups=np.array([0, 0]), said=("both", "one"))
    test = part([[3], [4]], said=("both",), split=np.array(["train", "test"]), left_out=((7, "unknown"),))
    joined = join_parts({"train": train, "test": test}, tmp_path)
    assert joined.item_names == ("p", "q", "test row 0", "test row 1")
    assert joined.groups.tolist() == [0, 0, 1, 2]
    assert joined.said == ("both", "train: one", "the splits that the test part itself holds are not used")
    assert joined.left_out == ((7, "test: unknown"),)
    assert joined.split.tolist() == ["train", "train", "test", "test"]


def test_texts(tmp_path):
    """Texts are joined as texts."""
    joined = join_parts({"train": part(Texts.of(["a", "b"])), "test": part(Texts.of(["c", "d"]))}, tmp_path)
    assert joined.x.some(slice(None)) == ["a", "b", "c", "d"]


BAD_PARTS = {
    "other names": (
        part([[1], [2]], feature_names=("a",)),
        part([[1], [2]], feature_names=("b",)),
        "must have the same features; test has no a; train has no b",
    ),
    "other numbers": (part([[1], [2]]), part([[1, 2], [3, 4]]), "the same features; train has 1, test has 2"),
    "other items": (part([[1], [2]]), part(Texts.of(["a", "b"])), "one kind; train holds numbers, test holds texts"),
    "other labels": (
        part([[1], [2]]),
        part([[1], [2]], label_names=("fog", "ice")),
        "no label of test is one of train: train has sea, sun; test has fog, ice",
    ),
    "unnamed labels": (
        part([[1], [2]], label_names=None),
        part([[1], [2]], ((1,), (0,)), label_names=None),
        "labels without names must be as many in each part; train has 2, test has 1",
    ),
}


@pytest.mark.parametrize("case", BAD_PARTS)
def test_refuses_parts(tmp_path, case):
    """Parts that are no parts of one set are refused in one line."""
    train, test, message = BAD_PARTS[case]
    with pytest.raises(InputError, match=message) as caught:
        join_parts({"train": train, "test": test}, tmp_path / "x.npz")
    assert "\n" not in str(caught.value)


def test_pictures(tmp_path):
    """Folders of pictures and a table are parts like any others; every picture is found in its own folder."""
    from PIL import Image

    for name, shade in (("train", 0), ("test", 100)):
        inside = tmp_path / name
        inside.mkdir()
        rows = []
        for row in range(3):
            Image.new("RGB", (8, 8), (shade + row, 0, 0)).save(inside / f"{row}.png")
            rows.append(f"{row}.png,{'sea' if row else 'sun'}")
        (inside / "table.csv").write_text("image,labels\n" + "\n".join(rows))
    data = load_data(tmp_path / "train", test=str(tmp_path / "test"))
    assert [int(data.originals[row].getpixel((0, 0))[0]) for row in range(6)] == [0, 1, 2, 100, 101, 102]
    assert data.split.tolist().count("test") == 3


def test_without_parts(tmp_path):
    """Without parts, the file stands for itself, and its parameters for the reader."""
    path = tmp_path / "a.npz"
    assert part_files(path, {"ignore": "b", "test": ""}) == ({"train": path}, {"ignore": "b"})


def test_tables_are_read_by_the_schema_of_the_first(tmp_path):
    """A test part whose few cells would say nothing is read as the training part is: the same separator and columns."""
    text = "A harbour was quiet before the storm number {} came"
    sets = ["a;b", "b;c", "a", "c;a", "b", "c", "a;b;c"] * 4
    rows = "".join(f"{text.format(row)},{cell}\n" for row, cell in enumerate(sets))
    (tmp_path / "x-train.csv").write_text("text,labels\n" + rows)
    (tmp_path / "x-test.csv").write_text("text,labels\n" + f"{text.format(90)},a;b\n{text.format(91)},c;d\n")
    data = load_data(tmp_path / "x-train.csv", test="x-test.csv")
    assert data.label_names == ("a", "b", "c", "d")
    assert data.labels.dense().int().tolist()[-2:] == [[1, 1, 0, 0], [0, 0, 1, 1]]
