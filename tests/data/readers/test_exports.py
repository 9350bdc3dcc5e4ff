"""Exports of annotations with pictures: COCO, Datumaro and CVAT, in files, folders and archives."""

import copy
import json
from pathlib import Path

import pytest

from mlcl_core.cli import main
from mlcl_core.data import load_data
from mlcl_core.data.readers.json import recognise
from mlcl_core.errors import InputError
from tests.data.readers.exports import (
    CLASSES,
    FORMS,
    SETS,
    coco,
    cvat,
    datumaro,
    encoded,
    labels_of,
    named,
    written,
)

PICTURES = named(*SETS)
EXPORTS = {
    "annotations/instances_default.json": encoded(coco(SETS)),
    "annotations/default.json": encoded(datumaro(SETS)),
    "annotations.xml": cvat(SETS).encode(),
}


def refused(path: Path, message: str) -> None:
    """Check that a file is refused in one line that names it."""
    with pytest.raises(InputError, match=message) as caught:
        load_data(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("place", ["", "images/", "images/default/"])
def test_pictures_and_an_export(tmp_path, export, form, place):
    """The labels are those of what is marked in a picture, in the order of the classes, wherever the pictures are."""
    files = {export: EXPORTS[export]} | {f"{place}{name}": raw for name, raw in PICTURES.items()}
    data = load_data(written(tmp_path, files, form))
    assert labels_of(data) == {f"{place}{name}": labels for name, labels in SETS.items()}
    assert data.said == ()
    assert [int(data.items[row, 0, 32, 32]) for row in range(8)] == list(range(8))


@pytest.mark.parametrize("export", EXPORTS)
def test_the_file_alone(tmp_path, export):
    """The file itself is read with the pictures beside it, or in a folder beside it."""
    for place in ("", "images/"):
        folder = tmp_path / f"in {place[:-1]}"
        folder.mkdir()
        name = export.rpartition("/")[2]
        root = written(
            folder, {name: EXPORTS[export]} | {f"{place}{one}": raw for one, raw in PICTURES.items()}, "folder"
        )
        assert labels_of(load_data(root / name)) == {f"{place}{one}": labels for one, labels in SETS.items()}


def test_coco_as_it_is_published(tmp_path):
    """A document for each split, of which captions and key points of the same pictures are left out, said."""
    train, val = dict(list(SETS.items())[:5]), dict(list(SETS.items())[5:])
    files = {f"train2017/{name}": PICTURES[name] for name in train} | {
        f"val2017/{name}": PICTURES[name] for name in val
    }
    captions = {"images": coco(val)["images"], "annotations": [{"image_id": 100, "caption": "a day at sea", "id": 1}]}
    files |= {
        "annotations/instances_train2017.json": encoded(coco(train)),
        "annotations/instances_val2017.json": encoded(coco(val)),
        "annotations/person_keypoints_val2017.json": encoded(coco({name: set() for name in val})),
        "annotations/captions_val2017.json": encoded(captions),
    }
    data = load_data(written(tmp_path, files, "zip"))
    wanted = {f"train2017/{name}": one for name, one in train.items()} | {f"val2017/{name}": SETS[name] for name in val}
    assert labels_of(data) == wanted
    assert all(
        (split == "test") == name.startswith("val") for name, split in zip(data.item_names, data.split, strict=True)
    )
    assert data.said[0].startswith(
        "2 files left out (not needed beside annotations/instances_train2017.json, annotations/"
    )
    assert "there is no split test: validation is the test, and the validation is drawn from train" in data.said


@pytest.mark.parametrize("export", ["_annotations.coco.json", "default.json", "annotations.xml"])
def test_a_folder_for_each_split(tmp_path, export):
    """Exports in folders of splits, as Roboflow writes them, with pictures of one name in each."""
    files = {}
    sets = dict.fromkeys(("train", "valid", "test"), SETS)
    content = {"_annotations.coco.json": encoded(coco(SETS)), "default.json": encoded(datumaro(SETS))}
    for split in sets:
        files[f"{split}/{export}"] = content.get(export, EXPORTS["annotations.xml"])
        files |= {f"{split}/{name}": raw for name, raw in PICTURES.items()}
    files["README.roboflow.txt"] = b"made"
    data = load_data(written(tmp_path, files, "zip"))
    assert labels_of(data) == {f"{split}/{name}": labels for split in sets for name, labels in SETS.items()}
    words = {"train": "train", "valid": "validation", "test": "test"}
    assert data.split.tolist() == [words[name.split("/")[0]] for name in data.item_names]


def test_subsets_of_cvat(tmp_path):
    """CVAT's subsets called like splits are splits; others say nothing."""
    text = cvat(SETS, 'subset="Train"', "project").replace('id="6"', 'id="6" ').replace
    file = text('name="7.png" subset="Train"', 'name="7.png" subset="Test"').encode()
    data = load_data(written(tmp_path, {"annotations.xml": file} | PICTURES, "zip"))
    assert [name for name, split in zip(data.item_names, data.split, strict=True) if split == "test"] == ["7.png"]
    (tmp_path / "other").mkdir()
    file = cvat(SETS, 'subset="default"', "job").encode()
    assert load_data(written(tmp_path / "other", {"annotations.xml": file} | PICTURES, "zip")).said == ()


def test_panoptic_segments(tmp_path):
    """Segments of a panoptic annotation count like annotations of their own."""
    document = coco(SETS)
    document["annotations"] = [
        {"image_id": 100 + row, "segments_info": [{"category_id": 7 + CLASSES.index(label)} for label in labels]}
        for row, labels in enumerate(SETS.values())
    ]
    data = load_data(written(tmp_path, {"panoptic.json": encoded(document)} | PICTURES, "zip"))
    assert labels_of(data) == SETS


@pytest.mark.parametrize("export", EXPORTS)
def test_what_has_no_annotation_is_said(tmp_path, export):
    """Pictures without annotation have no label, and classes without one are no labels: both are said."""
    sets = {name: labels - {"fog"} if name != "3.png" else set() for name, labels in SETS.items()}
    kind = {"annotations/instances_default.json": coco, "annotations/default.json": datumaro}.get(export)
    raw = encoded(kind(sets)) if kind else cvat(sets).encode()
    data = load_data(written(tmp_path, {export: raw} | PICTURES, "zip"))
    assert data.label_names == ("sea", "sun")
    assert labels_of(data)["3.png"] == set()
    assert data.said == (
        "2 pictures without annotation, never annotated or of none of the classes, taken as without labels",
        "1 class without annotation, not among the labels: fog",
    )


@pytest.mark.parametrize("export", EXPORTS)
def test_pictures_that_are_not_there(tmp_path, export, capsys):
    """Without the pictures, mlcl data describes the labels, says what is missing, and names the options there are."""
    name = export.rpartition("/")[2]
    path = written(tmp_path, {name: EXPORTS[export]}, "folder") / name
    assert main(["data", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["items"], found["label_counts"]) == ("labels_only", 8, {"sea": 5, "sun": 4, "fog": 4})
    assert any("none of the pictures that column 'file' names, such as '1.png', is" in text for text in found["said"])
    refused(path, "holds labels only: none of the pictures")
    assert main(["data", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "    file    picture     picture" in lines
    assert "    labels  label       arrow_list" in lines


def test_some_pictures_that_are_not_there(tmp_path):
    """A picture that is missing among others is named with its row."""
    pictures = {name: raw for name, raw in PICTURES.items() if name != "5.png"}
    refused(
        written(tmp_path, {"c.json": encoded(coco(SETS))} | pictures, "zip"), r"picture '5\.png' at row 4 is missing"
    )


def test_options(tmp_path):
    """A class may be told to mean no label, and splits to be drawn; other options are refused."""
    files = {f"{split}/{name}": raw for name, raw in PICTURES.items() for split in ("train", "test")}
    path = written(tmp_path, files | {f"{split}/c.json": encoded(coco(SETS)) for split in ("train", "test")}, "zip")
    data = load_data(path, no_label="fog", split="none")
    assert data.label_names == ("sea", "sun")
    assert "validation" in data.split.tolist()
    with pytest.raises(
        InputError, match=r"is read as annotations in JSON .* which has no option text; its options are split"
    ):
        load_data(path, text="x")


def changed(**changes) -> bytes:
    """COCO's document with other values at these places: ``annotations__0__category_id``."""
    document = copy.deepcopy(coco(SETS))
    for place, value in changes.items():
        at = document
        *path, last = (int(part) if part.isdigit() else part for part in place.split("__"))
        for part in path:
            at = at[part]
        at[last] = value
    return encoded(document)


WHOLE = encoded(coco(SETS))
BAD_COCO = {
    "empty": (b" \n", r"mine\.json is empty; JSON is needed"),
    "cut": (WHOLE[:-200], r"mine\.json(: line 1, column \d+ is no JSON| is cut off)"),
    "a comma": (WHOLE.replace(b'"images"', b'"images",,'), r"mine\.json: line 1, column \d+ is no JSON"),
    "nested": (b"[" * 100_000, r"mine\.json: entry 0 is nested too deeply"),
    "nested objects": (b'{"images":' * 100_000, r"mine\.json: entry 0 is nested too deeply"),
    "no text": (b"\xff\xfe\xfd{}", r"mine\.json: line 1 \(byte 4\) is no UTF-16"),
    "a long number": (b"[" + b"9" * 10_000 + b"]", r"mine\.json: entry 0 holds a number of more than \d+ digits"),
    "another document": (b'{"a": 1}', r"mine\.json is one object with the keys a; in none of them"),
    "a list": (b"[1, 2]", "entry 0 is a number; it must be an object"),
    "no pictures": (changed(images=[], annotations=[]), r"mine\.json names no picture"),
    "no labels": (changed(annotations=[]), "holds no label; at least one item needs one"),
    "an unknown picture": (
        changed(annotations__3__image_id=5),
        r"annotations\[3\] is of image 5, which is not among the",
    ),
    "a picture by a text": (
        changed(annotations__3__image_id="100"),
        r"annotations\[3\] is of image '100', which is not",
    ),
    "an unknown class": (
        changed(annotations__2__category_id=99),
        r"annotations\[2\] is of category 99, which is not among",
    ),
    "no class": (
        changed(annotations__2__category_id=None),
        r"annotations\[2\]: category_id is missing; it must be a whole",
    ),
    "a list for an id": (
        changed(annotations__2__image_id=[1]),
        r"annotations\[2\]: image_id is \[1\]; it must be a whole",
    ),
    "no object": (changed(annotations__1=7), r"annotations\[1\] is 7; it must be an object"),
    "an id twice": (changed(images__1__id=100), r"images\[1\]: id 100 stands twice, for '1.png' and '2.png'"),
    "a class twice": (changed(categories__1__id=7), r"categories\[1\]: id 7 stands twice, for 'sea' and 'sun'"),
    "no file": (changed(images__1__file_name=""), r"images\[1\]: file_name is ''; it must be a text"),
    "a picture twice": (
        changed(images__1__file_name="1.png"),
        r"names picture '1\.png' twice, once with labels sea, once with labels sun",
    ),
    "half a character": (changed(categories__0__name="\ud800"), r"is no text in Unicode: half of a character"),
    "a way out": (changed(images__1__file_name="../../x.png"), r"leads out of its folder by '\.\.'"),
    "an absolute path": (changed(images__1__file_name="/etc/passwd"), r"is an absolute path; it must be relative"),
}


@pytest.mark.parametrize("case", BAD_COCO)
def test_refuses_coco(tmp_path, case):
    """Anything wrong with a document is one line with its place."""
    raw, message = BAD_COCO[case]
    path = written(tmp_path, {"mine.json": raw} | PICTURES, "folder") / "mine.json"
    refused(path, message)


def test_several_files_of_one_name(tmp_path):
    """A picture that is in several folders is not guessed; one in two documents is in one too many."""
    pictures = {f"{place}/{name}": raw for name, raw in PICTURES.items() for place in "ab"}
    path = written(tmp_path, {"x/c.json": WHOLE} | pictures, "folder")
    refused(path, r"c\.json: image 100 '1\.png' is several files: a/1\.png, b/1\.png")
    (tmp_path / "two").mkdir()
    path = written(tmp_path / "two", {"c.json": WHOLE, "d.json": WHOLE} | PICTURES, "folder")
    refused(path, r"picture '1\.png' stands in c\.json and in d\.json")


def test_categories_of_one_name_are_one_label(tmp_path):
    """Two ids of one name are one label: their pictures have it."""
    document = json.loads(changed(categories__1__name="sea"))
    data = load_data(written(tmp_path, {"c.json": encoded(document)} | PICTURES, "zip"))
    assert labels_of(data)["2.png"] == {"sea"}


ITEM = r"items\[1\]"
BAD_DATUMARO = {
    "an id twice": (("items", 1, "id", "1"), rf"{ITEM}: id '1' stands twice; every item needs an id of its own"),
    "no picture": (("items", 1, "image", None), rf"{ITEM}: image is missing; it must be an object with path"),
    "no path": (("items", 1, "image", {}), rf"{ITEM}\.image: path is missing; it must be a text"),
    "no list": (("items", 1, "annotations", 5), rf"{ITEM}\.annotations is 5; it must be a list"),
    "an unknown label": (
        ("items", 1, "annotations", [{"label_id": 3}]),
        rf"{ITEM}\.annotations\[0\]: label_id is 3; there are 3 labels, counted from 0",
    ),
    "a label below zero": (("items", 1, "annotations", [{"label_id": -1}]), "label_id is -1; there are 3 labels"),
    "a label without a name": (("categories", "label", "labels", [{}]), r"labels\[0\]: name is missing"),
}


@pytest.mark.parametrize("case", BAD_DATUMARO)
def test_refuses_datumaro(tmp_path, case):
    """Anything wrong with a document of Datumaro is one line with its place."""
    (*place, last, value), message = BAD_DATUMARO[case]
    document = datumaro(SETS)
    at = document
    for part in place:
        at = at[part]
    at[last] = value
    refused(written(tmp_path, {"d.json": encoded(document)} | PICTURES, "folder") / "d.json", message)


XML = cvat(SETS)
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>"
BAD_CVAT = {
    "empty": ("", "is no sound XML file: no element found"),
    "cut": (XML[:-400], "is no sound XML file: "),
    "an entity": (XML.replace("<annotations>", f"{LAUGHS}<annotations>", 1), "line 2 declares a document type; CVAT's"),
    "another root": ("<html></html>", r"line 1 begins with <html>; CVAT's <annotations>"),
    "nested": (
        "<annotations>" + "<a>" * 100 + "</a>" * 100 + "</annotations>",
        "has more than 32 elements in each other",
    ),
    "a video": (
        XML.replace("<image", '<track id="0" label="sea"></track><image', 1),
        "line 2 has a <track>, of a video",
    ),
    "no pictures": ("<annotations></annotations>", "names no picture; CVAT's <annotations>"),
    "no name": (XML.replace('name="3.png"', ""), "line 2 has an <image> without a name"),
    "an unknown label": (
        XML.replace('<tag label="sea"', '<tag label="lake"', 1),
        r"line 2 has label 'lake' on '1\.png', which is not declared; declared are sea, sun, fog",
    ),
    "a picture twice": (
        XML.replace('name="2.png"', 'name="1.png"'),
        r"names picture '1\.png' twice, once with labels sea, once with",
    ),
}


@pytest.mark.parametrize("case", BAD_CVAT)
def test_refuses_cvat(tmp_path, case):
    """Anything wrong with a file of CVAT is one line with its place."""
    text, message = BAD_CVAT[case]
    refused(written(tmp_path, {"annotations.xml": text.encode()} | PICTURES, "folder") / "annotations.xml", message)


def test_recognised_by_content():
    """Documents are told apart by what they hold; anything else is none of them."""
    assert recognise(coco(SETS)).name == "coco"
    assert recognise(datumaro(SETS)).name == "datumaro"
    for other in (None, 5, "images", [], [coco(SETS)], {}, {"images": {}, "annotations": [], "categories": []}):
        assert recognise(other) is None
