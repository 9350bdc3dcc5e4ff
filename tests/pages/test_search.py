"""The search field on Map, Anchor and Data: hits, marks, filters, and the anchor one step away."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.figures.wire import unpack
from dashboard.parts.data import watched_rows
from mlcl_core.runs.run import Run
from tests.made_runs import ITEMS, made_run
from tests.pages.conftest import payloads, words

PROVES = {
    "test_what_the_run_does_not_watch": (
        "Without a run none of them can be the anchor.",
        "The run in view is trained on other data: none of them can be its anchor.",
    ),
}
Opened = Callable[[str], AppTest]


@pytest.fixture
def run(home: Path) -> Run:
    """A run with 40 watched items."""
    return made_run(home, "finished")


def search(app: AppTest, text: str) -> None:
    """Type into the field."""
    app.text_input(state.SEARCH).set_value(text).run()
    assert not app.exception


def marked(app: AppTest) -> list[int]:
    """Rows that the cloud marks."""
    _, arrays = unpack(payloads(app, "mlcl_cloud")[-1])
    return np.flatnonzero(np.unpackbits(arrays["marked"], bitorder="little")[:ITEMS]).tolist()


def table(app: AppTest) -> Any:
    """The table of items or of pairs."""
    return next(frame.value for frame in app.dataframe if "item" in frame.value)


def test_from_a_search_to_the_anchor(opened: Opened, run: Run) -> None:
    """On the map: type, click. The id comes first; hits are marked, counted, listed, and alone in the table."""
    app = opened("map")
    app.toggle(key=state.MAP_TABLE).set_value(True).run()
    search(app, "3")
    hits = [3, 13, 23, *range(30, 40)]
    assert marked(app) == hits
    assert f"**{len(hits)}** of 40 items" in words(app)
    assert len(table(app)) == len(hits)
    app.button("search.hit.1").click().run()
    assert app.session_state[state.ITEM] == 13
    assert marked(app) == hits
    app.button("search.select").click().run()
    app.run()
    assert app.query_params["items"] == "3.13.23.30-39"
    search(app, "")
    assert len(table(app)) == ITEMS
    assert "marked" not in unpack(payloads(app, "mlcl_cloud")[-1])[1]


def test_a_label_by_its_name(opened: Opened, run: Run) -> None:
    """All items with the label, and with both of two labels; markup in names is text."""
    labels = run.watched_items().labels
    app = opened("map")
    search(app, "SEA snow")
    assert marked(app) == np.flatnonzero(labels[:, 1] & labels[:, 3]).tolist()
    search(app, "<b>sky</b> SEA")
    assert marked(app) == np.flatnonzero(labels[:, 0] & labels[:, 1]).tolist()


def test_no_hit_is_said(opened: Opened, run: Run) -> None:
    """None of the points is marked, and the table is empty; that is not the same as no search."""
    app = opened("map")
    app.toggle(key=state.MAP_TABLE).set_value(True).run()
    search(app, "[nothing](x)")
    assert marked(app) == []
    assert "**0** of 40 items" in words(app)
    assert app.button("search.select").disabled
    assert len(table(app)) == 0


def test_the_pairs_of_the_anchor_are_filtered(opened: Opened, run: Run) -> None:
    """On Anchor the table holds the hits among its pulls and pushes; the text of the map's search is still there."""
    app = opened("map")
    search(app, "snow")
    app.switch_page("../pages/anchor.py").run().run()
    assert app.text_input(state.SEARCH).value == "snow"
    found = table(app)
    assert 0 < len(found) < ITEMS - 1
    assert found["T"].str.contains("snow").all()


def test_the_views_of_a_batch(opened: Opened, run: Run) -> None:
    """In the batch just trained on: views are marked, the table holds the hits, a click makes the view the anchor."""
    app = opened("anchor")
    app.session_state[state.SOURCE] = "batch just trained on"
    app.run()
    batch = run.batch(run.batch_steps()[-1])
    search(app, str(batch.ids[0]))
    rows = marked(app)
    assert set(np.flatnonzero(batch.ids == batch.ids[0])) <= set(rows)
    assert len(table(app)) <= len(rows)
    app.button("search.hit.0").click().run()
    assert app.session_state[state.ROW]["item"] == batch.ids[0]


def test_what_the_run_does_not_watch(opened: Opened, home: Path) -> None:
    """On Data a line has a button only where the run in view watches that item of those data; the page says which."""
    app = opened("data")
    assert watched_rows.NO_RUN in words(app)
    assert table(app)["anchor"].isna().all()
    made_run(home, "finished")
    app.run()
    assert watched_rows.SOME in words(app)
    assert table(app)["anchor"].isna().all()  # the made run watches other pictures under those rows
    app.selectbox(key="data.source").set_value("digits").run()
    assert watched_rows.OTHER_DATA in words(app)


def test_the_same_item_is_the_anchor(opened: Opened, home: Path) -> None:
    """A recorded run on the icons: its watched items have a button, and no other item has one."""
    from mlcl_core.demo_runs.make import sample_runs
    from mlcl_core.home_directory import home_directory
    from mlcl_core.runs.store import Store

    watched = next(iter(sample_runs(Store(home_directory(home))).values())).watched_items()
    app = opened("data")
    found = table(app)
    has = found["anchor"].notna().to_numpy()
    assert has.tolist() == np.isin(np.arange(len(found)), watched.ids).tolist()
    assert has.any()
