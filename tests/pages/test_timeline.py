"""What the timeline and the trail take from a run's maps."""

import numpy as np

from dashboard import loaders
from dashboard.figures.wire import unpack
from mlcl_core.runs.files import load_arrays, save_arrays
from mlcl_core.runs.numbered import numbered_path
from tests.made_runs import STEPS, made_run
from tests.pages.conftest import payloads


def trail(app) -> tuple[dict, np.ndarray | None]:
    """Header of the cloud and its trail."""
    header, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    return header, arrays["trails"].reshape(-1, 2) if "trails" in arrays else None


def test_the_trail_is_where_the_anchor_was(opened, home) -> None:
    """Off: nothing is sent. On: the anchor's position on each map up to the shown step, on Map and Train."""
    run = made_run(home, "running")
    for page in ("map", "train"):
        app = opened(page)
        assert trail(app)[1] is None
        app.session_state["anchor.item"] = 9
        app.checkbox(key="view.trail").check().run()
        assert not app.exception
        header, places = trail(app)
        assert header["trail_of"] == 9
        np.testing.assert_array_equal(places, np.stack([run.map("pca", step).xy[9] for step in STEPS]))
    app.session_state["time.step"] = STEPS[1]
    app.run()
    assert len(trail(app)[1]) == 2


def test_a_missing_map_is_left_out(opened, home) -> None:
    """A damaged map in the middle, or a position that is not finite: the trail continues without it."""
    run = made_run(home, "finished")
    numbered_path(run.path / "maps" / "pca", STEPS[1]).write_bytes(b"half")
    app = opened("map")
    app.checkbox(key="view.trail").check().run()
    assert len(trail(app)[1]) == 2
    first = numbered_path(run.path / "maps" / "pca", STEPS[0])
    arrays, _ = load_arrays(first)
    arrays["xy"][trail(app)[0]["trail_of"]] = np.nan
    save_arrays(first, arrays)
    app.run()
    assert not app.exception
    assert len(trail(app)[1]) == 1


def test_moves_are_the_maps_own_scores(home) -> None:
    """Two steps and a score from each map; a replaced map is read again, a damaged one is skipped."""
    run = made_run(home, "finished")
    folder = run.path / "maps" / "pca"
    assert loaders.model_moved(run) == []  # the made maps say nothing of the step before

    def write(step: int, scores: str) -> None:
        arrays, _ = load_arrays(numbered_path(folder, step))
        save_arrays(numbered_path(folder, step), arrays, {"scores": scores})

    write(STEPS[1], '{"previous_step": 0.0, "model_moved": 0.25}')
    write(STEPS[2], '{"previous_step": 2.0, "model_moved": 0.5}')
    assert loaders.model_moved(run) == [(0, STEPS[1], 0.25), (2, STEPS[2], 0.5)]
    write(STEPS[2], '{"previous_step": 2.0, "model_moved": 0.125}')
    numbered_path(folder, STEPS[1]).write_bytes(b"half")
    assert loaders.model_moved(run) == [(2, STEPS[2], 0.125)]
