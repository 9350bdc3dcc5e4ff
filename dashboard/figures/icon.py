"""The Lab's mark: a circle, a triangle and a diamond, three relations; as SVG, and as the icon of the browser's tab.

Drawn here because Streamlit fetches named icons from the network.
"""

import base64

from PIL import Image, ImageDraw

from dashboard.figures.colours import EQUAL, OVERLAP, SUPERSET

SIDE = 64
CIRCLE = (19, 45, 15)  # centre and radius
TRIANGLE = ((20, 26), (36, 2), (52, 26))
DIAMOND = ((47, 28), (62, 44), (47, 60), (32, 44))


def tab_icon() -> Image.Image:
    """The mark as a picture."""
    picture = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    x, y, radius = CIRCLE
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=EQUAL)
    draw.polygon(TRIANGLE, fill=SUPERSET)
    draw.polygon(DIAMOND, fill=OVERLAP)
    return picture


def mark_svg() -> str:
    """The mark as SVG."""
    x, y, radius = CIRCLE
    shapes = "".join(
        f'<polygon points="{" ".join(f"{a},{b}" for a, b in points)}" fill="{colour}"/>'
        for points, colour in ((TRIANGLE, SUPERSET), (DIAMOND, OVERLAP))
    )
    circle = f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{EQUAL}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">{circle}{shapes}</svg>'


def mark_address() -> str:
    """The mark as a data address, for style sheets."""
    return f"data:image/svg+xml;base64,{base64.b64encode(mark_svg().encode()).decode()}"
