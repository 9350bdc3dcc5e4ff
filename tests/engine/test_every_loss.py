"""Every loss of the registry trains: on scenes of digits, for a few epochs, better than an encoder left untrained."""

from math import isfinite
from typing import Any

import pytest

from mlcl_core.data import MultiLabelData
from mlcl_core.engine import preset
from mlcl_core.engine.build import open_data
from mlcl_core.engine.events import Finished, StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.losses import LOSSES

SMALL = {
    "data.params.scenes": 1600,
    "training.epochs": 3,
    "training.batch_size": 32,
    "training.threads": 1,
    "training.device": "cpu",
    "model.width": 8,
    "model.feature_dim": 32,
    "watch.items": 60,
    "watch.frame_every": 10_000,
    "watch.batch_every": 10_000,
}
# these learn more slowly
SLOW = (
    "bce",
    "focal",
    "zlpr",
    "distribution_balanced",
    "strict",
    "jaccard_denominator",
    "stepwise_label",
    "label_level",
)
ALSO: dict[str, dict[str, Any]] = {name: {"training.epochs": 6} for name in SLOW} | {"asl": {"training.epochs": 14}}
# by themselves they soon make the label embeddings of all items alike; both were published beside cross-entropy
for name in ("intra_label", "label_level"):
    ALSO[name] = {**ALSO.get(name, {}), "loss.logit": "bce"}


@pytest.fixture(scope="module")
def scenes() -> MultiLabelData:
    """Drawn once for all."""
    return open_data(preset("digits").with_settings(SMALL).data)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOSSES)
def test_it_trains(name: str, scenes: MultiLabelData) -> None:
    """No step is NaN, and a linear probe reads the labels better (mean average precision) than before."""
    config = preset("digits").with_settings({**SMALL, "loss.name": name, **ALSO.get(name, {})})
    trainer = Trainer(config, data=scenes)
    ended = None
    for event in trainer.events():
        if isinstance(event, StepDone):
            assert isfinite(event.loss)
        elif isinstance(event, Finished):
            ended = event
    assert ended is not None
    assert ended.test["map"] > ended.untrained["map"]
