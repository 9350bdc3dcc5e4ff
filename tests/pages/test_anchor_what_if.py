"""What if an item had other labels: the page's numbers are the loss's own for them, and nothing of the run changes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dashboard.figures.wire import unpack
from mlcl_core.data import LabelMatrix, MultiLabelData
from tests import made_runs, reference
from tests.made_runs import ITEMS, STEPS, made_data, made_run
from tests.pages.conftest import payloads, words


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a run directory."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def loops(run, y: np.ndarray) -> dict:
    """All pairs of the last frame, by loops over sets."""
    z = run.frame(STEPS[-1]).z
    return reference.anchors(z, y, z, y, rule="similarity_dissimilarity", temperature=0.1, self_index=np.arange(len(y)))


def choose(app, item: int, labels: list[int]) -> None:
    """Make an item the anchor and ask for these labels of it."""
    app.session_state["anchor.item"] = item
    app.run()
    app.pills[0].set_value(labels).run()
    assert not app.exception


def assert_page_shows(app, run, y: np.ndarray, anchor: int, role: str = "anchor") -> None:
    """Cloud and table hold what the loops give for these labels."""
    expected, others = loops(run, y), np.arange(len(y)) != anchor
    line = (anchor, slice(None)) if role == "anchor" else (slice(None), anchor)
    header, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    assert header["anchor_id"] == anchor
    for name, theirs in {"force": "force", "weight": "attract", "similarity_factor": "similarity_factor"}.items():
        np.testing.assert_allclose(arrays[name][others], expected[theirs][line][others], atol=1e-6)
    assert arrays["code"][others].tolist() == expected["relation"][line][others].tolist()
    table = next(frame.value for frame in app.dataframe if "force" in frame.value)
    rows = [int(name.rsplit(" ", 1)[1]) for name in table["item"]]
    np.testing.assert_allclose(table["force"], expected["force"][line][rows], atol=1e-6)


@pytest.mark.parametrize("role", ["anchor", "reference"])
def test_other_labels_go_through_the_very_same_loss(opened, home, role: str) -> None:
    """Edits of two items add up; both roles equal the loops for these labels; undo works; the run is untouched."""
    run = made_run(home, "finished")
    before = files(run.path)
    app = opened("anchor")
    app.session_state["anchor.role"] = role
    y = made_data().labels.dense().numpy().copy()
    choose(app, 9, [0, 2])
    choose(app, 4, [1])
    y[9], y[4] = False, False
    y[9, [0, 2]], y[4, 1] = True, True
    assert_page_shows(app, run, y, 4, role)
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert header["edits"] == {"4": [1], "9": [0, 2]}
    said = words(app)
    assert "**What if:**" in said
    assert r"S \= \{sea\} instead of \{" in said
    assert r"item no\. 9 \= \{\<b\>sky\</b\>" in said
    assert "before: pulls" in said

    app.session_state["anchor.source"] = "batch just trained on"
    app.run()
    assert r"S \= \{sea\} instead of \{" in words(app)  # the batch follows: test_anchor_batch.py
    app.session_state["anchor.source"] = "watched items"
    app.run()
    assert_page_shows(app, run, y, 4, role)

    next(button for button in app.button if button.label == "Undo the change").click().run()
    assert_page_shows(app, run, made_data().labels.dense().numpy(), 4, role)
    assert "What if:" not in words(app)
    assert unpack(payloads(app, "mlcl_cloud")[0])[0]["edits"] == {}
    assert sorted(app.pills[0].value) == np.flatnonzero(made_data().labels.dense()[4]).tolist()
    assert files(run.path) == before


def test_its_own_labels_are_no_edit(opened, home) -> None:
    """Labels switched on and off again leave no edit."""
    made_run(home, "finished")
    app = opened("anchor")
    own = np.flatnonzero(made_data().labels.dense()[4]).tolist()
    choose(app, 4, [0, 1])
    assert "What if:" in words(app)
    app.pills[0].set_value(own).run()
    assert "What if:" not in words(app)


def test_it_ends_when_the_run_changes(opened, home) -> None:
    """Another run is shown without edits, and so is the first one afterwards."""
    first, second = made_run(home, "finished", name="a"), made_run(home, "finished", name="b")
    app = opened("anchor")
    app.session_state["run.id"] = first.id
    choose(app, 4, [0, 1])
    assert "What if:" in words(app)
    for run in (second, first):
        app.session_state["run.id"] = run.id
        app.run()
        assert "What if:" not in words(app)
        assert unpack(payloads(app, "mlcl_cloud")[0])[0]["edits"] == {}


def test_an_anchor_without_labels(opened, home) -> None:
    """Item 0 has none: a sentence, no arrows, no traceback; with a label it has pulls and pushes."""
    run = made_run(home, "finished")
    app = opened("anchor")
    app.session_state["anchor.item"] = 0
    app.run()
    assert "{ } (no labels)" in words(app).replace("\\", "")
    assert "no pulls, no pushes" in words(app)
    assert "finds no positive for it here" in words(app)
    assert len(unpack(payloads(app, "mlcl_cloud")[0])[1]["arrow_to"]) == 0
    choose(app, 0, [1])
    y = made_data().labels.dense().numpy().copy()
    y[0, 1] = True
    assert_page_shows(app, run, y, 0)
    assert len(unpack(payloads(app, "mlcl_cloud")[0])[1]["arrow_to"]) > 0
    choose(app, 0, [])
    assert "What if:" not in words(app)


def test_hundreds_of_long_labels(opened, home, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 labels of 200 characters, all on one item: twelve chips, the rest by search, a banner of one line."""
    generator = torch.Generator().manual_seed(3)
    labels = torch.rand(ITEMS, 300, generator=generator) < 0.02
    labels[1] = True
    made = made_data()
    data = MultiLabelData(
        name="made",
        title="Made",
        kind="picture",
        items=made.items,
        labels=LabelMatrix.of(labels),
        label_names=tuple(f"<i>*{'long ' * 38}{i:03d}" for i in range(300)),
        split=made.split,
        item_names=made.item_names,
    )
    monkeypatch.setattr(made_runs, "made_data", lambda: data)
    monkeypatch.setattr(made_runs, "LABELS", 300)
    run = made_run(home, "finished")
    app = opened("anchor")
    app.session_state["anchor.item"] = 1
    app.run()
    assert len(app.pills[0].options) == 12
    assert len(app.multiselect[0].options) == len(set(app.multiselect[0].options)) == 288
    assert len(app.multiselect[0].value) == 288
    assert all(len(option) < 60 for option in app.multiselect[0].options)
    kept = list(app.multiselect[0].value)[:1]
    app.multiselect[0].set_value(kept).run()
    assert not app.exception
    y = labels.numpy().copy()
    y[1] = False
    y[1, [*kept, *app.pills[0].value]] = True
    assert y[1].sum() == 13
    assert_page_shows(app, run, y, 1)
    banner = next(str(one.value) for one in app.markdown if "What if:" in str(one.value))
    assert "296 more" in banner
    assert "<i>" not in banner
