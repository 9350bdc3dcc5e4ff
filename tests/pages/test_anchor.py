"""The Anchor page: no run, one running, one finished; its numbers are the loss's own."""

import numpy as np
import pytest
import torch

from dashboard.figures.colours import RELATIONS
from dashboard.figures.wire import unpack
from dashboard.parts.frame.empty import SENTENCES
from mlcl_core.losses import build_loss
from mlcl_core.runs.files import append_line
from tests import reference
from tests.made_runs import NAMES, STEPS, made_data, made_run
from tests.pages.conftest import choose_row, payloads, words


def test_without_a_run(opened) -> None:
    """Without a run a drawing, a sentence, and the button that starts one."""
    app = opened("anchor")
    assert SENTENCES["anchor"] in words(app)
    assert "empty.start" in {button.key for button in app.button}


@pytest.mark.parametrize("role", ["anchor", "reference"])
def test_table_and_sentence_equal_the_reference_loops(opened, home, role: str) -> None:
    """Table and hover sentence equal loops over sets on the frame on disk, to 1e-6, in both roles."""
    run = made_run(home, "finished")
    app = opened("anchor")
    app.session_state["anchor.item"] = 4
    app.session_state["anchor.role"] = role
    app.run()
    assert not app.exception
    z, y = run.frame(STEPS[-1]).z, made_data().labels.dense().numpy()
    loops = reference.anchors(
        z, y, z, y, rule="similarity_dissimilarity", temperature=0.1, self_index=np.arange(len(y))
    )
    line = (4, slice(None)) if role == "anchor" else (slice(None), 4)
    header, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    others = np.arange(len(y)) != 4
    assert header["anchor_id"] == 4
    for name, theirs in {
        "force": "force",
        "weight": "attract",
        "cosine": "cosine",
        "similarity_factor": "similarity_factor",
    }.items():
        np.testing.assert_allclose(arrays[name][others], loops[theirs][line][others], atol=1e-6)
    table = next(frame.value for frame in app.dataframe if "force" in frame.value)
    rows = [int(name.rsplit(" ", 1)[1]) for name in table["item"]]
    np.testing.assert_allclose(table["force"], loops["force"][line][rows], atol=1e-6)
    np.testing.assert_allclose(table["weight"], loops["attract"][line][rows], atol=1e-6)


def test_a_rule_changed_while_it_trained_weighs_from_its_step_on(opened, home) -> None:
    """At the step of the change the pairs are the new rule's, at the frame before the old one's; each is named."""
    run = made_run(home, "finished")
    change = {"loss.rule": "any_shared", "loss.rule_params": {}}
    line = {"event": "acknowledged", "step": STEPS[-1], "request": "a", "action": "set", "settings": change}
    append_line(run.path / "events.jsonl", line)
    app, y = opened("anchor"), made_data().labels.dense().numpy()
    app.session_state["anchor.item"] = 4
    others = np.arange(len(y)) != 4
    for step, rule in ((STEPS[-1], "any_shared"), (STEPS[-2], "similarity_dissimilarity")):
        app.session_state["time.step"] = step
        app.run()
        assert not app.exception
        z = run.frame(step).z
        loops = reference.anchors(z, y, z, y, rule=rule, temperature=0.1, self_index=np.arange(len(y)))
        _, arrays = unpack(payloads(app, "mlcl_cloud")[0])
        np.testing.assert_allclose(arrays["weight"][others], loops["attract"][4][others], atol=1e-6)
        np.testing.assert_allclose(arrays["force"][others], loops["force"][4][others], atol=1e-6)
        assert f"rule {rule.replace('_', '-')}" in words(app).replace("\\", "")


def test_the_batch_shows_what_the_worker_wrote(opened, home) -> None:
    """Among the batch just trained on, weight and force are those of the batch file."""
    run = made_run(home, "paused")
    app = opened("anchor")
    app.session_state["anchor.source"] = "batch just trained on"
    choose_row(app, run, 4)
    app.run()
    assert not app.exception
    batch = run.batch(run.batch_steps()[-1])
    header, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    assert header["n"] == len(batch.ids)
    np.testing.assert_allclose(arrays["force"], batch.force[4], atol=1e-7)
    np.testing.assert_allclose(arrays["weight"], batch.w[4], atol=1e-7)


@pytest.mark.parametrize(("row", "role"), [(4, "anchor"), (20, "reference"), (20, "anchor")])
def test_keys_and_the_queue_are_seen_from_the_anchors_only(opened, home, row: int, role: str) -> None:
    """With a momentum encoder: an anchor's row and a queued key's column as written; a key as anchor has no pairs."""
    run = made_run(home, "paused", loss__momentum=0.9, loss__candidates="both", loss__queue_size=8)
    app = opened("anchor")
    app.session_state["anchor.source"] = "batch just trained on"
    choose_row(app, run, row)
    app.session_state["anchor.role"] = role
    app.run()
    assert not app.exception
    batch = run.batch(run.batch_steps()[-1])
    _, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    expected = np.zeros(24)
    if row < 8:
        expected = batch.force[row]
    elif role == "reference":
        expected[:8] = batch.force[:, row]
    np.testing.assert_allclose(arrays["force"], expected, atol=1e-7)
    assert ("in the queue" in words(app)) == (row == 20)
    assert ("never an anchor" in words(app)) == (row == 20 and role == "anchor")


