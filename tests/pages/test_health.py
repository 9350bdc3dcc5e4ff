"""The health panel of the Train page, and the way from it to the anchors concerned."""

import numpy as np

from mlcl_core.runs.files import load_arrays, save_arrays
from mlcl_core.runs.numbered import numbered_path
from tests.made_runs import ITEMS, STEPS, made_data, made_run
from tests.pages.conftest import words


def health(opened):
    """The Train page with its health panel open."""
    app = opened("train")
    app.session_state["train.panel"] = "Health"
    app.run()
    assert not app.exception
    return app


def test_running_without_frames(opened, home) -> None:
    """Before the first frame: a sentence."""
    made_run(home, "running", frames=False)
    assert "has none yet" in words(health(opened))


def test_every_number_has_its_meaning(opened, home) -> None:
    """A finished run: each number of the newest frame with value, meaning and direction, prototypes too."""
    made_run(home, "finished", loss__name="msc")
    said = words(health(opened))
    assert f"Step {STEPS[-1]}: {ITEMS} anchors" in said
    for title in ("Anchors without positives", "Effective positives", "Entropy of the weights", "Force by relation"):
        assert title in said
    for title in ("Alignment", "Uniformity", "Effective rank", "Prototypes without visitors"):
        assert title in said
    assert "Lower is better." in said
    assert "Higher is better." in said


def test_it_follows_the_timeline(opened, home) -> None:
    """A past step is judged with the loss in force at that step."""
    made_run(home, "running")
    app = health(opened)
    app.session_state["time.step"] = 0
    app.run()
    assert "Step 0: " in words(app)


def test_the_way_to_the_anchors(opened, home) -> None:
    """One click opens the Anchor page on the worst of them, the next goes on, then round again; with another anchor
    or another run that is over."""
    made_run(home, "finished")
    unlabelled = [int(i) for i in np.flatnonzero(~made_data().labels.dense().numpy().any(1))]
    app = health(opened)
    app.button(key="health.without_positives").click().run()
    assert not app.exception
    assert app.session_state["anchor.item"] == unlabelled[0]
    app.switch_page("../pages/anchor.py").run()  # AppTest leaves the page of its script to the test
    assert f"1 of {len(unlabelled)}" in words(app)
    for item in (*unlabelled[1:], unlabelled[0]):
        app.button(key="anchor.next").click().run()
        assert not app.exception
        assert app.session_state["anchor.item"] == item
    other = made_run(home, "finished", name="another")
    mine, app.session_state["run.id"] = app.session_state["run.id"], other.id
    app.run()
    assert not [one for one in app.button if one.key == "anchor.next"]
    app.session_state["run.id"] = mine
    app.session_state["anchor.item"] = next(i for i in range(ITEMS) if i not in unlabelled)
    app.run()
    assert not [one for one in app.button if one.key == "anchor.next"]


def test_a_loss_without_pairs(opened, home) -> None:
    """A loss that compares no pairs: a sentence, and the findings of the points alone."""
    made_run(home, "finished", loss__name="bce")
    said = words(health(opened))
    assert "compares no pairs" in said
    assert "Uniformity" in said
    assert "Effective positives" not in said


def test_a_frame_of_no_numbers_or_damaged(opened, home) -> None:
    """NaN in a frame is the finding; a damaged frame is an error in one line."""
    run = made_run(home, "finished")
    path = numbered_path(run.path / "frames", STEPS[-1])
    arrays, _ = load_arrays(path)
    arrays["z"][4] = np.nan
    save_arrays(path, arrays)
    app = health(opened)
    assert f"1 of {ITEMS} are not finite" in words(app)
    path.write_bytes(b"half")
    app.run()
    assert not app.exception
    assert any("cannot be read" in error.value.replace("\\", "") for error in app.error)
