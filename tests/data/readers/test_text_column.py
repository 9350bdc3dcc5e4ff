"""Tables whose items are texts: the column, other columns, and texts of every kind."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlcl_core.data import Texts, load_data
from mlcl_core.errors import InputError

ODD = [
    "plain", "", "two\nlines", 'a "quoted" one', "a,b;c|d", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "007",
    "שלום עולם", "日本語の文", "e\u0301 and é", "🎈🎈", "  spaces around  ", "NaN", "null", "true",
]  # fmt: skip
LABELS = [
    "sea;sun",
    "sea",
    "",
    "sun",
    "fog",
    "sea;fog",
    "sun",
    "sea",
    "fog",
    "sun",
    "",
    "sea",
    "sun;fog",
    "sea",
    "sun",
    "fog",
]


def written(path, columns: dict, encoding="utf-8") -> str:
    """A CSV of these columns."""
    with path.open("w", encoding=encoding, newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows(zip(*columns.values(), strict=True))
    return str(path)


def texts(data) -> list[str]:
    """All texts of a data set."""
    assert data.kind == "text"
    assert isinstance(data.items, Texts)
    return data.items.some(slice(None))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_texts_of_every_kind(tmp_path, encoding):
    """In any encoding with a byte order mark, texts are read as written, without surrounding white space."""
    data = load_data(written(tmp_path / "mine.csv", {"text": ODD, "labels": LABELS}, encoding))
    assert texts(data) == [text.strip() for text in ODD]
    assert data.label_names == ("fog", "sea", "sun")
    assert data.labels.sizes().tolist() == [len(cell.split(";")) if cell else 0 for cell in LABELS]
    assert data.item_names[0] == "plain"
    assert data.item_names[1] == "row 1"


def test_csv_and_parquet_give_the_same(tmp_path):
    """The same texts, labels and splits through both formats: identical."""
    split = ["train"] * 10 + ["valid"] * 3 + ["test"] * 3
    columns = {"id": list(range(16)), "text": ODD, "labels": LABELS, "split": split}
    written(tmp_path / "a.csv", columns)
    lists = [cell.split(";") if cell else [] for cell in LABELS]
    pq.write_table(pa.table({**columns, "labels": lists}), tmp_path / "b.parquet")
    one, other = (load_data(tmp_path / name) for name in ("a.csv", "b.parquet"))
    assert texts(one) == texts(other)
    assert one.label_names == other.label_names
    assert (one.labels.dense() == other.labels.dense()).all()
    assert one.split.tolist() == other.split.tolist()
    assert one.item_names == other.item_names == tuple(map(str, range(16)))


@pytest.mark.parametrize("name", ["text", "Abstract", "PLOT", "description"])
def test_the_column_by_its_name(tmp_path, name):
    """A column called text, in any case, holds the items; numbers, other texts and 0/1 columns do not."""
    beside = {"year": [1990 + i for i in range(16)], "title": [f"t{i}" for i in range(16)]}
    ones = {"sea": [i % 2 for i in range(16)], "sun": [i % 3 // 2 for i in range(16)]}
    data = load_data(written(tmp_path / "mine.csv", {**beside, name: ODD, **ones}))
    assert texts(data)[0] == "plain"
    assert data.label_names == ("sea", "sun")
    assert data.item_names[3] == "t3"


def test_the_column_by_the_option(tmp_path):
    """An option names any column; a missing one is refused, and so is a pattern that matches several."""
    path = written(tmp_path / "mine.csv", {"note_a": ODD, "note_b": ODD[::-1], "tags": LABELS})
    assert texts(load_data(path, text="note_b"))[-1] == "plain"
    with pytest.raises(InputError, match=r"no column 'note_c' \(option text\); its columns are note_a, note_b"):
        load_data(path, text="note_c")
    with pytest.raises(InputError, match="option text fits note_a, note_b; it must name one column"):
        load_data(path, text="note_*")


def test_labels_alone_beside_texts(tmp_path):
    """Beside texts, columns of 0 and 1 need no features before them; without labels, one error line says so."""
    ones = {"sea": np.arange(16) % 2, "sun": np.arange(16) % 3 // 2}
    pq.write_table(pa.table({"text": ODD, **ones}), tmp_path / "mine.parquet")
    assert load_data(tmp_path / "mine.parquet").label_names == ("sea", "sun")
    pq.write_table(pa.table({"text": ODD, "year": list(range(16))}), tmp_path / "none.parquet")
    with pytest.raises(InputError, match=r"none\.parquet has no column of labels"):
        load_data(tmp_path / "none.parquet")


def test_a_text_of_ten_megabytes(tmp_path):
    """A text of ten megabytes is read; the item's name is its beginning."""
    long = "lorem ipsum " * 850_000
    data = load_data(written(tmp_path / "mine.csv", {"text": [long, *ODD[1:]], "labels": LABELS}))
    assert len(texts(data)[0]) == len(long) - 1
    assert len(data.item_names[0]) == 80


def test_dictionaries_and_nulls(tmp_path):
    """Categorical text is read, and null is an empty text."""
    column = pa.array(["a", None, "b"] + ["c"] * 13).dictionary_encode()
    pq.write_table(pa.table({"text": column, "labels": LABELS}), tmp_path / "mine.parquet")
    assert texts(load_data(tmp_path / "mine.parquet", rows="item"))[:3] == ["a", "", "b"]
