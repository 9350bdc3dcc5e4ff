"""Pictures of pages for the README, light and dark; ``python -m tests.browser.screenshots`` puts them in docs/.

That of Study is of docs/studies/comparative, which has to be trained first: it is taken by hand.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from mlcl_core.demo_runs.make import sample_runs
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store
from tests.browser.conftest import ROOT, Site, launched, serving

WIDTH, HEIGHT, COLOURS = 1280, 800, 256
# what must stand on a page before its picture is taken
READY = {
    "learn": "canvas.cloud[data-points='300']",
    "relations": ".panel",
    "data": "[data-testid=stDataFrame], [data-testid=stImage]",
    "train": "canvas.cloud[data-points='300']",
    "runs": ".st-key-runs-table [data-testid=stDataFrame]",
    "map": "canvas.cloud[data-points='300']",
    "anchor": "canvas.cloud[data-points='300']",
    "compare": "canvas.cloud[data-points='300']",
}
SETTLE_MS = 2500


def take(site: Site, page: Page, name: str) -> bytes:
    """Open one page, and the first lesson's second card for Learn; gives the picture as PNG."""
    page.goto(f"{site.url}/?run=sample-icons-sd" if name == "train" else f"{site.url}/{name}")
    if name == "learn":
        page.locator(".st-key-learn-begin-pull_and_push button").click(timeout=60_000)
        page.locator(".st-key-learn-next button").click(timeout=60_000)
    page.locator(READY[name]).first.wait_for(timeout=120_000)
    page.wait_for_timeout(SETTLE_MS)
    return page.screenshot()


def small(png: bytes) -> Image.Image:
    """The picture in few colours, the rare ones kept (a single green circle): half the bytes, and no eye sees it."""
    method = Image.Quantize.FASTOCTREE
    return Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, method=method, dither=Image.Dither.NONE)


def main(folder: Path) -> None:
    """Take all pictures on a home directory that holds the recorded runs alone."""
    # what UMAP needs may still be compiled into it by a process that outlives the server
    folder_of_home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder_of_home as place, serving(Path(place)) as site, sync_playwright() as playwright:
        sample_runs(Store(home_directory(site.home)))
        browser = launched(playwright)
        for theme in ("light", "dark"):
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme)
            for name in READY:
                small(take(site, context.new_page(), name)).save(folder / f"{name}-{theme}.png", optimize=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs")
