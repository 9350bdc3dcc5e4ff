"""Feature files: what is read, and every way in which one can be wrong."""

import tracemalloc

import numpy as np
import pytest
import torch

from mlcl_core.data import files, load_data
from mlcl_core.data.files import standardised
from mlcl_core.errors import InputError


def arrays(n: int = 40, **changes) -> dict:
    """The arrays of a sound file; None removes one."""
    generator = np.random.default_rng(0)
    fields = {
        "X": generator.normal(3, 5, (n, 6)),
        "Y": (generator.random((n, 4)) < 0.4).astype(np.int64),
        "split": np.array(["train"] * (n - n // 4) + ["test"] * (n // 4)),
        "feature_names": np.array(list("pqrstu")),
        "label_names": np.array(["sea", "sun", "fog", "ice"]),
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not None}


@pytest.fixture
def save(tmp_path):
    """Write arrays; the path."""

    def write(**changes):
        path = tmp_path / "mine.npz"
        np.savez(path, **arrays(**changes))
        return path

    return write


def test_reads_a_sound_file(save):
    """Names, labels and splits are the file's; a share of the training rows becomes validation."""
    path = save()
    data = load_data(str(path))
    assert (data.name, data.kind, len(data)) == ("mine", "features", 40)
    assert data.label_names == ("sea", "sun", "fog", "ice")
    assert torch.equal(data.labels.dense(), torch.from_numpy(arrays()["Y"].astype(bool)))
    assert data.indices("test").tolist() == list(range(30, 40))
    assert len(data.indices("validation")) == pytest.approx(0.15 * 30, abs=1.5)
    assert np.array_equal(load_data(path).split, data.split)


def test_standardised_by_the_training_rows(save):
    """Mean 0 and deviation 1 over the training rows, whatever the test rows hold."""
    data = load_data(save())
    train = data.items[data.indices("train")]
    assert train.mean(0).abs().max() < 1e-6
    assert (train.std(0, correction=0) - 1).abs().max() < 1e-6


def test_constant_features_are_zero(save):
    """A feature that is constant over the training rows is 0 everywhere, even where a test row differs."""
    x = arrays()["X"]
    x[:, 2] = 7
    x[35, 2] = 1e6
    assert (load_data(save(X=x)).items[:, 2] == 0).all()


def test_standardised_survives_any_size():
    """Values of 1e300 do not overflow, and a single outlier is clipped at 10 deviations."""
    x = np.zeros((500, 2))
    x[:, 0] = np.linspace(-1e300, 1e300, 500)
    x[0, 1] = 1
    z = standardised(x, np.ones(500, dtype=bool))[0]
    assert np.isfinite(z).all()
    assert z[:, 0].std() == pytest.approx(1, abs=1e-4)
    assert z[0, 1] == 10


def test_later_rows_are_put_on_the_same_scale(save):
    """By the scale that is kept, the rows of the file come out as they were loaded; a constant feature is 0."""
    x = arrays()["X"] * np.array([1e-200, 1, 1e9, 1, 1, 1])
    x[:, 4] = 7
    data = load_data(save(X=x))
    x[:, 4] += 1
    assert data.scale is not None
    np.testing.assert_allclose(data.scale.standardised(x), data.items.numpy(), atol=1e-6)


def whole(x: np.ndarray, train: np.ndarray) -> np.ndarray:
    """The formula of ``standardised``, of all numbers at once."""
    largest = np.abs(x).max(0).astype(np.float64)
    scaled = x / np.where(largest > 0, largest, 1)
    mean, deviation = scaled[train].mean(0), scaled[train].std(0)
    z = np.clip((scaled - mean) / np.where(deviation < 1e-9, 1, deviation), -10, 10)
    return np.where(deviation < 1e-9, 0, z).astype(np.float32)


@pytest.mark.parametrize("columns", [1, 2, 3, 20, 21])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "?"])
def test_standardised_in_blocks_of_columns(monkeypatch, columns, dtype):
    """Bit by bit what the whole matrix at once gives, also where the last block would be one column."""
    monkeypatch.setattr(files, "BLOCK", 2000)
    x = (np.random.default_rng(0).normal(0, 3, (500, columns)) + 4).clip(0).astype(dtype)
    train = np.arange(500) % 3 > 0
    assert standardised(x, train)[0].tobytes() == whole(x.astype(float), train).tobytes()


