"""The folder of a study: rows and predictions as they were given, damage told in a line."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlcl_core.errors import InputError
from mlcl_core.metrics import FINAL_METRICS
from mlcl_core.studies.cells import cells_of
from mlcl_core.studies.folder import StudyFolder, study_folders
from mlcl_core.studies.records import Result
from tests.studies.made import LABELS, made_file, made_labels, made_result, made_study


@pytest.fixture
def study(tmp_path) -> StudyFolder:
    """The made study; its second cell failed."""
    return made_study(tmp_path, failed=(1,))


def test_rows_are_those_of_the_cells(study):
    """One row a cell; metrics of a row are those of its predictions; a failed cell says why and has no numbers."""
    rows, cells = study.rows().set_index("cell"), cells_of(study.file)
    assert len(rows) == len(cells) == 18
    for place, cell in enumerate(cells):
        row = rows.loc[cell.id]
        assert (row["data"], row["method"], row["seed"]) == (cell.data, cell.method, cell.seed)
        assert json.loads(row["config"])["loss"] == cell.config.loss.model_dump()
        if place == 1:
            assert row["state"] == "failed"
            assert "nan at step 3" in row["error"]
            assert pd.isna(row["macro_f1"])
            with pytest.raises(InputError, match="failed: the loss became nan"):
                study.predictions(cell.id)
        else:
            found = study.predictions(cell.id)
            assert {name: record.measure(found) for name, record in FINAL_METRICS.items()} == pytest.approx(
                {name: row[name] for name in FINAL_METRICS}
            )


def test_the_table_is_made_anew_from_the_cells(study):
    """Without results.parquet, and with one older than a cell, rows are the same as with a new one."""
    before = study.rows()
    table = study.path / "results.parquet"
    table.unlink()
    pd.testing.assert_frame_equal(study.rows(), before)
    study.write_table()
    pd.testing.assert_frame_equal(study.rows(), before)
    cell = cells_of(study.file)[1]
    study.add(made_result(cell))
    assert set(study.rows()["state"]) == {"ok"}


def test_the_test_items_are_kept_once_and_stay(study):
    """Names, counts and labels come back; a cell with other test labels is refused."""
    labels, made = study.labels("icons"), made_labels("icons")
    assert labels.names == LABELS
    assert labels.n_train == made.n_train
    assert np.array_equal(labels.train_counts, made.train_counts)
    assert np.array_equal(labels.labels, made.labels)
    assert np.array_equal(labels.ids, made.ids)
    result = made_result(cells_of(study.file)[0])
    with pytest.raises(InputError, match="it changed"):
        study.add(Result(result.row, result.arrays, made_labels("icons", items=61)))


def test_another_study_under_the_name_is_refused(study, tmp_path):
    """Other methods: one line, nothing is changed; more seeds and another place of the data are the same study."""
    more = made_file(seeds=[0, 1, 2, 3])
    study.take(more, 24)
    assert study.status().total == 24
    assert study.status().state == "stopped"
    with pytest.raises(InputError, match=r"another study 'made' .* \(its grid, seeds differ\)"):
        study.take(made_file(grid={"method": ["bce"]}), 3)
    with pytest.raises(InputError, match="its seeds differ"):
        study.take(made_file(seeds=[1]), 6)
    assert study.file == more
    assert [one.name for one in study_folders(tmp_path)] == ["made"]


def test_a_study_that_is_done_is_finished(study, tmp_path):
    """All cells have a row, failed ones too; a part of them: stopped."""
    status = study.status()
    assert (status.state, status.done, status.failed, status.total) == ("finished", 18, 1, 18)
    part = made_study(tmp_path / "other", done=4).status()
    assert (part.state, part.done, part.total) == ("stopped", 4, 18)


def test_results_of_another_schema_are_told_and_kept(study):
    """A row, and a table, of a later schema: one line that names the file, which is not written over."""
    table = study.path / "results.parquet"
    pq.write_table(pa.table({"cell": ["a"]}).replace_schema_metadata({"schema_version": "7"}), table)
    content = table.read_bytes()
    for act in (study.rows, study.write_table):
        with pytest.raises(InputError, match=r"results.parquet: is of schema 7; .* reads 1"):
            act()
    assert table.read_bytes() == content
    table.unlink()
    path = study.path / "cells" / f"{cells_of(study.file)[0].id}.json"
    path.write_text(json.dumps({"schema_version": 9, "cell": "x"}))
    with pytest.raises(InputError, match="is of schema 9"):
        study.rows()
    path.write_text("[]")
    with pytest.raises(InputError, match="is no result of a cell"):
        study.rows()
