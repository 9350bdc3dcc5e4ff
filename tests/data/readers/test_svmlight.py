"""svmlight rows: equal to .npz, and every way in which a line can be wrong."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from sklearn.datasets import dump_svmlight_file

from mlcl_core.data import load_data
from mlcl_core.data.files import build_dataset
from mlcl_core.data.readers.svmlight import SVMLIGHT, read_svmlight
from mlcl_core.errors import InputError
from tests.data.test_files import arrays


def rows(x: np.ndarray, y: np.ndarray, first: int = 1) -> str:
    """Rows as text; zeros are left out."""
    lines = []
    for values, labels in zip(x, y, strict=True):
        pairs = " ".join(f"{column + first}:{value!r}" for column, value in enumerate(values.tolist()) if value)
        lines.append(f"{','.join(map(str, np.flatnonzero(labels)))} {pairs}\n")
    return "".join(lines)


@pytest.fixture
def save(tmp_path):
    """Write a text; the path."""

    def write(text: str | bytes, name: str = "mine.svm"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("first", [0, 1])
def test_gives_what_npz_gives(save, tmp_path, first):
    """Both formats give equal features and labels, whether indices count from 0 or from 1."""
    x, y = arrays()["X"], arrays()["Y"]
    x[np.random.default_rng(1).random(x.shape) < 0.5] = 0
    np.savez(tmp_path / "mine.npz", X=x, Y=y)
    path = save(rows(x, y, first))
    data, other = build_dataset(read_svmlight(path), path, 0), load_data(tmp_path / "mine.npz")
    assert torch.equal(data.items, other.items)
    assert torch.equal(data.labels.dense(), other.labels.dense())
    assert data.split.tolist() == other.split.tolist()
    assert data.label_names == other.label_names == ("label 0", "label 1", "label 2", "label 3")


def test_reads_by_hand(save):
    """Label ids ascend; a row may have no labels; comments, blank lines and query ids are ignored."""
    loaded = read_svmlight(save("# head\n10,2 1:5 3:-0.5 # tail\n\n 2:1e3\n-1 qid:7 1:1\n2\n"))
    assert loaded.x.toarray().tolist() == [[5, 0, -0.5], [0, 1000, 0], [1, 0, 0], [0, 0, 0]]
    assert loaded.label_names == ("label -1", "label 2", "label 10")
    assert loaded.y.toarray().astype(int).tolist() == [[0, 1, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert loaded.feature_names == ("1", "2", "3")
    assert loaded.item_names is loaded.split is None


SOUND = "1 1:2\n2 1:3\n"
BAD = {
    "nothing": ("", "has no index:value pair"),
    "comments only": ("# a\n# b\n", "has no index:value pair"),
    "labels only": ("1\n2,3\n", "has no index:value pair"),
    "no label": (" 1:2\n 1:3\n", "has no label in any row"),
    "a word as a label": (
        SOUND + "sea 1:2\n",
        r"line 3 is no svmlight row \(.*b'sea'\); it must read label,label index",
    ),
    "an empty label": (SOUND + "1,,2 1:2\n", "line 3 is no svmlight row"),
    "half a label": (SOUND + "\n# c\n1.5 1:2\n", "line 5 has the label 1.5; a label must be a whole number"),
    "a label that is NaN": (SOUND + "nan 1:2\n", "line 3 has the label nan"),
    "a label without end": (SOUND + "inf 1:2\n", "line 3 has the label inf"),
    "a label past floats": (SOUND + f"{2**60} 1:2\n", "line 3 has the label 1.15292e[+]18"),
    "a label twice": ("\n1 1:2\n4,2,4 1:2\n", "line 3 has the label 4 twice"),
    "no colon": (SOUND + "1 1:2 7\n", r"line 3 is no svmlight row \(a field without a colon\)"),
    "a matrix of text": ("1,2,3\n4,5,6 7\n", "line 2 is no svmlight row"),
    "a word as an index": (SOUND + "1 a:2\n", "line 3 is no svmlight row"),
    "a negative index": (SOUND + "1 -1:2\n", "line 3 is no svmlight row .*Invalid index -1"),
    "a descending index": (SOUND + "1 3:2 2:2\n", "line 3 is no svmlight row .*sorted"),
    "an index twice": (SOUND + "1 2:2 2:2\n", "line 3 is no svmlight row .*unique"),
    "an index without end": (SOUND + f"1 {10**30}:2\n", "line 3 is no svmlight row .*too large"),
    "no value": (SOUND + "1 1:\n", "line 3 is no svmlight row"),
    "a word as a value": (SOUND + "1 1:red\n", "line 3 is no svmlight row .*b'red'"),
    "NaN": (SOUND + "\n3 1:1 4:nan\n", "line 4, index 4 is nan; every value must be a finite number"),
    "infinity": (SOUND + "3 1:1 4:-1e999\n", "line 3, index 4 is -inf"),
    "a cut row": (SOUND + "3 1:1 4", "line 3 is no svmlight row"),
    "zeros for bytes": (SOUND.encode() + bytes(40), "line 3 is no svmlight row"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "line 1 is no svmlight row"),
    "a pickle": (b"\x80\x04N.", "line 1 is no svmlight row"),
    "too wide": (
        SOUND + f"1 {2**31 - 1}:1\n",
        "3 rows x 2,147,483,648 features, .* of which 3 at once are dense, 25,769,803,8.* bytes .*MLCL_READ_GB=26",
    ),
    "too few rows": (SOUND, "2 items; at least 4 needed"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong file is refused in one line that names the file, the line and what is needed."""
    text, message = BAD[case]
    path = save(text)
    with pytest.raises(InputError, match=message) as caught:
        build_dataset(read_svmlight(path), path, 0)
    assert "\n" not in str(caught.value)
    assert "mine.svm" in str(caught.value)


