"""MATLAB's files: versions 5 to 7.3, in either orientation, sparse, in parts, with names; and what is refused."""

import io

import h5py
import numpy as np
import pytest
import scipy.io
from scipy.sparse import csc_array, issparse

from mlcl_core.data import load_data
from mlcl_core.data.readers.hdf5 import read_hdf5
from mlcl_core.data.readers.mat import read_mat
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from tests.data.test_files import arrays

LABELS = ("sea", "sun and moon", "fög", "")


def cell(*texts: str) -> np.ndarray:
    """A cell of texts."""
    found = np.empty((1, len(texts)), object)
    found[0, :] = texts
    return found


def version_7_3(path, variables) -> None:
    """A file as MATLAB writes it in version 7.3: 512 bytes of its own before HDF5, axes in the other order, marks."""
    with h5py.File(path, "w", userblock_size=512) as file:
        references = file.create_group("#refs#")
        for name, value in variables.items():
            if issparse(value):
                group = file.create_group(name)
                matrix = csc_array(value)
                group["data"], group["ir"] = matrix.data, matrix.indices.astype("u8")
                group["jc"] = matrix.indptr.astype("u8")
                group.attrs["MATLAB_sparse"] = np.uint64(matrix.shape[0])
                group.attrs["MATLAB_class"] = np.bytes_("double")
            elif value.dtype == object:
                made = []
                for at, text in enumerate(value.ravel()):
                    codes = np.frombuffer(text.encode("utf-16-le"), "<u2")[:, None]
                    inside = references.create_dataset(f"{name}{at}", data=codes if text else np.zeros(2, "u8"))
                    inside.attrs["MATLAB_class"] = np.bytes_("char")
                    if not text:
                        inside.attrs["MATLAB_empty"] = np.uint8(1)
                    made.append([inside.ref])
                file.create_dataset(name, data=np.array(made, dtype=h5py.ref_dtype))
                file[name].attrs["MATLAB_class"] = np.bytes_("cell")
            else:
                file[name] = value.T
                file[name].attrs["MATLAB_class"] = np.bytes_("double" if value.dtype.kind == "f" else "int64")
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def version_5(path, variables) -> None:
    """As MATLAB 5 to 7 write it."""
    scipy.io.savemat(path, variables, do_compression=True)


@pytest.fixture(params=[version_5, version_7_3], ids=lambda write: write.__name__)
def save(request, tmp_path):
    """Write variables in a version; the path."""

    def write(**variables):
        path = tmp_path / "mine.mat"
        request.param(path, variables)
        return path

    return write


def sound():
    """Features, labels."""
    return arrays()["X"], arrays()["Y"].astype(np.int64)


@pytest.mark.parametrize("names", [("X", "Y"), ("data", "target"), ("fea", "gnd"), ("features", "Labels")])
@pytest.mark.parametrize("turned", [(False, False), (False, True), (True, False), (True, True)])
def test_either_orientation(save, names, turned):
    """Items are the axis that features and labels have in common; that it is the columns is said."""
    x, y = sound()
    given = (x.T if turned[0] else x, y.T if turned[1] else y)
    loaded = read_mat(save(**dict(zip(names, given, strict=True))))
    assert np.array_equal(loaded.x, x)
    assert np.array_equal(loaded.y, y)
    said = [
        f"the items of {name} ({matrix.shape[0]} x {matrix.shape[1]}) are its columns"
        for name, matrix, is_turned in zip(names, given, turned, strict=True)
        if is_turned
    ]
    assert list(loaded.said) == said


def test_labels_of_minus_one(save):
    """Multi-label sets of -1 and 1, labels x items, as many are published."""
    x, y = sound()
    loaded = read_mat(save(data=x, target=(2 * y - 1).T.astype(float)))
    assert np.array_equal(loaded.y.toarray(), y)
    assert "labels are -1 and 1; -1 is taken for no" in loaded.said


def test_parts(save):
    """Matrices for training and testing are parts; their common sizes tell the orientation."""
    x, y = sound()
    path = save(
        train_data=x[:30], train_target=y[:30].T, test_data=x[30:], test_target=y[30:].T, data=x, labels=cell(*LABELS)
    )
    loaded = read_mat(path)
    assert np.array_equal(loaded.x, x)
    assert np.array_equal(loaded.y.toarray(), y)
    assert loaded.split.tolist() == ["train"] * 30 + ["test"] * 10
    assert loaded.label_names == LABELS
    assert loaded.said[0] == "data not used beside the parts for training and testing"


