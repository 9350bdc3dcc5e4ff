"""Forces on the Anchor page: arrows on the map, sums by relation, and what is said where a file is missing."""

import json
import shutil
from time import time

import numpy as np
import pytest
import torch

from dashboard.figures.arrows import axes_of, driven
from dashboard.figures.wire import unpack
from mlcl_core.losses import build_loss
from mlcl_core.maps import pca_map
from mlcl_core.runs.files import load_arrays, save_arrays, write_json
from mlcl_core.runs.numbered import numbered_path
from tests.made_runs import STEPS, made_data, made_run
from tests.pages.conftest import choose_row, payloads, words


def cloud_of(app) -> tuple[dict, dict]:
    """The cloud on the page."""
    assert not app.exception
    return unpack(payloads(app, "mlcl_cloud")[0])


@pytest.mark.parametrize("role", ["anchor", "reference"])
def test_arrows_are_the_strongest_pairs_and_the_losses_gradient(opened, home, role: str) -> None:
    """Eight pulls and pushes of the role, and the direction of autograd's gradient of the loss, on the PCA map."""
    run = made_run(home, "finished")
    app = opened("anchor")
    app.session_state["anchor.item"] = 4
    app.session_state["anchor.role"] = role
    app.run()
    header, arrays = cloud_of(app)
    order = np.argsort(arrays["force"])
    assert set(arrays["arrow_to"]) == {*order[:8].tolist(), *order[-8:].tolist()}
    assert arrays["arrow_force"].tolist() == arrays["force"][arrays["arrow_to"]].tolist()
    z = torch.from_numpy(run.frame(STEPS[-1]).z).float().requires_grad_()
    build_loss("weighted_supcon", reduction="sum")(z, made_data().labels.dense()).backward()
    points = z.detach().numpy()
    way, share = driven(points, axes_of(points, run.map("pca", STEPS[-1]).xy), 4, z.grad[4].numpy())
    np.testing.assert_allclose(header["arrows"]["way"], way, atol=1e-4)
    assert f"{share:.0%}" in header["arrows"]["gradient"]
    app.session_state["anchor.forces_on_map"] = False
    app.run()
    assert "arrows" not in cloud_of(app)[0]


def test_no_gradient_on_a_map_that_is_not_linear(opened, home) -> None:
    """On UMAP the lines remain, the arrow is missing, and a note says why."""
    run = made_run(home, "finished")
    (run.path / "maps" / "umap").mkdir()
    arrays, metadata = load_arrays(numbered_path(run.path / "maps" / "pca", STEPS[-1]))
    bent = np.tanh(5 * arrays["xy"]).astype(np.float32)
    save_arrays(numbered_path(run.path / "maps" / "umap", STEPS[-1]), arrays | {"xy": bent}, metadata)
    app = opened("anchor")
    app.session_state["view.map"] = "umap"
    app.run()
    header, arrays = cloud_of(app)
    assert header["arrows"]["way"] is None
    assert "not linear" in header["arrows"]["gradient"]
    assert len(arrays["arrow_to"]) == 16


@pytest.mark.parametrize(
    ("settings", "role", "says"),
    [
        ({}, "reference", "balanced by itself"),
        ({"loss__name": "msc_regularised"}, "anchor", "that term is detached"),
        ({"loss__name": "hero"}, "anchor", "its own positive"),
    ],
)
def test_a_remainder_is_named(opened, home, settings: dict, role: str, says: str) -> None:
    """Where forces do not cancel: the net force and the reason given by the loss."""
    made_run(home, "finished", **settings)
    app = opened("anchor")
    app.session_state["anchor.item"] = 5
    app.session_state["anchor.role"] = role
    app.run()
    assert not app.exception
    line = next(str(one.value) for one in app.caption if "pushes" in str(one.value))
    assert says in line
    assert "because" in line


