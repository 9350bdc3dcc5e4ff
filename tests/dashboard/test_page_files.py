"""Pages are found by their names, in a clone and in a wheel."""

import re

import pytest

from dashboard.page_files import BESIDE, DASHBOARD, page_file
from dashboard.parts.frame.frame import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_its_script(name: str) -> None:
    """In a clone the scripts lie in the top-level folder."""
    assert page_file(name) == BESIDE / f"{name}.py"
    assert page_file(name).is_file()


def test_no_page_is_named_by_its_folder() -> None:
    """A path of a clone would not be found in a wheel; each name that is given is a page."""
    texts = [path.read_text(encoding="utf-8") for folder in (DASHBOARD, BESIDE) for path in folder.rglob("*.py")]
    assert not [text for text in texts if "../pages" in text]
    assert {name for text in texts for name in re.findall(r'page_file\("(\w+)"\)', text)} <= set(PAGES)
