"""From a live change to one neighbour that an item lost: change, branch and compare in a real browser."""

import time

import pytest
import torch
from playwright.sync_api import Page, expect

from mlcl_core.engine.presets import preset
from mlcl_core.metrics.neighbour_changes import LOST, neighbour_changes
from mlcl_core.runs import control, launch
from mlcl_core.runs.run import Run
from tests.browser.conftest import Cloud, Site
from tests.browser.test_journey import fill, settled

# a small network: the journey is under test, not the training
SMALL = {
    "model.width": 8,
    "watch.items": 120,
    "watch.frame_every": 20,
    "training.batch_size": 64,
    "training.epochs": 24,
    "training.threads": 1,
    "maps.umap": False,
}
ROW_HEIGHT = 34  # of the table of neighbours


def wait_for(run: Run, state: str, step: int = 0, seconds: float = 120) -> int:
    """Wait until a run is in a state and at least at a step; returns its step."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = run.status()
        if status.state == state and status.step >= step:
            return status.step
        time.sleep(0.02)
    pytest.fail(f"{seconds} s, and the run is not {state} at step {step}: {run.status()}")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_change_a_branch_and_what_an_item_lost(site: Site, page: Page) -> None:
    """A rule is changed while a run trains; a branch goes on without it; Compare says why a neighbour was lost."""
    parent = launch.start(site.store(), preset("icons").with_settings(SMALL), "parent")
    page.goto(f"{site.url}/?run={parent.id}")
    wait_for(parent, "running", 60)
    control.request(parent, "pause")
    at = wait_for(parent, "paused")

    page.get_by_text("Change", exact=True).first.click()
    rule = page.get_by_role("combobox", name="Rule").first
    rule.click()
    page.get_by_role("option", name="All labels equal").first.click()
    settled(page)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text(f"acknowledged at step {at:,}").first).to_be_visible()
    page.locator(".st-key-bar-resume button:visible").first.click()
    wait_for(parent, "finished")

    page.get_by_role("button", name="Branch").click()
    fill(page, "From step", str(at - 3))
    expect(page.get_by_text("It begins with the checkpoint at step")).to_be_visible()
    page.get_by_role("button", name="Start the branch").click()
    end = time.monotonic() + 60
    while len(site.store().runs()) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    (branch,) = (run for run in site.store().runs() if run.id != parent.id)
    assert branch.branch == {"parent": parent.id, "at": at - 3, "checkpoint": branch.branch["checkpoint"]}
    wait_for(branch, "finished")

    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_text("loss.rule").first).to_be_visible()
    cloud = Cloud(page)
    page.locator("canvas.cloud").nth(1).wait_for()
    step = branch.status().total
    h = [torch.from_numpy(run.frame(step).h.astype("float32")) for run in (branch, parent)]
    anchor = int(cloud.canvas.first.get_attribute("data-anchor") or -1)
    ids = branch.watched_items().ids.tolist()
    changes = neighbour_changes(h[0], h[1], ids.index(anchor))
    counts = ", ".join(f"{changes.fate.count(fate)} {fate}" for fate in ("kept", "gained", "lost"))
    expect(page.get_by_text(counts).first).to_be_visible()

    assert changes.fate[0] == LOST  # lost neighbours stand first
    watched, other = branch.watched_items(), int(changes.other[0])
    equal = (watched.labels[other] == watched.labels[ids.index(anchor)]).all()
    table = page.locator("[class*='st-key-compare-neighbours'] canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 16, box["y"] + 35 + ROW_HEIGHT / 2)
    said = page.get_by_text(f"{watched.names[other]} is lost: rank").first
    expect(said).to_be_visible()
    expect(said).to_contain_text(f"cosine {changes.cosine[0, 0]:.2f} and {changes.cosine[0, 1]:.2f}")
    expect(said).to_contain_text(f"B weighs the pair {float(equal):.2f}")
