"""Extreme-classification text: with and without its first line, in one file or two; and what is refused."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from mlcl_core.data import load_data
from mlcl_core.data.readers.extreme import read_extreme, rows
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError


@pytest.fixture
def save(tmp_path):
    """Write a text; the path."""

    def write(text: str | bytes, name: str = "mine.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


BY_HAND = "5 4 3\n0,2 0:1.5 3:-2\n 1:1e-3\n1\n\n2 2:0.5 0:7\n"


def test_by_hand(save):
    """Rows without labels, without features and without either; pairs in any order; sizes from the first line."""
    loaded = read_extreme(save(BY_HAND))
    assert loaded.x.toarray().tolist() == [[1.5, 0, 0, -2], [0, 1e-3, 0, 0], [0] * 4, [0] * 4, [7, 0, 0.5, 0]]
    assert loaded.y.toarray().tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert loaded.label_names == ("label 0", "label 1", "label 2")
    assert loaded.feature_names == ("0", "1", "2", "3")
    assert loaded.said == ()


def test_without_the_first_line(save):
    """The labels are those that occur; features begin with the lowest of 0 and 1."""
    loaded = read_extreme(save("7,70 1:1.5 4:-2\n0 2:3\n\t3:4\r\n7 1:1\n\n"))
    assert loaded.label_names == ("label 0", "label 7", "label 70")
    assert loaded.y.toarray().tolist() == [[0, 1, 1], [1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert loaded.feature_names == ("1", "2", "3", "4")
    assert loaded.x.toarray()[0].tolist() == [1.5, 0, 0, -2]


def test_numbers_that_begin_with_one(save):
    """The number of columns itself occurs: columns are counted from 1."""
    loaded = read_extreme(save("2 3 2\n1,2 1:5 3:6\n2 2:7\n"))
    assert loaded.x.toarray().tolist() == [[5, 0, 6], [0, 7, 0]]
    assert loaded.label_names == ("label 1", "label 2")
    assert loaded.feature_names == ("1", "2", "3")


def test_what_is_drawn_is_read(save, monkeypatch):
    """Any sparse matrices, whatever the number of lines read at once, are read as they are."""
    monkeypatch.setattr(rows, "LINES", 7)
    generator = np.random.default_rng(0)
    x = csr_array(random_array((50, 30), density=0.2, rng=generator))
    y = generator.random((50, 9)) < 0.3
    lines = [
        ",".join(map(str, np.flatnonzero(own)))
        + "".join(f" {at}:{value!r}" for at, value in zip(row.indices.tolist(), row.data.tolist(), strict=True))
        for own, row in zip(y, (x[[at]] for at in range(50)), strict=True)
    ]
    loaded = read_extreme(save("\n".join(["50 30 9", *lines, ""])))
    assert np.array_equal(loaded.x.toarray(), x.toarray())
    assert np.array_equal(loaded.y.toarray(), y)


def test_two_files(save):
    """Pairs of features, and the labels in the file beside it, found by its name or named."""
    path = save("3 4\n0:1.5\n\n3:2\n", "trn_X_Xf.txt")
    save("3 2\n1:1.0\n0:1 1:1\n\n", "trn_X_Y.txt")
    save("0:1\n1:1\n0:1\n", "other.txt")
    loaded = read_extreme(path)
    assert loaded.x.toarray().tolist() == [[1.5, 0, 0, 0], [0] * 4, [0, 0, 0, 2]]
    assert loaded.y.toarray().tolist() == [[0, 1], [1, 1], [0, 0]]
    assert read_extreme(path, labels="other.txt").y.toarray().tolist() == [[1, 0], [0, 1], [1, 0]]


def test_parts_of_a_set(save):
    """Train and test in two files: labels and features are joined by their numbers."""
    train = save("".join(f"{row % 3} {row % 4}:1\n" for row in range(12)), "x_train.txt")
    save("1,5 2:1 9:4\n2 1:1\n", "x_test.txt")
    data = load_data(train, test="x_test.txt")
    assert (data.name, len(data)) == ("x", 14)
    assert data.label_names == ("label 0", "label 1", "label 2", "label 5")
    assert data.items.shape == (14, 10)


def test_names_of_labels(save):
    """A line names a label; which is the first is a question only where both fit."""
    save("sea\nsun\nfög\n", "Y.txt")
    zero, one = save("2 1 3\n0 0:1\n1 0:1\n", "zero.txt"), save("2 1 3\n1 1:1\n3 1:1\n", "one.txt")
    assert read_extreme(zero, label_names="Y.txt").label_names == ("sea", "sun", "fög")
    assert read_extreme(one, label_names="Y.txt").y.toarray().tolist() == [[1, 0, 0], [0, 0, 1]]
    both = save("2 2 3\n1 1:1\n2 1:1\n", "both.txt")
    with pytest.raises(QuestionError, match=r"--set first=0: label 1 is sun; --set first=1: label 1 is sea"):
        read_extreme(both, label_names="Y.txt")
    assert read_extreme(both, label_names="Y.txt", first="0").y.toarray().tolist() == [[0, 1, 0], [0, 0, 1]]
    assert read_extreme(both, label_names="Y.txt", first="1").y.toarray().tolist() == [[1, 0, 0], [0, 1, 0]]
    headless = save("0 1:1\n2 1:1\n", "headless.txt")
    assert read_extreme(headless, label_names="Y.txt").y.toarray().tolist() == [[1, 0, 0], [0, 0, 1]]


BAD = {
    "nothing": ("", "has no label in any row; it must hold a line of three numbers"),
    "a table": ("text,labels\nrain,sea\n", r"line 1 is 'text,labels'; it must read label,label index:value"),
    "cut in a pair": (BY_HAND[:-3], r"line 6 is '2 2:0.5 0'; it must read"),
    "cut after a row": (BY_HAND[:-14], "line 1 says 5 rows, and there are 3; one of them is wrong"),
    "more rows": ("1 2 2\n0 0:1\n1 1:1\n", "line 1 says 1 rows, and there are 2"),
    "two numbers": ("2 2\n0:1\n1:1\n", "two numbers in its first line, so its rows are pairs of one matrix"),
    "a label of words": ("sea 1:1\n", "line 1 is 'sea 1:1'"),
    "a negative label": ("-1 1:1\n", "line 1 is '-1 1:1'"),
    "a comma at the end": ("1, 1:1\n", "line 1 is '1, 1:1'"),
    "halves that make up for others": ("1 1:2 :3 4:5-6\n", "line 1 is '1 1:2 :3 4:5-6'"),
    "two numbers in one": ("1 1:2 3:4-5\n1 4:1\n", "line 1, index 3 is '4-5'; it must be a number"),
    "no value": ("1 1:\n", "line 1 is '1 1:'"),
    "two colons": ("1 1:2:3 4\n", "line 1 is '1 1:2:3 4'"),
    "no number": ("1 1:1\n1 2:1.2.3\n", r"line 2, index 2 is '1\.2\.3'; it must be a number"),
    "only signs": ("1 1:1\n1 2:+-\n", r"line 2, index 2 is '\+-'; it must be a number"),
    "NaN": ("1 1:nan\n", "line 1 is '1 1:nan'"),
    "infinity": ("1 1:1\n1 3:1e999\n", "line 2, index 3 is inf; every value must be a finite number"),
    "an index twice": ("1 3:1 2:1 3:2\n", "line 1 has the index 3 twice; each must stand once"),
    "a label twice": ("0 1:1\n1,1 3:1\n", "line 2 has the label 1 twice"),
    "an index beyond": ("2 3 2\n0 0:1\n1 3:1\n", "line 3 has the feature 3; it must lie between 0 and 2"),
    "a label beyond": ("2 3 2\n0 0:1\n5 2:1\n", "line 3 has the label 5; it must lie between 0 and 1"),
    "10^12 rows": ("1000000000000 2 2\n0 0:1\n", "line 1 claims 1,000,000,000,000 rows or columns; at most"),
    "a billion rows": ("1000000000 2 2\n0 0:1\n", "line 1 says 1,000,000,000 rows, and there are 1"),
    "a billion labels": ("1 2 1000000000\n0 0:1\n", "claims 1,000,000,000 labels with their names, 60,000,000,000"),
    "a billion features": ("1 1000000000 2\n0 0:1\n", "holds 1 rows x 1,000,000,000 features, sparse, .* in memory"),
    "an index of a billion billions": ("0 999999999999999:1\n", "has an index of 999,999,999,999,99"),
    "bytes": (b"\xff\xfe\x00\x01 1:1\n", "line 1 is .*; it must read"),
    "a long line": ("x" * 10**6, "line 1 is 'xxx"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong file is refused in one short line that names the file, the line and what is needed."""
    text, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        read_extreme(save(text))
    assert "\n" not in str(caught.value)
    assert "mine.txt" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"labels": "../Y.txt"}, r"labels is '../Y\.txt'; it must be a path inside the folder"),
        ({"labels": "/etc/passwd"}, "labels is '/etc/passwd'; it must be a path inside the folder"),
        ({"label_names": "gone.txt"}, r"there is no file 'gone\.txt' in its folder \(option label_names\)"),
        ({"label_names": "few.txt"}, "few.txt has 1 lines, and there are 3 labels; each line must name one"),
        ({"label_names": "latin.txt"}, r"latin\.txt is no text in UTF-8 \(byte 1\)"),
        ({"labels": "short.txt"}, r"mine\.txt has 2 rows, .*short\.txt has 1; they must be as many"),
        ({"first": "1"}, "line 2 has the feature 0; it must lie between 1 and 4"),
    ],
)
def test_refuses_other_files(save, params, message):
    """Only files in the folder are opened, and they must fit."""
    save("sea\n", "few.txt")
    save("h\xf6h\n".encode("latin-1"), "latin.txt")
    save("0:1\n", "short.txt")
    text = "0:1\n1:1\n" if "labels" in params else BY_HAND
    with pytest.raises(InputError, match=message) as caught:
        read_extreme(save(text), **params)
    assert "\n" not in str(caught.value)


def refusal(path) -> str:
    """The reader's error for a file; empty if the file is read."""
    try:
        read_extreme(path)
    except InputError as error:
        return str(error)
    return ""


def test_cut_anywhere(save):
    """A file cut at any byte is read or refused in one line."""
    for length in range(len(BY_HAND)):
        assert len(refusal(save(BY_HAND[:length])).splitlines()) <= 1
