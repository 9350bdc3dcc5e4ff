"""A replay: one HTML file that plays a run with the cloud and the timeline of the app, without server or network."""

import base64
import hashlib
import html
import json
from pathlib import Path

from dashboard.components import cloud, timeline
from dashboard.components.mount import read_files
from dashboard.style import with_tokens

FOLDER = Path(__file__).parent
MODULE = "export default function ("  # how a component begins; it gets a name here


def replay_page(title: str, items: bytes, replay: bytes) -> str:
    """The file.

    Nothing of it is fetched: the policy in its head forbids every address, and allows its own scripts and styles by
    their digests. Texts of users are inside the two messages, encoded, and enter the page as text.

    Args:
        title: In the title of the window; escaped here.
        items: From ``figures.cloud.items_message``.
        replay: From ``figures.replay.Replay.message``.
    """
    page, clouds, times = (
        with_tokens(FOLDER / "replay.css"),
        read_files(cloud.FOLDER, "cloud.css"),
        read_files(timeline.FOLDER, "timeline.css"),
    )
    scripts = [
        _exported_as(read_files(timeline.FOLDER, "timeline.js"), "globalThis.mlclTimeline = function ("),
        _constant("CSS", clouds)
        + _exported_as(read_files(cloud.FOLDER, *cloud.SCRIPTS), "const cloudLibrary = function (")
        + _constant("TIMELINE_CSS", times)
        + read_files(FOLDER, "tables.js", "replay.js"),
    ]
    assert not [script for script in scripts if "</script" in script or "<!--" in script]
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_digest, scripts))}",
            f"style-src {' '.join(map(_digest, (page, clouds, times)))}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title>",
            f"<style>{page}</style>",
            "</head>",
            read_files(FOLDER, "body.html").rstrip(),
            *(
                f'<script type="text/plain" id="{name}">{base64.b64encode(message).decode()}</script>'
                for name, message in (("items", items), ("replay", replay))
            ),
            *(f'<script type="module">{script}</script>' for script in scripts),
            "</body>",
            "</html>",
            "",
        )
    )


def _exported_as(script: str, name: str) -> str:
    """A component's script with its exported function under a name."""
    assert script.count(MODULE) == 1, f"a component has one line {MODULE!r}"
    return script.replace(MODULE, name)


def _constant(name: str, text: str) -> str:
    return f"const {name} = {json.dumps(text)};\n"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
