"""HDF5 files: equal to .npz, and no other file is ever opened."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from mlcl_core.data import load_data
from mlcl_core.data.files import build_dataset
from mlcl_core.data.readers.hdf5 import HDF5, read_hdf5
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from tests.data.test_files import arrays


def stored(array: np.ndarray) -> np.ndarray:
    """An array for HDF5: texts as bytes."""
    return np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array


@pytest.fixture
def save(tmp_path):
    """Write the sound file and change it while it is open; the path."""

    def write(change=lambda file: None, **arrays_given):
        path = tmp_path / "mine.h5"
        with h5py.File(path, "w") as file:
            for name, array in (arrays_given or arrays()).items():
                file[name] = stored(array)
            change(file)
        return path

    return write


def replaced(name, make):
    """A change of the file: ``make(file)`` replaces the data set ``name``."""

    def change(file):
        del file[name]
        make(file)

    return change


def test_gives_what_npz_gives(save, tmp_path):
    """Both formats give equal features, labels, names and splits."""
    fields = {**arrays(), "item_names": np.array([f"item {row} é" for row in range(40)])}
    np.savez(tmp_path / "mine.npz", **fields)
    path = save(**fields)
    data, other = build_dataset(read_hdf5(path), path, 0), load_data(tmp_path / "mine.npz")
    assert torch.equal(data.items, other.items)
    assert torch.equal(data.labels.dense(), other.labels.dense())
    assert data.label_names == other.label_names == ("sea", "sun", "fog", "ice")
    assert data.item_names == other.item_names
    assert data.split.tolist() == other.split.tolist()
    assert read_hdf5(path).feature_names == tuple("pqrstu")


@pytest.mark.parametrize("features", ["feature", "features", "X"])
@pytest.mark.parametrize("labels", ["target", "targets", "Y", "labels"])
def test_names_of_the_two(save, features, labels):
    """Features and labels are found by any of their names; everything else is optional."""
    loaded = read_hdf5(save(**{features: arrays()["X"], labels: arrays()["Y"].astype(bool)}))
    assert np.array_equal(loaded.x, arrays()["X"])
    assert np.array_equal(loaded.y, arrays()["Y"])
    assert loaded.split is loaded.label_names is loaded.feature_names is loaded.item_names is None


def test_text_of_any_length(save):
    """Texts of variable length are read."""

    def variable(file):
        file.create_dataset("label_names", data=["sea", "sun and moon", "fög", ""], dtype=h5py.string_dtype())

    assert read_hdf5(save(replaced("label_names", variable))).label_names == ("sea", "sun and moon", "fög", "")


def test_compressed_in_pieces(save):
    """Chunked and compressed data sets are read alike."""

    def packed(file):
        file.create_dataset("X", data=arrays()["X"], chunks=(7, 3), compression="gzip", shuffle=True, fletcher32=True)

    assert np.array_equal(read_hdf5(save(replaced("X", packed))).x, arrays()["X"])


def test_links_inside_the_file(save):
    """A soft link to a data set of the same file is followed, from the root or from its group."""

    def linked(file):
        file.move("X", "deep/down")
        file["deep/again"] = h5py.SoftLink("./down")
        file["X"] = h5py.SoftLink("/deep/again")

    assert np.array_equal(read_hdf5(save(linked)).x, arrays()["X"])


@pytest.fixture
def outside(tmp_path):
    """A sound file elsewhere, and beside it a pipe without a writer: opening it would block."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    folder = tmp_path / "outside"
    folder.mkdir()
    with h5py.File(folder / "other.h5", "w") as file:
        file["X"] = arrays()["X"]
    os.mkfifo(folder / "pipe")
    return folder


def external_link(file, folder):
    """A link to the data set of another file."""
    file["X"] = h5py.ExternalLink(str(folder / "other.h5"), "/X")


def link_to_a_pipe(file, folder):
    """A link to the pipe, which blocks if it is opened."""
    file["X"] = h5py.ExternalLink(str(folder / "pipe"), "/X")


def soft_link_out(file, folder):
    """A link inside the file, to a link out of it."""
    file["door"] = h5py.ExternalLink(str(folder / "pipe"), "/")
    file["X"] = h5py.SoftLink("/door/X")


def external_storage(file, folder):
    """Numbers stored in another file."""
    file.create_dataset("X", (40, 6), "f8", external=[(str(folder / "pipe"), 0, 40 * 6 * 8)])


def virtual(file, folder):
    """A virtual data set made from another file."""
    layout = h5py.VirtualLayout((40, 6), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "pipe"), "X", (40, 6))
    file.create_virtual_dataset("X", layout)


def virtual_of_any_length(file, folder):
    """A virtual data set whose length only the other file knows."""
    layout = h5py.VirtualLayout((40, 6), "f8", maxshape=(None, 6))
    source = h5py.VirtualSource(str(folder / "pipe"), "X", (40, 6), maxshape=(None, 6))
    layout[: h5py.h5s.UNLIMITED, :] = source[: h5py.h5s.UNLIMITED, :]
    file.create_virtual_dataset("X", layout)


