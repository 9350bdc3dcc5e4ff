"""Which is better here?, in a real browser: a file of one's own, two methods, an answer with an interval."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_journey import fill, settled
from tests.browser.test_upload import drop

ITEMS = 160
INTERVAL = re.compile(r"\[[−-]?[\d.]+, [−-]?[\d.]+\]")


def write_numbers(path: Path) -> None:
    """Items of five numbers in which two of three labels can be read."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(ITEMS, 5))
    labels = np.stack([numbers[:, 0] > 0, numbers[:, 1] > 0.3, rng.random(ITEMS) < 0.3], axis=1).astype(int)
    lines = [",".join(["a", "b", "c", "d", "e", "sea", "sun", "fog"])]
    for row, carried in zip(numbers, labels, strict=True):
        lines.append(",".join([*(f"{one:.3f}" for one in row), *map(str, carried)]))
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_two_methods_on_a_file(site: Site, page: Page, tmp_path: Path) -> None:
    """Drop, save, ask, see what fits, start: the answer has an interval, and one click leads to both spaces."""
    write_numbers(tmp_path / "weather.csv")
    page.goto(site.url)
    page.get_by_role("link", name="Data").click(timeout=60_000)
    page.get_by_role("button", name="Bring your own data").click(timeout=60_000)
    dialog = page.get_by_role("dialog")
    settled(page)
    drop(page, tmp_path / "weather.csv")
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Which is better here?").click()
    expect(page.get_by_text("Methods, two to six")).to_be_visible()
    settled(page)
    page.get_by_text("New run", exact=True).click()
    fill(page, "Epochs", "4")
    page.locator(".st-key-setup-which button:visible").first.click()
    expect(page.get_by_text("Methods, two to six")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Remove All labels equal (ALL)").or_(
        page.locator("[data-baseweb=tag]", has_text="All labels equal (ALL)").locator("svg, [role=presentation]").last
    ).first.click()
    page.get_by_role("button", name="See what fits").click()
    expect(page.get_by_text(re.compile(r"^6 trainings of \d epochs? each")).first).to_be_visible(timeout=120_000)
    page.locator(".st-key-which-start button:visible").first.click()
    expect(page.locator(".st-key-study-answer").get_by_text(INTERVAL).first).to_be_visible(timeout=200_000)
    expect(page.locator(".st-key-which-forest .js-plotly-plot").first).to_be_visible()
    (folder,) = (site.home / "studies").iterdir()
    assert folder.name == "which-weather-1"
    page.get_by_role("button", name="Compare their spaces").click()
    page.wait_for_url(re.compile(r"/compare"))
    expect(page.locator("canvas.cloud").first).to_be_visible()
