"""What the cells of one process pay for once: data, features of frozen encoders, numbers before training."""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.build import fitted, open_data, training_loss
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.device import choose_device, choose_precision
from mlcl_core.engine.frozen import OnProgress
from mlcl_core.engine.network import build_network
from mlcl_core.engine.prepare import check_pretrained, prepare
from mlcl_core.evaluation import PROTOCOLS, items_as_given
from mlcl_core.metrics import FINAL_METRICS, Predictions
from mlcl_core.models import ENCODERS
from mlcl_core.pairs.slow import slow_paths
from mlcl_core.runs.feature_cache import FeatureCache

KEPT_DATA = 2  # data sets in memory at once
KEPT_NUMBERS = 1024
Value = TypeVar("Value")
Numbers = dict[str, float]


@dataclass(frozen=True, eq=False)
class Given:
    """The data of a cell.

    Attributes:
        key: Equal for cells that share them.
        loaded: As they were loaded.
        data: As the network takes them: those, or the features of a frozen encoder.
    """

    key: str
    loaded: MultiLabelData
    data: MultiLabelData

    def trained_by(self, config: TrainConfig) -> TrainConfig:
        """The configuration to train with: where the data are features already, no encoder stands in front."""
        if self.data is self.loaded:
            return config
        return config.model_copy(update={"pretrained": config.pretrained.model_copy(update={"name": None})})


class Shared:
    """Kept by keys of the configurations; the least recently used goes first.

    Attributes:
        files: Files of run directories that are the same for all cells on the same data, by the data's key.
    """

    def __init__(self, home: Path) -> None:
        """Take the home directory, whose cache keeps features of frozen encoders between processes."""
        self._cache = FeatureCache(home)
        self._given: OrderedDict[str, Given] = OrderedDict()
        self._numbers: OrderedDict[str, Numbers | None] = OrderedDict()
        self.files: dict[str, dict[str, bytes]] = {}

    def given(self, config: TrainConfig, on_progress: OnProgress = lambda done, of, what: None) -> Given:
        """The data of a configuration.

        Raises:
            InputError: They cannot be read, or no pretrained encoder fits them.
        """
        frozen = config.pretrained.name is not None and not ENCODERS[config.model.encoder].pretrained
        training = config.training
        parts = [config.data.model_dump(), config.pretrained.model_dump() if frozen else None]
        key = json.dumps([*parts, training.device, training.precision, training.view_draw])

        def opened() -> Given:
            loaded = open_data(config.data)
            if not frozen:
                return Given(key, loaded, loaded)
            check_pretrained(config, loaded)
            with slow_paths():
                device = choose_device(training.device)
                half = choose_precision(training.precision, device) == "bfloat16"
            found = prepare(config, loaded, device, cache=self._cache, on_progress=on_progress, half=half)
            return Given(key, loaded, found)

        return _kept(self._given, key, KEPT_DATA, opened)

    def keep(self, key: str, make: Callable[[], Given]) -> None:
        """Take data that were opened elsewhere, unless data of that key are here."""
        _kept(self._given, key, KEPT_DATA, make)

    def untrained(self, config: TrainConfig, given: Given, protocol: str, device: torch.device) -> Numbers:
        """Test metrics of the encoder before training, which is the same for all losses."""
        parts = [protocol, given.key, config.model.model_dump(), config.pretrained.model_dump(), config.seed]

        def measured() -> Numbers:
            by = given.trained_by(config)
            data = prepare(by, given.data, device)
            network = build_network(by, data, fitted(training_loss(config.loss), data)).to(device)
            return measure_all(PROTOCOLS[protocol].run(network, data, device).test)

        return _kept(self._numbers, json.dumps(parts), KEPT_NUMBERS, measured) or {}

    def items(self, given: Given) -> Numbers | None:
        """Test metrics of a linear probe on the items as given; None where there is none."""

        def measured() -> Numbers | None:
            found = items_as_given(given.data)
            return None if found is None else measure_all(found.test)

        return _kept(self._numbers, f"items {given.key}", KEPT_NUMBERS, measured)


def measure_all(predictions: Predictions) -> Numbers:
    """Every final metric of some predictions, by name."""
    return {name: float(record.measure(predictions)) for name, record in FINAL_METRICS.items()}


def _kept(kept: OrderedDict[str, Value], key: str, at_most: int, make: Callable[[], Value]) -> Value:
    if key not in kept:
        while len(kept) >= at_most:
            kept.popitem(last=False)  # before another takes memory beside it
        kept[key] = make()
    kept.move_to_end(key)
    return kept[key]


__all__ = ["Given", "Shared", "measure_all"]
