"""The pictures of all pages in docs/: complete, small, and listed; nothing is taken here."""

from dashboard.parts.frame.frame import PAGES
from tests.browser.conftest import ROOT
from tests.browser.screenshots import HEIGHTS, IN_README, MAX_BYTES, SHOWN, THEMES, all_files, table


def test_each_page_has_its_pictures() -> None:
    """Every page of the menu at four widths in both themes, with no picture of a page that is gone."""
    assert set(PAGES) <= set(SHOWN)
    assert (len(HEIGHTS), len(THEMES)) == (4, 2)
    folder = ROOT / "docs" / "pages"
    assert sorted(path.name for path in folder.glob("*.webp")) == sorted(all_files())
    assert (folder / "README.md").read_text() == table()


def test_the_pictures_of_the_readme_come_from_the_same_command() -> None:
    """Those and no others lie beside it, the README shows each, and all pictures together are small."""
    docs, readme = ROOT / "docs", (ROOT / "README.md").read_text()
    names = {f"{name}-{theme}.png" for name in IN_README.values() for theme in THEMES}
    assert {path.name for path in docs.glob("*.png")} == names
    assert all(f"docs/{name}" in readme for name in names)
    assert sum(path.stat().st_size for path in [*docs.glob("*.png"), *docs.glob("pages/*.webp")]) < MAX_BYTES