def test_prototypes_pull_too(opened, home) -> None:
    """With a loss that has prototypes: its own forces, prototypes by name among the pairs, and a sum of zero."""
    run = made_run(home, "finished", loss__name="msc")
    app = opened("anchor")
    app.session_state["anchor.item"] = 4
    app.run()
    assert not app.exception
    frame, y = run.frame(STEPS[-1]), made_data().labels.dense()
    assert frame.prototypes is not None
    z = torch.from_numpy(frame.z).double()
    terms = build_loss("msc").explain(
        z[4:5], y[4:5], z, y, self_index=torch.tensor([4]), prototypes=torch.from_numpy(frame.prototypes).double()
    )
    header, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    assert header["n"] == len(y)
    others = np.arange(len(y)) != 4
    np.testing.assert_allclose(arrays["force"][others], terms.force[0, : len(y)].numpy()[others], atol=1e-6)
    table = next(frame.value for frame in app.dataframe if "force" in frame.value)
    own = [f"\u2605 {NAMES[label]}" for label in np.flatnonzero(y[4].numpy())]
    assert own
    assert set(own) <= set(table["item"])
    assert "net 0" in words(app)


@pytest.mark.parametrize(("row", "role"), [(4, "anchor"), (4, "reference")])
def test_a_loss_on_more_than_points_is_opened_in_the_batch(opened, home, row: int, role: str) -> None:
    """Among the watched items the page points to the batch; there, all pairs are as the worker wrote them."""
    run = made_run(home, "paused", loss__name="probabilistic")
    app = opened("anchor")
    assert "batch just trained on" in words(app)
    app.session_state["anchor.source"] = "batch just trained on"
    choose_row(app, run, row)
    app.session_state["anchor.role"] = role
    app.run()
    assert not app.exception
    batch = run.batch(run.batch_steps()[-1])
    line = (row, slice(None)) if role == "anchor" else (slice(None), row)
    _, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    others = np.arange(len(batch.ids)) != row
    for name, written in {"force": batch.force, "weight": batch.w, "cosine": 0.1 * batch.s}.items():
        np.testing.assert_allclose(arrays[name][others], written[line][others], atol=1e-6)
    table = next(frame.value for frame in app.dataframe if "force" in frame.value)
    assert set(table["relation"]) <= {mark.short() for mark in RELATIONS}
    y = batch.y.astype(int)
    s, t = (y[[row]], y) if role == "anchor" else (y, y[[row]])
    assert arrays["shared"][others].tolist() == (s * t).sum(1)[others].tolist()
    assert arrays["extra"][others].tolist() == ((1 - s) * t).sum(1)[others].tolist()


def test_a_loss_without_pairs_says_so(opened, home) -> None:
    """A loss on logits: neither view announces pairs."""
    run = made_run(home, "paused", loss__name="bce")
    for file in (run.path / "batches").iterdir():
        file.unlink()
    app = opened("anchor")
    assert "compares no pairs of items" in words(app)
    app.session_state["anchor.source"] = "batch just trained on"
    app.run()
    assert not app.exception
    assert "compares no pairs of items" in unpack(payloads(app, "mlcl_cloud")[0])[0]["empty"]


def test_a_batch_not_yet_written_says_so(opened, home) -> None:
    """Before the first batch the page explains what comes."""
    made_run(home, "running", frames=False)
    app = opened("anchor")
    app.session_state["anchor.source"] = "batch just trained on"
    app.run()
    assert not app.exception
    assert "No batch has been written yet" in unpack(payloads(app, "mlcl_cloud")[0])[0]["empty"]


def test_force_by_relation_sums_to_zero(opened, home) -> None:
    """The sum of the forces is printed under the bars."""
    made_run(home, "running")
    assert "net 0" in words(opened("anchor"))


def test_names_are_inert(opened, home) -> None:
    """Label names that look like markup are shown unchanged."""
    made_run(home, "finished")
    app = opened("anchor")
    app.session_state["anchor.item"] = 1
    app.run()
    assert r"\<b\>sky\</b\>" in words(app)


def test_a_reference_among_too_many_is_refused(opened, home, monkeypatch) -> None:
    """Where the pairs of all anchors would take minutes, one line says so."""
    monkeypatch.setattr("dashboard.loaders.run_loss.MAX_AS_REFERENCE", 10)
    made_run(home, "finished")
    app = opened("anchor")
    app.session_state["anchor.role"] = "reference"
    app.run()
    assert [error.value.replace("\\", "") for error in app.error] == [
        f"The pairs of step {STEPS[-1]:,} cannot be opened: as reference an item needs the pairs of all "
        f"{len(made_data())} anchors; that is shown for at most 10 watched items. As anchor it is shown."
    ]
