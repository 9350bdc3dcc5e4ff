"""The guess at a file's contents: from the words of its header, else from its cells; corrected by editing it."""

import csv
import io
import zipfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlcl_core.data.guess import ONE_LABEL, SHOWN, guess, guess_here
from PIL import Image

from mlcl_core.data import load_data
from mlcl_core.data.files import build_dataset, reader_of
from mlcl_core.errors import InputError

SENTENCES = ("A cat sleeps under the table", "Rain falls on the old harbour", "The robot looks at an empty road")
TAGS = ("animal", "sea", "city", "calm")


def rows_of(count: int) -> list[dict]:
    """Films: a number, a sentence, one to three tags, a year and a maker each."""
    return [
        {
            "no": row,
            "what happens": f"{SENTENCES[row % 3]} number {row}",
            "topics": ";".join(TAGS[: 1 + row % 3]),
            "year": 1990 + row % 30,
            "made by": f"Maker {row}",
        }
        for row in range(count)
    ]


@pytest.fixture
def save(tmp_path):
    """Write rows as CSV, or text or bytes as they are; the path."""

    def write(content, name="mine.csv", delimiter=",", encoding="utf-8"):
        if isinstance(content, list):
            text = io.StringIO()
            writer = csv.DictWriter(text, list(content[0]), delimiter=delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(content)
            content = text.getvalue()
        path = tmp_path / name
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    return write


def read(found, path):
    """The data of a file, read with the guess's parameters."""
    reader = reader_of(path)
    return build_dataset(reader.read(path, **found.params), path, 0)


def roles(found) -> dict[str, str]:
    """The role of each column."""
    return {column.name: found.role(column) for column in found.columns}


def test_texts_and_lists_without_a_name(save):
    """From the cells: long and different ones are the text, entries that recur are labels; the rest is unused."""
    path = save(rows_of(60))
    found = guess(path)
    assert (found.format, found.kind, found.text, found.labels, found.separator) == (
        *("csv", "text", "what happens", ("topics",), ";"),
    )
    assert roles(found) == dict(zip(rows_of(1)[0], ("nothing", "text", "label", "nothing", "nothing"), strict=True))
    assert len(found.preview) == SHOWN
    assert found.preview[1][:3] == ("1", "Rain falls on the old harbour number 1", "animal;sea")
    data = read(found, path)
    assert (data.kind, data.label_names) == ("text", ("animal", "city", "sea"))


def test_names_come_first(save):
    """Columns called text, genres, id and split are text, labels, name and split, whatever they hold."""
    rows = [
        {
            "id": f"f{row}",
            "text": "short",
            "long one": f"{SENTENCES[row % 3]} {row}",
            "genres": TAGS[row % 4],
            "split": s,
        }
        for row, s in enumerate(["train"] * 20 + ["val"] * 5 + ["test"] * 5)
    ]
    path = save(rows)
    found = guess(path)
    assert roles(found) == {"id": "name", "text": "text", "long one": "nothing", "genres": "label", "split": "split"}
    data = read(found, path)
    assert data.item_names[:2] == ("f0", "f1")
    assert (data.split == "validation").sum() == 5


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), ("|", "a.csv")])
def test_the_delimiter(save, delimiter, name):
    """The delimiter is guessed from the header, as by the reader, and is among the parameters."""
    rows = [row | {"topics": row["topics"].replace(";", "/")} for row in rows_of(40)]
    path = save(rows, name, delimiter)
    found = guess(path)
    assert found.delimiter == delimiter
    assert found.params["delimiter"] == ("tab" if delimiter == "\t" else delimiter)
    assert [column.name for column in found.columns] == list(rows[0])
    assert read(replace(found, labels=("topics",), separator="/"), path).labels.shape[1] == 3


def test_the_wrong_delimiter_gives_one_column(save):
    """With a wrong delimiter nothing is found and nothing fails: the header is one column, as it would be read."""
    path = save(rows_of(20))
    found = guess(path, delimiter="|")
    assert len(found.columns) == 1
    with pytest.raises(InputError, match="delimiter is 'x'"):
        guess(path, delimiter="x")


@pytest.mark.parametrize("separator", [";", "|", ","])
def test_the_separator_of_labels(save, separator):
    """The separator is the mark between recurring entries."""
    rows = [row | {"topics": row["topics"].replace(";", separator)} for row in rows_of(60)]
    path = save(rows)
    found = guess(path)
    assert (found.labels, found.separator) == (("topics",), separator)
    assert read(found, path).label_names == ("animal", "city", "sea")
    whole = read(replace(found, separator=ONE_LABEL), path)
    assert whole.label_names == tuple(sorted({row["topics"] for row in rows}))


