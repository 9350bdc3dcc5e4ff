"""Sparse matrices in .npz and HDF5 files: read as programs write them, and never beyond their memory."""

import h5py
import numpy as np
import pytest
import scipy.sparse as sp
import torch

from mlcl_core.data import load_data
from mlcl_core.data.readers.hdf5 import read_hdf5
from mlcl_core.data.readers.npz import read_npz
from mlcl_core.data.readers.sparse import csr_of
from mlcl_core.errors import InputError
from tests.data.test_files import arrays

LAYOUTS = {"csr": sp.csr_array, "csc": sp.csc_array}


def words() -> np.ndarray:
    """Features of forty rows, most of them 0."""
    x = arrays()["X"]
    return np.where(np.random.default_rng(1).random(x.shape) < 0.7, 0, x)


def parts(matrix, before: str = "") -> dict[str, np.ndarray]:
    """The arrays that scipy.sparse.save_npz writes."""
    kept = {name: getattr(matrix, name) for name in ("data", "indices", "indptr")}
    kept |= {"shape": np.array(matrix.shape), "format": np.array(matrix.format.encode("ascii"))}
    return {before + name: part for name, part in kept.items()}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("before", ["X_", ""])
def test_npz(tmp_path, layout, before):
    """X and Y as save_npz names their parts, in either layout, give the data set of the dense arrays."""
    y = LAYOUTS[layout](arrays()["Y"])
    np.savez(tmp_path / "dense.npz", X=words(), Y=arrays()["Y"])
    np.savez(tmp_path / "sparse.npz", **parts(LAYOUTS[layout](words()), before), **parts(y, "Y_"))
    data, other = load_data(tmp_path / "sparse.npz"), load_data(tmp_path / "dense.npz")
    assert torch.equal(data.items, other.items)
    assert torch.equal(data.labels.dense(), other.labels.dense())
    assert isinstance(read_npz(tmp_path / "sparse.npz").x, sp.csr_array)


def test_npz_of_save_npz_alone(tmp_path):
    """The file that save_npz writes has no labels, which is said."""
    sp.save_npz(tmp_path / "mine.npz", sp.csr_array(words()))
    with pytest.raises(InputError, match=r"mine\.npz has no array 'Y'; it holds _is_array, data, format, indices"):
        load_data(tmp_path / "mine.npz")


def anndata(file, name, matrix) -> None:
    """A group as AnnData writes it."""
    group = file.create_group(name)
    group.attrs["encoding-type"], group.attrs["encoding-version"] = f"{matrix.format}_matrix", "0.1.0"
    group.attrs["shape"] = np.array(matrix.shape)
    for part in ("data", "indices", "indptr"):
        group[part] = getattr(matrix, part)


def h5sparse(file, name, matrix) -> None:
    """A group as h5sparse writes it."""
    group = file.create_group(name)
    group.attrs["h5sparse_format"], group.attrs["h5sparse_shape"] = matrix.format, matrix.shape
    for part in ("data", "indices", "indptr"):
        group[part] = getattr(matrix, part)


def save_npz(file, name, matrix) -> None:
    """A group of the arrays that save_npz writes; the length of indptr tells the layout."""
    for part, array in parts(matrix).items():
        if part != "format":
            file[f"{name}/{part}"] = array


