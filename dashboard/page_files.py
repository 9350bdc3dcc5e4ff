"""Where the scripts of the pages lie: in a wheel inside the package, in a clone beside it."""

from pathlib import Path

DASHBOARD = Path(__file__).resolve().parent
INSIDE, BESIDE = DASHBOARD / "page_scripts", DASHBOARD.parent / "pages"
FOLDER = INSIDE if (INSIDE / "train.py").is_file() else BESIDE


def page_file(name: str) -> Path:
    """The script of a page, which Streamlit takes to switch to the page or to link it."""
    return FOLDER / f"{name}.py"
