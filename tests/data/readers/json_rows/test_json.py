"""JSON in an array or in one object: rows are found in it, whatever they are called."""

import json

import pandas as pd
import pytest

from mlcl_core.errors import InputError
from tests.data.readers.json_rows.reading import TEXT, labels_of, read, saved

SETS = [["sea"], ["fog", "sea"], [], ["sun"]]
ROWS = [{"text": f"{TEXT} {k}", "labels": labels} for k, labels in enumerate(SETS)]
TEXTS = [row["text"] for row in ROWS]

DOCUMENTS = {
    "an array": ROWS,
    "data": {"version": "1.0", "data": ROWS},
    "any key": {"info": {"by": "x"}, "stories": ROWS},
    "data beside others": {"users": [{"id": 1}], "rows": ROWS},
    "columns of lists": {"text": TEXTS, "labels": SETS},
    "pandas, columns": json.loads(pd.DataFrame(ROWS).to_json()),
    "pandas, records": json.loads(pd.DataFrame(ROWS).to_json(orient="records")),
    "pandas, index": json.loads(pd.DataFrame(ROWS).to_json(orient="index")),
    "pandas, split": json.loads(pd.DataFrame(ROWS).to_json(orient="split")),
    "pandas, table": json.loads(pd.DataFrame(ROWS).to_json(orient="table")),
    "by name": {f"item {k}": row for k, row in enumerate(ROWS)},
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_rows_are_found(tmp_path, document):
    """Rows in an array, under any key, by columns, by name, and in all of pandas' orients."""
    loaded = read(saved(tmp_path, document))
    assert list(loaded.x) == TEXTS
    assert labels_of(loaded) == SETS


@pytest.mark.parametrize("indent", [None, 2])
def test_lines_of_an_array_do_not_matter(tmp_path, indent):
    """An array over several lines is the same as one in a line."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(ROWS, indent=indent))
    assert labels_of(read(path)) == SETS


def test_splits(tmp_path):
    """Lists of objects under train and test are their splits."""
    loaded = read(saved(tmp_path, {"train": ROWS, "test": [row | {"text": row["text"] + " t"} for row in ROWS]}))
    assert loaded.split.tolist() == ["train"] * 4 + ["test"] * 4
    assert any("their splits" in text for text in loaded.said)


def test_labels_by_name(tmp_path):
    """Lists of labels by the names of items are a table of labels without items."""
    loaded = read(saved(tmp_path, {"a": ["sea"], "b": ["sea", "fog"], "c": []}))
    assert (labels_of(loaded), loaded.item_names) == ([["sea"], ["fog", "sea"], []], ("a", "b", "c"))
    assert "no column holds items" in loaded.missing


def test_pictures(tmp_path):
    """Names of files beside the document are pictures."""
    from PIL import Image

    for k in range(4):
        Image.new("RGB", (8, 8), (k, 0, 0)).save(tmp_path / f"{k}.png")
    rows = [{"file_name": f"{k}.png", "labels": labels} for k, labels in enumerate(SETS)]
    loaded = read(saved(tmp_path, rows))
    assert [loaded.x[k].size for k in range(4)] == [(8, 8)] * 4


BROKEN = {
    "an empty array": ("[]", "is an empty list"),
    "an empty object": ("{}", "is an empty object"),
    "numbers": ("[1, 2]", "entry 0 is a number; it must be an object"),
    "arrays": ('[["a", 1], ["b", 2]]', "entry 0 is a list; it must be an object"),
    "one other": ('[{"a": 1}, null]', "entry 1 is null; it must be an object"),
    "cut off": (json.dumps(ROWS)[:-20], r"is cut off: it ends within entry 3"),
    "cut off after a comma": ('[{"a": 1},', "is cut off: it ends within entry 1"),
    "cut off, an object": (json.dumps({"data": ROWS})[:-9], "is cut off"),
    "text behind": ("[{}] x", "line 1, column 5 is no JSON: text stands behind the list"),
    "single quotes": ("[{'text': 'a'}]", "line 1, column 3 is no JSON"),
    "a comma is missing": ('[{"a": 1}\n {"a": 2}]', "line 2, column 2 is no JSON: Expecting"),
    "nested": ("[" * 10_000, "nested too deeply"),
    "nested objects": ('{"a":' * 10_000 + "1" + "}" * 10_000, "nested too deeply"),
    "a key twice": ('[{"labels": ["a"], "labels": ["b"]}]', "entry 0: key 'labels' stands twice"),
    "no rows": (json.dumps({"a": {"b": 1}, "c": 2}), "is one object with the keys a, c"),
    "HTML": ("<html></html>", "is no JSON: it begins with '<html></html>'"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_broken_files_are_refused(tmp_path, broken):
    """The message names the file, the place and what is wrong."""
    text, message = broken
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_too_many_keys_are_refused(tmp_path, monkeypatch):
    """Every object with a key of its own is no table."""
    monkeypatch.setattr("mlcl_core.data.tables.draft.MAX_COLUMNS", 50)
    with pytest.raises(InputError, match="at most 50 can be read"):
        read(saved(tmp_path, [{f"k{k}": 1} for k in range(60)]))
