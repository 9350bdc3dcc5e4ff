"""Sparse features: the numbers of dense ones, in every place that uses items."""

from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_array

from mlcl_core.data import load_data, sparse_features, standardised, statistics
from mlcl_core.data.duplicates import first_occurrence
from mlcl_core.data.files import build_dataset
from mlcl_core.data.fingerprint import fingerprint_of
from mlcl_core.data.readers import reader_of
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.sparse_features import SparseFeatures, is_worth_it, standardised_sparse
from mlcl_core.data.uploads import keep_upload
from mlcl_core.engine.events import FrameTaken
from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options
from tests.engine.toy import events_of, toy_config

CLOSE = 2e-7  # relative: a little more than one rounding to float32
NUMBERS = st.sampled_from([0.0, 0.0, 0.0, 1.0, -1.0, 0.1, 3.0, 1e200, -1e-200, 1e-12])


def made(rows: int = 96, columns: int = 30, seed: int = 0) -> np.ndarray:
    """Counts of words, most of them 0; some columns are empty or constant, some rows copies."""
    rng = np.random.default_rng(seed)
    x = rng.poisson(0.2, (rows, columns)) * rng.normal(2, 1, (rows, columns)).round(2)
    x[:, 3], x[:, 4] = 0, 7.5
    x[rows // 2 : rows // 2 + 8] = x[:8]
    return x


def close(sparse: torch.Tensor, dense: torch.Tensor) -> bool:
    """Whether both are equal up to one rounding."""
    return sparse.dtype == dense.dtype == torch.float32 and torch.allclose(sparse, dense, rtol=CLOSE, atol=1e-9)


@given(st.lists(st.lists(NUMBERS, min_size=4, max_size=4), min_size=2, max_size=9), st.integers(0, 2**9 - 1))
def test_numbers_of_the_dense_way(cells: list[list[float]], chosen: int) -> None:
    """Whatever the numbers and the training rows, both ways give the same, up to the rounding to float32."""
    x = np.array(cells)
    train = np.array([chosen >> row & 1 for row in range(len(x))], bool)
    train[0] = True
    sparse, scale = standardised_sparse(csr_array(x), train)
    assert close(torch.from_numpy(scale.standardised(x)), sparse.some(slice(None)))
    assert close(sparse.some(slice(None)), torch.from_numpy(standardised(x, train)[0]))
    assert (len(sparse), sparse.shape) == (len(x), x.shape)


def test_by_hand() -> None:
    """Means 1 and 0 and deviations 1 and 0 of two training rows: a zero becomes -1 and 0, and only 2 and 6 are held."""
    sparse = standardised_sparse(csr_array(np.array([[0.0, 0], [2, 0], [6, 5]])), np.array([True, True, False]))[0]
    assert sparse.absent.tolist() == [-1, 0]
    assert sparse.values.toarray().tolist() == [[0, 0], [1, 0], [5, 0]]
    assert sparse.some(torch.tensor([2, 0, 2])).tolist() == [[5, 0], [-1, 0], [5, 0]]


def test_zeros_and_repeated_entries() -> None:
    """A zero that a file writes is one that it leaves out; entries of one place are summed, as scipy reads them."""
    x = csr_array((np.array([1.0, 2, 0, 5]), np.array([1, 1, 0, 0]), np.array([0, 2, 3, 4])), shape=(3, 2))
    train = np.array([True, True, False])
    wanted = standardised_sparse(csr_array(x.toarray()), train)[0]
    assert torch.equal(standardised_sparse(x, train)[0].some(slice(None)), wanted.some(slice(None)))
    assert x.data.tolist() == [1, 2, 0, 5]


def test_rows_in_any_form() -> None:
    """Slices, arrays and tensors choose rows as of a tensor; no rows are none."""
    sparse = standardised_sparse(csr_array(made()), np.ones(96, bool))[0]
    whole = sparse.some(slice(None))
    for rows in (slice(3, 60, 2), np.array([5, 0, 5]), torch.tensor([95, 0]), torch.tensor([], dtype=torch.int64)):
        assert torch.equal(sparse.some(rows), whole[rows])
    assert sparse.some([]).shape == (0, 30)


def test_when_features_stay_sparse() -> None:
    """They stay sparse where dense ones take more than 64 MB and less than a quarter of them is not 0."""

    def of(rows: int, columns: int, entries: int) -> csr_array:
        ends = np.minimum(np.arange(rows + 1) * columns, entries)
        return csr_array((np.ones(entries), np.arange(entries) % columns, ends), shape=(rows, columns))

    assert is_worth_it(of(4001, 4000, 16_000))
    assert not is_worth_it(of(4000, 4000, 16_000))
    assert not is_worth_it(of(4001, 4000, 4_001_000))


@pytest.fixture
def both(tmp_path, monkeypatch):
    """A file read the dense way and the sparse way, and its path."""
    path = tmp_path / "words.svm"
    y = np.random.default_rng(1).random((96, 3)) < 0.5
    lines = []
    for row, labels in zip(made(), y, strict=True):
        pairs = " ".join(f"{column + 1}:{row[column]:.17g}" for column in np.flatnonzero(row))
        lines.append(f"{','.join(map(str, np.flatnonzero(labels)))} {pairs}")
    path.write_text("\n".join(lines) + "\n")
    dense = load_data(path)
    monkeypatch.setattr(sparse_features, "DENSE_BYTES", 0)
    return dense, load_data(path), path


def test_data_sets_are_the_same(both) -> None:
    """Items, labels, splits, names, copies and statistics of both ways are the same; only one of them is a tensor."""
    dense, sparse, _ = both
    assert isinstance(dense.items, torch.Tensor)
    assert isinstance(sparse.items, SparseFeatures)
    assert close(sparse.some(slice(None)), dense.tensor)
    assert first_occurrence(sparse).tolist() == first_occurrence(dense).tolist()
    assert first_occurrence(sparse)[48:56].tolist() == list(range(8))
    assert statistics(sparse) == statistics(dense)
    one, other = fingerprint_of(sparse), fingerprint_of(dense)
    assert (one.items.tolist(), one.shape, one.kind) == (other.items.tolist(), other.shape, other.kind)
    with pytest.raises(InputError, match="words: items are sparse; some of them at a time make a tensor"):
        _ = sparse.tensor


def test_copies_are_those_of_the_numbers_seen() -> None:
    """Rows that clipping or a constant column makes equal are copies in both ways."""
    x = np.zeros((300, 2))
    x[0], x[1], x[2] = (9, 1), (7, 2), (9, 0)
    y, split = np.tile([[1, 0]], (300, 1)), np.array(["test"] * 3 + ["train"] * 296 + ["validation"])
    x[3:, 0] = np.arange(297) % 2 * 1e-3
    loaded = LoadedData(csr_array(x), y, split=split)
    dense = build_dataset(replace(loaded, x=x), Path("x.npz"), 0)
    sparse = replace(dense, items=standardised_sparse(csr_array(x), dense.split == "train")[0])
    assert close(sparse.some(slice(None)), dense.tensor)
    assert first_occurrence(dense)[:4].tolist() == first_occurrence(sparse)[:4].tolist() == [0, 0, 0, 3]


def test_uploads_stay_sparse(both, tmp_path, monkeypatch) -> None:
    """A kept sparse set is stored sparse and loaded as the file is; a damaged one is refused."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    _, sparse, path = both
    reader = reader_of(path)
    keep_upload("words", reader.read(path, **checked_options("", reader.params, {})), source="words.svm")
    mine = load_data("words")
    assert isinstance(mine.items, SparseFeatures)
    assert torch.equal(mine.some(slice(None)), sparse.some(slice(None)))
    kept = tmp_path / "home" / "data" / "words" / "x.safetensors"
    parts = load_file(kept)
    for name, at, wrong in [("indices", 0, 30), ("indices", 0, -1), ("indptr", 1, 10**6), ("shape", 0, 95)]:
        damaged = {key: part.copy() for key, part in parts.items()}
        damaged[name][at] = wrong
        save_file(damaged, kept)
        with pytest.raises(InputError, match=r"data 'words': what was kept in .* is damaged") as caught:
            load_data("words")
        assert "\n" not in str(caught.value)


def test_training_sees_the_same_numbers(both) -> None:
    """Frames of a run on sparse features are those of a run on dense ones, from the first to the last step."""
    one, other = (events_of(Trainer(toy_config(), data=data), FrameTaken) for data in both[:2])
    assert [frame.step for frame in one] == [frame.step for frame in other]
    assert one[-1].step == 12
    for mine, theirs in zip(one, other, strict=True):
        torch.testing.assert_close(mine.h, theirs.h, atol=1e-4, rtol=1e-3)