def test_standardised_takes_little_more_than_its_result(monkeypatch):
    """Memory beside the numbers and the result, in blocks, stays under half of the result."""
    monkeypatch.setattr(files, "BLOCK", 10_000)
    x, train = np.random.default_rng(0).normal(size=(1000, 400)), np.ones(1000, bool)
    tracemalloc.start()
    standardised(x, train)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * 4 * x.size


@pytest.mark.parametrize("split", [None, np.array(["all"] * 40)])
def test_random_split(save, split):
    """Without splits, or with all in every row, rows are split 70, 10 and 20 % by the seed."""
    path = save(split=split)
    data = load_data(path)
    assert [len(data.indices(name)) for name in ("train", "validation", "test")] == [28, 4, 8]
    assert (load_data(path, seed=1).split != data.split).any()


def test_keeps_a_given_validation_split(save):
    """Validation rows of the file stay validation rows."""
    split = np.array(["train"] * 20 + ["validation"] * 10 + ["test"] * 10)
    assert load_data(save(split=split)).indices("validation").tolist() == list(range(20, 30))


def test_names_are_optional_and_may_be_bytes(save):
    """Without names labels are numbered; names and splits may be stored as bytes."""
    data = load_data(save(label_names=None, feature_names=None, split=np.array([b"train"] * 30 + [b"test"] * 10)))
    assert data.label_names == ("label 0", "label 1", "label 2", "label 3")
    assert data.item_names[:2] == ("row 0", "row 1")
    assert load_data(save(label_names=np.array([b"a", b"b", b"c", b"d"]))).label_names == tuple("abcd")


def with_value(key: str, value: float, row: int = 17, column: int = 1) -> np.ndarray:
    """One value of an array changed."""
    array = arrays()[key].astype(float)
    array[row, column] = value
    return array


