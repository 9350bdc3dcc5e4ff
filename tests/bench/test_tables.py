"""The bench of tables: both sides read the same labels, in every form."""

import pytest

from mlcl_core.bench import BENCHES
from mlcl_core.bench.tables import _compared
from mlcl_core.bench.tables_child import main
from mlcl_core.bench.tables_made import FORMS, write_tables


@pytest.mark.parametrize("form", FORMS)
def test_both_sides_read_the_same_labels(tmp_path, form: str) -> None:
    """A small set: equal digests of matrix and names, and seconds and memory that are measured."""
    path = write_tables(tmp_path / "set", 600, 40, 3, 0)[form]
    ours, peer = (main(form, side, str(path)) for side in ("ours", "peer"))
    assert ours["digest"] == peer["digest"]
    assert min(ours["seconds"], peer["seconds"], ours["memory"], peer["memory"]) > 0


def test_one_form_in_processes_of_their_own(tmp_path) -> None:
    """The bench itself, of one form: times, memory, and their ratios; it is listed."""
    found = _compared("parquet", write_tables(tmp_path / "set", 600, 40, 3, 0)["parquet"], 1)
    assert {"time_ratio", "memory_ratio"} < found.keys()
    assert min(found.values()) > 0
    assert "tables" in BENCHES