def test_sizes_of_parts_decide(save):
    """Where one part alone fits both ways, the other part decides."""
    x = np.arange(36.0).reshape(6, 6)
    loaded = read_mat(save(X_train=x, Y_train=np.eye(6)[:, :2], X_test=x[:4], Y_test=np.eye(4)[:, :2]))
    assert loaded.x.shape == (10, 6)
    assert np.array_equal(loaded.x[:6], x)


def test_both_fit(save):
    """A square matrix is a question, which the options answer."""
    x, y = np.arange(36.0).reshape(6, 6), np.eye(6)[:, :2].astype(int)
    path = save(X=x, Y=y)
    with pytest.raises(QuestionError, match="X is 6 x 6 and Y is 6 x 2: where are the items") as caught:
        read_mat(path)
    assert "--set x_items=rows --set y_items=rows: 6 items in rows, 6 features, 2 labels; " in str(caught.value)
    assert np.array_equal(read_mat(path, x_items="rows").x, x)
    assert np.array_equal(read_mat(path, x_items="columns").x, x.T)
    with pytest.raises(InputError, match="must have as many items as x_items and y_items say: X is 6 x 6, Y is 6 x 2"):
        read_mat(path, y_items="columns")


def test_sparse(save):
    """Sparse matrices stay sparse."""
    x, y = sound()
    x = np.where(np.abs(x) > 6, x, 0)
    loaded = read_mat(save(X=csc_array(x), Y=csc_array(y.T.astype(float))))
    assert issparse(loaded.x)
    assert np.array_equal(loaded.x.toarray(), x)
    assert np.array_equal(loaded.y.toarray(), y)


def test_names_and_options(save, tmp_path):
    """Cells of texts name features, labels and items; other matrices are named by options; features are left out."""
    x, y = sound()
    path = save(
        feats=x,
        marks=y,
        feature_names=cell(*"pqrstu"),
        label_names=cell(*LABELS),
        item_names=cell(*(f"item {row} é" for row in range(40))),
        split=cell(*["train"] * 20, *["test"] * 20),
    )
    loaded = read_mat(path, x="feats", y="marks", ignore="q,[st]")
    assert loaded.feature_names == ("p", "r", "u")
    assert np.array_equal(loaded.x, x[:, [0, 2, 5]])
    assert loaded.label_names == LABELS
    assert loaded.item_names[3] == "item 3 é"
    assert loaded.split.tolist() == ["train"] * 20 + ["test"] * 20
    with pytest.raises(InputError, match=r"has no features .a matrix called x, data, .* it holds feats .double"):
        read_mat(path)
    with pytest.raises(InputError, match=r"has no variable 'gone' \(option x\); it holds feats"):
        read_mat(path, x="gone", y="marks")
    assert load_data(path, x="feats", y="marks").labels.shape == (40, 4)


def test_unknown_labels(save):
    """NaN in a label is a question."""
    x, y = sound()
    y = y.astype(float)
    y[3, 1] = np.nan
    path = save(X=x, Y=y)
    with pytest.raises(QuestionError, match="1 of 160 labels are unknown"):
        read_mat(path)
    assert len(read_mat(path, unknown="drop_item").x) == 39


def test_matlab_in_h5(tmp_path):
    """The same marks in a file called .h5: axes are in the other order, names are cells."""
    x, y = sound()
    path = tmp_path / "mine.h5"
    version_7_3(path, {"X": x, "Y": y, "label_names": cell(*LABELS)})
    loaded = read_hdf5(path)
    assert np.array_equal(loaded.x, x)
    assert np.array_equal(loaded.y, y)
    assert loaded.label_names == LABELS


def struct(**fields) -> np.ndarray:
    """A struct."""
    return np.array([tuple(fields.values())], [(name, object) for name in fields])


