"""Hashes of rows: equal where the data are, whatever file holds them; different where one value differs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.sparse import coo_array, csr_array, random_array

from mlcl_core.data import LabelMatrix, Texts, fingerprint_of, load_data
from mlcl_core.data import fingerprint as hashing
from mlcl_core.data.files import reader_of
from mlcl_core.data.fingerprint import Fingerprint, item_hashes, label_hashes
from mlcl_core.data.sparse_features import SparseFeatures
from mlcl_core.data.uploads import keep_upload
from tests.engine.toy import toy_data

SIGHTS = ("cliff", "dune", "fog", "reef", "sea", "sun")
NUMBERS = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(-1e9, 1e9))

NUMBERS_NOW = [1783178041711656960, 6100356693600763904]
TEXTS_NOW = [16087700009325496637, 13020603013274838756, 6067973928514726326]
LABELS_NOW = [8761854172214346626, 9492137735178218897]


def same(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether all fields of two fingerprints are equal."""
    plain = (a.kind, a.shape, a.label_names, a.item_names) == (b.kind, b.shape, b.label_names, b.item_names)
    return plain and all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("items", "labels", "split"))


@given(NUMBERS, st.data())
def test_one_other_value_is_one_other_hash(x: np.ndarray, draw: st.DataObject) -> None:
    """A changed number changes the hash of its row and of no other."""
    row, column = draw.draw(st.integers(0, x.shape[0] - 1)), draw.draw(st.integers(0, x.shape[1] - 1))
    other = x.copy()
    other[row, column] = np.nextafter(x[row, column], np.inf)
    assert np.flatnonzero(item_hashes(x) != item_hashes(other)).tolist() == [row]


@given(NUMBERS)
def test_a_sparse_matrix_has_the_hashes_of_the_full_one(x: np.ndarray) -> None:
    """Also with entries that are 0, entries twice in a place, and columns out of order."""
    x[x < 0] = 0
    rows, columns = np.indices(x.shape).reshape(2, -1)
    with_zeros = csr_array(coo_array((x.ravel(), (rows, columns)), shape=x.shape))
    halves = csr_array(coo_array((np.tile(x.ravel() / 2, 2), (np.tile(rows, 2), np.tile(columns, 2))), shape=x.shape))
    twice = csr_array((halves.data, halves.indices, halves.indptr), shape=x.shape)
    for sparse in (csr_array(x), with_zeros, twice):
        np.testing.assert_array_equal(item_hashes(sparse), item_hashes(x))


def test_a_sparse_matrix_is_never_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million columns with ten entries a row take no more than their entries, in blocks of any size."""
    x = csr_array(random_array((500, 1_000_000), density=1e-5, rng=np.random.default_rng(0)))
    whole = item_hashes(x)
    monkeypatch.setattr(hashing, "ENTRIES", 7)
    np.testing.assert_array_equal(item_hashes(x), whole)
    assert len(np.unique(whole)) == 500


def test_a_sparse_file_has_the_fingerprint_of_a_full_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """svmlight, read and held sparse, and the same numbers in full in a .npz; also once standardised."""
    monkeypatch.setattr("mlcl_core.data.sparse_features.DENSE_BYTES", 0)
    rng = np.random.default_rng(0)
    x = np.where(rng.random((60, 30)) < 0.1, rng.integers(1, 9, (60, 30)), 0)
    x[0, -1] = 1  # the width of the file
    y = rng.random((60, 2)) < 0.5
    lines = [
        ",".join(str(c) for c in np.flatnonzero(labels))
        + "".join(f" {column + 1}:{row[column]}" for column in np.flatnonzero(row))
        for row, labels in zip(x, y, strict=True)
    ]
    (tmp_path / "a.svm").write_text("\n".join(lines) + "\n")
    np.savez(tmp_path / "b.npz", X=x, Y=y, label_names=["label 0", "label 1"])
    sparse, full = load_data(tmp_path / "a.svm"), load_data(tmp_path / "b.npz")
    assert isinstance(sparse.items, SparseFeatures)
    assert not isinstance(full.items, SparseFeatures)
    assert same(fingerprint_of(sparse), fingerprint_of(full))
    standardised = fingerprint_of(replace(sparse, item_hashes=None)).items
    assert len(np.unique(standardised)) == len(np.unique(x, axis=0))


def test_numbers_count_by_their_value() -> None:
    """Whole numbers, booleans, 32 and 64 bits, -0 and 0; and where a number stands matters."""
    x = np.array([[0, 1, 2], [1, 0, 2], [2, 1, 0]])
    for other in (x.astype(np.float32), x.astype(np.uint8), torch.from_numpy(x).float(), np.asfortranarray(x), x - 0.0):
        np.testing.assert_array_equal(item_hashes(other), item_hashes(x))
    assert len(np.unique(item_hashes(x))) == 3
    assert item_hashes(np.array([[-0.0, 0.0]])).tolist() == [0]


def test_hashes_stay_what_they_are() -> None:
    """Runs of this version are compared by later ones: these values never change."""
    assert item_hashes(np.array([[1.0, 0.5], [0.0, -3.0]])).tolist() == NUMBERS_NOW
    assert item_hashes(Texts.of(["rain", "", "ünter"])).tolist() == TEXTS_NOW
    assert label_hashes(LabelMatrix.of(np.array([[True, True], [False, True]])), ("sea", "fog")).tolist() == LABELS_NOW


def test_texts_are_hashed_from_any_slice() -> None:
    """Chunks, slices and the narrower type of Arrow's texts make no difference."""
    words = ["rain", "", "a dog", "ünter", "rain"]
    whole = item_hashes(Texts.of(words))
    assert whole[0] == whole[4]
    chunked = pa.chunked_array([pa.array(["x", *words[:2]])[1:], pa.array([], pa.string()), pa.array(words[2:])])
    np.testing.assert_array_equal(item_hashes(Texts(chunked)), whole)


