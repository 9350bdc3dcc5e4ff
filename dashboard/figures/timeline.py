"""The payload of the timeline: frames, interventions, and steps that deserve attention."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlcl_core.engine.live_settings import described
from mlcl_core.runs.in_force import change_words

if TYPE_CHECKING:
    from mlcl_core.metrics import MetricRecord

MIN_MOVED = 0.1  # below, a space stands still: MODEL_MOVED of mlcl_core.maps.movement, which needs no import here
MAX_MARKS = 200
SIGNS = {"set": "★", "pause": "‖", "resume": "▸", "step": "+", "stop": "■"}
BRIEFS = {"pause": "paused", "resume": "resumed", "step": "one batch", "stop": "stopped"}
MAX_BRIEF = 26  # characters of a word beside a mark


def timeline_payload(
    run: str,
    steps: Sequence[int],
    step: int | None,
    events: Sequence[dict[str, Any]],
    *,
    growing: bool,
    moved: Sequence[tuple[int, int, float]] = (),
    headline: "MetricRecord | None" = None,
    placed: int = 0,
) -> dict[str, Any]:
    """Frames, the selected step, and marks: where each is, its sign, a word to stand beside it, and the whole of it.

    Args:
        run: Id of the run.
        steps: Steps of its frames.
        step: The selected step (None: live).
        events: Of the run.
        growing: Whether more frames may come.
        moved: As for :func:`movers_mark`.
        headline: The metric whose best frame is marked; None: no frame is.
        placed: Counts the steps chosen by the page, not by the user.
    """
    marks = [mark for event in events if (mark := _mark(event)) is not None][-MAX_MARKS:]
    marks += [mark for mark in (best_mark(events, headline), movers_mark(moved)) if mark is not None]
    steps = [int(s) for s in steps]
    return {"run": run, "steps": steps, "step": step, "marks": marks, "growing": growing, "placed": placed}


def best_mark(events: Sequence[dict[str, Any]], headline: "MetricRecord | None") -> dict[str, Any] | None:
    """The first frame in which a metric was best; None before two frames have it."""
    if headline is None:
        return None
    name = headline.name
    frames = [event for event in events if event.get("event") == "frame" and name in event.get("metrics", {})]
    if len(frames) < 2:
        return None
    best = (min if headline.direction == "down" else max)(frames, key=lambda event: float(event["metrics"][name]))
    text = f"best {headline.title}: {best['metrics'][name]:.2f} at step {best['step']:,}"
    return {"step": best["step"], "kind": "best", "sign": "○", "brief": f"best {headline.title}", "text": text}


def movers_mark(moved: Sequence[tuple[int, int, float]]) -> dict[str, Any] | None:
    """The step at which items moved most relative to each other.

    Args:
        moved: Triples of (previous step, step, share of nearest neighbours lost between them), one per map: the score
            ``model_moved`` of :func:`mlcl_core.maps.movement.model_moved`. NaN is skipped.

    Edge cases:
        Fewer than two maps, or less than a tenth of the neighbours lost between any two: None.
    """
    most = max((one for one in moved if one[2] >= MIN_MOVED), key=lambda one: one[2], default=None)
    if most is None:
        return None
    before, step, share = most
    text = f"largest move: {100 * share:.0f} % of all nearest neighbours changed from step {before:,} to {step:,}"
    return {"step": step, "kind": "moved", "sign": "⇄", "brief": "largest move", "text": text}


def describe_settings(settings: Any) -> str:
    """Changed settings in words: "temperature 0.2"; the raw value for a request that no page wrote."""
    # a request may hold any value; the worker refuses invalid ones
    return described(settings) if isinstance(settings, dict) else repr(settings)[:40]


def _mark(event: dict[str, Any]) -> dict[str, Any] | None:
    kind, step = event.get("event"), event.get("step", 0)
    if kind == "acknowledged":
        action = str(event.get("action", ""))
        changed = action == "set"
        words = change_words(event) if changed else f"{action} at step {step:,}"
        brief = _change_brief(event) if changed else BRIEFS.get(action, action[:MAX_BRIEF])
        style = "set" if changed else "pause"
        return {"step": step, "kind": style, "sign": SIGNS.get(action, "•"), "brief": brief, "text": words}
    if kind == "resumed":
        return {
            "step": step,
            "kind": "resumed",
            "sign": "↻",
            "brief": "continued",
            "text": f"resumed from step {step:,}",
        }
    if kind in ("failed", "alarm"):
        return {
            "step": step,
            "kind": "alarm",
            "sign": "!",
            "brief": "failed" if kind == "failed" else "warning",
            "text": f"{event.get('error') or event.get('text') or kind} (step {step:,})",
        }
    return None


def _change_brief(event: dict[str, Any]) -> str:
    if "result" in event:
        return "change refused"
    words = describe_settings(event.get("settings") or {})
    return words if len(words) <= MAX_BRIEF else "settings changed"