X, Y = np.zeros((6, 3)), np.eye(6)[:, :2]
WRONG = {
    "cells": ({"X": cell("a", "b"), "Y": Y}, "X is of type cell; it must be a matrix of numbers"),
    "a struct": ({"X": struct(a=1), "Y": Y}, "X is of type struct; it must be a matrix of numbers"),
    "texts": ({"X": np.array(["abc"]), "Y": Y}, "X is of type char; it must be"),
    "complex": ({"X": X + 1j, "Y": Y}, "X is no matrix of real numbers"),
    "three axes": ({"X": np.zeros((6, 3, 2)), "Y": Y}, r"X has shape \[6, 3, 2\]; it must have two axes"),
    "other lengths": ({"X": X, "Y": np.zeros((5, 2))}, "must have as many items: X is 6 x 3, Y is 5 x 2"),
    "no labels": ({"X": X}, "has no labels .a matrix called y, target, .*it holds X .double.; y=NAME says which"),
    "two labels": ({"X": X, "Y": Y, "target": Y}, "labels under the names Y and target; one of them needed; y=NAME"),
    "names of numbers": ({"X": X, "Y": Y, "label_names": cell(1.0, 2.0)}, "cell 0 of label_names is no text"),
    "a label of 2": ({"X": X, "Y": 2 * Y}, "label at row 0, column 0 .* is 2; every label must be 0 or 1"),
    "fewer in a part": (
        {"train_data": X, "train_target": Y, "test_data": np.zeros((4, 2)), "test_target": np.zeros((4, 2))},
        "must have as many items: train_data is 6 x 3, train_target is 6 x 2; train_data is 4 x 2",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_refuses(tmp_path, case):
    """What is no matrix, or fits none, is refused in one line."""
    variables, message = WRONG[case]
    path = tmp_path / "mine.mat"
    version_5(path, variables)
    with pytest.raises(InputError, match=message) as caught:
        load_data(path)
    assert "\n" not in str(caught.value)
    assert "mine.mat" in str(caught.value)


def uncompressed(variables) -> bytes:
    """A file of version 5 whose variables stand as they are."""
    file = io.BytesIO()
    scipy.io.savemat(file, variables)
    return file.getvalue()


def test_refuses_what_is_claimed(tmp_path):
    """A header that claims 10^12 numbers is refused before memory is taken; so is one of version 7.3."""
    path = tmp_path / "mine.mat"
    raw = uncompressed({"X": np.zeros((6, 3)), "Y": Y})
    shape = np.array([6, 3], "<i4").tobytes()
    assert raw.count(shape) == 1
    path.write_bytes(raw.replace(shape, np.array([10**6, 10**6], "<i4").tobytes()))
    with pytest.raises(InputError, match="X claims 1000000 x 1000000 entries, 8,000,000,000,000 bytes"):
        load_data(path)
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("X", (10**6, 10**6), "f8", chunks=(1, 1000))
        file["Y"] = Y
    with pytest.raises(InputError, match="X claims 1000000 x 1000000 entries in chunks"):
        load_data(path)


def test_an_object_is_never_made(tmp_path):
    """A variable of a class, or a function handle, is refused by its type."""
    path = tmp_path / "mine.mat"
    raw = uncompressed({"X": np.zeros((6, 3)), "Y": Y})
    flags = np.array([6, 8, 6, 0], "<u4").tobytes()  # of the first array: a tag of 8 bytes, class 6 is double
    for number, kind in ((3, "object"), (16, "function"), (17, "opaque")):
        path.write_bytes(raw.replace(flags, np.array([6, 8, number, 0], "<u4").tobytes(), 1))
        with pytest.raises(InputError, match=rf"mine\.mat.*({kind}|damaged)") as caught:
            read_mat(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("write", [version_5, version_7_3])
def test_refuses_any_truncation(tmp_path, write):
    """A file cut at any byte is refused in one line."""
    path = tmp_path / "mine.mat"
    write(path, {"X": X, "Y": Y})
    whole = path.read_bytes()
    for length in [0, 1, 8, 100, 127, *range(128, len(whole) - 8, 97)]:
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"mine\.mat") as caught:
            read_mat(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"X,Y\n1,2\n", b"\x80\x04N.", bytes(3000)])
def test_refuses_foreign_files(tmp_path, content):
    """Text, a pickle, zeros and nothing are refused."""
    path = tmp_path / "mine.mat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.mat"):
        read_mat(path)


def test_a_link_out_of_the_file(tmp_path):
    """A link to another file is refused, whichever variable it is."""
    path = tmp_path / "mine.mat"
    version_7_3(path, {"X": X, "Y": Y})
    with h5py.File(path, "r+") as file:
        file["label_names"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/X")
    with pytest.raises(InputError, match="label_names is a link to another file"):
        read_mat(path)
