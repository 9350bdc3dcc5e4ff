"""Pictures in a folder for each class: labels, splits, folders in each other, copies, and what is left out."""

import os
from dataclasses import asdict

import pytest

from mlcl_core.cli import main
from mlcl_core.data import load_data
from mlcl_core.data.look import look
from mlcl_core.data.readers import members
from mlcl_core.data.readers.splits import split_word
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from tests.data.readers.exports import FORMS, labels_of, named, png, written

PETS = named(*(f"{'cats' if row % 2 else 'dogs'}/{row}.png" for row in range(8)))
PETS_ORDER = {name: number for number, name in enumerate(PETS)}


@pytest.mark.parametrize("form", FORMS)
def test_the_folder_is_the_label(tmp_path, form):
    """Each picture has one label, the name of its folder; the same in a folder and in archives."""
    data = load_data(written(tmp_path, PETS, form))
    assert data.label_names == ("cats", "dogs")
    assert labels_of(data) == {name: {name.partition("/")[0]} for name in PETS}
    assert data.said == ()
    assert [int(data.items[row, 0, 32, 32]) for row in range(8)] == [PETS_ORDER[name] for name in data.item_names]


@pytest.mark.parametrize("form", FORMS)
def test_files_that_are_left_out(tmp_path, form):
    """Hidden files, those of the system, other files and pictures outside any class are left out, and all is said."""
    more = {"notes.txt": b"x", "cats/a.pdf": b"x", "cats/.hidden.png": b"", ".git/x.png": b"", "dogs/Thumbs.db": b"x"}
    files = PETS | more | {"__MACOSX/cats/1.png": b"x", "cover.png": png(200)}
    data = load_data(written(tmp_path, files, form))
    assert set(labels_of(data)) == set(PETS)
    assert data.said == (
        "2 files left out (no picture): cats/a.pdf, notes.txt",
        "4 hidden files left out",
        "1 file left out (in no folder of a class): cover.png",
    )


SPLITS = [
    f"{split}/{pet}/{row}.png" for split in ("train", "val", "test") for pet in ("cats", "dogs") for row in (1, 2)
]


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(
    "words", [("train", "val", "test"), ("Training", "valid", "Testing"), ("train_1", "dev", "test2017")]
)
def test_splits(tmp_path, words, inside):
    """Folders of splits around those of the classes, or in them, are splits in any of their usual spellings."""
    names = [name.replace("train", words[0]).replace("val", words[1]).replace("test", words[2]) for name in SPLITS]
    if inside:
        names = ["/".join((parts[1], parts[0], parts[2])) for parts in (name.split("/") for name in names)]
    data = load_data(written(tmp_path, named(*names), "zip"))
    assert data.label_names == ("cats", "dogs")
    place = 1 if inside else 0
    wanted = {words[0]: "train", words[1]: "validation", words[2]: "test"}
    assert [wanted[name.split("/")[place]] for name in data.item_names] == data.split.tolist()


def test_splits_that_are_incomplete(tmp_path):
    """Without a test the validation is the test, said; with train alone splits are drawn, said."""
    several = load_data(written(tmp_path, named(*(name for name in SPLITS if "test" not in name)), "folder"))
    assert any("there is no split test: val is the test" in text for text in several.said)
    assert {
        name.partition("/")[0] for name, split in zip(several.item_names, several.split, strict=True) if split == "test"
    } == {"val"}
    names = [f"train/{pet}/{row}.png" for pet in ("cats", "dogs") for row in range(9)]
    alone = load_data(written(tmp_path, named(*names, "test/0.png"), "zip"))
    assert "all items are of the split train, so that splits are drawn" in alone.said
    assert sorted(set(alone.split)) == ["test", "train", "validation"]


def test_classes_with_names_of_splits(tmp_path):
    """A class called train beside others is a class."""
    names = [f"{word}/{row}.png" for word in ("train", "bus", "car") for row in range(2)]
    assert load_data(written(tmp_path, named(*names), "zip")).label_names == ("bus", "car", "train")


NESTED = named("animals/cats/1.png", "animals/dogs/2.png", "vehicles/cars/3.png", "vehicles/cats/4.png", "misc/5.png")


def test_folders_in_each_other_are_a_question(tmp_path):
    """Which of several folders is the label is asked, with the labels of each reading; each answer is read so."""
    path = written(tmp_path, NESTED, "zip")
    message = (
        r"mine\.zip: folders of classes stand in each other \(animals/cats\): which of them are labels\? "
        r"--set folders=last: 4 labels: cats, dogs, misc, cars; --set folders=each: 6 labels: animals, cats, dogs, .*; "
        r"--set folders=path: 5 labels: animals/cats, .*"
    )
    with pytest.raises(QuestionError, match=message):
        load_data(path)
    assert labels_of(load_data(path, folders="last"))["vehicles/cats/4.png"] == {"cats"}
    assert labels_of(load_data(path, folders="each"))["vehicles/cats/4.png"] == {"cats", "vehicles"}
    assert labels_of(load_data(path, folders="path"))["vehicles/cats/4.png"] == {"vehicles/cats"}
    assert labels_of(load_data(path, folders="path"))["misc/5.png"] == {"misc"}


