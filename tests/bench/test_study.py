"""The bench of studies: its numbers belong together."""

import pytest

from mlcl_core.bench import BENCHES


@pytest.mark.slow
def test_the_whole_is_more_than_its_trainings(tmp_path, monkeypatch):
    """Four cells are trained; their training and evaluation is part of the whole."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    numbers = BENCHES["study"].run(quick=True)
    assert numbers["cells"] == 4
    assert numbers["ratio"] == pytest.approx(numbers["seconds"] / numbers["train_seconds"], rel=0.01)
    assert numbers["seconds"] > numbers["train_seconds"] + numbers["evaluate_seconds"] > 0
