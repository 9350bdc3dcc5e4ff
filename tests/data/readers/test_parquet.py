"""Parquet: what is read, and what is refused."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlcl_core.data.files import build_dataset
from mlcl_core.data.readers import READERS
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options

PARQUET = READERS["parquet"]
read_parquet = PARQUET.read


@pytest.fixture
def save(tmp_path):
    """Write columns; the path."""

    def write(columns, **options):
        path = tmp_path / "mine.parquet"
        pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path, **options)
        return path

    return write


SOUND = {"id": list("abcd"), "p": [0.5, -1.5, 2.0, 0.0], "sea": [1, 0, 1, 0], "sun": [False, False, True, True]}


def test_reads_a_sound_file(save):
    """Features, labels and names are read, and make a data set."""
    path = save(SOUND)
    loaded = PARQUET.read(path, **checked_options("the file", PARQUET.params, {}))
    assert loaded.x.tolist() == [[0.5], [-1.5], [2], [0]]
    assert loaded.y.toarray().tolist() == [[1, 0], [0, 0], [1, 1], [0, 1]]
    data = build_dataset(loaded, path, 0)
    assert (data.name, data.label_names, data.item_names) == ("mine", ("sea", "sun"), ("a", "b", "c", "d"))


def test_many_row_groups(save):
    """Lists in several row groups are one column."""
    tags = [["a"], ["b", "a"], [], None, ["c"]] * 3
    loaded = read_parquet(save({"p": range(15), "tags": tags}, row_group_size=2))
    assert loaded.y.toarray().tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1]] * 3


def test_what_pandas_writes(tmp_path):
    """A data frame with an index of words, categories and lists is read."""
    frame = pd.DataFrame(
        {"p": [1.5, None], "split": pd.Categorical(["train", "test"]), "tags": [["x"], ["y", "x"]]}, index=["i", "j"]
    )
    frame.to_parquet(tmp_path / "mine.parquet")
    loaded = read_parquet(tmp_path / "mine.parquet")
    assert np.array_equal(loaded.x, [[1.5], [np.nan]], equal_nan=True)
    assert loaded.item_names == ("i", "j")
    assert loaded.split.tolist() == ["train", "test"]
    assert loaded.y.toarray().tolist() == [[1, 0], [1, 1]]


def test_ignored_columns_of_any_type(save):
    """Ignored columns of structs and pictures are not read."""
    columns = SOUND | {"raw": [b"\xff"] * 4, "deep": [{"a": [1]}] * 4}
    assert read_parquet(save(columns), ignore="raw,deep", labels="s*").feature_names == ("p",)


def test_names_with_dots(save):
    """A column a.b is not read with the column a."""
    loaded = read_parquet(save({"a": [1, 2], "a.b": [3, 4], "sea": [0, 1]}), ignore="a.b")
    assert loaded.x.tolist() == [[1], [2]]


def not_utf8() -> pa.Table:
    """Bytes declared as text."""
    raw = pa.array([b"x", b"\xff"])
    return pa.table({"p": [1, 2], "tags": pa.Array.from_buffers(pa.string(), 2, raw.buffers())})


BAD = {
    "a column twice": (pa.table([pa.array([1])] * 2, names=["p", "p"]), "column 'p' stands twice"),
    "no rows": ({"p": pa.array([], pa.int8()), "tags": pa.array([], pa.string())}, "names columns but has no rows"),
    "no columns": ({}, "names columns but has no rows"),
    "text that is no UTF-8": (not_utf8(), "damaged or not a Parquet file: .*Invalid UTF8"),
    "an id twice": (
        SOUND | {"id": [1, 2, 3, 1], "sun": [True, False, True, True], "sea": [1, 0, 1, 1]},
        "id '1' stands",
    ),
    "an id twice with other labels": (SOUND | {"id": [1, 2, 3, 2]}, "'id' repeats with other labels"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong table is refused in one line that names the file."""
    columns, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        read_parquet(save(columns))
    assert "\n" not in str(caught.value)
    assert "mine.parquet" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1PAR1", b"p,sea\n1,0\n", b"\x89PNG" + bytes(99), bytes(50)])
def test_refuses_foreign_files(tmp_path, content):
    """Text, a picture and an empty file are no Parquet files, whatever their names."""
    path = tmp_path / "foreign.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"foreign\.parquet is damaged or not a Parquet file") as caught:
        read_parquet(path)
    assert "\n" not in str(caught.value)


def test_refuses_any_truncation(save, tmp_path):
    """A file cut at any byte is refused in one line; no other exception is raised."""
    whole = save(SOUND).read_bytes()
    path = tmp_path / "cut.parquet"
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.parquet is damaged or not a Parquet file") as caught:
            read_parquet(path)
        assert "\n" not in str(caught.value)


def test_refuses_a_flipped_byte(save):
    """Damaged numbers are detected, if the file has checksums."""
    path = save({"p": np.arange(500.0), "tags": ["a"] * 500}, write_page_checksum=True, use_dictionary=False)
    whole = bytearray(path.read_bytes())
    whole[300] ^= 0xFF
    path.write_bytes(bytes(whole))
    with pytest.raises(InputError, match="damaged"):
        read_parquet(path)


def test_refuses_a_missing_file(tmp_path):
    """The reader itself refuses a missing file."""
    with pytest.raises(InputError, match=r"gone\.parquet is damaged or not"):
        read_parquet(tmp_path / "gone.parquet")
