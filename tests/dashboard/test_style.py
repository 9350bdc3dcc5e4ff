"""The tokens are the colours of Python and of Streamlit's theme, and other style sheets name none of their own."""

import re
import tomllib
from pathlib import Path

import pytest

from dashboard.figures import colours
from dashboard.style import FOLDER, TOKENS, with_tokens

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARED = dict(re.findall(r"--mlcl-([a-z0-9-]+): ([^;]+);", COMMENT.sub("", TOKENS.read_text())))
SHEETS = sorted(path for path in FOLDER.rglob("*.css") if path != TOKENS)
MASK = re.compile(r'mask(?:-image)?:\s*url\("data:[^"]*"\)')  # of which the shape alone counts
# a colour by its number, by its name or by a function; a size by a number of its own
OWN = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|light-dark)\(|:[^;{}]*(?<![\w-])(?:white|black|red|gray|grey|orange)(?![\w-])"
    r"|font-size:\s*(?:calc\()?[\d.]+(?:px|rem|pt|%)|font:[^;]*(?<![\w/.-])[\d.]+(?:px|pt|rem|%)",
    re.IGNORECASE,
)


def pair(value: str) -> tuple[str, str]:
    """The colours of a token on a light and on a dark page."""
    found = re.fullmatch(r"light-dark\((#\w{6}), (#\w{6})\)", value)
    return (found[1], found[2]) if found else (value, value)


def test_tokens_are_the_colours_of_figures():
    """Each colour of figures/colours.py is the token of its name, with its variant on dark pages; and the reverse."""
    named = {name: value for name, value in vars(colours).items() if isinstance(value, str) and value.startswith("#")}
    light = {name: value for name, value in named.items() if not name.endswith("_ON_DARK") and name != "NESTED"}
    for name, value in light.items():
        assert pair(DECLARED[name.lower().replace("_", "-")]) == (value, named.get(f"{name}_ON_DARK", value))
    surfaces = {"primary", "background", "secondary-background", "ink", "border", "picture"}
    coloured = {name for name, value in DECLARED.items() if "#" in value}
    assert coloured - surfaces == {name.lower().replace("_", "-") for name in light}


def test_tokens_are_the_colours_of_the_theme():
    """Both themes of .streamlit/config.toml, colour by colour."""
    theme = tomllib.loads((FOLDER / ".streamlit" / "config.toml").read_text())["theme"]
    names = {
        "primaryColor": "primary",
        "backgroundColor": "background",
        "secondaryBackgroundColor": "secondary-background",
        "textColor": "ink",
        "borderColor": "border",
    }
    assert set(names) == set(theme["light"]) == set(theme["dark"])
    for setting, token in names.items():
        assert pair(DECLARED[token]) == (theme["light"][setting], theme["dark"][setting])


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_other_sheets_name_no_colour_and_no_size(sheet: Path):
    """Colours and font sizes are tokens, each of them declared, or a mixture of tokens."""
    text = MASK.sub("", COMMENT.sub("", sheet.read_text()))
    assert OWN.findall(text) == []
    own = set(re.findall(r"--mlcl-([a-z0-9-]+):", text))  # lengths of its own
    assert set(re.findall(r"var\(--mlcl-([a-z0-9-]+)", text)) <= own | set(DECLARED)
    assert not own & (set(DECLARED) - {"mark"})


@pytest.mark.parametrize(
    "rule", ["a { color: #fff; }", "a { font: 14px/1.3 x; }", "a{font-size:.9rem}", "a{color:white}"]
)
def test_own_colours_and_sizes_are_found(rule: str):
    """What the test above looks for."""
    assert OWN.search(rule)


def test_motion_is_short_and_pages_that_stand_alone_have_the_tokens(tmp_path):
    """At most 300 ms; a sheet follows the tokens that it uses."""
    assert int(DECLARED["motion"].removesuffix("ms")) <= 300
    (tmp_path / "page.css").write_text("a { color: var(--mlcl-ink); }")
    assert with_tokens(tmp_path / "page.css").startswith(TOKENS.read_text())
