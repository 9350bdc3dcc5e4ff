"""An HTML page in one file: no script, nothing fetched; its policy allows its one style sheet alone."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path

from dashboard.style import with_tokens


def html_page(title: str, style: Path, body: Iterable[str]) -> str:
    """The page.

    Args:
        title: Text, which is escaped here.
        style: The style sheet; it stands below the tokens and is allowed by its digest.
        body: Lines of HTML, in which all text is escaped.
    """
    rules = with_tokens(style)
    digest = base64.b64encode(hashlib.sha256(rules.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{rules}</style>",
        "</head>",
        "<body>",
        "<main>",
        *body,
        "</main>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)
