"""The frame of each page at 1280 x 800: nothing of the bar is cut, no box scrolls inside the page, one heading."""

import json
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.made_runs import made_run

PAGES = ("learn", "relations", "data", "runs", "map", "anchor", "compare", "study", "train")
ONE_LINE = {"learn", "relations", "data", "study"}
# boxes of the page, tables excepted, that hold more than they show; also what belongs to components
SCROLLING = """() => [...document.querySelectorAll('[data-testid=stMain] *')]
  .filter((e) => ['auto', 'scroll'].includes(getComputedStyle(e).overflowY) && e.clientHeight > 0
    && e.scrollHeight > e.clientHeight + 2 && !e.closest('[data-testid=stDataFrame]'))
  .map((e) => `${e.className} ${e.scrollHeight} in ${e.clientHeight}`)"""
# texts of the bar that end in an ellipsis, and parts that leave the window
CUT = """() => [...document.querySelectorAll('.st-key-run-progress p, .st-key-run-line button')]
  .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth)
  .map((e) => e.textContent)"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_each_page_at_1280(site: Site, page: Page) -> None:
    """With a run that goes on, in the words that are longest: state, step, time left, loss, last step."""
    run = made_run(site.home, "running", name="icons")
    path = run.path / "status.json"
    status = json.loads(path.read_text()) | {"step": 412, "total": 1500, "eta": 100.0, "last_step": time.time()}
    path.write_text(json.dumps(status))
    page.goto(site.url)
    expect(page.locator(".st-key-run-progress p")).to_contain_text("step 412 of 1,500")
    for name in PAGES:
        page.get_by_test_id("stTopNavLink").filter(has_text=name.capitalize()).click()
        expect(page.get_by_test_id("stHeading").locator("h1")).to_have_count(1)
        expect(page.locator(".timeline")).to_have_count(0 if name in ONE_LINE else 1)
        page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')")
        assert page.evaluate(SCROLLING) == [], name
        assert page.evaluate(CUT) == [], name
        if name in ONE_LINE:
            box = page.locator(".st-key-run-line").bounding_box()
            assert box is not None
            assert box["height"] < 60, name
