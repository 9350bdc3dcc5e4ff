"""The registry of maps."""

import subprocess
import sys

import numpy as np
import pytest

from mlcl_core.maps import FIRST_MAP, MAPS


@pytest.mark.parametrize("name", MAPS)
def test_records_are_whole(name: str, z: np.ndarray) -> None:
    """Every record says what it is, under its own name, and makes a map of that name."""
    record = MAPS[name]
    assert record.name == name
    assert all((record.title, record.formula, record.summary, record.source, record.hint))
    assert record.fitted_items is None or record.fitted_items in record.options
    made = record.make(z, None)
    assert made.name == name
    assert made.xy.shape == (len(z), 2)
    assert all(np.isfinite(value) for value in made.details.values())
    assert record.fitted_items is None or record.fitted_items in made.details


def test_every_frame_has_the_first_map() -> None:
    """Pages show it from a run's first frame on."""
    assert MAPS[FIRST_MAP].every_frame
    assert MAPS[FIRST_MAP].on


def test_import_is_light() -> None:
    """Importing the package loads neither numba nor torch nor scikit-learn nor umap."""
    code = "import sys, mlcl_core.maps; print([m for m in ('numba', 'torch', 'sklearn', 'umap') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