BAD = {
    "no X": ({"X": None}, "no array 'X'; it holds Y, feature_names, label_names, split"),
    "no Y": ({"Y": None}, "no array 'Y'"),
    "pickled": ({"Y": np.array([[1, None]] * 40, dtype=object)}, "pickled Python objects"),
    "X of one axis": ({"X": np.zeros(40)}, r"X has shape \[40\]; it must have two axes"),
    "Y of three axes": ({"Y": np.zeros((40, 4, 1))}, r"Y has shape \[40, 4, 1\]"),
    "X is text": ({"X": np.array([["a"] * 6] * 40)}, "X is of type <U1; it must be numbers"),
    "Y is complex": ({"Y": np.zeros((40, 4), dtype=complex)}, "Y is of type complex128"),
    "lengths differ": ({"Y": np.zeros((39, 4))}, "X has 40 rows and Y has 39"),
    "a label of 2": ({"Y": with_value("Y", 2)}, r"row 17, column 1 \(sun\) is 2; every label must be 0 or 1"),
    "a label of -1": ({"Y": with_value("Y", -1)}, r"1 of 160 labels are unknown \(the first: row 17, label sun\)"),
    "a label of a half": ({"Y": with_value("Y", 0.5)}, "is 0.5; every label"),
    "a label that is NaN": (
        {"Y": with_value("Y", np.nan)},
        r"1 of 160 labels .* --set unknown=drop_item: 1 of 40 items",
    ),
    "NaN": ({"X": with_value("X", np.nan)}, r"NaN at row 17, column 1 \(q\)"),
    "infinity": ({"X": with_value("X", -np.inf, 3, 5)}, r"infinite at row 3, column 5 \(u\)"),
    "no label column": ({"Y": np.zeros((40, 0)), "label_names": None}, "no label column"),
    "no feature column": ({"X": np.zeros((40, 0)), "feature_names": None}, "no feature column"),
    "an unknown split": ({"split": np.array(["train"] * 39 + ["trial"])}, "row 39 is 'trial'; it must be one of train"),
    "all in some rows": ({"split": np.array(["train"] * 39 + ["all"])}, "row 39 is 'all'"),
    "no test rows": ({"split": np.array(["train"] * 40)}, "no row has the split 'test'"),
    "no training rows": ({"split": np.array(["test"] * 40)}, "no row has the split 'train'"),
    "split too short": ({"split": np.array(["train"] * 39)}, r"split has shape \[39\]; it must hold 40 names"),
    "label names too few": ({"label_names": np.array(["a"])}, r"label_names has shape \[1\]; it must hold 4 names"),
    "label names twice": ({"label_names": np.array(["a", "b", "a", "c"])}, "'a' stands twice"),
    "feature names too few": ({"feature_names": np.array(["a"])}, "feature_names has shape"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong file is refused in one line that names the file and says what is needed."""
    changes, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        load_data(save(**changes))
    assert "\n" not in str(caught.value)
    assert "mine" in str(caught.value)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_refuses_too_few_items(save, n):
    """0, 1, 2 and 3 items are too few to train, validate and test on; the error names their number."""
    with pytest.raises(InputError, match=rf"{n} items?; at least 4 needed"):
        load_data(save(n=n, split=None))


def test_four_items_are_enough(save):
    """Two to train on, one to validate, one to test."""
    data = load_data(save(n=4, split=None))
    assert sorted(data.split) == ["test", "train", "train", "validation"]


def test_refuses_a_missing_file(tmp_path):
    """The error names a missing path, and a name that is no data set."""
    with pytest.raises(InputError, match=r"no file .*gone\.npz"):
        load_data(tmp_path / "gone.npz")
    with pytest.raises(InputError, match="no data set 'icon'; give icons, digits, movies or the path"):
        load_data("icon")
    with pytest.raises(InputError, match="no file"):
        load_data(tmp_path.with_suffix(".npz"))


def test_refuses_parameters(save):
    """A feature file takes no parameters."""
    with pytest.raises(InputError, match="no option scenes"):
        load_data(save(), scenes=3)


def test_refuses_any_truncation(save, tmp_path):
    """A file cut at any byte is refused in one line; no other exception is raised."""
    whole = save().read_bytes()
    path = tmp_path / "cut.npz"
    for length in [0, 1, 3, 10, 100, *range(200, len(whole), 331), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.npz") as caught:
            load_data(path)
        assert "\n" not in str(caught.value)


def test_refuses_a_flipped_byte(save, tmp_path):
    """Damaged numbers are detected by the file's checksums."""
    whole = bytearray(save().read_bytes())
    whole[400] ^= 0xFF
    path = tmp_path / "flipped.npz"
    path.write_bytes(bytes(whole))
    with pytest.raises(InputError, match="damaged"):
        load_data(path)


@pytest.mark.parametrize("content", [b"", b"X,Y\n1,2\n", b"\x80\x04N.", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_refuses_foreign_files(tmp_path, content):
    """Text, a pickle, a picture and an empty file are no .npz files, whatever their names."""
    path = tmp_path / "foreign.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"foreign\.npz") as caught:
        load_data(path)
    assert "\n" not in str(caught.value)


def test_refuses_a_single_array(tmp_path):
    """A file of a single array is refused, whatever its ending."""
    path = tmp_path / "one.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros((3, 3)))
    with pytest.raises(InputError, match="single array"):
        load_data(path)


def test_other_names_of_arrays(tmp_path):
    """Options name the arrays where they are called otherwise; no other array is opened."""
    fields = arrays()
    path = tmp_path / "mine.npz"
    np.savez(path, train_x=fields["X"], train_y=fields["Y"], other=np.array([{}], dtype=object))
    data = load_data(path, x="train_x", y="train_y")
    assert data.labels.shape == (40, 4)
    with pytest.raises(InputError, match=r"has no array 'X'; it holds other, train_x.* or x=NAME and y=NAME"):
        load_data(path)