def test_labels_are_hashed_by_their_names() -> None:
    """Columns in another order give the same hashes, and so do more labels that no row has."""
    y = np.random.default_rng(0).random((40, 3)) < 0.5
    found = label_hashes(LabelMatrix.of(y), ("sea", "fog", "sun"))
    turned = label_hashes(LabelMatrix.of(np.c_[y[:, ::-1], np.zeros((40, 1), bool)]), ("sun", "fog", "sea", "rain"))
    np.testing.assert_array_equal(found, turned)
    assert len(np.unique(found)) == len({tuple(row) for row in y.tolist()})


def test_csv_parquet_and_upload_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same numbers and labels in three places have one fingerprint; another number changes one row's hash."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(0, 1000, 40) / 100 for name in "ab"}
    labels = [[name for name, has in zip(SIGHTS, row, strict=True) if has] for row in rng.random((40, 6)) < 0.4]
    lines = [f"{a},{b},{';'.join(row)}" for a, b, row in zip(*columns.values(), labels, strict=True)]
    (tmp_path / "x.csv").write_text("\n".join(["a,b,labels", *lines]) + "\n")
    pq.write_table(pa.table({**columns, "labels": labels}), tmp_path / "x.parquet")
    path = tmp_path / "x.csv"
    keep_upload("kept", reader_of(path).read(path), source="x.csv")
    found = [fingerprint_of(load_data(one)) for one in (path, tmp_path / "x.parquet", "kept")]
    assert same(found[0], found[1])
    assert same(found[0], found[2])
    # the numbers are those of the file, not the standardised ones, which all change when one of them does
    path.write_text("\n".join(["a,b,labels", f"77,88,{';'.join(labels[0])}", *lines[1:]]) + "\n")
    assert (fingerprint_of(load_data(path)).items != found[0].items).nonzero()[0].tolist() == [0]


def test_pictures_count_by_their_bytes() -> None:
    """Sets that are drawn are hashed by their pixels; one other pixel is one other hash."""
    data = load_data("icons")
    found = fingerprint_of(data)
    assert (len(found), found.kind, found.shape) == (len(data), "picture", tuple(data.items.shape))
    items = data.tensor.clone()
    items[3, 0, 5, 5] ^= 1
    assert np.flatnonzero(found.items != fingerprint_of(replace(data, items=items)).items).tolist() == [3]


def test_names_and_splits_are_part_of_it() -> None:
    """Each has its own place in the fingerprint."""
    data = toy_data()
    found = fingerprint_of(data)
    assert found.split.tolist()[:6] == [0, 0, 0, 0, 1, 2]
    renamed = fingerprint_of(replace(data, item_names=("another", *data.item_names[1:])))
    assert not same(found, renamed)
    assert same(found, replace(renamed, item_names=found.item_names))