def test_columns_of_zero_and_one(save):
    """Columns of 0 and 1 at the end are the labels; beside numbers, columns of words are left out."""
    rng = np.random.default_rng(0)
    rows = [
        {"name": f"n{row}", "flag": row % 2, "width": rng.random(), "country": "UK", "sea, sky": row % 2, "sun": 1}
        for row in range(30)
    ]
    path = save(rows)
    found = guess(path)
    assert (found.kind, found.labels) == ("features", ("sea, sky", "sun"))
    assert roles(found)["flag"] == "feature"
    assert found.params["ignore"] == "country"
    data = read(found, path)
    assert (data.tensor.shape, data.label_names) == ((30, 2), ("sea, sky", "sun"))
    one = read(replace(found, labels=("sun",)), path)
    assert (one.tensor.shape, one.label_names) == ((30, 3), ("sun",))


def test_zero_and_one_beside_texts(save):
    """Comments with a column for each kind of fault are texts and labels."""
    rows = [{"remark": f"{SENTENCES[row % 3]} {row}", "rude": row % 2, "loud": int(row % 3 == 0)} for row in range(30)]
    path = save(rows)
    found = guess(path)
    assert (found.kind, found.text, found.labels) == ("text", "remark", ("rude", "loud"))
    assert read(found, path).label_names == ("rude", "loud")


def test_one_label_a_row(save):
    """A few recurring words are one label per row."""
    rows = [{"a": row, "b": row * 0.5, "species": TAGS[row % 3]} for row in range(60)]
    path = save(rows)
    found = guess(path)
    assert (found.kind, found.labels, found.separator) == ("features", ("species",), "")
    assert read(found, path).label_names == ("animal", "city", "sea")


def test_nothing_like_labels(save):
    """No labels are invented; they must be chosen."""
    path = save([{"a": row, "b": row * 0.5, "who": f"n{row}"} for row in range(40)])
    found = guess(path)
    assert found.labels == ()
    with pytest.raises(InputError, match="has no column of labels"):
        read(found, path)


def test_corrected_by_editing(save):
    """After changes of text, names and split, the parameters follow, without those that the reader finds by name."""
    rows = [
        {"id": row, "title": f"{SENTENCES[row % 3]} {row}", "text": f"t{row}", "labels": TAGS[row % 4], "split": "x"}
        for row in range(40)
    ]
    path = save(rows)
    found = guess(path)
    assert (found.names, found.split, found.text) == ("id", "split", "text")
    with pytest.raises(InputError, match="split of row 0 is 'x'"):
        read(found, path)
    right = replace(found, text="title", names=None, split=None)
    assert right.params["ignore"] == "id,split"
    data = read(right, path)
    assert data.items[0] == f"{SENTENCES[0]} 0"
    assert data.item_names[0] == f"{SENTENCES[0]} 0"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_and_scripts(save, encoding):
    """A byte order mark, UTF-16, right-to-left text, markup and formulas are shown as written."""
    hostile = (
        "<script>alert(1)</script> is the text here",
        "=cmd|' /C calc'!A0 is the text here",
        "مرحبا بالعالم من هنا يا صديقي",
    )
    rows = [{"text": f"{hostile[row % 3]} {row}", "labels": "<b>x</b>;=1+1"} for row in range(12)]
    path = save(rows, encoding=encoding)
    found = guess(path)
    assert (found.header, found.text) == (("text", "labels"), "text")
    assert [row[0] for row in found.preview[:3]] == [f"{words} {row}" for row, words in enumerate(hostile)]
    assert read(found, path).label_names == ("<b>x</b>", "=1+1")


def test_only_the_first_rows_count(save, monkeypatch):
    """Later rows do not change the guess, even a broken one."""
    monkeypatch.setattr("mlcl_core.data.guess.ROWS", 30)
    text = save(rows_of(30)).read_text()
    path = save(text + 'x,"never closed\n' + "1,2\n" * 50)
    assert guess_here(path).labels == ("topics",)
    with pytest.raises(InputError, match="line 32"):
        read(guess_here(path), path)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("", "a.csv", "is empty; a line with the names of the columns is needed"),
        ("\n\n", "a.csv", "is empty"),
        ("text,labels\n", "a.csv", "names columns but has no rows"),
        (b"PAR1 no", "a.parquet", "is damaged or not a Parquet file"),
        (b"no zip", "a.zip", "a.zip"),
        (b"no arrays", "a.npz", "a.npz"),
        ("x", "a.docx", "no format has this ending"),
    ],
)
def test_files_without_rows(save, content, name, message):
    """An empty file, a header alone, a damaged file and one of another kind are one error line each."""
    with pytest.raises(InputError, match=message):
        guess(save(content, name))


def test_no_file(tmp_path):
    """A missing file is one error line."""
    with pytest.raises(InputError, match="there is no file"):
        guess(tmp_path / "a.csv")


