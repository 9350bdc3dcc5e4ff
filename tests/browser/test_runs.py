"""The table of runs in a browser: boxes are ticked where they are drawn, on a canvas."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.made_runs import made_run

HEADER, ROW, BOX = 36, 44, 18  # pixels


@pytest.mark.slow
def test_two_ticked_runs_are_compared(shared_site: Site, page: Page) -> None:
    """How two ticked runs differ stands below; a new run above them leaves both ticked; then they are compared."""
    for seed, name in enumerate(("one", "two")):
        made_run(shared_site.home, "finished", name=name, seed=seed)
    page.goto(shared_site.url)
    page.get_by_test_id("stTopNavLink").filter(has_text="Runs").click()
    page.wait_for_url("**/runs")
    grid = page.locator(".st-key-runs-table [data-testid=stDataFrame]")
    grid.locator("canvas").first.wait_for()
    for row in (0, 1):
        box = grid.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + BOX, box["y"] + HEADER + ROW * (row + 0.5))
        expect(page.get_by_text(f"{row + 1} selected", exact=True)).to_be_visible()
    expect(page.get_by_text("What differs")).to_be_visible()
    made_run(shared_site.home, "finished", name="three")
    expect(page.get_by_text("3 runs ·")).to_be_visible()
    expect(page.get_by_text("2 selected", exact=True)).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare*")
