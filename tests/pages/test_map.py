"""The Map page: no run, one running, one finished."""

import pytest

from dashboard.figures.message import unpack
from tests.made_runs import ITEMS, STEPS, made_run
from tests.pages.conftest import payloads, words


def test_without_a_run(opened) -> None:
    """No run: the cloud says what to do."""
    header, _ = unpack(payloads(opened("map"), "mlcl_cloud")[0])
    assert "Press Start" in header["empty"]


@pytest.mark.parametrize("state", ["running", "finished"])
def test_scores_and_verdict(opened, home, state: str) -> None:
    """The map's scores stand beside it; where only the projector moved, the page warns."""
    made_run(home, state)
    app = opened("map")
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert (header["n"], header["map"]) == (ITEMS, "pca")
    assert "Trustworthiness **0.90**" in words(app)
    assert any("not the model" in warning.value for warning in app.warning)


def test_a_missing_map_says_why(opened, home) -> None:
    """UMAP before its first map: words instead of points."""
    made_run(home, "finished")
    app = opened("map")
    app.session_state["view.map"] = "umap"
    app.run()
    assert not app.exception
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert "UMAP draws its first map" in header["empty"]


@pytest.mark.parametrize(("colour", "classes"), [("label", 2), ("count", 5), ("split", 3)])
def test_colours(opened, home, colour: str, classes: int) -> None:
    """Colour by one label, by number of labels, by split: the legend's counts add up to all items."""
    made_run(home, "finished")
    app = opened("map")
    app.session_state["view.colour"] = colour
    app.run()
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert len(header["legend"]) == classes
    assert sum(entry["count"] for entry in header["legend"]) == ITEMS


def test_the_timeline_chooses_the_step(opened, home) -> None:
    """A step looked back at is the step of the map; between frames it is the one before."""
    made_run(home, "running")
    app = opened("map")
    for wanted, shown in ((0, STEPS[0]), (3, STEPS[1]), (None, STEPS[-1])):
        app.session_state["time.step"] = wanted
        app.run()
        assert unpack(payloads(app, "mlcl_cloud")[0])[0]["step"] == shown


@pytest.mark.parametrize("colour", ["relation", "label", "count", "split"])
def test_the_anchor_is_ringed_in_every_colouring(opened, home, colour: str) -> None:
    """Whatever the colours mean, the frame says which point is the anchor."""
    made_run(home, "finished")
    app = opened("map")
    app.session_state["anchor.item"] = 7
    app.session_state["view.colour"] = colour
    app.run()
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert (header["anchor"], header["anchor_id"]) == (7, 7)
