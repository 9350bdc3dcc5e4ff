"""The facts of a run in one line: data, rule, loss, temperature, learning rate, seed. Needs no torch."""

from collections.abc import Callable, Collection, Mapping
from pathlib import PurePath
from typing import Any

from mlcl_core.engine.config import OWN_FILE, LossConfig, TrainConfig

CHANGED = "★"  # as on the timeline


def run_facts(config: TrainConfig, now: TrainConfig, options: Collection[str]) -> list[str]:
    """The facts in a few words each; changed settings have a star and their first value.

    Args:
        config: Configuration of the run.
        now: That in force at the step shown (:func:`mlcl_core.runs.in_force.config_at`).
        options: Those of the run's loss.
    """
    loss, data = config.loss, config.data
    name = PurePath((data.path or "").replace("\\", "/")).name if data.name in OWN_FILE else data.name
    facts = [f"data {name or data.name}"]
    if "rule" in options:
        facts.append(_setting("rule", now, config, lambda of: _with_params(of.loss.rule, of.loss.rule_params)))
        facts.append(
            f"loss {_plain(loss.name)}, {_setting('weight', now, config, lambda of: _plain(of.loss.placement))}"
        )
    else:
        facts.append(f"loss {_plain(loss.name)}")
    if loss.logit:
        facts.append(f"with {_plain(loss.logit)}")
    if "temperature" in options:
        facts.append(_setting("temperature", now, config, lambda of: f"{of.loss.temperature:g}"))
    facts.append(_setting("learning rate", now, config, lambda of: f"{of.optimiser.learning_rate:g}"))
    facts.append(_setting("batch", now, config, lambda of: f"{of.training.batch_size:,}"))
    if now.loss.normalise != loss.normalise:
        facts.append(_setting("normalise", now, config, lambda of: _plain(of.loss.normalise)))
    if _sampler(now) != _sampler(config):
        facts.append(_setting("sampler", now, config, _sampler))
    return [*facts, f"seed {config.seed}"]


def rule_words(loss: LossConfig, options: Collection[str]) -> str:
    """The rule in force with its parameters; empty for a loss without a rule, whose ``options`` have none."""
    return f"rule {_with_params(loss.rule, loss.rule_params)}" if "rule" in options else ""


def _setting(name: str, now: TrainConfig, first: TrainConfig, words: Callable[[TrainConfig], str]) -> str:
    said, before = words(now), words(first)
    return f"{name} {said}" + ("" if said == before else f" {CHANGED} (at first {before})")


def _sampler(config: TrainConfig) -> str:
    return _with_params(config.training.sampler, config.training.sampler_params)


def _with_params(name: str, params: Mapping[str, Any]) -> str:
    said = ", ".join(f"{key} {value}" for key, value in params.items())
    return _plain(name) + (f" ({said})" if said else "")


def _plain(name: str) -> str:
    return name.replace("_", "-")
