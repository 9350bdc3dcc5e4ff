"""AnnData's .h5ad: the labels among the columns of obs or in obsm, dense and sparse features; and what is refused."""

import h5py
import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array

from mlcl_core.data import load_data
from mlcl_core.data.readers.hdf5 import read_anndata
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError

TEXT = h5py.string_dtype()
X = np.arange(24.0).reshape(8, 3)
SEA, SUN = np.array([1, 0, 0, 1, 0, 1, 1, 0], bool), np.array([0, 1, 0, 1, 0, 0, 1, 1], bool)


def categorical(group, name, values, categories) -> None:
    """A column of categories as anndata writes it; an empty value is missing."""
    column = group.create_group(name)
    column.attrs["encoding-type"] = "categorical"
    column.create_dataset("categories", data=categories, dtype=TEXT)
    column["codes"] = np.array([categories.index(value) if value else -1 for value in values], np.int8)


def frame(file, name, index, columns) -> None:
    """A data frame as anndata writes it."""
    group = file.create_group(name)
    group.attrs["encoding-type"] = "dataframe"
    group.attrs["_index"] = "_index"
    group.create_dataset("_index", data=index, dtype=TEXT)
    for column, values in columns.items():
        if isinstance(values, tuple):
            categorical(group, column, *values)
        else:
            group[column] = values


@pytest.fixture
def save(tmp_path):
    """Write a file with these columns of obs, and change it; the path."""

    def write(columns, change=lambda file: None, x=X):
        path = tmp_path / "mine.h5ad"
        with h5py.File(path, "w") as file:
            if isinstance(x, np.ndarray):
                file["X"] = x
            else:
                group = file.create_group("X")
                group.attrs["encoding-type"] = f"{x.format}_matrix"
                group.attrs["shape"] = np.array(x.shape)
                group["data"], group["indices"], group["indptr"] = x.data, x.indices, x.indptr
            frame(file, "obs", [f"cell {row}" for row in range(8)], columns)
            frame(file, "var", ["p", "q", "r"], {})
            change(file)
        return path

    return write


@pytest.mark.parametrize("form", [np.asarray, csr_array, csc_array])
def test_columns_of_0_and_1(save, form):
    """Columns of 0 and 1 are the labels where nothing else could be; numbers beside them are neither."""
    path = save({"sea": SEA, "sun": SUN.astype(np.int64), "depth": np.linspace(0, 1, 8)}, x=form(X))
    loaded = read_anndata(path)
    assert np.array_equal(loaded.x if form is np.asarray else loaded.x.toarray(), X)
    assert loaded.label_names == ("sea", "sun")
    assert np.array_equal(loaded.y.toarray(), np.stack([SEA, SUN], 1))
    assert loaded.feature_names == ("p", "q", "r")
    assert loaded.item_names[3] == "cell 3"
    assert loaded.said == ("the labels are sea,sun: 2 labels: sea, sun",)
    assert read_anndata(path, labels="su*", ignore="q").feature_names == ("p", "r")


SKY = (["clear", "grey", "", "grey", "clear", "clear", "grey", "grey"], ["clear", "grey"])


def test_categories(save):
    """A column of categories gives a label for each; a missing value is unknown, which is a question."""
    path = save({"sky": SKY})
    with pytest.raises(QuestionError, match=r"2 of 16 labels are unknown \(the first: row 2, label clear\)"):
        read_anndata(path)
    loaded = read_anndata(path, unknown="drop_item")
    assert loaded.label_names == ("clear", "grey")
    assert loaded.y.toarray().tolist() == [[1, 0], [0, 1], [0, 1], [1, 0], [1, 0], [0, 1], [0, 1]]
    assert loaded.said[0] == "the labels are sky: 2 labels, one an item: clear, grey"
    several = read_anndata(save({"sky": SKY, "sea": SEA}), labels="sky,sea", unknown="no")
    assert several.label_names == ("sea", "sky=clear", "sky=grey")
    words = (["yes" if one else "no" for one in SEA], ["no", "yes"])
    assert np.array_equal(read_anndata(save({"sea": words})).y.toarray().ravel(), SEA)


def test_several_candidates_are_a_question(save):
    """Each candidate is a choice; one that is called labels is taken, and said."""

    def matrix(file):
        file.create_group("obsm")["marks"] = np.stack([SEA, SUN, SEA], 1).astype(np.int8)
        file["obsm/X_pca"] = np.random.default_rng(0).normal(size=(8, 2))

    path = save({"sky": SKY, "sea": SEA}, matrix)
    with pytest.raises(QuestionError, match="which are the labels") as caught:
        read_anndata(path)
    for choice in ("labels=sea: 1 label: sea;", "labels=obsm/marks: 3 labels: marks 0,", "labels=sky: 2 labels, one"):
        assert f"--set {choice}" in str(caught.value)
    loaded = read_anndata(path, labels="obsm/marks", x="obsm/X_pca")
    assert np.array_equal(loaded.y.toarray(), np.stack([SEA, SUN, SEA], 1))
    assert (loaded.x.shape, loaded.feature_names) == ((8, 2), None)
    called = read_anndata(save({"sky": SKY, "label": SEA, "sun": SUN, "tags": (["a"] * 8, ["a"])}))
    assert called.label_names == ("a",)


