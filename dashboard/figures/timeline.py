"""What the timeline shows: the frames there are, and where somebody or something intervened."""

from collections.abc import Sequence
from typing import Any

SETTING_NAMES = {"loss.temperature": "temperature", "optimiser.learning_rate": "learning rate"}
SIGNS = {"set": "★", "pause": "‖", "resume": "▸", "step": "+", "stop": "■"}


def timeline_payload(
    run: str,
    steps: Sequence[int],
    step: int | None,
    events: Sequence[dict[str, Any]],
    *,
    growing: bool,
    moves: int = 0,
) -> dict[str, Any]:
    """Frames, the step looked at (None: live), and marks.

    ``growing``: more frames may come. ``moves`` counts how often the page, not the reader, chose the step.
    """
    marks = [mark for event in events if (mark := _mark(event)) is not None]
    return {
        "run": run,
        "steps": [int(s) for s in steps],
        "step": step,
        "marks": marks[-200:],
        "growing": growing,
        "moves": moves,
    }


def describe_settings(settings: dict[str, Any]) -> str:
    """What was set, in words: "temperature 0.2"."""
    return ", ".join(f"{SETTING_NAMES.get(name, name)} {value:g}" for name, value in settings.items())


def _mark(event: dict[str, Any]) -> dict[str, Any] | None:
    kind, step = event.get("event"), event.get("step", 0)
    if kind == "acknowledged":
        action = str(event.get("action", ""))
        words = describe_settings(event.get("settings") or {}) if action == "set" else action
        style = "set" if action == "set" else "pause"
        return {"step": step, "kind": style, "sign": SIGNS.get(action, "•"), "text": f"{words} at step {step:,}"}
    if kind == "resumed":
        return {"step": step, "kind": "resumed", "sign": "↻", "text": f"taken up again from step {step:,}"}
    if kind in ("failed", "alarm"):
        return {
            "step": step,
            "kind": "alarm",
            "sign": "!",
            "text": str(event.get("error") or event.get("text") or kind),
        }
    return None
