"""What pages offer as files: pairs, matrices, selected items; numbers in full precision, the origin inside."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from dashboard import loaders
from dashboard.export.items import items_table
from dashboard.export.matrices import matrices_table
from dashboard.export.pairs import pairs_table
from dashboard.export.record import ORIGIN
from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.hand_batch import made_up_batch
from dashboard.figures.methods import Method
from dashboard.figures.relations import verdict
from dashboard.parts.frame.downloads import table_file
from mlcl_core.runs.run import Run
from tests.made_runs import ITEMS, LABELS, made_run

ROOT = Path(__file__).parents[2]
NUMBERS = {"K^s": "similarity_factor", "K^d": "dissimilarity_factor", "weight": "weight", "cosine": "cosine"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with prototypes, which stand behind the items."""
    return made_run(tmp_path_factory.mktemp("home"), "finished", loss__name="msc")


@pytest.mark.parametrize("role", ["anchor", "reference"])
def test_all_pairs_of_an_anchor(run, role):
    """Every pair but the item with itself, prototypes last; each number is the one that the page shows, not rounded."""
    pairs, watched = loaders.pairs(run, 2, 7, role), run.watched_items()
    more = len(pairs.force) - ITEMS
    assert more == (LABELS if role == "anchor" else 0)
    table = pairs_table(
        run,
        2,
        pairs,
        ids=np.concatenate([watched.ids, np.full(more, -1)]),
        names=[*watched.names, *watched.label_names[:more]],
        labels=np.concatenate([watched.labels, np.eye(more, LABELS, dtype=bool)]),
        label_names=watched.label_names,
        among="the watched items",
    )
    others = np.delete(np.arange(len(pairs.force)), 7)
    read = pq.read_table(io.BytesIO(table_file(table, "parquet")))
    rows = list(csv.DictReader(io.StringIO(table_file(table, "csv").decode())))
    assert read["id"].to_pylist() == [*(item for item in range(ITEMS) if item != 7), *[None] * more]
    assert read["relation"].to_pylist() == [RELATION_BY_CODE[int(code)].name for code in pairs.relation[others]]
    for title, name in {**NUMBERS, "force": "force", "shared": "shared", "extra": "extra"}.items():
        expected = getattr(pairs, name)[others]
        assert np.array_equal(read[title].to_numpy(), expected)
        assert np.array_equal(np.array([float(row[title]) for row in rows], expected.dtype), expected)
    told = json.loads(read.schema.metadata[ORIGIN.encode()])
    assert (told["step"], told["anchor"]["id"], told["anchor"]["role"]) == (2, 7, role)
    assert told["columns"]["force"].startswith("dL/ds")
    assert {row["origin.run"] for row in rows} == {run.id}
    assert {row["origin.step"] for row in rows} == {"2"}


def test_all_pairs_of_the_matrices():
    """The terms of both methods, in full precision; a refused one has no columns, and the origin says why."""
    labels = np.random.default_rng(0).random((5, 4)) < 0.5
    batch = made_up_batch(labels, "abcd", key="k", origin="by hand.", readiness="learning", seed=1)
    verdicts = {"A": verdict(batch, Method("jaccard")), "B": verdict(batch, Method("formula", {"expression": "no("}))}
    table = matrices_table(batch, verdicts)
    read = pq.read_table(io.BytesIO(table_file(table, "parquet")))
    off, terms = ~np.eye(5, dtype=bool), verdicts["A"].terms
    assert read.num_rows == 20
    assert np.array_equal(read["force A"].to_numpy(), terms.force.numpy()[off])
    assert np.array_equal(read["weight A"].to_numpy(), terms.attract.numpy()[off])
    assert np.array_equal(read["cosine"].to_numpy(), terms.cosine.numpy()[off])
    assert "force B" not in read.column_names
    told = json.loads(read.schema.metadata[ORIGIN.encode()])
    assert told["methods"]["A"]["rule"] == "jaccard"
    assert told["methods"]["B"]["refused"] == verdicts["B"].refused
    assert "made up" in told["batch"]


def test_the_selected_items_alone(run):
    """Their ids, in the order of the watched items, with all their numbers; the origin counts both."""
    table = items_table(run, 2, "pca", np.array([3, 9, 30]))
    rows = list(csv.DictReader(io.StringIO(table_file(table, "csv").decode())))
    assert [int(row["id"]) for row in rows] == [3, 9, 30]
    assert np.array_equal(np.array([float(row["z2"]) for row in rows], np.float32), run.frame(2).z[[3, 9, 30], 2])
    assert [(row["origin.items"], row["origin.watched"]) for row in rows] == [("3", str(ITEMS))] * 3


def test_buttons_of_the_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Selected items, all items, the map and the replay: every button gives a file of its kind."""
    from streamlit.testing.v1 import AppTest

    from dashboard.parts.frame import download

    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    made_run(tmp_path, "finished")
    given: dict[str, bytes] = {}

    def offer(title, content, *, file_name, key, disabled=False, **more):
        if not disabled:
            given[key] = content()

    for module in ("dashboard.parts.frame.downloads", "dashboard.parts.cloud.downloads"):
        monkeypatch.setattr(f"{module}.offer_download", offer)
    assert download.offer_download is not offer
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    app.switch_page("../pages/map.py").run()
    assert given == {}  # closed, it costs nothing
    app.session_state["map.download"] = True
    app.run()
    assert not app.exception
    begins = {"csv": b'"id"', "parquet": b"PAR1", "png": b"\x89PNG", "svg": b"<?xml", "replay": b"<!doctype html>"}
    assert {key.rpartition(".")[2] for key in given} == set(begins)
    assert all(content.startswith(begins[key.rpartition(".")[2]]) for key, content in given.items())