COPIES = {"sea/1.png": png(1), "sun/a.png": png(1), "fog/x.png": png(1), "sea/2.png": png(2), "sun/2.png": png(3)}
COPIES |= {"sea/3.png": png(2), "fog/4.png": png(4)}


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_in_several_classes_is_a_question(tmp_path, form):
    """The same bytes in the folders of several classes: one item with all labels, or several items; copies within a
    class, and different pictures of one name, stay.
    """
    path = written(tmp_path, COPIES, form)
    message = (
        r"1 picture in the folders of several classes \(fog/x\.png and sea/1\.png hold the same\): one item with "
        r"all labels\? --set duplicates=join: one item each, 5 in all; "
        r"--set duplicates=keep: an item in each folder, 7 in all"
    )
    with pytest.raises(QuestionError, match=message):
        load_data(path)
    joined = load_data(path, duplicates="join")
    assert labels_of(joined)["fog/x.png"] == {"fog", "sea", "sun"}
    assert len(joined) == 5
    assert "2 fewer" in joined.said[0]
    kept = labels_of(load_data(path, duplicates="keep"))
    assert len(kept) == 7
    assert kept["sea/1.png"] == {"sea"}


def test_copies_in_different_splits_are_not_joined(tmp_path):
    """A picture in train/cats and test/dogs stays two items, without a question."""
    files = named(*SPLITS) | {"train/cats/1.png": png(99), "test/dogs/2.png": png(99)}
    assert len(load_data(written(tmp_path, files, "zip"))) == len(SPLITS)


def test_pictures_are_read_once_where_there_are_no_copies(tmp_path, monkeypatch, read_here):
    """Only files of one size in several classes are compared."""
    read = []
    original = members.InFolder.__call__
    monkeypatch.setattr(
        members.InFolder, "__call__", lambda self, name, what: read.append(name) or original(self, name, what)
    )
    files = {f"{'ab'[row % 2]}/{row}.png": png(row) + b"\0" * row for row in range(6)}
    load_data(written(tmp_path, files, "folder"))
    assert sorted(read) == sorted(files)


BAD = {
    "no folder": (
        named("1.png", "2.png"),
        r"holds no table \(.*\); one is needed that .* or else .* or a folder of pictures for each",
    ),
    "one folder": (named("x/images/1.png", "x/images/2.png"), r"all pictures stand in one folder \(images\); one for"),
    "splits alone": (
        named("train/1.png", "test/2.png"),
        "no picture stands in a folder of a class; folders as in cats/",
    ),
    "a damaged picture": (PETS | {"cats/3.png": b"no picture"}, r"picture 'cats/3\.png' at row 1 is no picture that"),
}


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("case", BAD)
def test_refuses(tmp_path, case, form):
    """What is no folder for each class is refused in one line that says what would be."""
    files, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        load_data(written(tmp_path, files, form))
    assert "\n" not in str(caught.value)


def test_refuses_options_of_tables(tmp_path):
    """An option that means nothing here is refused, not ignored; an unknown value names the right ones."""
    path = written(tmp_path, PETS, "zip")
    message = (
        "is read as a folder of pictures for each class, which has no option text; its options are folders, duplicates"
    )
    with pytest.raises(InputError, match=message):
        load_data(path, text="x")
    with pytest.raises(InputError, match="duplicates"):
        load_data(path, duplicates="both")


def test_refuses_more_files_than_can_be_listed(tmp_path, monkeypatch, read_here):
    """A folder such as the root of a disk is not walked to its end."""
    monkeypatch.setattr(members, "MAX_FILES", 5)
    with pytest.raises(InputError, match="holds more than 5 files in it and its sub-folders"):
        load_data(written(tmp_path, PETS, "folder"))


def test_links(tmp_path):
    """A linked folder is not followed, which is said; a linked picture outside is refused."""
    path = written(tmp_path, PETS, "folder")
    (path / "birds").symlink_to(path / "cats")
    data = load_data(path)
    assert "1 file left out (no picture): birds" in data.said
    (tmp_path / "out.png").write_bytes(png(1))
    (path / "cats" / "x.png").symlink_to(tmp_path / "out.png")
    with pytest.raises(InputError, match="leads by a link out of the folder"):
        load_data(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything can be read")
def test_a_folder_that_is_closed(tmp_path):
    """A sub-folder without permission is named."""
    path = written(tmp_path, PETS, "folder")
    (path / "cats").chmod(0)
    with pytest.raises(InputError, match=r"cats can't be read: Permission denied"):
        load_data(path)
    (path / "cats").chmod(0o700)


def test_mlcl_data_names_the_option_that_changes_the_labels(tmp_path, capsys):
    """Beside the labels stands the option for folders in each other, and none that folders of classes do not have."""
    assert main(["data", str(written(tmp_path, PETS, "folder"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "    labels  label       arrow_list          --set folders" in lines
    assert main(["data", str(written(tmp_path, NESTED, "zip"))]) == 2
    asked = capsys.readouterr().err
    assert asked.count("\n") == 1
    assert "--set folders=last: 4 labels" in asked


def test_the_look_is_what_is_read(tmp_path):
    """A look at class folders shows their pictures, labels and splits, and has the schema by which they are read."""
    path = written(tmp_path, named(*SPLITS), "zip")
    seen, read = look(path), load_data(path)
    assert (seen.format, seen.kind) == ("zip", "picture")
    assert [(column.name, column.role) for column in seen.columns] == [
        ("file", "picture"), ("labels", "label"), ("split", "split")
    ]  # fmt: skip
    assert [asdict(column) for column in seen.columns] == read.schema["columns"]
    assert seen.preview[0] == ("test/cats/1.png", "cats", "test")
    asked = look(written(tmp_path, NESTED, "folder"))
    assert [choice.options for choice in asked.questions[0].choices] == [
        {"folders": way} for way in ("last", "each", "path")
    ]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("instances_val2017.json", "validation"),
        ("Test 1", "test"),
        ("trainer", ""),
        ("train_test", ""),
    ],
)
def test_words_of_splits(name, split):
    """A split is a whole word of a name; several say nothing."""
    assert split_word(name) == split
