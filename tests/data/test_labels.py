"""LabelMatrix: equal to its dense form, in sparse storage."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.sparse import coo_array, csr_array

from mlcl_core.data import LabelMatrix
from mlcl_core.errors import InputError

dense_matrices = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=7))


@given(dense=dense_matrices, data=st.data())
def test_equal_to_the_dense_form(dense, data):
    """Rows, counts, sizes, distinct sets and selections equal those of any dense matrix."""
    matrix, y = LabelMatrix.of(dense), torch.from_numpy(dense)
    n = len(dense)
    assert (matrix.shape, len(matrix)) == (dense.shape, n)
    assert torch.equal(matrix.dense(), y)
    assert torch.equal(matrix.counts(), y.sum(0))
    assert torch.equal(matrix.sizes(), y.sum(1))
    assert matrix.distinct() == len({tuple(row) for row in dense.tolist()})
    rows = data.draw(st.lists(st.integers(0, n - 1), max_size=9)) if n else []
    chosen = torch.tensor(rows, dtype=torch.int64)
    assert torch.equal(matrix[chosen], y[chosen])
    assert torch.equal(matrix[chosen.numpy()], y[chosen])
    assert torch.equal(matrix.select(chosen).dense(), y[chosen])
    assert torch.equal(matrix[1:4], y[1:4])
    assert matrix[chosen].dtype == torch.bool


def test_from_sparse():
    """Repeated entries count once, entries of 0 not at all, and other numbers are True."""
    twice = coo_array((np.array([1, 1, 0, 3]), (np.array([0, 0, 1, 1]), np.array([1, 1, 0, 2]))), shape=(2, 3))
    matrix = LabelMatrix.of(csr_array(twice))
    assert matrix.dense().tolist() == [[False, True, False], [False, False, True]]
    assert matrix.counts().tolist() == [0, 1, 1]
    assert matrix.sizes().tolist() == [1, 1]


def test_a_million_items_with_a_thousand_labels():
    """Five labels per item are counted and compared without a dense copy, which would take a gigabyte."""
    n, c = 1_000_000, 1000
    rng = np.random.default_rng(0)
    members = np.sort((rng.integers(0, c, n)[:, None] + np.arange(5) * 7) % c, axis=1)
    matrix = LabelMatrix.of(
        csr_array((np.ones(5 * n, bool), members.ravel(), np.arange(0, 5 * n + 1, 5)), shape=(n, c))
    )
    assert matrix.distinct() == c
    assert int(matrix.counts().sum()) == 5 * n
    assert matrix[torch.tensor([n - 1])].nonzero()[:, 1].tolist() == members[-1].tolist()


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("wrong", "words"),
    [(torch.zeros(5, 3), "float32"), (np.zeros(3, bool), r"bool \[3\]"), (np.zeros((2, 2, 2), bool), r"\[2, 2, 2\]")],
)
def test_refuses(wrong, words):
    """Numbers, and arrays that are no matrix, are refused in one line with type and shape."""
    with pytest.raises(InputError, match=words):
        LabelMatrix.of(wrong)
