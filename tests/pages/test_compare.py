"""The Compare page: no run, one alone, two; what is compared, and every reason why nothing is."""

import json
import shutil

import numpy as np
import torch

from dashboard.figures.wire import unpack
from dashboard.parts.frame.empty import SENTENCES
from mlcl_core.data import LabelMatrix
from mlcl_core.engine.events import FrameTaken
from mlcl_core.losses import build_loss
from mlcl_core.metrics.cosines import TIE
from mlcl_core.runs.run import Run
from mlcl_core.runs.write import write_frame, write_watched_items
from tests import reference
from tests.cases import embeddings
from tests.made_runs import ITEMS, STEPS, made_data, made_run
from tests.pages.conftest import payloads, words

LAST = STEPS[-1]


def with_frames(run: Run, seed: int, width: int = 6) -> Run:
    """Other embeddings at every step."""
    for step in STEPS:
        h = embeddings(ITEMS, width, seed=seed + step, dtype=torch.float32)
        z = torch.nn.functional.normalize(h, dim=1)
        write_frame(
            run.path / "frames", FrameTaken(step=step, ids=torch.arange(ITEMS), z=z, h=h, metrics={}, settings={})
        )
    return run


def two(home) -> tuple[Run, Run]:
    """Two runs under two rules with different spaces; the first one is the current one."""
    b = with_frames(made_run(home, "finished", name="other", loss__rule="any_shared"), 20)
    return made_run(home, "finished", name="this"), b


def compare(opened, run: Run, **settings: object):
    """The page with a current run and further keys."""
    app = opened("compare")
    app.session_state["run.id"] = run.id
    for key, value in settings.items():
        app.session_state[f"compare.{key}"] = value
    app.run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def table(app, column: str):
    """The table with a column of this name."""
    return next(frame.value for frame in app.dataframe if column in frame.value)


def test_without_a_run(opened) -> None:
    """Without a run a drawing, a sentence, and the button that starts one."""
    app = opened("compare")
    assert SENTENCES["compare"] in words(app)
    assert "empty.start" in {button.key for button in app.button}


def test_a_run_alone_is_compared_with_its_first_step(opened, home) -> None:
    """There is no other run: its own first step; a choice of another run says that there is none."""
    run = made_run(home, "running")
    app = compare(opened, run)
    assert f"step {LAST}" in words(app)
    assert "drift" in words(app)
    assert "step 0" in words(app)
    app.segmented_control(key="compare.kind").set_value("another run").run()
    assert not app.exception
    assert "There is no other run to compare with yet" in words(app)


def test_two_runs(opened, home) -> None:
    """What is not shared, overlap and purity as the loops have them, two linked clouds, the anchor's neighbours."""
    a, b = two(home)
    app = compare(opened, a)
    app.session_state["anchor.item"] = 4
    app.run()
    said = words(app)
    assert r"loss\.rule similarity\_dissimilarity → any\_shared" in said
    assert "40 items are in both" in said
    frames = [run.frame(LAST).h for run in (a, b)]
    overlap = np.mean(reference.neighbour_overlap(*frames, 15, TIE))
    assert f"mean overlap {overlap:.2f}, by chance (dashed) {15 / 39:.2f}" in said
    y = made_data().labels.dense().numpy()
    purity = [np.mean(reference.purity(h, y, 15, TIE)) for h in frames]
    assert f"purity {purity[0]:.2f} in A, {purity[1]:.2f} in B" in said
    headers = [unpack(message)[0] for message in payloads(app, "mlcl_cloud")]
    assert [(one["run"], one["group"], one["anchor_id"]) for one in headers] == [
        (a.id, "compare", 4),
        (b.id, "compare", 4),
    ]
    near = [reference.shares(h, 15, TIE)[4] for h in frames]
    found = table(app, "rank A")
    assert dict(zip(found["item"], found["neighbour"], strict=True)) == {
        f"item no. {row}": "kept" if row in near[0] and row in near[1] else "gained" if row in near[1] else "lost"
        for row in near[0] | near[1]
    }
    rows = [int(name.rsplit(" ", 1)[1]) for name in found["item"]]
    for letter, run in (("A", a), ("B", b)):
        z = torch.from_numpy(run.frame(LAST).z).double()
        loss = build_loss("weighted_supcon", rule=run.config().loss.rule, temperature=run.config().loss.temperature)
        terms = loss.explain(z[4:5], torch.from_numpy(y[4:5]), z, torch.from_numpy(y), self_index=torch.tensor([4]))
        np.testing.assert_allclose(found[f"force {letter}"], terms.force[0][rows], atol=1e-6)
        np.testing.assert_allclose(found[f"weight {letter}"], terms.attract[0][rows], atol=1e-6)