def test_the_batch_has_arrows_of_what_was_written(opened, home) -> None:
    """In the batch: the gradient of the written forces; a key, which has no gradient, has only lines."""
    run = made_run(home, "paused")
    app = opened("anchor")
    app.session_state["anchor.source"] = "batch just trained on"
    choose_row(app, run, 4)
    app.run()
    header, _ = cloud_of(app)
    batch = run.batch(STEPS[-1])
    both = batch.force[4] + batch.force[:, 4]
    both[4] = 0
    z = batch.z.astype(np.float64)
    way, _ = driven(z, axes_of(z, pca_map(batch.z, None).xy), 4, both @ z / 0.1)
    np.testing.assert_allclose(header["arrows"]["way"], way, atol=1e-4)
    assert "+1 batch" in words(app)


def test_keys_have_no_gradient(opened, home) -> None:
    """With a momentum encoder an anchor of the batch has an arrow, a queued key none."""
    run = made_run(home, "paused", loss__momentum=0.9, loss__candidates="both", loss__queue_size=8)
    app = opened("anchor")
    app.session_state["anchor.source"] = "batch just trained on"
    for row, drawn in ((4, True), (20, False)):
        choose_row(app, run, row)
        app.session_state["anchor.role"] = "anchor" if drawn else "reference"
        app.run()
        assert (cloud_of(app)[0]["arrows"]["way"] is not None) == drawn


def test_each_step_shows_the_new_batch(opened, home) -> None:
    """Paused and stepped: the next rerun shows the new batch; in the past, a note says that a newer one exists."""
    run = made_run(home, "paused")
    app = opened("anchor")
    app.session_state["anchor.source"] = "batch just trained on"
    app.run()
    assert cloud_of(app)[0]["step"] == 5
    for step in (6, 7):
        shutil.copy(numbered_path(run.path / "batches", 5), numbered_path(run.path / "batches", step))
        status = json.loads((run.path / "status.json").read_text())
        write_json(run.path / "status.json", status | {"step": step, "heartbeat": time() + 3600})
        app.run()
        assert cloud_of(app)[0]["step"] == step
        assert f"in the batch of step {step}" in words(app)
    app.session_state["time.step"] = 5
    app.run()
    assert cloud_of(app)[0]["step"] == 5
    assert "A newer batch is there, of step 7" in words(app)


def test_a_missing_frame_is_said_and_the_map_stays(opened, home) -> None:
    """A map whose frame was removed: one sentence, and the points remain."""
    run = made_run(home, "finished")
    numbered_path(run.path / "frames", 2).unlink()
    app = opened("anchor")
    app.session_state["time.step"] = 2
    app.run()
    assert any("The pairs of step 2 cannot be opened" in str(one.value) for one in app.error)
    header, _ = cloud_of(app)
    assert (header["n"], header["step"]) == (40, 2)


def test_a_missing_map_or_batch_is_passed_over(opened, home) -> None:
    """Without a map or batch of a step, the one before it is shown; a damaged batch is one sentence."""
    run = made_run(home, "finished")
    shutil.copy(numbered_path(run.path / "batches", 5), numbered_path(run.path / "batches", 2))
    numbered_path(run.path / "maps" / "pca", 5).unlink()
    app = opened("anchor")
    assert cloud_of(app)[0]["step"] == 2
    app.session_state["anchor.source"] = "batch just trained on"
    numbered_path(run.path / "batches", 5).unlink()
    app.run()
    assert cloud_of(app)[0]["step"] == 2
    numbered_path(run.path / "batches", 2).write_bytes(b"nothing")
    app.run()
    assert not app.exception
    assert len(app.error) == 1


def test_a_run_of_one_frame(opened, home) -> None:
    """The first frame of the untrained network is enough for everything."""
    run = made_run(home, "running")
    for step in STEPS[1:]:
        numbered_path(run.path / "frames", step).unlink()
        numbered_path(run.path / "maps" / "pca", step).unlink()
    header, arrays = cloud_of(opened("anchor"))
    assert header["step"] == 0
    assert header["arrows"]["way"] is not None
    assert len(arrays["arrow_to"]) == 16
