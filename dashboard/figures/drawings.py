"""Small drawings for pages that have nothing to show yet: what will stand there. SVG, in the colours of the tokens."""

WIDTH, HEIGHT = 240, 120
LINE = 'fill="none" stroke="var(--mlcl-border)" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'


def _circle(x: float, y: float, colour: str, radius: float = 7) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="var(--mlcl-{colour})"/>'


def _up(x: float, y: float, colour: str = "superset") -> str:
    return f'<path d="M{x} {y - 8}l8 14h-16z" fill="var(--mlcl-{colour})"/>'


def _down(x: float, y: float, colour: str = "subset") -> str:
    return f'<path d="M{x} {y + 8}l8 -14h-16z" fill="var(--mlcl-{colour})"/>'


def _diamond(x: float, y: float, colour: str = "overlap") -> str:
    return f'<path d="M{x} {y - 8}l8 8l-8 8l-8 -8z" fill="var(--mlcl-{colour})"/>'


def _dots(*places: tuple[float, float]) -> str:
    return "".join(_circle(x, y, "disjoint", 3) for x, y in places)


def _line(path: str, colour: str = "border", dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{path}" {LINE.replace("border", colour)}{dashed}/>'


def _frame(x: float, y: float, width: float, height: float) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" {LINE}/>'


_CLUSTER = _circle(0, 0, "equal") + _up(18, 14) + _diamond(-16, 16) + _dots((-30, -16), (30, -18), (6, 34))
_ROWS = "".join(
    _line(f"M30 {y}h60") + _line(f"M110 {y}q12 {-rise} 24 -4t26 {-rise / 2}", "primary") + _line(f"M180 {y}h34")
    for y, rise in ((30, 10), (60, 16), (90, 6))
)

DRAWINGS = {
    "train": _line("M24 100c40 0 52 -20 84 -44s60 -30 108 -32", "primary")
    + _dots((34, 40), (60, 26), (96, 92), (150, 88))
    + _circle(188, 52, "equal")
    + _up(206, 66)
    + _line("M60 60l22 8M132 84l26 -14", "disjoint", "1 6"),
    "map": _frame(40, 8, 160, 104)
    + _dots((60, 34), (72, 90), (96, 30), (130, 96), (176, 28), (184, 86), (110, 70))
    + _circle(148, 56, "equal")
    + _up(164, 68)
    + _diamond(134, 44)
    + _down(150, 36),
    "anchor": _line("M120 60L62 30M120 60L58 84", "attract")
    + _line("M120 60L184 30M120 60L186 88", "repel", "5 4")
    + '<circle cx="120" cy="60" r="12" fill="none" stroke="var(--mlcl-ink)" stroke-width="2.5"/>'
    + _circle(120, 60, "equal", 6)
    + _up(56, 26)
    + _down(52, 88)
    + _dots((190, 27), (192, 91)),
    "compare": _frame(14, 14, 92, 92)
    + _frame(134, 14, 92, 92)
    + f'<g transform="translate(60 50)">{_CLUSTER}</g><g transform="translate(180 60) rotate(40)">{_CLUSTER}</g>',
    "runs": _ROWS,
    "study": _line("M120 12v96", "border", "3 5")
    + "".join(
        _line(f"M{low} {y}H{high}", "primary") + _circle((low + high) / 2, y, "superset", 5)
        for low, high, y in ((130, 196, 30), (96, 150, 60), (44, 100, 90))
    ),
    "data": "".join(_frame(40 + 34 * column, 14 + 34 * row, 26, 26) for row in range(3) for column in range(5))
    + _circle(53, 27, "equal")
    + _circle(87, 27, "equal")
    + _up(121, 62)
    + _diamond(53, 95)
    + _diamond(155, 61)
    + _circle(189, 95, "equal"),
    "veil": _dots((46, 44), (66, 26), (58, 68), (84, 50), (34, 82), (78, 90))
    + _dots((163, 29), (189, 47), (169, 67), (201, 83), (155, 93), (211, 31))
    + _line("M102 42a18 18 0 1 1 27 16c-7 4 -9 7 -9 16", "ink")
    + _circle(120, 94, "ink", 4),
}


def drawing_svg(name: str) -> str:
    """The drawing of a page; it says nothing that the sentence below it does not, so screen readers pass over it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'aria-hidden="true">'
        f"{DRAWINGS[name]}</svg>"
    )