def test_the_panels(opened, home) -> None:
    """Items with the loss of each as anchor, label sets, metrics; a chosen item becomes the anchor of all pages."""
    a, b = two(home)
    app = compare(opened, a, panel="Items", **{"with": b.id, "with_step": 2})
    items = table(app, "loss B")
    z, y = torch.from_numpy(b.frame(2).z), made_data().labels.dense()
    loss = build_loss("weighted_supcon", rule="any_shared", temperature=b.config().loss.temperature, reduction="none")
    rows = [int(name.rsplit(" ", 1)[1]) for name in items["item"]]
    np.testing.assert_allclose(items["loss B"], loss(z, y)[rows], rtol=1e-4)
    assert items["overlap"].is_monotonic_increasing
    assert "drift" not in items
    for panel, column in (("Label sets", "places B"), ("Metrics", "B − A")):
        app.session_state["compare.panel"] = panel
        app.run()
        assert not app.exception
        assert column in table(app, column)


def test_steps_of_a_run_on_one_map(opened, home) -> None:
    """Drift, and one cloud whose frames share a space, so that the points move; B lies on A."""
    run = with_frames(made_run(home, "finished"), 3)
    settings = {"with": run.id, "with_step": 2, "one_map": True}
    app = compare(opened, run, **settings)
    assert "relative drift" in words(app)
    shown = {}
    for letter in "AB":
        app.session_state["compare.side"] = letter
        app.run()
        (message,) = payloads(app, "mlcl_cloud")
        shown[letter] = unpack(message)[0]
    assert shown["A"]["space"] == shown["B"]["space"]
    assert (shown["A"]["step"], shown["B"]["step"]) == (2, LAST)  # the earlier one is A
    assert "turned, shifted and scaled" in words(app)


def test_rules_in_one_space(opened, home) -> None:
    """The pairs under both rules; a loss without a rule, and a rule that does not exist, are refused."""
    run = made_run(home, "finished")
    app = compare(opened, run, rule="all_equal")
    assert "of the weight" in words(app)
    assert "positives under A" in words(app)
    assert {"force A", "force B", "force B − A"} <= set(table(app, "force B − A"))
    app.session_state["compare.panel"] = "Items"
    app.run()
    assert "weights agree" in table(app, "weights agree")
    app.session_state["compare.rule"] = "nothing"
    app.run()
    assert r"There is no rule 'nothing'" in words(app)
    bare = made_run(home, "finished", loss__name="strict")
    assert "takes no rule" in words(compare(opened, bare, rule="jaccard"))


def without_frames(b: Run) -> None:
    """Nothing is trained yet."""
    shutil.rmtree(b.path / "frames")


def deleted(b: Run) -> None:
    """The directory is gone."""
    shutil.rmtree(b.path)


def of_a_later_version(b: Run) -> None:
    """Its configuration is of a schema yet to come."""
    config = json.loads((b.path / "config.json").read_text())
    (b.path / "config.json").write_text(json.dumps(config | {"schema_version": 99}))


def with_a_damaged_frame(b: Run) -> None:
    """The last frame is no file of arrays."""
    (b.path / "frames" / f"{LAST:08d}.safetensors").write_bytes(b"no arrays")


def without_items(b: Run) -> None:
    """The list of watched items is missing."""
    (b.path / "probe.parquet").unlink()


def with_other_items(b: Run) -> None:
    """The same ids stand for other items."""
    names = tuple(f"other {i}" for i in range(ITEMS))
    data = made_data()
    object.__setattr__(data, "item_names", names)
    write_watched_items(b.path / "probe.parquet", data, torch.arange(ITEMS))


HARMS = (  # each is met before the ones above it
    (with_a_damaged_frame, "cannot be read"),
    (with_other_items, "nothing in common"),
    (without_items, "has no list of watched items"),
    (without_frames, "The other run has no frame yet"),
    (of_a_later_version, "The other run cannot be read"),
    (deleted, "is gone: it was deleted"),
)


def test_what_cannot_be_compared_says_why(opened, home) -> None:
    """While it is compared: one line where the comparison was, the choice above it stays; no traceback, no path."""
    a, b = two(home)
    app = compare(opened, a, **{"with": b.id})
    for harm, said in HARMS:
        harm(b)
        app.run()
        assert not app.exception
        assert said in words(app).replace("\\", ""), harm
        assert str(b.path) not in words(app)
        assert app.segmented_control(key="compare.kind").value == "another run"


