"""Scores of methods on a data set: linear probe on test items, for several seeds, beside a probe on the raw items."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np

from mlcl_core.bench.unwatched import UNWATCHED
from mlcl_core.engine.config import OWN_FILE, TrainConfig
from mlcl_core.engine.presets import OWN_PRESETS, PRESETS, preset
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory

NUMBERS = ("micro_f1", "macro_f1", "map")
QUICK = {"training.epochs": 2}


def methods(
    *,
    data: str = "digits",
    methods: str = "similarity_dissimilarity,any_shared,mulsupcon,bce",
    seeds: int = 3,
    settings: str = "",
    quick: bool = False,
) -> dict[str, Any]:
    """Train every method on one data set, for several seeds of weights, batches and augmentation; the split stays.

    Args:
        data: A preset, or the path of a file, which is trained with ``vectors``, ``text`` or ``pictures``.
        methods: Names of rules (trained by weighted_supcon) or of losses, separated by commas.
        seeds: Number of seeds, from 0 on.
        settings: Changes for all methods: ``training.epochs=30,loss.temperature=0.2``.
        quick: Two epochs only, to see that the bench works.

    Returns:
        ``items``: the probe on the items as the network takes them (standardised features, or those of the frozen
        encoder; None for pictures and tokens). Per method: mean, standard deviation and each seed's micro-F1, macro-F1
        and mAP on test items, and seconds a seed; ``untrained`` is the encoder before training.

    Raises:
        InputError: A name is neither a rule nor a loss.
    """
    config, given = _opened(data, {**UNWATCHED, **_pairs(settings), **(QUICK if quick else {})})
    result: dict[str, Any] = {"data": given.name, **_before(config, given), "methods": {}}
    for name in filter(None, methods.split(",")):
        chosen, begun = config.with_settings(_method(name)), perf_counter()
        runs = [_trained(chosen.with_settings({"seed": seed}), given) for seed in range(seeds)]
        seen = {key: [run[key] for run in runs] for key in NUMBERS}
        result["methods"][name] = {
            **{key: round(float(np.mean(values)), 4) for key, values in seen.items()},
            **{f"{key}_sd": round(float(np.std(values, ddof=min(1, seeds - 1))), 4) for key, values in seen.items()},
            "runs": runs,
            "seconds": round((perf_counter() - begun) / seeds, 1),
        }
    return result


def _opened(data: str, settings: Mapping[str, Any]) -> tuple[TrainConfig, Any]:
    """The configuration, by the preset or by what kind of items the file holds; and the data, read once."""
    from mlcl_core.engine.build import open_data

    if data in PRESETS and preset(data).data.name not in OWN_FILE:
        config = preset(data).with_settings(settings)
        return config, open_data(config.data)
    changes = {"data.path": data, **settings}
    # these presets read a file in the same way
    given = open_data(preset("vectors").with_settings(changes).data)
    return preset(OWN_PRESETS[given.kind]).with_settings(changes), given


def _method(name: str) -> Mapping[str, Any]:
    from mlcl_core.losses import LOSSES
    from mlcl_core.pairs import RULES

    if name in RULES:
        return {"loss.name": "weighted_supcon", "loss.rule": name}
    if name in LOSSES:
        return {"loss.name": name}
    raise InputError(f"there is no rule and no loss {name!r}; rules: {', '.join(RULES)}; losses: {', '.join(LOSSES)}")


def _pairs(text: str) -> dict[str, str]:
    parts = [part.partition("=") for part in filter(None, text.split(","))]
    for key, equals, _ in parts:
        if not equals:
            raise InputError(f"settings: {key!r} must be key=value; several are separated by commas")
    return {key.strip(): value.strip() for key, _, value in parts}


def _trained(config: TrainConfig, given: Any) -> dict[str, float]:
    """Test numbers of the trained encoder."""
    from mlcl_core.engine.evaluate import evaluate
    from mlcl_core.engine.events import FittingProbe
    from mlcl_core.engine.loop import Trainer

    trainer = Trainer(config, data=given, cache=_cache())
    for event in trainer.events():
        if isinstance(event, FittingProbe):
            break
    numbers, _ = evaluate(trainer.network, trainer.data, trainer.device)
    return _rounded(numbers)


def _before(config: TrainConfig, given: Any) -> dict[str, Any]:
    """Test numbers of the items themselves, and of the untrained encoder."""
    from mlcl_core.engine.evaluate import evaluate, probe_features
    from mlcl_core.engine.loop import Trainer

    trainer = Trainer(config, data=given, cache=_cache())
    untrained, _ = evaluate(trainer.network, trainer.data, trainer.device)
    items = None
    if trainer.data.kind == "features":
        items = _rounded(probe_features(trainer.data.some, trainer.data)[0])
    return {"items": items, "untrained": _rounded(untrained)}


def _cache() -> Any:
    from mlcl_core.runs.feature_cache import FeatureCache

    return FeatureCache(home_directory())


def _rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    return {key: round(numbers[key], 4) for key in NUMBERS}