def test_a_data_frame_in_obsm(save):
    """The columns of a data frame of 0 and 1 are labels, in their order."""

    def table(file):
        frame(file, "obsm/tags", [f"cell {row}" for row in range(8)], {"b": SUN, "a": SEA.astype(np.int64)})
        file["obsm/tags"].attrs["column-order"] = np.array(["b", "a"], dtype=object)
        frame(file, "obsm/sizes", [f"cell {row}" for row in range(8)], {"c": np.linspace(0, 1, 8)})

    loaded = read_anndata(save({"depth": np.linspace(0, 1, 8)}, table))
    assert loaded.label_names == ("b", "a")
    assert np.array_equal(loaded.y.toarray(), np.stack([SUN, SEA], 1))
    assert loaded.said == ("the labels are obsm/tags: 2 labels: b, a",)


def test_splits_groups_and_missing_numbers(save):
    """A column called split holds the splits; groups are a column; masked values are unknown."""
    splits = (["train"] * 5 + ["test"] * 3, ["test", "train"])
    donors = (list("aabbccdd"), list("abcd"))

    def nullable(file):
        group = file["obs"].create_group("sun")
        group["values"], group["mask"] = SUN, np.arange(8) == 4

    path = save({"sea": SEA, "split": splits, "donor": donors}, nullable)
    loaded = read_anndata(path, labels="sea,sun", group="donor", unknown="yes")
    assert loaded.split.tolist() == splits[0]
    assert loaded.groups.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert loaded.y.toarray()[4].tolist() == [0, 1]
    assert load_data(path, labels="sea,sun", unknown="no").split.tolist().count("test") == 3


def without(name):
    """A change that removes something."""
    return lambda file: file.__delitem__(name)


def huge(file):
    """Few bytes that claim 10^12 numbers."""
    del file["X"]
    file.create_dataset("X", (10**6, 10**6), "f8", chunks=(1, 1000))


def linked(file):
    """A column of another file."""
    file["obs/sun"] = h5py.ExternalLink("other.h5ad", "/obs/sun")


def compound(file):
    """Columns as anndata wrote them before 0.7."""
    del file["obs"]
    file["obs"] = np.zeros(8, [("index", "S8"), ("sea", "?")])


def damaged(file):
    """Codes beyond the categories."""
    categorical(file["obs"], "sky", *SKY)
    file["obs/sky/codes"][3] = 9


BAD = {
    "no features": (without("X"), {}, "X is a link to nothing"),
    "no obs": (without("obs"), {}, "has no obs; it holds X, var; obs, var and X are needed"),
    "no index": (without("obs/_index"), {}, "obs does not say which of its columns is the index; it was written by"),
    "before 0.7": (compound, {}, "obs is no group; it was written by anndata before 0.7"),
    "a huge matrix": (huge, {}, "X claims 1000000 x 1000000 entries in chunks"),
    "a link out": (linked, {}, "obs/sun is a link to another file"),
    "damaged categories": (damaged, {"labels": "sky"}, "obs/sky is damaged: its codes fit neither"),
    "no such column": (lambda file: None, {"labels": "moon"}, r"no column 'moon' \(option labels\); there are sea"),
    "no such group": (lambda file: None, {"group": "moon"}, "obs has no column 'moon'; there are sea"),
    "no such matrix": (lambda file: None, {"x": "layers/raw"}, "layers/raw is a link to nothing"),
    "no such place": (lambda file: None, {"x": "raw/X"}, "x is 'raw/X'; it must be X, layers/NAME or obsm/NAME"),
    "no labels": (without("obs/sea"), {}, "no column of obs holds 0 and 1 or categories; labels=COLUMN"),
    "other rows": (
        lambda file: file.create_group("obsm").create_dataset("y", data=np.ones((5, 2))),
        {"labels": "obsm/y"},
        "obsm/y has 5 rows, the features have 8",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong file is refused in one line."""
    change, params, message = BAD[case]
    path = save({"sea": SEA}, change)
    with pytest.raises(InputError, match=message) as caught:
        read_anndata(path, **params)
    assert "\n" not in str(caught.value)
    assert "mine.h5ad" in str(caught.value)


def test_refuses_any_truncation(save, tmp_path):
    """A file cut at any byte is refused in one line."""
    whole = save({"sea": SEA}).read_bytes()
    path = tmp_path / "cut.h5ad"
    for length in [0, 8, 100, *range(200, len(whole), 997)]:
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.h5ad is damaged or not an \.h5ad file") as caught:
            read_anndata(path)
        assert "\n" not in str(caught.value)