def test_a_run_with_itself_at_one_step(opened, home) -> None:
    """Nothing differs, and the page says so; where the step has no frame, the nearest one is shown and named."""
    run = made_run(home, "finished")
    app = compare(opened, run, **{"with": run.id, "with_step": LAST})
    assert "of one run twice, so nothing differs" in words(app)
    app.session_state["compare.with_step"] = 4
    app.run()
    assert "no frame at step 4, so the one at 2 is shown" in words(app)


def test_spaces_of_other_widths_and_other_items(opened, home) -> None:
    """Overlap and change of cosine have no need of equal widths; the common items are compared and counted."""
    a, b = two(home)
    with_frames(b, 5, width=9)
    app = compare(opened, a, **{"with": b.id})
    assert "cosines to these neighbours differ" in words(app)
    write_watched_items(a.path / "probe.parquet", made_data(), torch.arange(10, ITEMS))
    for step in STEPS:
        z = torch.nn.functional.normalize(embeddings(ITEMS - 10, 6, seed=step, dtype=torch.float32), dim=1)
        frame = FrameTaken(step=step, ids=torch.arange(10, ITEMS), z=z, h=z, metrics={}, settings={})
        write_frame(a.path / "frames", frame)
    shutil.rmtree(a.path / "maps")
    app.run()
    assert not app.exception
    assert r"30 items are in both \(A watches 30, B 40\)" in words(app)
    app.session_state["anchor.item"] = 3
    app.run()
    assert "The anchor is not watched by both runs" in words(app)
    app.session_state["anchor.item"] = 12
    app.session_state["run.id"] = b.id
    app.session_state["compare.with"] = a.id
    app.session_state["compare.one_map"] = True
    app.run()
    assert "10 items of A alone stay in place" in words(app)


def test_the_other_run_becomes_the_current_one(opened, home) -> None:
    """The two change places; B stands at its step until it follows the timeline again."""
    a, b = two(home)
    app = compare(opened, a, **{"with": b.id})
    app.session_state["run.id"] = b.id
    app.run()
    assert app.session_state["compare.with"] == a.id
    app.session_state["compare.with"] = b.id
    app.session_state["compare.with_step"] = 2
    app.run()
    app.session_state["run.id"] = a.id
    app.run()
    assert (app.session_state["compare.with"], app.session_state["compare.with_step"]) == (a.id, STEPS[0])
    app.session_state["run.id"] = b.id  # as a link and the page of the runs do, which name both
    app.session_state["compare.with"] = a.id
    app.session_state["compare.with_step"] = None
    app.run()
    assert app.session_state["compare.with"] == a.id
    app.toggle(key="compare.same_step").set_value(False).run()
    assert app.session_state["compare.with_step"] == LAST
    app.select_slider(key="compare.step").set_value(2).run()
    assert app.session_state["compare.with_step"] == 2
    app.session_state["time.step"] = 0
    app.run()
    assert "step 2" in words(app)
    app.toggle(key="compare.same_step").set_value(True).run()
    assert app.session_state["compare.with_step"] is None


def test_spaces_without_neighbours_or_positives(opened, home) -> None:
    """All zero, not finite, or all labels apart: a sentence in place of a histogram, and the rest of the page."""
    a, b = two(home)
    for step in STEPS:
        frame = FrameTaken(
            step=step,
            ids=torch.arange(ITEMS),
            z=torch.full((ITEMS, 6), torch.nan),
            h=torch.full((ITEMS, 6), torch.nan),
            metrics={},
            settings={},
        )
        write_frame(b.path / "frames", frame)
    app = compare(opened, a, **{"with": b.id})
    assert "mean overlap 0.00" in words(app)
    assert "in A, – in B" in words(app)
    app.session_state["run.id"] = b.id
    app.session_state["compare.for"] = None
    app.session_state["compare.with_step"] = 2
    app.run()
    assert not app.exception
    assert "No item has a direction in either space" in words(app)
    data = made_data()
    object.__setattr__(data, "labels", LabelMatrix.of(torch.zeros(ITEMS, 5, dtype=torch.bool)))
    write_watched_items(a.path / "probe.parquet", data, torch.arange(ITEMS))
    app.session_state["run.id"] = a.id
    app.session_state["compare.rule"] = "jaccard"
    app.run()
    assert not app.exception
    assert "No item has a positive under either rule" in words(app)