def test_parquet(tmp_path):
    """Lists need no separator; nothing beyond the first rows is read."""
    rows = rows_of(60)
    table = pa.table(
        {"what happens": [row["what happens"] for row in rows], "tags": [row["topics"].split(";") for row in rows]}
    )
    path = tmp_path / "films.parquet"
    pq.write_table(table, path, row_group_size=20)
    found = guess(path)
    assert (found.kind, found.text, found.labels, found.separator) == ("text", "what happens", ("tags",), "")
    assert "delimiter" not in found.params
    assert found.preview[1][1] == "animal, sea"
    assert read(found, path).label_names == ("animal", "city", "sea")


def picture(row: int) -> bytes:
    """A small PNG."""
    raw = io.BytesIO()
    Image.new("RGB", (9, 9), (20 * row, 0, 0)).save(raw, "PNG")
    return raw.getvalue()


def test_pictures_in_parquet(tmp_path):
    """Encoded bytes are pictures, whatever the column's name."""
    table = pa.table({"shot": [picture(row) for row in range(10)], "tags": [["a", "b"], ["b"]] * 5})
    path = tmp_path / "shots.parquet"
    pq.write_table(table, path)
    found = guess(path)
    assert (found.kind, found.picture, found.labels) == ("picture", "shot", ("tags",))
    assert found.preview[0] == ("(bytes)", "a, b")
    assert read(found, path).tensor.shape == (10, 3, 64, 64)


@pytest.mark.parametrize("inside", ["", "shots/"])
def test_pictures_in_a_zip_and_a_folder(tmp_path, inside):
    """The guess reads the table; the reader opens the pictures."""
    text = "file_name,labels\n" + "".join(f"{row}.png,{'a;b' if row % 2 else 'b'}\n" for row in range(10))
    folder = tmp_path / "shots"
    folder.mkdir()
    with zipfile.ZipFile(tmp_path / "shots.zip", "w") as archive:
        for name, raw in [("table.csv", text.encode()), *((f"{row}.png", picture(row)) for row in range(10))]:
            archive.writestr(f"{inside}{name}", raw)
            (folder / name).write_bytes(raw)
    for path, format in ((tmp_path / "shots.zip", "zip"), (folder, "folder")):
        found = guess(path)
        assert (found.format, found.kind, found.picture, found.labels) == (format, "picture", "file_name", ("labels",))
        assert read(found, path).label_names == ("a", "b")


def test_formats_without_columns(tmp_path):
    """For arrays, the guess is a preview of names, labels and numbers, with nothing to correct."""
    path = tmp_path / "a.npz"
    np.savez(path, X=np.arange(40.0).reshape(10, 4), Y=np.tile([[1, 0], [1, 1]], (5, 1)))
    found = guess(path)
    assert (found.format, found.kind, found.columns, found.params) == ("npz", "features", (), {})
    assert found.header == ("item", "labels", "values")
    assert found.preview[1] == ("row 1", "label 0, label 1", "4, 5, 6, 7")


def test_options_of_other_formats(tmp_path):
    """An ARFF file that doesn't say its labels gives a guess without a preview until the option is set."""
    path = tmp_path / "a.arff"
    head = "@relation a\n@attribute p numeric\n@attribute sea {0,1}\n@attribute sun {0,1}\n@data\n"
    path.write_text(head + "".join(f"{row},{row % 2},1\n" for row in range(10)))
    assert guess(path).preview == ()
    found = guess(path, options={"labels": "2"})
    assert found.preview[1] == ("row 1", "sea, sun", "1")
    assert read(found, path).label_names == ("sea", "sun")


def test_repeated_names_of_columns(save):
    """The guess shows repeated names; the reader refuses them."""
    path = save("text,a,a\n" + "one two three four five,1,0\n" * 20)
    with pytest.raises(InputError, match="column 'a' stands twice"):
        read(guess(path), path)


def test_chosen_names_split_and_group(tmp_path):
    """Parameters name the chosen columns, except those that the reader finds by their names."""
    path = tmp_path / "mine.csv"
    fold = ["test" if i % 4 == 0 else "train" for i in range(40)]
    rows = [f"a{i},u{i},{fold[i]},p{i % 7},some words that are text {i},sea;sun" for i in range(40)]
    path.write_text("id,url,fold,patient,text,labels\n" + "\n".join(rows))
    found = guess(path)
    assert (found.names, found.split, found.group) == ("id", None, None)
    assert not any(found.params.get(name) for name in ("names", "split", "group"))
    chosen = replace(found, names="url", split="fold", group="patient")
    assert {column.name: chosen.role(column) for column in chosen.columns}["patient"] == "group"
    data = load_data(path, **chosen.params)
    assert data.item_names[3] == "u3"
    assert data.split[4] == "test"


def test_an_index_as_names(tmp_path):
    """A first column without a name may be chosen as the names, which the reader uses by itself."""
    path = tmp_path / "mine.csv"
    path.write_text(",text,labels\n" + "\n".join(f"r{i},some words that are text {i},sea;sun" for i in range(20)))
    data = load_data(path, **replace(guess(path), names="").params)
    assert data.item_names[0] == "r0"
