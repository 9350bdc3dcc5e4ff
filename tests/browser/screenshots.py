"""Pictures of all pages at four widths, light and dark: ``python -m tests.browser.screenshots`` puts them in docs/.

``docs/pages`` gets each page at each width in both themes, with a table of them; ``docs`` the pictures of the README,
which are those of 1280. They show the recorded runs, and a study of nine short trainings that is run first.
"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from mlcl_core.demo_runs.make import sample_runs
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store
from mlcl_core.studies.file import StudyFile
from tests.browser.conftest import ROOT, Site, launched, serving

THEMES = ("light", "dark")
HEIGHTS = {390: 844, 1024: 768, 1280: 800, 1920: 1080}  # by width: a phone, a projector, a laptop, a screen
# by name, in the order of the menu: the address, and what must stand on the page before its picture is taken
CLOUD = "canvas.cloud:not([data-points='0'])[data-points]"
SHOWN = {
    "start": ("/start", CLOUD),
    "learn": ("/learn", "[class*=st-key-learn-begin]"),
    "card": ("/learn?lesson=pull_and_push&card=2", CLOUD),
    "quiz": ("/learn?quiz=before", "[data-testid=stRadio]"),
    "relations": ("/relations", ".panel"),
    "data": ("/data", "[data-testid=stDataFrame], [data-testid=stImage]"),
    "train": ("/?run=sample-icons-sd", CLOUD),
    "runs": ("/runs", ".st-key-runs-table [data-testid=stDataFrame]"),
    "map": ("/map?run=sample-icons-sd", CLOUD),
    "anchor": ("/anchor?run=sample-icons-sd", CLOUD),
    "compare": ("/compare?run=sample-icons-sd", CLOUD),
    "study": ("/study", ".st-key-study-answer, [data-testid=stDataFrame]"),
}
IN_README = {"train": "train", "anchor": "anchor", "compare": "compare", "study": "study", "card": "learn"}
README_WIDTH = 1280
MAX_BYTES = 6_000_000  # of all pictures together
LOAD_MS, SETTLE_MS, COLOURS = 3000, 1500, 256
STUDY = StudyFile.model_validate(
    {
        "schema_version": 1,
        "name": "for-the-picture",
        "title": "Nine short trainings on 200 scenes of digits",
        "base": {"preset": "digits", "training.epochs": 4, "training.threads": 1, "data.params": {"scenes": 200}},
        "grid": {
            "data": [{"name": "digits", "preset": "digits"}],
            "method": [
                {"name": "ANY", "loss.rule": "any_shared"},
                {"name": "ALL", "loss.rule": "all_equal"},
                {"name": "Similarity-Dissimilarity", "loss.rule": "similarity_dissimilarity"},
            ],
        },
        "seeds": [0, 1, 2],
        "tune": None,
    }
)


def file_name(name: str, width: int, theme: str) -> str:
    """The file of a picture in docs/pages."""
    return f"{name}-{width}-{theme}.webp"


def all_files() -> list[str]:
    """The files of all pictures in docs/pages."""
    return [file_name(name, width, theme) for name in SHOWN for width in HEIGHTS for theme in THEMES]


def table() -> str:
    """docs/pages/README.md: a row a page, a column a width, light above dark."""
    lines = [
        "# All pages",
        "",
        "Each page at four widths (a phone, a projector, a laptop, a screen), light and dark, with the recorded runs",
        "and a study of nine short trainings. `python -m tests.browser.screenshots` takes them all.",
        "",
        f"| page | {' | '.join(map(str, HEIGHTS))} |",
        f"| --- |{' --- |' * len(HEIGHTS)}",
    ]
    for name in SHOWN:
        cells = ["<br>".join(f"[{theme}]({file_name(name, width, theme)})" for theme in THEMES) for width in HEIGHTS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", f"## {README_WIDTH}, light", ""]
    lines += [f"![{name}]({file_name(name, README_WIDTH, 'light')})\n" for name in SHOWN]
    return "\n".join(lines)


def small(png: bytes) -> Image.Image:
    """The picture in few colours, the rare ones kept (a single green circle): half the bytes, and no eye sees it."""
    method = Image.Quantize.FASTOCTREE
    return Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, method=method, dither=Image.Dither.NONE)


def at_each_width(site: Site, page: Page, name: str) -> Iterator[tuple[int, Image.Image]]:
    """Open one page and take it at each width: as in a window that is made larger and smaller."""
    address, ready = SHOWN[name]
    page.goto(f"{site.url}{address}")
    page.locator(ready).first.wait_for(timeout=120_000)
    page.wait_for_timeout(LOAD_MS)
    for width, height in HEIGHTS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(SETTLE_MS)
        yield width, small(page.screenshot())


def prepare(home: Path, *, study: bool) -> None:
    """Put the recorded runs there, and run the study where its page is taken."""
    sample_runs(Store(home_directory(home)))
    if not study:
        return
    file = home / f"{STUDY.name}.json"
    file.write_text(STUDY.to_json())
    subprocess.run([sys.executable, "-m", "mlcl_core", "study", str(file), "--home", str(home)], cwd=ROOT, check=True)


def main(folder: Path, names: list[str]) -> None:
    """Take the pictures of these pages on a home directory that holds the recorded runs and the study alone."""
    pages = folder / "pages"
    pages.mkdir(parents=True, exist_ok=True)
    (pages / "README.md").write_text(table())
    # what UMAP needs may still be compiled into it by a process that outlives the server
    folder_of_home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder_of_home as place, serving(Path(place)) as site, sync_playwright() as playwright:
        prepare(site.home, study="study" in names)
        browser = launched(playwright)
        for theme in THEMES:
            context = browser.new_context(color_scheme=theme)
            for name in names:
                page = context.new_page()
                for width, picture in at_each_width(site, page, name):
                    picture.save(pages / file_name(name, width, theme), lossless=True, quality=100, method=6)
                    if width == README_WIDTH and name in IN_README:
                        picture.save(folder / f"{IN_README[name]}-{theme}.png", optimize=True)
                page.close()
            context.close()
        browser.close()


if __name__ == "__main__":
    main(ROOT / "docs", sys.argv[1:] or list(SHOWN))
