"""Signs that Streamlit's text font lacks, taken from the fonts for formulas that Streamlit brings.

A machine may have no other fonts. Which characters the Lab's texts use, and that each is drawn, is tested.
"""

from functools import cache
from pathlib import Path

import streamlit

FAMILY = "MLCL Symbols"  # in [theme] font of .streamlit/config.toml
MEDIA = Path(streamlit.__file__).parent / "static" / "static" / "media"
TEXT_FONT = "SourceSansVF-Upright"
# by the font that has them
SIGNS = {"KaTeX_Main-Regular": "∅∖∪⊂⊃", "KaTeX_AMS-Regular": "↻⇄★"}


def font_file(font: str) -> Path:
    """The file of a font of Streamlit, whose name ends with a digest."""
    return next(MEDIA.glob(f"{font}.*"))


@cache
def font_faces() -> str:
    """Style rules by which a browser fetches such a font where one of its signs stands."""
    return "\n".join(
        f'@font-face {{ font-family: "{FAMILY}"; src: url("static/media/{font_file(font).name}") format("woff2"); '
        f"unicode-range: {', '.join(f'U+{ord(sign):04X}' for sign in signs)}; }}"
        for font, signs in SIGNS.items()
    )
