"""The batch just trained on: that of the step shown, with the anchor and the what-if of the watched items."""

import shutil

import numpy as np
import pytest

from dashboard.figures.wire import unpack
from dashboard.parts.anchor.batch import steps_with_batch
from mlcl_core.runs.numbered import numbered_path
from tests import reference
from tests.made_runs import STEPS, made_data, made_run
from tests.pages.conftest import choose_row, payloads, words

BATCH, WATCHED = "batch just trained on", "watched items"


def cloud_of(app):
    """Header and arrays of the page's cloud."""
    return unpack(payloads(app, "mlcl_cloud")[0])


def switch(app, source: str) -> None:
    """Look among the watched items, or in the batch."""
    app.session_state["anchor.source"] = source
    app.run()
    assert not app.exception


def test_it_is_the_batch_of_the_step_shown(opened, home) -> None:
    """Live: the newest batch; in the past: that of the step; without one: the steps that have one, and the nearest."""
    run = made_run(home, "paused")
    for step in (0, 3):
        shutil.copy(numbered_path(run.path / "batches", 5), numbered_path(run.path / "batches", step))
    app = opened("anchor")
    switch(app, BATCH)
    for wanted, shown in ((None, 5), (0, 0), (3, 3), (5, 5)):
        app.session_state["time.step"] = wanted
        app.run()
        assert cloud_of(app)[0]["step"] == shown
    app.session_state["time.step"] = 2
    app.run()
    assert cloud_of(app)[0]["empty"] == "No batch was written at step 2. There are batches of steps 0, 3, 5."
    app.button(key="anchor.nearest").click().run()
    assert cloud_of(app)[0]["step"] == app.session_state["time.step"] == 3
    app.session_state["time.step"] = 2
    app.run()
    app.button(key="anchor.newest").click().run()
    assert cloud_of(app)[0]["step"] == 5
    assert app.session_state["time.step"] is None


@pytest.mark.parametrize("wanted", [1, 250, 499, 1_000_000])
def test_of_many_batches_the_near_ones_are_listed(wanted: int) -> None:
    """First, last and the nearest four; the others are counted."""
    steps = list(range(0, 50_100, 100))
    words = steps_with_batch(steps, wanted)
    listed = [int(word.replace(",", "")) for word in words.split("of steps ")[1].split(" and ")[0].split(", ")]
    near = sorted(steps, key=lambda step: abs(step - wanted))[:4]
    assert set(listed) == {steps[0], steps[-1], *near}
    assert f"and {len(steps) - len(listed)} more" in words


def test_the_anchor_stays(opened, home) -> None:
    """The anchor is kept from the watched items to the batch and back; a chosen view stays chosen."""
    run = made_run(home, "paused")
    app = opened("anchor")
    app.session_state["anchor.item"] = 9
    switch(app, BATCH)
    assert (cloud_of(app)[0]["anchor_id"], cloud_of(app)[0]["anchor"]) == (9, 9)
    assert "not in this batch" not in words(app)
    choose_row(app, run, 16)  # the second view of item 4
    switch(app, BATCH)
    assert cloud_of(app)[0]["anchor"] == 16
    switch(app, WATCHED)
    assert cloud_of(app)[0]["anchor_id"] == 4
    switch(app, BATCH)
    assert cloud_of(app)[0]["anchor"] == 16
    app.session_state["anchor.item"] = 9  # chosen elsewhere meanwhile
    app.run()
    assert cloud_of(app)[0]["anchor"] == 9


@pytest.mark.parametrize(("item", "why"), [(30, "not in this batch"), (38, "is a test item: it is in no batch")])
def test_an_anchor_that_is_not_in_the_batch_is_said(opened, home, item: int, why: str) -> None:
    """Another item replaces it, with a sentence, and switching back restores the anchor."""
    made_run(home, "paused")
    app = opened("anchor")
    app.session_state["anchor.item"] = item
    switch(app, BATCH)
    assert why in words(app)
    assert cloud_of(app)[0]["anchor_id"] in range(12)
    switch(app, WATCHED)
    assert cloud_of(app)[0]["anchor_id"] == item


@pytest.mark.parametrize("role", ["anchor", "reference"])
def test_what_if_holds_in_the_batch(opened, home, role: str) -> None:
    """Labels changed among the watched items apply to both views of the item in the batch, and can be undone."""
    run = made_run(home, "paused", loss__temperature=0.1)
    app = opened("anchor")
    app.session_state["anchor.role"] = role
    app.session_state["anchor.item"] = 4
    app.run()
    app.pills[0].set_value([0, 1]).run()
    switch(app, BATCH)
    batch = run.batch(STEPS[-1])
    y = batch.y.copy()
    y[batch.ids == 4] = np.isin(np.arange(y.shape[1]), [0, 1])
    z = batch.z.astype(np.float64)
    loops = reference.anchors(
        z, y, z, y, rule="similarity_dissimilarity", temperature=0.1, self_index=np.arange(len(y))
    )
    header, arrays = cloud_of(app)
    line = (4, slice(None)) if role == "anchor" else (slice(None), 4)
    others = np.arange(len(y)) != 4
    np.testing.assert_allclose(arrays["force"][others], loops["force"][line][others], atol=1e-5)
    np.testing.assert_allclose(arrays["weight"][others], loops["attract"][line][others], atol=1e-6)
    assert header["edits"] == {"4": [0, 1], "16": [0, 1]}
    assert "instead of" in words(app)
    assert "before: pulls" in words(app)
    app.session_state["anchor.item"] = 9
    switch(app, WATCHED)
    app.pills[0].set_value([2]).run()
    app.session_state["anchor.item"] = 30
    app.run()
    app.pills[0].set_value([3]).run()
    switch(app, BATCH)
    assert "1 edited item is not among these" in words(app)
    next(button for button in app.button if button.label == "Undo the change").click().run()
    assert not cloud_of(app)[0]["edits"]
    assert "instead of" not in words(app)


def test_what_if_waits_where_the_batch_cannot_be_asked(opened, home) -> None:
    """With keys of a momentum encoder the batch is shown as it was trained on, with a note."""
    run = made_run(home, "paused", loss__momentum=0.9, loss__candidates="both", loss__queue_size=8)
    app = opened("anchor")
    app.session_state["anchor.item"] = 4
    app.run()
    app.pills[0].set_value([0, 1]).run()
    switch(app, BATCH)
    assert "The change of labels does not apply here" in words(app)
    batch = run.batch(STEPS[-1])
    np.testing.assert_allclose(cloud_of(app)[1]["force"], batch.force[4], atol=1e-7)
    assert np.array_equal(made_data().labels.dense()[4], batch.y[4])
