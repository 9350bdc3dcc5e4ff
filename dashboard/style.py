"""The Lab's style sheets outside components: the tokens, on which all others stand, and the frame's."""

from pathlib import Path

FOLDER = Path(__file__).parent
TOKENS, FRAME = FOLDER / "tokens.css", FOLDER / "frame.css"


def with_tokens(style: Path) -> str:
    """A style sheet below the tokens, for a page that stands alone."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (TOKENS, style))
