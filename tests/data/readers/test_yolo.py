"""YOLO's text file for each picture, with the names of classes in YAML or in a list."""

import pytest

from mlcl_core.data import load_data
from mlcl_core.errors import InputError
from tests.data.readers.exports import CLASSES, FORMS, SETS, labels_of, named, written

YAML = b"path: ../x\ntrain: train/images\nnc: 3\nnames: ['sea', 'sun', 'fog']\n"
BY_NUMBER = b"names:\n  0: sea\n  1: sun\n  2: fog\n"
LIST = b"sea\nsun\nfog\n"


def lines(labels: set[str]) -> bytes:
    """The lines of a picture: a box and an outline for each label."""
    numbers = [CLASSES.index(label) for label in sorted(labels)]
    return "".join(f"{number} 0.5 0.5 1 1\n{number} 0 0 1 0 1 1 0 1\n" for number in numbers).encode()


def exported(names: str, raw: bytes, pictures: str, texts: str) -> dict[str, bytes]:
    """The file of names, and pictures and their lines in folders that may hold a split."""
    files = {names: raw, "README.txt": b"x"}
    for split in ("train", "val", "test") if "{}" in pictures else ("",):
        for name, picture in named(*SETS).items():
            files[f"{pictures.format(split)}{name}"] = picture
            if SETS[name] != {"sea"}:
                files[f"{texts.format(split)}{name[:-3]}txt"] = lines(SETS[name])
    return files


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("names", "raw", "pictures", "texts"),
    [
        ("data.yaml", YAML, "{}/images/", "{}/labels/"),
        ("coco8.yml", BY_NUMBER, "images/{}/", "labels/{}/"),
        ("obj.names", LIST, "obj_train_data/", "obj_train_data/"),
        ("classes.txt", LIST, "images/", "labels/"),
    ],
)
def test_labels_and_splits(tmp_path, names, raw, pictures, texts, form):
    """In each usual arrangement the labels are the classes in the lines; a picture without lines has none, said."""
    data = load_data(written(tmp_path, exported(names, raw, pictures, texts), form))
    for name, labels in labels_of(data).items():
        wanted = SETS[name.rpartition("/")[2]]
        assert labels == (wanted if wanted != {"sea"} else set())
    count = 8 * (3 if "{}" in pictures else 1)
    assert len(data) == count
    assert any("without annotation, never annotated or of none of the classes" in text for text in data.said)
    if "{}" in pictures:
        words = {"train": "train", "val": "validation", "test": "test"}
        assert all(f"{word}/" in name for name, split in zip(data.item_names, data.split, strict=True)
                   for word, known in words.items() if known == split)  # fmt: skip


def test_names_that_yaml_reads_as_something_else(tmp_path):
    """A class may be called no, 1.0 or null; the names are texts as they are written."""
    files = exported("data.yaml", b"names: [no, 1.0, null]", "images/", "labels/")
    assert set(load_data(written(tmp_path, files, "zip")).label_names) == {"no", "1.0", "null"}


WHOLE = exported("data.yaml", YAML, "images/", "labels/")
BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nnames: [sea, sun, *b]\n"
BAD = {
    "no YAML": ({"data.yaml": b"names: ['sea"}, r"data\.yaml is no sound YAML: while scanning"),
    "nested": ({"data.yaml": b"names: " + b"[" * 5000}, r"data\.yaml is no sound YAML"),
    "lists in each other": ({"data.yaml": BOMB}, r"data\.yaml: the name of class 2 is no text"),
    "an object": (
        {"data.yaml": b"names: !!python/object/apply:os.system ['true']"},
        "without annotation|of class 1|names",
    ),
    "a text for names": ({"data.yaml": b"names: sea"}, r"data\.yaml: names must be a list of the classes' names"),
    "no number": (
        {"labels/3.txt": b"sea 0.5 0.5 1 1"},
        r"labels/3\.txt: line 1 is 'sea 0\.5 0\.5 1 1'; it must be the",
    ),
    "a short line": ({"labels/3.txt": b"\n0 0.5\n"}, r"labels/3\.txt: line 2 is '0 0\.5'; it must be the number of a"),
    "an unknown class": ({"labels/3.txt": b"7 0.5 0.5 1 1"}, r"labels/3\.txt: line 1 is of class 7; there are 3 names"),
    "no text": ({"labels/3.txt": b"\xff\x00\x01"}, r"labels/3\.txt: line 1 is "),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(tmp_path, case):
    """Anything wrong with a file is one line that names it and the line in it; nothing in YAML is run."""
    more, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        load_data(written(tmp_path, WHOLE | more, "zip"))
    assert "\n" not in str(caught.value)


def test_a_file_of_no_picture_is_said(tmp_path):
    """A file of lines that belongs to no picture is left out and said."""
    data = load_data(written(tmp_path, WHOLE | {"labels/99.txt": lines({"sea"})}, "zip"))
    assert "1 file left out (no picture is called like it): labels/99.txt" in data.said