LEADING_OUT = {
    external_link: "X is a link to another file",
    link_to_a_pipe: "X is a link to another file",
    soft_link_out: "X is a link to another file",
    external_storage: "X is stored in another file",
    virtual: "X is a virtual data set",
    virtual_of_any_length: "X is a virtual data set",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", LEADING_OUT, ids=lambda make: make.__name__)
def test_never_leaves_the_file(save, outside, make):
    """Every reference to another file is refused before that file is opened."""
    path = save(replaced("X", lambda file: make(file, outside)))
    with pytest.raises(InputError, match=f"{LEADING_OUT[make]}; the .* must be in this file") as caught:
        read_hdf5(path)
    assert "\n" not in str(caught.value)


def test_names_lead_out_neither(save, outside):
    """References to other files are refused for texts too."""
    path = save(
        replaced("split", lambda file: file.__setitem__("split", h5py.ExternalLink(str(outside / "pipe"), "/")))
    )
    with pytest.raises(InputError, match="split is a link to another file"):
        read_hdf5(path)


def huge(file):
    """A few bytes that declare 40 billion numbers, none of which is stored."""
    file.create_dataset("X", (40, 10**9), "f4", chunks=(1, 1000))


def past_counting(file):
    """A shape whose size is 0 in 64 bits, by overflow."""
    file.create_dataset("X", (2**33, 2**31), "f4", chunks=(1, 1000))


def large_chunks(file):
    """Few numbers, in a chunk for hundreds of millions."""
    file.create_dataset("X", (40, 6), "f4", chunks=(10**8, 6), maxshape=(None, 6), compression="gzip")


def large_for_the_file(file):
    """Numbers within the general limit, but more than so small a file can expand to."""
    file.create_dataset("X", (40, 10**7), "f4", chunks=(1, 1000))


def references(file):
    """Object references instead of numbers."""
    file.create_dataset("X", data=np.array([[file["Y"].ref] * 6] * 40, dtype=h5py.ref_dtype))


BAD = {
    "no features": (
        lambda file: file.__delitem__("X"),
        r"no features; it holds 'Y', .*a data set feature or features or",
    ),
    "no labels": (lambda file: file.__delitem__("Y"), "no labels; it holds 'X'"),
    "features twice": (
        lambda file: file.__setitem__("features", file["X"][()]),
        "the names features and X; one of them",
    ),
    "a huge data set": (
        replaced("X", huge),
        r"X claims 40 x 1000000000 entries in .*, 160,000,000,000 bytes .* unless MLCL_READ_GB=160 or",
    ),
    "more than can be counted": (replaced("X", past_counting), "X claims 8589934592 x 2147483648 entries"),
    "large chunks": (replaced("X", large_chunks), "X claims 40 x 6 entries in chunks of 100000000 x 6"),
    "large for the file": (
        replaced("X", large_for_the_file),
        "X claims 40 x 10000000 entries in chunks of 1 x 1000, 1,600,000,000 bytes",
    ),
    "references": (replaced("X", references), "X is of type reference; it must be numbers"),
    "text for numbers": (
        replaced("X", lambda file: file.__setitem__("X", np.full((40, 6), b"a"))),
        "X is of type text; it must be numbers",
    ),
    "a compound type": (
        replaced("X", lambda file: file.__setitem__("X", np.zeros((40, 6), "f8,i4"))),
        "X is of type .*; it must be numbers",
    ),
    "a group": (replaced("X", lambda file: file.create_group("X")), "X is a group; a data set needed"),
    "a type": (replaced("X", lambda file: file.__setitem__("X", np.dtype("f8"))), "X is a datatype; a data set needed"),
    "nothing": (replaced("X", lambda file: file.__setitem__("X", h5py.Empty("f8"))), "X is empty; it must have rows"),
    "one axis": (
        replaced("X", lambda file: file.__setitem__("X", np.zeros(40))),
        r"X has shape \[40\]; it must have two axes",
    ),
    "a link to nothing": (
        replaced("X", lambda file: file.__setitem__("X", h5py.SoftLink("/gone/X"))),
        "X is a link to nothing; a data set needed",
    ),
    "a link into a data set": (
        replaced("X", lambda file: file.__setitem__("X", h5py.SoftLink("/Y/X"))),
        "X is a link to nothing",
    ),
    "links in a circle": (
        replaced("X", lambda file: file.__setitem__("X", h5py.SoftLink("/X"))),
        "X leads through more than 16 links",
    ),
    "names of numbers": (
        replaced("label_names", lambda file: file.__setitem__("label_names", np.arange(4))),
        "label_names is of type int64; it must be text",
    ),
    "names of two axes": (
        replaced("split", lambda file: file.__setitem__("split", np.full((40, 1), b"train"))),
        r"split has shape \[40, 1\]; it must hold a row of names",
    ),
    "a label of 2": (
        lambda file: file["Y"].__setitem__((17, 1), 2),
        r"row 17, column 1 \(sun\) is 2; every label must be 0 or 1",
    ),
    "NaN": (lambda file: file["X"].__setitem__((17, 1), np.nan), r"NaN at row 17, column 1 \(q\)"),
    "fewer rows of labels": (
        replaced("Y", lambda file: file.__setitem__("Y", np.zeros((39, 4)))),
        "must have as many items: X is 40 x 6, Y is 39 x 4",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong file is refused in one line that names the file and says what is needed."""
    change, message = BAD[case]
    path = save(change)
    with pytest.raises(InputError, match=message) as caught:
        build_dataset(read_hdf5(path), path, 0)
    assert "\n" not in str(caught.value)
    assert "mine.h5" in str(caught.value)


def test_refuses_any_truncation(save, tmp_path):
    """A file cut at any byte is refused in one line; no other exception is raised."""
    whole = save().read_bytes()
    path = tmp_path / "cut.h5"
    for length in [0, 1, 8, 100, *range(200, len(whole), 331), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.h5 is damaged or not an HDF5 file") as caught:
            read_hdf5(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"X,Y\n1,2\n", b"\x80\x04N.", b"\x89HDF\r\n\x1a\n" + bytes(3000)])
def test_refuses_foreign_files(tmp_path, content):
    """Text, a pickle, an empty file and a header without a body are refused."""
    path = tmp_path / "foreign.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"foreign\.h5 is damaged or not an HDF5 file"):
        read_hdf5(path)


def test_damaged_numbers(save):
    """A wrong checksum is one error line."""

    def summed(file):
        file.create_dataset("X", data=arrays()["X"], chunks=(40, 6), fletcher32=True)

    path = save(replaced("X", summed))
    whole = path.read_bytes()
    numbers = arrays()["X"].tobytes()
    assert numbers in whole
    path.write_bytes(whole.replace(numbers, bytes(8) + numbers[8:]))
    with pytest.raises(InputError, match=r"mine\.h5 is damaged") as caught:
        read_hdf5(path)
    assert "\n" not in str(caught.value)


def test_record():
    """The format is recognised by its endings."""
    assert (HDF5.name, HDF5.suffixes, HDF5.read) == ("hdf5", (".h5", ".hdf5"), read_hdf5)
    assert list(HDF5.params) == ["x", "y", "x_items", "y_items", "ignore", "unknown"]
    assert Path("a.hdf5").suffix in HDF5.suffixes


def test_either_orientation(save):
    """Items are rows where they fit, else the axis that features and labels have in common, which is said."""
    fields = {key: value for key, value in arrays().items() if key in ("X", "Y")}
    loaded = read_hdf5(save(X=fields["X"].T, Y=fields["Y"].T))
    assert np.array_equal(loaded.x, fields["X"])
    assert np.array_equal(loaded.y, fields["Y"])
    assert loaded.said == ("the items of X (6 x 40) are its columns", "the items of Y (4 x 40) are its columns")
    square = np.arange(16.0).reshape(4, 4)
    assert np.array_equal(read_hdf5(save(X=square, Y=np.eye(4))).x, square)


def test_features_left_out_and_unknown_labels(save):
    """As for every format: `ignore` by name or number, NaN in a label is a question."""
    unknown = arrays()["Y"].astype(float)
    unknown[2, 0] = np.nan
    path = save(**{**arrays(), "Y": unknown})
    with pytest.raises(QuestionError, match=r"1 of 160 labels are unknown \(the first: row 2, label sea\)"):
        read_hdf5(path)
    loaded = read_hdf5(path, ignore="[p-r]", unknown="drop_item")
    assert (loaded.feature_names, loaded.x.shape) == (("s", "t", "u"), (39, 3))
    assert loaded.left_out == ((2, "label sea is unknown"),)
    with pytest.raises(InputError, match=r"has no feature '7' \(option ignore\); there are p, q"):
        read_hdf5(path, ignore="7")


def test_other_names(save):
    """Options name the data sets, also in groups, where they are called otherwise or there are several."""
    path = save(**{"group/data": arrays()["X"], "marks": arrays()["Y"], "X": np.zeros((3, 3))})
    loaded = read_hdf5(path, x="group/data", y="marks")
    assert np.array_equal(loaded.x, arrays()["X"])
    assert np.array_equal(loaded.y, arrays()["Y"])
    with pytest.raises(InputError, match=r"has no labels; it holds .* needed, or y=NAME"):
        read_hdf5(path)
    with pytest.raises(InputError, match="group/gone is a link to nothing"):
        read_hdf5(path, x="group/gone", y="marks")