def matlab(file, name, matrix) -> None:
    """A group as MATLAB writes it: compressed columns."""
    matrix = sp.csc_array(matrix)
    group = file.create_group(name)
    group.attrs["MATLAB_sparse"] = np.uint64(matrix.shape[0])
    group["data"], group["ir"], group["jc"] = (
        matrix.data,
        *(part.astype(np.uint64) for part in (matrix.indices, matrix.indptr)),
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("write", [anndata, h5sparse, save_npz, matlab])
@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2"])
def test_hdf5(tmp_path, write, layout, dtype):
    """Groups as four programs write them give the matrix, in either layout and byte order."""
    x = words().astype(dtype).astype(float)
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        write(file, "X", LAYOUTS[layout](x))
        write(file, "Y", LAYOUTS[layout](arrays()["Y"]))
        data = file["X/data"][:]
        del file["X/data"]
        file["X/data"] = data.astype(dtype)
    loaded = read_hdf5(tmp_path / "mine.h5")
    assert np.array_equal(loaded.x.toarray(), x)
    assert np.array_equal(loaded.y.toarray(), arrays()["Y"])
    assert torch.equal(load_data(tmp_path / "mine.h5").labels.dense(), torch.from_numpy(arrays()["Y"].astype(bool)))


@pytest.mark.parametrize("part", ["data", "indices", "indptr"])
def test_hdf5_opens_no_other_file(tmp_path, part):
    """A part of a sparse matrix that is a link to another file is refused."""
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        anndata(file, "X", sp.csr_array(words()))
        file["Y"] = arrays()["Y"]
        del file[f"X/{part}"]
        file[f"X/{part}"] = h5py.ExternalLink(str(tmp_path / "other.h5"), part)
    with pytest.raises(InputError, match=rf"mine\.h5: X/{part} is a link to another file"):
        load_data(tmp_path / "mine.h5")


ENDS, ACROSS, HELD = np.array([0, 1, 3]), np.array([0, 1, 2]), np.array([1.0, 2.0, 3.0])
BAD = {
    "an index too far": ({"indices": np.array([0, 1, 3])}, "an index is 3; each must lie between 0 and 2"),
    "an index below 0": ({"indices": np.array([0, -1, 2])}, "each must lie between 0 and 2"),
    "an index too many": ({"indices": np.array([0, 1, 2, 2])}, "has 4 indices and 3 numbers"),
    "indices with fractions": ({"indices": ACROSS.astype(float)}, "indices is float64 .* it must be a row of whole"),
    "ends that fall": ({"indptr": np.array([0, 4, 3])}, "indptr must hold 3 numbers that ascend from 0 to 3"),
    "ends too far": ({"indptr": np.array([0, 1, 4])}, "ascend from 0 to 3"),
    "a row too many": ({"indptr": np.array([0, 1, 2, 2, 3])}, "indptr must hold 3 numbers"),
    "ends of 64 bits": ({"indptr": np.array([0, 2**63 + 1, 3], np.uint64)}, "ascend from 0 to 3"),
    "words": ({"data": np.array(["a", "b", "c"])}, "data is <U1 of shape .*; it must be a row of numbers"),
    "two axes": ({"data": HELD[:, None]}, r"data is float64 of shape \[3, 1\]"),
    "another layout": ({"layout": "coo"}, "is in the layout 'coo'; csr and csc can be read"),
    "no layout": ({"shape": (2, 2), "indices": np.array([0, 1, 1])}, "as many rows as columns and nothing tells its"),
    "one length": ({"shape": (2,)}, r"has shape \[2\]; it must be rows and columns"),
    "below 0": ({"shape": (2, -3)}, r"has shape \[2, -3\]"),
    "too long": ({"shape": (2, 2**40)}, "it must be rows and columns"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(case):
    """Parts that do not fit together are refused in one line, before anything follows them."""
    changed, message = BAD[case]
    given = {"data": HELD, "indices": ACROSS, "indptr": ENDS, "shape": (2, 3), "layout": "", **changed}
    with pytest.raises(InputError, match=f"^mine: X.*{message}"):
        csr_of(given["data"], given["indices"], given["indptr"], given["shape"], "mine: X", layout=given["layout"])


def test_parts_are_needed(tmp_path):
    """A matrix without one of its parts is refused, which is named."""
    kept = parts(sp.csr_array(words()), "X_")
    del kept["X_indptr"]
    np.savez(tmp_path / "mine.npz", Y=arrays()["Y"], **kept)
    with pytest.raises(InputError, match="has a sparse matrix X without X_indptr; all parts are needed"):
        load_data(tmp_path / "mine.npz")


def test_a_small_file_of_many_labels(tmp_path):
    """Labels without an entry take a name all the same: 10^9 of them are refused, in both formats."""
    wide = sp.csr_array((np.ones(40), np.arange(40), np.arange(41)), shape=(40, 10**9))
    np.savez_compressed(tmp_path / "mine.npz", X=words(), **parts(wide, "Y_"))
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["X"] = words()
        anndata(file, "Y", wide)
    for name in ("mine.npz", "mine.h5"):
        with pytest.raises(
            InputError, match=rf"{name}: .* holds 40 rows x 1,000,000,000 labels, each with a name, 100,0"
        ):
            load_data(tmp_path / name)


@pytest.mark.parametrize("layout", [b"\x94\xff", "csr\n", 7])
def test_any_layout_is_read_or_refused(tmp_path, layout):
    """A layout that is no word of scipy's is one error line."""
    kept = parts(sp.csr_array(words()), "X_") | {"X_format": np.array(layout)}
    np.savez(tmp_path / "mine.npz", Y=arrays()["Y"], **kept)
    with pytest.raises(InputError, match=r"is in the layout '.*'; csr and csc can be read"):
        load_data(tmp_path / "mine.npz")


def test_a_small_file_of_many_columns(tmp_path):
    """A matrix of a few numbers and 10^9 columns is refused: some of its rows would take gigabytes."""
    wide = sp.csr_array((np.ones(40), np.arange(40) + 10**9, np.arange(41)), shape=(40, 2 * 10**9))
    np.savez_compressed(tmp_path / "mine.npz", Y=arrays()["Y"], **parts(wide, "X_"))
    with pytest.raises(
        InputError, match=r"40 rows x 2,000,000,000 features, sparse, of which 40 at once are dense, 320"
    ):
        load_data(tmp_path / "mine.npz")
