"""Every character of a text that a reader sees is in a font that Streamlit brings."""

import ast
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from dashboard.glyphs import FAMILY, SIGNS, TEXT_FONT, font_faces, font_file

ROOT = Path(__file__).parents[2]
# what these hold is looked for in files, printed on terminals or sent to break something; no page shows it
NOT_SHOWN = (
    "mlcl_core/bench/",
    "mlcl_core/terminal.py",
    "mlcl_core/data/tables/cells/",
    "dashboard/export/study/latex.py",
)


def covered(font: str) -> set[str]:
    """The characters of a font."""
    with TTFont(font_file(font)) as found:
        return {chr(code) for code in found.getBestCmap()}


def texts(path: Path) -> Iterator[str]:
    """The texts in a source: in Python all constants but docstrings, elsewhere all that is no comment."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        yield re.sub(r"(^|\s)//.*", "", source, flags=re.MULTILINE)
    elif path.suffix == ".css":
        yield re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    else:
        tree = ast.parse(source)
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
                yield node.value


def test_every_character_is_in_a_font_that_is_there() -> None:
    """Of Streamlit's text font, or among the signs that the Lab takes from its fonts for formulas."""
    drawn = covered(TEXT_FONT).union(*SIGNS.values())
    lacking = {
        f"{char} U+{ord(char):04X} in {path.relative_to(ROOT)}"
        for folder in ("dashboard", "pages", "mlcl_core")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".js", ".css"} and not str(path.relative_to(ROOT)).startswith(NOT_SHOWN)
        for text in texts(path)
        for char in set(text) - drawn
        if not char.isascii() and unicodedata.category(char) not in {"Zs", "Cf"}
    }
    assert lacking == set()


@pytest.mark.parametrize("font", SIGNS)
def test_signs_are_in_their_font_and_in_no_text_font(font: str) -> None:
    """Each sign is there, is needed, and is fetched from that font alone."""
    assert set(SIGNS[font]) <= covered(font)
    assert not set(SIGNS[font]) & covered(TEXT_FONT)
    (rule,) = (line for line in font_faces().splitlines() if font in line)
    assert {chr(int(code, 16)) for code in re.findall(r"U\+([0-9A-F]{4})", rule)} == set(SIGNS[font])


def test_the_theme_asks_for_them() -> None:
    """Behind the text font, before the system's."""
    theme = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())["theme"]
    assert theme["font"] == f'"Source Sans", "{FAMILY}", sans-serif'
