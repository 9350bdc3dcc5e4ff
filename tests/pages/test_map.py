"""The Map page: no run, one running, one finished."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dashboard.figures.wire import unpack
from dashboard.parts.cloud.faithfulness import share
from dashboard.parts.frame.empty import SENTENCES
from mlcl_core.runs.files import load_arrays, save_arrays
from mlcl_core.runs.mapping import RunMaps
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from tests.made_runs import ITEMS, STEPS, made_run
from tests.pages.conftest import payloads, words


def test_without_a_run(opened) -> None:
    """Without a run a drawing, a sentence, and the button that starts one."""
    app = opened("map")
    assert SENTENCES["map"] in words(app)
    assert "empty.start" in {button.key for button in app.button}


@pytest.mark.parametrize("state", ["running", "finished"])
def test_scores_and_verdict(opened, home, state: str) -> None:
    """The map's scores are shown beside it; where only the projector moved, the page warns."""
    made_run(home, state)
    app = opened("map")
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert (header["n"], header["map"]) == (ITEMS, "pca")
    assert "Trustworthiness **0.90**" in words(app)
    assert any("not the model" in warning.value for warning in app.warning)


def mapped(home: Path, change: Callable[[np.ndarray], np.ndarray]) -> Run:
    """A finished run with other embeddings, and its PCA maps as the mapper draws them."""
    run = made_run(home, "finished")
    shutil.rmtree(run.path / "maps")
    maps = RunMaps(run, run.config().maps)
    for step in STEPS:
        path = numbered_path(run.path / "frames", step)
        arrays, _ = load_arrays(path)
        save_arrays(path, {**arrays, "z": change(arrays["z"]).astype(np.float16)})
    maps.scan()
    for step in STEPS:
        maps.draw("pca", step)
    return run


def test_what_the_scores_mean(opened, home) -> None:
    """Trustworthiness is explained by ranks, not as a share; maps without scores of ties show none."""
    made_run(home, "finished")
    said = words(opened("map"))
    assert "costs by how far down the space ranks it" in said
    assert "Exactly tied" not in said
    assert "without a direction" not in said


def test_all_equal_has_no_order_to_show(opened, home) -> None:
    """All items on one spot: no score, and the reason."""
    mapped(home, lambda z: np.tile(z[:1], (len(z), 1)))
    said = words(opened("map"))
    assert "No order to show" in said
    assert "on one spot" in said
    assert "Trustworthiness **" not in said


def test_ties_stand_beside_the_scores(opened, home) -> None:
    """Five spots of eight copies each: every item is tied, and every neighbour shown is right."""
    mapped(home, lambda z: z[np.arange(len(z)) % 5])
    said = words(opened("map"))
    assert "Exactly tied **100 %**" in said
    assert "kNN recall **1.00**" in said


@pytest.mark.parametrize(("gone", "counted"), [([3], "1 item without"), ([3, 11], "2 items without")])
def test_items_without_direction_are_counted_and_crossed_out(opened, home, gone: list[int], counted: str) -> None:
    """They are counted beside the map, under it and for screen readers; the cloud gets their rows."""
    mapped(home, lambda z: np.where(np.isin(np.arange(len(z)), gone)[:, None], 0, z))
    app = opened("map")
    header, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    assert arrays["apart"].tolist() == gone
    assert counted in words(app)
    assert counted in header["status"]
    assert counted in header["alt"]


def test_nothing_has_a_direction(opened, home) -> None:
    """All vectors are zero: no order, no positions, and the page counts them."""
    mapped(home, np.zeros_like)
    app = opened("map")
    assert "No order to show" in words(app)
    assert f"{ITEMS} items without a direction" in words(app)
    assert len(unpack(payloads(app, "mlcl_cloud")[0])[1]["apart"]) == ITEMS


def test_a_share_that_is_not_whole_does_not_look_so() -> None:
    """0 and 1 are shown as such; values next to them are not rounded to them."""
    assert [share(value) for value in (0, 0.002, 0.5, 0.998, 1)] == ["0 %", "below 1 %", "50 %", "above 99 %", "100 %"]


def test_a_missing_map_says_why(opened, home) -> None:
    """UMAP before its first map: a message instead of points."""
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
    """A past step is the step of the map; between frames, the frame before it."""
    made_run(home, "running")
    app = opened("map")
    for wanted, shown in ((0, STEPS[0]), (3, STEPS[1]), (None, STEPS[-1])):
        app.session_state["time.step"] = wanted
        app.run()
        assert unpack(payloads(app, "mlcl_cloud")[0])[0]["step"] == shown


@pytest.mark.parametrize("colour", ["relation", "label", "count", "split"])
def test_the_anchor_is_ringed_in_every_colouring(opened, home, colour: str) -> None:
    """Under every colouring the frame names the anchor."""
    made_run(home, "finished")
    app = opened("map")
    app.session_state["anchor.item"] = 7
    app.session_state["view.colour"] = colour
    app.run()
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert (header["anchor"], header["anchor_id"]) == (7, 7)
