"""Folders and archives of pictures and a JSON file that names them."""

import json

import pytest

from mlcl_core.data.readers import reader_of
from mlcl_core.errors import InputError
from tests.data.readers.exports import FORMS, named, written
from tests.data.readers.json_rows.reading import labels_of
from tests.data.readers.json_rows.test_fiftyone import sample, several

SETS = [["fog", "sea"], ["sun"], ["fog"], ["sun"], ["sea"], ["sun"], ["sea"], ["fog"]]
PICTURES = {f"data/{k}.png": raw for k, raw in enumerate(named(*map(str, range(8))).values())}
ROWS = [{"file_name": f"data/{k}.png", "labels": labels} for k, labels in enumerate(SETS)]
TABLES = {
    "metadata.jsonl": "\n".join(map(json.dumps, ROWS)),
    "anything.json": json.dumps(ROWS),
    "samples.json": json.dumps({"samples": [sample(k, truth=several(one)) for k, one in enumerate(SETS)]}),
}


def read(path):
    """A folder or an archive, opened here."""
    reader = reader_of(path)
    return reader.read(path, **{name: option.default for name, option in reader.params.items()})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TABLES)
def test_rows_name_pictures(tmp_path, form, name):
    """Lines as of the datasets library, an array, FiftyOne's samples beside its other file: pictures and labels."""
    files = {name: TABLES[name].encode(), "info.json": b'{"version": [1, 2], "name": "x"}'} | PICTURES
    loaded = read(written(tmp_path, files, form))
    assert labels_of(loaded) == SETS
    assert loaded.x[3].size == loaded.x[0].size


def test_other_files_of_json_are_no_tables(tmp_path):
    """Settings, and saved answers, do not hide folders of classes."""
    files = {f"{labels[0]}/{k}.png": raw for k, (labels, raw) in enumerate(zip(SETS, PICTURES.values(), strict=True))}
    others = {"settings.json": b'{"rows": [{"a": 1}]}', "x.csv.schema.json": b"{}", "broken.json": b"{"}
    loaded = read(written(tmp_path, files | others, "folder"))
    assert sorted(map(tuple, labels_of(loaded))) == sorted((labels[0],) for labels in SETS)


def test_several_tables_are_refused(tmp_path):
    """Two files that name pictures."""
    files = {"a.json": TABLES["anything.json"].encode(), "b.json": TABLES["anything.json"].encode()} | PICTURES
    with pytest.raises(InputError, match=r"holds 2 tables \(a.json, b.json\)"):
        read(written(tmp_path, files, "folder"))
