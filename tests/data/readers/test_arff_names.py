"""Round trips of names: written by Weka's rules, by MATLAB, in HDF5 and in npz, any name is read back as it is."""

import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

import h5py
import numpy as np
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcl_core.data.readers.arff import read_arff, read_keel
from mlcl_core.data.readers.hdf5 import read_hdf5
from mlcl_core.data.readers.mat import read_mat
from mlcl_core.data.readers.npz import read_npz

SPECIAL = " ,;|'\"\\%{}[]()?#@<>&=-_:/*éß1a"
NAME = st.text(SPECIAL, min_size=1, max_size=6).filter(lambda name: name == name.strip())
NAMES = st.lists(NAME, min_size=2, max_size=5, unique=True)
Y = np.array([[1, 0, 1, 0, 1], [0, 1, 1, 0, 0], [1, 1, 0, 1, 0]])


def weka_quoted(name: str) -> str:
    """A name as ``weka.core.Utils.quote`` writes it."""
    escaped = name
    for char in ("\\", "'", '"', "%"):
        escaped = escaped.replace(char, f"\\{char}")
    quoted = escaped != name or any(char in name for char in "{}, ?") or not name
    return f"'{escaped}'" if quoted else escaped


@settings(max_examples=60, deadline=None)
@given(NAMES, st.booleans(), st.booleans())
def test_names_in_arff(names, in_xml, counted):
    """Declared by Weka's rules and listed by Mulan's, or counted: the same names and the same labels."""
    y = Y[:, : len(names)]
    declared = [f"@attribute {weka_quoted(name)} {{0,1}}" for name in names]
    head = ["@relation x", "@attribute 'no label' numeric", *declared]
    rows = [f"{row},{','.join(map(str, ones))}" for row, ones in enumerate(y.tolist())]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mine.arff")
        path.write_text("\n".join([*head, "@data", *rows]), encoding="utf-8")
        if in_xml:
            listed = "".join(f"<label name={quoteattr(name)}/>" for name in names)
            path.with_suffix(".xml").write_text(f"<labels>{listed}</labels>", encoding="utf-8")
        loaded = read_arff(path, labels="" if in_xml else str(len(names)))
        assert loaded.label_names == tuple(names)
        assert np.array_equal(loaded.y.toarray(), y)
        outputs = ", ".join(map(weka_quoted, names))
        keel = path.with_suffix(".dat")
        keel.write_text("\n".join([*head, f"@outputs {outputs}", "@data", *rows]), encoding="utf-8")
        assert read_keel(keel).label_names == tuple(names)
        assert read_keel(keel, labels=str(len(names)) if counted else "").label_names == tuple(names)


@settings(max_examples=20, deadline=None)
@given(NAMES)
def test_names_in_binary_files(names):
    """Formats that store texts as such change nothing in them."""
    y, x = Y[:, : len(names)], np.arange(6.0).reshape(3, 2)
    with tempfile.TemporaryDirectory() as folder:
        npz, mat, hdf5 = (Path(folder, f"mine.{ending}") for ending in ("npz", "mat", "h5"))
        np.savez(npz, X=x, Y=y, label_names=np.array(names))
        scipy.io.savemat(mat, {"X": x, "Y": y, "label_names": np.array(names, dtype=object)})
        with h5py.File(hdf5, "w") as file:
            file["X"], file["Y"] = x, y
            file.create_dataset("label_names", data=names, dtype=h5py.string_dtype())
        for loaded in (read_npz(npz), read_hdf5(hdf5), read_mat(mat, x_items="rows", y_items="rows")):
            assert loaded.label_names == tuple(names)
            assert np.array_equal(loaded.y, y)
