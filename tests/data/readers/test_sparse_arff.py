"""Sparse rows of ARFF files: held sparse, counted, and read the same in both ways of reading them."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from mlcl_core.data.readers.arff import read_arff
from mlcl_core.data.readers.arff import rows as arff_rows
from mlcl_core.errors import InputError
from tests.data.readers.test_arff import rows, save  # noqa: F401 - a fixture


def test_stays_sparse_where_the_first_row_is(save):  # noqa: F811
    """Features are as sparse as the first row of the file; a row written the other way holds the same numbers."""
    loaded = read_arff(save(rows("{0 1,1 1}", "0,0,y", "{2 y}")))
    assert isinstance(loaded.x, csr_array)
    assert loaded.x.toarray().tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 1]]
    assert loaded.y.toarray().tolist() == [[1], [0], [0]]
    assert loaded.x.nnz == 4
    dense = read_arff(save(rows("1,1,x", "{2 y}")))
    assert isinstance(dense.x, np.ndarray)
    assert dense.x.tolist() == [[1, 1, 0], [0, 0, 1]]


def test_sparse_rows_are_counted(save, monkeypatch):  # noqa: F811
    """Nominal attributes whose first value is not 0 make each sparse row long, however short it is in the file."""
    monkeypatch.setenv("MLCL_READ_GB", "1e-6")
    many = "".join(f"@attribute a{number} {{x,y}}\n" for number in range(50))
    with pytest.raises(InputError, match=r"9 rows x 100 columns, of which the values other than 0 are held, .* bytes"):
        read_arff(save(rows(*["{}"] * 9, head="@attribute l {0,1}\n" + many)))


PAIRS = (
    "+1 1",
    "01 1",
    "1  1",
    "1 +1",
    "1 0x1",
    "1 1_0",
    "1_0 1",
    "\u0661 1",
    "1 \u0661",
    "1 1,",
    "1 1,,2 1",
    "1 1 1",
    "1",
)


@pytest.mark.parametrize("pairs", PAIRS)
def test_plain_rows_are_read_like_others(save, monkeypatch, pairs):  # noqa: F811
    """The fast way for rows without quotes reads and refuses what the way for all rows does."""
    head = "@attribute a {0,1}\n@attribute b numeric\n@attribute c numeric\n"
    path = save(rows(f"{{{pairs}}}", head=head))

    def outcome() -> str:
        try:
            return str(read_arff(path).x.toarray().tolist())
        except InputError as error:
            return str(error)

    fast = outcome()
    monkeypatch.setattr(arff_rows, "_plain_pairs", lambda *_: None)
    assert outcome() == fast