def test_refuses_a_folder(tmp_path):
    """A path that can't be opened is one error line."""
    with pytest.raises(InputError, match="can't be read"):
        read_svmlight(tmp_path)


def refusal(path) -> str:
    """The reader's error for a file; empty if the file is read."""
    try:
        read_svmlight(path)
    except InputError as error:
        return str(error)
    return ""


def test_cut_anywhere(save):
    """A file cut at any byte is read or refused in one line; nothing else is raised."""
    whole = rows(arrays()["X"], arrays()["Y"]).encode()[:300]
    for length in range(len(whole)):
        assert "\n" not in refusal(save(whole[:length]))


def test_record():
    """The format is recognised by its endings."""
    assert (SVMLIGHT.name, SVMLIGHT.read, list(SVMLIGHT.params)) == ("svmlight", read_svmlight, ["ignore"])
    assert SVMLIGHT.suffixes == (".svm", ".svmlight", ".libsvm")


def test_features_by_index_and_groups(save):
    """Features are called by their index in the file; query ids of all rows are groups, of some rows they are said."""
    loaded = read_svmlight(save("1 qid:7 1:5 3:1\n2 qid:7 2:1\n1 qid:9 1:1\n"), ignore="2")
    assert loaded.feature_names == ("1", "3")
    assert loaded.x.toarray().tolist() == [[5, 1], [0, 0], [1, 0]]
    assert loaded.groups.tolist() == [7, 7, 9]
    assert loaded.said == ("query ids (qid) are groups, which stay together where splits are drawn",)
    some = read_svmlight(save("1 qid:7 0:5\n2 2:1\n"))
    assert (some.groups, some.feature_names) == (None, ("0", "1", "2"))
    assert some.said == ("1 of 2 rows have a query id (qid); these are not used",)


def test_items_without_anything_stay(tmp_path):
    """What scikit-learn writes for an item without labels and values is read as one, in its place, and said."""
    x = csr_matrix(np.array([[1.0, 0], [0, 0], [0, 2], [0, 0], [3, 0]]))
    y = np.array([[1, 0], [0, 0], [0, 1], [0, 0], [1, 1]])
    with (tmp_path / "mine.svm").open("wb") as file:
        dump_svmlight_file(x, y, file, multilabel=True, zero_based=True)
    loaded = read_svmlight(tmp_path / "mine.svm")
    assert loaded.x.toarray().tolist() == x.toarray().tolist()
    assert loaded.y.toarray().astype(int).tolist() == y.tolist()
    assert loaded.said == ("2 rows that hold a blank are items without labels and without values",)
