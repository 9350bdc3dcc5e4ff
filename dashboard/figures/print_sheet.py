"""A figure for print: a title above, its origin below, as PNG of 300 dots per inch or as SVG whose text is text."""

import io
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

DOTS = 300  # per inch
INK, PAPER, FAINT = "#1C2127", "#FFFFFF", "#5A626C"  # of the light theme
PIXEL = 0.75  # points: a CSS pixel
# letters of other scripts, where one of these fonts is installed
FONTS = ("DejaVu Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Hebrew")
TYPES = {"png": "image/png", "svg": "image/svg+xml"}
_drawing = Lock()  # Matplotlib's settings and fonts belong to the process


@dataclass(frozen=True)
class Sheet:
    """A figure that is drawn when its file is wanted.

    Attributes:
        title: Above.
        notes: Lines below: units, origin.
        size: Width and height in inches.
        draw: Draws into the figure; title and notes are added around.
        origin: In the metadata of the file.
    """

    title: str
    notes: tuple[str, ...]
    size: tuple[float, float]
    draw: Callable[[Figure], None]
    origin: Mapping[str, Any]

    def file(self, kind: Literal["png", "svg"]) -> bytes:
        """The file. Names of users are text: neither formulas of TeX nor markup of SVG."""
        settings: Any = {
            "font.family": list(_fonts()),
            "font.size": 8,
            "svg.fonttype": "none",
            "svg.hashsalt": self.title,  # equal figures are equal files
            "text.parse_math": False,
            "text.color": INK,
            "axes.unicode_minus": True,
        }
        with _drawing, rc_context(settings), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a letter that no font has is drawn as a box
            figure = Figure(self.size, dpi=DOTS, facecolor=PAPER, layout="constrained")
            self.draw(figure)
            figure.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
            figure.supxlabel("\n".join(self.notes), x=0.01, ha="left", fontsize=6.5, color=FAINT)
            for text in figure.findobj(Text):
                text.set_parse_math(False)
            file = io.BytesIO()
            figure.savefig(file, format=kind, metadata=self._metadata(kind))
        return file.getvalue()

    def _metadata(self, kind: str) -> dict[str, Any]:
        told = {"Title": self.title, "Description": json.dumps(self.origin)}
        return {**told, "Software": "MLCL Lab"} if kind == "png" else {**told, "Creator": "MLCL Lab", "Date": None}


@cache
def _fonts() -> tuple[str, ...]:
    there = {font.name for font in fontManager.ttflist}
    return tuple(name for name in FONTS if name in there)
