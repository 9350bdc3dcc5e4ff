"""Pascal VOC's XML file for each picture, with lists of splits or a folder for each."""

import pytest

from mlcl_core.data import load_data
from mlcl_core.errors import InputError
from tests.data.readers.exports import FORMS, SETS, labels_of, named, written


def xml(name: str, labels: list[str]) -> bytes:
    """The file of a picture: each object twice, one of them difficult and with a part."""
    objects = "".join(
        f"<object><name>{label}</name><difficult>{difficult}</difficult><bndbox><xmin>1</xmin></bndbox>"
        f"<part><name>hand</name></part></object>"
        for label in labels
        for difficult in (0, 1)
    )
    head = f"<folder>x</folder><filename>{name}</filename><source><annotation>PASCAL</annotation></source>"
    return f"<annotation>{head}<size><width>3</width></size>{objects}</annotation>".encode()


def published() -> dict[str, bytes]:
    """Pictures, their files, and lists: six to train and validate on, two to test on."""
    names = [name.removesuffix(".png") for name in SETS]
    files = {f"VOC2007/Annotations/{name}.xml": xml("stale.jpg", sorted(SETS[f"{name}.png"])) for name in names}
    files |= {f"VOC2007/JPEGImages/{name}": raw for name, raw in named(*SETS).items()}
    lists = {"train": names[:4], "val": names[4:6], "trainval": names[:6], "test": names[6:7], "sun_train": names}
    return files | {
        f"VOC2007/ImageSets/Main/{word}.txt": "\n".join(f"{name} -1" for name in each).encode()
        for word, each in lists.items()
    }


@pytest.mark.parametrize("form", FORMS)
def test_as_it_is_published(tmp_path, form):
    """The labels are the names of objects, not of their parts; the lists are the splits; what is in none is said."""
    data = load_data(written(tmp_path, published(), form))
    found = {name.rpartition("/")[2]: labels for name, labels in labels_of(data).items()}
    assert found == {name: labels for name, labels in SETS.items() if name != "8.png"}
    splits = dict(zip(found, data.split.tolist(), strict=True))
    lists = {"train": "1234", "validation": "56", "test": "7"}
    assert splits == {f"{stem}.png": split for split, stems in lists.items() for stem in stems}
    assert any(text.startswith("1 file left out (in no list of a split): ") for text in data.said)


def test_trainval(tmp_path):
    """Where there is no list to train on, the one to train and validate on is."""
    files = {name: raw for name, raw in published().items() if not name.endswith(("/train.txt", "/val.txt"))}
    data = load_data(written(tmp_path, files, "folder"))
    assert sorted(data.split.tolist())[:1] == ["test"]
    assert len(data) == 7


def test_a_folder_for_each_split(tmp_path):
    """Files beside the pictures, in folders of splits, as other programs export them; one stem in several folders."""
    files = {}
    for split in ("train", "valid", "test"):
        for name, raw in named(*SETS).items():
            files |= {f"{split}/{name}": raw, f"{split}/{name[:-3]}xml": xml(name, sorted(SETS[name]))}
    data = load_data(written(tmp_path, files, "zip"))
    words = {"train": "train", "valid": "validation", "test": "test"}
    assert data.split.tolist() == [words[name.partition("/")[0]] for name in data.item_names]
    assert labels_of(data)["test/5.png"] == SETS["5.png"]


WHOLE = {f"a/{name}": raw for name, raw in named(*SETS).items()} | {
    f"b/{name[:-3]}xml": xml(name, sorted(labels)) for name, labels in SETS.items()
}
BAD = {
    "cut": ({"b/2.xml": xml("2.png", ["sun"])[:-30]}, r"b/2\.xml is no sound XML file"),
    "an entity": (
        {"b/2.xml": b"<!DOCTYPE a [<!ENTITY x 'y'>]>" + xml("2.png", ["sun"])},
        "line 1 declares a document type",
    ),
    "another root": ({"b/2.xml": b"<html/>"}, r"b/2\.xml: line 1 begins with <html>; <annotation> with an <object>"),
    "no name": ({"b/2.xml": xml("2.png", [" "])}, r"b/2\.xml: line 1 has an <object> without a name"),
    "several pictures": ({"c/2.png": b"x"}, r"b/2\.xml: several pictures are called like it: a/2\.png, c/2\.png"),
    "two lists": (
        {f"ImageSets/Main/{word}.txt": b"1\n2\n" for word in ("train", "test")},
        "'1' stands in the lists of train and of test",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(tmp_path, case):
    """Anything wrong with a file is one line that names it."""
    more, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        load_data(written(tmp_path, WHOLE | more, "zip"))
    assert "\n" not in str(caught.value)
