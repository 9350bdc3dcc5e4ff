"""Force by relation as bars: pulls to the left of zero, pushes to the right, and one line with all of them stacked."""

from collections.abc import Mapping
from math import floor, log10
from typing import Any

from dashboard.figures.colours import ATTRACT, ATTRACT_ON_DARK, RELATIONS, REPEL, REPEL_ON_DARK

Forces = Mapping[int, tuple[float, float]]
ALL = "all"
SIGNS = ("pulls", "pushes")


def force_options(forces: Forces, *, dark: bool, before: Forces | None = None, role: str = "anchor") -> dict[str, Any]:
    """One line per relation, and one with all of them stacked; where pulls and pushes cancel, both sides are equal.

    Args:
        forces: Sum of the pulls and of the pushes of each relation code.
        dark: Whether the page is dark.
        before: The sums before a change of labels, drawn as outlines under the bars.
        role: Role of the item whose forces they are; the lines are named after the other items.
    """
    marks = [mark.seen_mark(role) for mark in reversed(RELATIONS)]
    lines = [ALL, *(mark.name for mark in marks)]
    widest = round_above(max(abs(value) for sums in (forces, before or {}) for value in totals(sums)))
    series = [
        _bar(forces, place, mark.code, mark.name, sign, len(lines), dark=dark)
        for sign in (0, 1)
        for place, mark in enumerate(marks, start=1)
    ]
    if before is not None:
        series += [
            _bar(before, place, mark.code, f"before: {mark.name}", sign, len(lines), dark=dark, outline=True)
            for sign in (0, 1)
            for place, mark in enumerate(marks, start=1)
        ]
    return {
        "animation": False,
        "grid": {"left": 2, "right": 8, "top": 0, "bottom": 0},
        "xAxis": {
            "type": "value",
            "min": -widest,
            "max": widest,
            "interval": widest,
            "axisLabel": {"formatter": "{value}", "alignMinLabel": "left", "alignMaxLabel": "right"},
            # the axis is symmetric, so that each word stands under its own side
            "name": "pulls together    |    pushes apart",
            "nameLocation": "middle",
            "nameGap": 22,
        },
        "yAxis": {
            "type": "category",
            "data": lines,
            "axisTick": {"show": False},
            "axisLine": {"show": False},
        },
        "tooltip": {"trigger": "item", "valueFormatter": "%.4f"},
        "series": series,
    }


def totals(forces: Forces) -> tuple[float, float]:
    """Sum of all pulls, sum of all pushes."""
    return sum(pull for pull, _ in forces.values()), sum(push for _, push in forces.values())


def round_above(value: float) -> float:
    """The end of an axis: 1, 2, 4, 6 or 8 times a power of ten, the first that is not below a value; 1 for 0."""
    if not value > 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next((float(f"{digit * power:.6g}") for digit in (1, 2, 4, 6, 8) if digit * power >= value), 10 * power)


def balance(forces: Forces, reason: str) -> str:
    """The sums in words: "pulls −0.82, pushes +0.82: net 0", or the net force with its reason.

    Args:
        forces: Sum of the pulls and of the pushes of each relation code.
        reason: Why they need not cancel; empty where they do.
    """
    pull, push = totals(forces)
    net = pull + push
    # written numbers have seven digits
    cancelled = abs(net) <= 1e-5 * max(push - pull, 1e-12)
    words = f"pulls {signed(pull)}, pushes {signed(push)}: net {'0' if cancelled else signed(net)}"
    if cancelled:
        return words if push > pull else "no pulls, no pushes"
    return f"{words}, because {reason}" if reason else words


def signed(value: float) -> str:
    """A number with its sign, as a true minus."""
    return f"{value:+.4f}".replace("-", "−")


def _bar(
    forces: Forces, place: int, code: int, name: str, sign: int, lines: int, *, dark: bool, outline: bool = False
) -> dict[str, Any]:
    colour = ((ATTRACT_ON_DARK, REPEL_ON_DARK) if dark else (ATTRACT, REPEL))[sign]
    page = "#0e1117" if dark else "#ffffff"
    data: list[Any] = [None] * lines
    data[0] = data[place] = round(forces[code][sign], 6)
    style = (
        {"color": "transparent", "borderColor": colour, "borderWidth": 1, "borderType": "dashed"}
        if outline
        else {"color": colour, "borderColor": page, "borderWidth": 0.5}
    )
    return {
        "name": f"{name}, {SIGNS[sign]}",
        "type": "bar",
        "stack": "before" if outline else "now",
        "data": data,
        "barWidth": 5 if outline else 10,
        "barGap": "20%",
        "itemStyle": style,
    }
