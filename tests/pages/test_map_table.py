"""The table twin of the cloud on the Map page."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from dashboard.figures.wire import unpack
from tests import reference
from tests.made_runs import ITEMS, STEPS, made_data, made_run
from tests.pages.conftest import payloads


def test_the_table_holds_what_the_loops_say(opened: Callable[[str], AppTest], home: Path) -> None:
    """One line per point, with weight, cosine and force of the anchor's pairs; the anchor's own are empty."""
    run = made_run(home, "finished")
    app = opened("map")
    assert not app.dataframe
    app.session_state["anchor.item"] = 7
    app.toggle(key="map.table").set_value(True).run()
    assert not app.exception
    table = app.dataframe[0].value
    z, y = run.frame(STEPS[-1]).z, made_data().labels.dense().numpy()
    loops = reference.anchors(
        z, y, z, y, rule="similarity_dissimilarity", temperature=0.1, self_index=np.arange(len(y))
    )
    others = np.arange(ITEMS) != 7
    for column, name in (("weight", "attract"), ("cosine", "cosine"), ("force", "force")):
        np.testing.assert_allclose(table[column][others], loops[name][7][others], atol=1e-6)
    assert np.isnan(table["force"][7])
    assert table["relation"][7] == "anchor"
    assert list(table["labels"])[1].count(",") == y.shape[1] - 1
    np.testing.assert_allclose(table[["x", "y"]], run.map("pca", STEPS[-1]).xy)


def test_a_selected_line_rings_its_point(opened: Callable[[str], AppTest], home: Path) -> None:
    """The selected line has its point in focus, and the button makes it the anchor."""
    run = made_run(home, "finished")
    app = opened("map")
    app.session_state[f"map.table.{run.id}."] = {"selection": {"rows": [11], "columns": [], "cells": []}}
    app.run()
    assert unpack(payloads(app, "mlcl_cloud")[-1])[0]["focus"] == -1
    app.toggle(key="map.table").set_value(True).run()
    assert unpack(payloads(app, "mlcl_cloud")[-1])[0]["focus"] == 11
    app.button(key="map.choose").click().run()
    assert unpack(payloads(app, "mlcl_cloud")[-1])[0]["anchor_id"] == 11


def test_without_a_run_there_is_no_table(opened: Callable[[str], AppTest], home: Path) -> None:
    """Without a run, and for a run without frames, the switch has no effect and no error."""
    app = opened("map")
    app.toggle(key="map.table").set_value(True).run()
    assert not app.exception
    assert not app.dataframe
    made_run(home, "running", frames=False)
    app.run()
    assert not app.exception
    assert not app.dataframe
