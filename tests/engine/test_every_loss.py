"""Every loss of the registry trains: on scenes of digits, for a few epochs, better than an encoder left untrained."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import pytest
import torch

from mlcl_core.data import MultiLabelData
from mlcl_core.engine import evaluate, preset
from mlcl_core.engine.build import open_data
from mlcl_core.engine.events import Finished, StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.losses import LOSSES

SMALL = {
    "data.params.scenes": 1600,
    "optimiser.learning_rate": 0.004,
    "training.batch_size": 32,
    "training.threads": 1,
    "training.device": "cpu",
    "model.width": 8,
    "model.feature_dim": 32,
    "watch.items": 60,
    "watch.frame_every": 10_000,
    "watch.batch_every": 10_000,
}
# the second only where the first is not enough: some losses learn more slowly
EPOCHS = (3, 7)


@pytest.fixture(scope="module")
def scenes() -> MultiLabelData:
    """Generated once for all."""
    return open_data(preset("digits").with_settings(SMALL).data)


@pytest.fixture(scope="module", autouse=True)
def _equal_features_are_probed_once() -> Iterator[None]:
    # the untrained encoder is the same for every loss, and the probe of equal features has equal bits
    found: list[tuple[torch.Tensor, Any]] = []
    fit = evaluate.fit_linear_probe

    def fit_once(h_train: torch.Tensor, *rest: Any, **options: Any) -> Any:
        for h, probe in found:
            if torch.equal(h, h_train):
                return probe
        found.append((h_train, fit(h_train, *rest, **options)))
        return found[-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "fit_linear_probe", fit_once)
        yield


def trained(settings: dict[str, Any], scenes: MultiLabelData) -> Finished:
    """The end of a run in which no step is NaN."""
    ended = None
    for event in Trainer(preset("digits").with_settings({**SMALL, **settings}), data=scenes).events():
        if isinstance(event, StepDone):
            assert isfinite(event.loss)
        elif isinstance(event, Finished):
            ended = event
    assert ended is not None
    return ended


@pytest.mark.slow
@pytest.mark.parametrize("name", LOSSES)
def test_it_trains(name: str, scenes: MultiLabelData) -> None:
    """No step is NaN, and a linear probe reads the labels better (mean average precision) than before."""
    # by themselves they soon make the label embeddings of all items alike; they were published beside cross-entropy
    beside = {"loss.logit": "bce"} if LOSSES[name].needs == {"label_z"} else {}
    for epochs in EPOCHS:
        ended = trained({"loss.name": name, "training.epochs": epochs, **beside}, scenes)
        if ended.test["map"] > ended.untrained["map"]:
            break
    assert ended.test["map"] > ended.untrained["map"]
