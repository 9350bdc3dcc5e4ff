"""A branch by the button of the run bar, in a real Chromium: a form, a run that trains, its mark on the timeline."""

import pytest
from playwright.sync_api import Page, expect

from mlcl_core.bench.faults import small_config
from mlcl_core.runs import launch
from tests.browser.conftest import Site


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_branch_is_started_shown_and_ends(shared_site: Site, page: Page) -> None:
    """From step 6 with another temperature: the branch is in view, says when it took the change over, and is a run."""
    store = shared_site.store()
    parent = launch.start(store, small_config(), "parent")
    assert launch.follow(parent, lambda run: None) == "finished"
    page.goto(shared_site.url)
    button = page.locator(".st-key-branch-open").get_by_role("button").first
    expect(button).to_be_visible(timeout=120_000)
    button.click()
    step = page.locator("[class*='st-key-branch-at'] input")
    step.fill("6")
    step.press("Enter")
    expect(page.get_by_text("It begins with the checkpoint at step 4: 2 steps are trained again")).to_be_visible()
    temperature = page.locator("[class*='-6-loss-temperature'] input")
    temperature.fill("0.5")
    page.get_by_role("button", name="Start the branch").click()
    expect(page.get_by_text("set temperature 0.5 acknowledged at step 6")).to_be_visible(timeout=120_000)
    made = store.runs()[0]
    assert made.branch == {"parent": parent.id, "at": 6, "checkpoint": 4}
    assert launch.follow(made, lambda run: None) == "finished"
