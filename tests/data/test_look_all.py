"""A first look at a small sound file of every format: a preview, and no questions but those of its labels."""

import numpy as np
import pytest

from mlcl_core.bench.sample_files import SAMPLES
from mlcl_core.data.look import look_here
from mlcl_core.data.readers import reader_of


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_look_at_every_format(tmp_path, kind):
    """The rows of the preview are the first items, whether the file is a table, dense or sparse."""
    path = tmp_path / f"mine{SAMPLES[kind].ending}"
    path.write_bytes(SAMPLES[kind].content(np.random.default_rng(0)))
    found = look_here(path, {})
    assert found["format"] == reader_of(path).name
    assert len(found["preview"]) > 2
    assert all(len(row) == len(found["header"]) for row in found["preview"])
