"""The icon of the browser's tab, drawn here because Streamlit fetches named icons from the network."""

from PIL import Image, ImageDraw

from dashboard.figures.colours import EQUAL, OVERLAP, SUPERSET


def tab_icon() -> Image.Image:
    """Circle, triangle, diamond: three relations."""
    picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((4, 30, 34, 60), fill=EQUAL)
    draw.polygon([(20, 26), (36, 2), (52, 26)], fill=SUPERSET)
    draw.polygon([(47, 28), (62, 44), (47, 60), (32, 44)], fill=OVERLAP)
    return picture
