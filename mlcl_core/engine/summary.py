"""A configuration in few words: its main settings, and how it differs from the preset that it started from."""

from collections.abc import Iterator, Mapping
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import PRESETS, preset


def main_settings(config: TrainConfig) -> dict[str, str]:
    """Data, encoder, loss, rule, temperature, optimiser, batches and seeds, each in words."""
    data, loss, model, training = config.data, config.loss, config.model, config.training
    encoder = f"{model.encoder}, h {model.feature_dim}, z {model.projection_dim}"
    if config.pretrained.name is not None:
        encoder = f"{config.pretrained.name} before {encoder}"
    return {
        "data": data.name if data.path is None else f"{data.name} {data.path}",
        "encoder": encoder,
        "loss": loss.name if loss.logit is None else f"{loss.name} ({loss.weight:g}) with {loss.logit}",
        "rule": loss.rule + "".join(f", {name} {value}" for name, value in loss.rule_params.items()),
        "temperature": f"{loss.temperature:g}",
        "optimiser": f"{config.optimiser.name}, learning rate {config.optimiser.learning_rate:g}",
        "training": f"{training.epochs:,} epochs, batches of {training.batch_size:,}",
        "seed": f"{config.seed}, of the split {data.seed}",
    }


def changed_settings(config: TrainConfig) -> tuple[str, dict[str, tuple[Any, Any]]]:
    """The preset or defaults that the configuration started from, and each setting that differs.

    Returns:
        Its name, and by the setting's path (value, value there); a key that one of them lacks has None there.
    """
    known = config.preset in PRESETS
    base = preset(str(config.preset)) if known else TrainConfig()
    values, before = dict(leaves(config.model_dump())), dict(leaves(base.model_dump()))
    paths = [path for path in {**values, **before} if path not in ("preset", "schema_version")]
    differing = {path: (values.get(path), before.get(path)) for path in paths if values.get(path) != before.get(path)}
    return f"the preset {config.preset}" if known else "the defaults", differing


def leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of each setting of nested ones; a value that is a mapping has paths of its own."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
