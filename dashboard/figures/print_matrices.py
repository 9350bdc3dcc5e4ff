"""The matrices of the Relations page for print: its cells (``components/matrices/paint.js``), on white."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.print_marks import draw_points, legend_entry
from dashboard.figures.print_sheet import FAINT, INK, PAPER, Sheet

CELL = 0.17  # inches
LONGEST = 24  # characters of a name beside a row
UNITS = (
    "row: anchor S, column: other item T; weight as in the loss; force = dL/ds of the anchor's loss: negative pulls, "
    "positive pushes"
)


def matrices_sheet(payload: Mapping[str, Any], title: str, notes: Sequence[str], origin: Mapping[str, Any]) -> Sheet:
    """The figure of the six matrices; a refused method has empty ones with the reason.

    Args:
        payload: From ``relations_payload``.
        title: Above.
        notes: Lines below it.
        origin: In the file's metadata.
    """
    n = len(payload["items"])
    names = max(len(item["name"]) for item in payload["items"]) * 0.055
    size = (3 * (n * CELL + min(names, 1.4) + 0.25), 2 * (n * CELL + min(names, 1.4) + 0.3) + 0.9)
    return Sheet(title, (UNITS, *notes), (max(size[0], 6.4), size[1]), lambda figure: _draw(figure, payload), origin)


def _draw(figure: Figure, data: Mapping[str, Any]) -> None:
    a, b = data["methods"]
    attract, repel = to_rgb(data["colours"]["attract"]), to_rgb(data["colours"]["repel"])

    def weight(value: float) -> np.ndarray:
        return mix(to_rgb(PAPER), attract, value / data["weight_scale"])

    def cosine(value: float) -> np.ndarray:
        return mix(to_rgb(PAPER), to_rgb(INK), 0.7 * max(0.0, value))

    def force(value: float) -> np.ndarray:
        return mix(to_rgb(PAPER), attract if value < 0 else repel, np.sqrt(abs(value) / data["force_scale"]))

    grid = figure.add_gridspec(3, 3, height_ratios=(1, 1, 0.07))
    axes = np.array([[figure.add_subplot(grid[row, column]) for column in range(3)] for row in range(2)])
    _legend(figure.add_subplot(grid[2, :]), data)
    names = [_shortened(item["name"]) for item in data["items"]]
    _relations(axes[0, 0], data, names)
    for place, method in ((1, a), (2, b)):
        letter, title = method["letter"], _shortened(method["title"], 40)
        words = _weight_words(method)
        _matrix(axes[0, place], f"Weight {letter}: {title}", method["weight"], names, weight, words, method["refused"])
        signed = [[short(value, signed=True) for value in row] for row in method["force"] or []]
        _matrix(axes[1, place], f"Force {letter}", method["force"], names, force, signed, method["refused"])
    plain = [[short(value, signed=True).replace("+", "") for value in row] for row in data["cosine"]]
    _matrix(axes[1, 0], "Similarity (cosine)", data["cosine"], names, cosine, plain, None)


def _legend(axes: Axes, data: Mapping[str, Any]) -> None:
    axes.axis("off")
    marks = [legend_entry(mark, mark.brief) for mark in RELATION_BY_CODE.values()]
    pull, push = (Patch(facecolor=data["colours"][key]) for key in ("attract", "repel"))
    pull.set_label("pulls together")
    push.set_label("pushes apart")
    none = Line2D([0], [0], linestyle="", label="· not a positive")
    axes.legend(
        handles=[*marks, none, pull, push], loc="center left", ncols=8, frameon=False, fontsize=6.5, mode="expand"
    )


def _weight_words(method: Mapping[str, Any]) -> list[list[str]]:
    rows = zip(method["weight"] or [], method["positive"] or [], strict=True)
    return [[short(value) if on else "·" for value, on in zip(row, positive, strict=True)] for row, positive in rows]


def _relations(axes: Axes, data: Mapping[str, Any], names: Sequence[str]) -> None:
    codes = np.array(data["relation"])
    off = ~np.eye(len(codes), dtype=bool)
    colours = np.ones((*codes.shape, 3))
    for code, mark in RELATION_BY_CODE.items():
        colours[(codes == code) & off] = mix(to_rgb(PAPER), to_rgb(mark.colour), 0.16)
    _frame(axes, "Relation of T to S", names, colours)
    for code, mark in RELATION_BY_CODE.items():
        row, column = np.nonzero((codes == code) & off)
        if len(row):
            draw_points(axes, np.stack([column, row], 1), mark, np.zeros(len(row)))


def _matrix(
    axes: Axes,
    title: str,
    values: Sequence[Sequence[float]] | None,
    names: Sequence[str],
    colour: Callable[[float], np.ndarray],
    words: Sequence[Sequence[str]],
    refused: str | None,
) -> None:
    n = len(names)
    if values is None:
        _frame(axes, title, names, np.ones((n, n, 3)))
        axes.text(n / 2 - 0.5, n / 2 - 0.5, refused or "", ha="center", va="center", wrap=True, fontsize=6)
        return
    colours = np.array([[colour(value) for value in row] for row in values])
    colours[np.arange(n), np.arange(n)] = 1  # an anchor is never compared with itself
    _frame(axes, title, names, colours)
    for i, j in np.ndindex(n, n):
        if i != j:
            ink = "#000000" if luminance(colours[i, j]) > 0.179 else "#FFFFFF"
            text = axes.text(j, i, words[i][j], ha="center", va="center", fontsize=5.5, color=ink)
            text.set_in_layout(False)  # inside its cell


def _frame(axes: Axes, title: str, names: Sequence[str], colours: np.ndarray) -> None:
    n = len(names)
    axes.imshow(colours, interpolation="nearest")
    axes.set_title(title, fontsize=8, loc="left")
    axes.set_xticks(range(n), names, rotation=90, fontsize=6)
    axes.set_yticks(range(n), names, fontsize=6)
    axes.tick_params(length=0, pad=2)
    axes.set_xticks(np.arange(n + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(n + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=PAPER, linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    for side in axes.spines.values():
        side.set(color=FAINT, linewidth=0.4)


def mix(ground: Sequence[float], colour: Sequence[float], share: float) -> np.ndarray:
    """A colour mixed into another one, in sRGB, as the screen does."""
    return np.asarray(ground) + (np.asarray(colour) - np.asarray(ground)) * min(max(share, 0.0), 1.0)


def luminance(colour: np.ndarray) -> float:
    """Relative luminance of an sRGB colour (WCAG 2): 0 black, 1 white."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def short(value: float, *, signed: bool = False) -> str:
    """ ".33", "1", "−.12", "+.10": as in a cell of the screen; signed numbers keep two digits."""
    if not np.isfinite(value):
        return "–"
    size = abs(value)
    digits = (
        f"{size:.0f}" if size >= 9.95 else f"{size:.1f}" if size >= 0.995 else f"{size:.2f}" if size >= 0.005 else "0"
    )
    if not signed and "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return sign + digits.removeprefix("0") if digits.startswith("0.") else sign + digits


def _shortened(name: str, longest: int = LONGEST) -> str:
    return name if len(name) <= longest else f"{name[:longest]}…"
