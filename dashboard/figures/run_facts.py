"""The facts of a run in one line: data, rule, loss, temperature, learning rate, seed. Needs no torch."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from mlcl_core.engine.config import LIVE_SETTINGS, OWN_FILE, TrainConfig

CHANGED = "★"  # as on the timeline


def settings_at(config: TrainConfig, events: Sequence[Mapping[str, Any]], step: int | None) -> dict[str, float]:
    """The settings that can change while a run trains, as in force at ``step`` (None: now)."""
    found = {"loss.temperature": config.loss.temperature, "optimiser.learning_rate": config.optimiser.learning_rate}
    for event in events:
        taken = event.get("event") == "acknowledged" and event.get("action") == "set" and "result" not in event
        if taken and (step is None or event.get("step", 0) <= step):
            new = event.get("settings") or {}
            found |= {path: float(new[path]) for path in LIVE_SETTINGS if path in new}
    return found


def run_facts(config: TrainConfig, now: Mapping[str, float], options: Collection[str]) -> list[str]:
    """The facts in a few words each; changed settings have a star and their first value.

    Args:
        config: Configuration of the run.
        now: From :func:`settings_at`.
        options: Those of the run's loss.
    """
    loss, data = config.loss, config.data
    name = PurePath((data.path or "").replace("\\", "/")).name if data.name in OWN_FILE else data.name
    facts = [f"data {name or data.name}"]
    if "rule" in options:
        params = ", ".join(f"{key} {value}" for key, value in loss.rule_params.items())
        facts.append(f"rule {_plain(loss.rule)}" + (f" ({params})" if params else ""))
        facts.append(f"loss {_plain(loss.name)}, weight {_plain(loss.placement)}")
    else:
        facts.append(f"loss {_plain(loss.name)}")
    if loss.logit:
        facts.append(f"with {_plain(loss.logit)}")
    if "temperature" in options:
        facts.append(_setting("temperature", now["loss.temperature"], loss.temperature))
    facts.append(_setting("learning rate", now["optimiser.learning_rate"], config.optimiser.learning_rate))
    return [*facts, f"batch {config.training.batch_size:,}", f"seed {config.seed}"]


def _setting(name: str, now: float, first: float) -> str:
    return f"{name} {now:g}" + ("" if now == first else f" {CHANGED} (at first {first:g})")


def _plain(name: str) -> str:
    return name.replace("_", "-")
