"""A training step asks the device for nothing: views, network, loss, optimiser, queue."""

from pathlib import Path
from typing import Any

import pytest
import torch

from mlcl_core.data import MultiLabelData
from mlcl_core.data.samplers import SAMPLERS
from mlcl_core.engine.build import fitted, training_loss
from mlcl_core.engine.check import check_config
from mlcl_core.engine.compute import Compute
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.prepare import prepare
from mlcl_core.engine.process_group import ProcessGroup
from mlcl_core.engine.step import TrainingStep
from tests.engine.test_loop import SCENES
from tests.engine.test_prepare import text_data
from tests.engine.toy import toy_config, toy_data, toy_trainer
from tests.host_reads import host_reads, on_host, pretended_device
from tests.tiny_models import text_model

CPU = torch.device("cpu")
QUEUE = {"loss.momentum": 0.9, "loss.queue_size": 20, "loss.candidates": "both"}
# The pictures' gradients are clipped, the vectors' are not.
CASES: dict[str, dict[str, Any]] = {
    "vectors": {"optimiser.clip": 0},
    "pictures": SCENES,
    "queue": QUEUE,
    "two losses and sgd": {"loss.logit": "bce", "optimiser.name": "sgd"},
    "prototypes": {"loss.name": "proto_only"},
    "texts": {"model.encoder": "text_transformer", "pretrained.max_length": 20, "loss.rule": "any_shared"},
}


def trained(config: TrainConfig, data: MultiLabelData, device: torch.device) -> tuple[list[float], list[str]]:
    """The losses of three steps on a device, and the reads of the last two."""
    loss = fitted(training_loss(config.loss), data)
    step = TrainingStep(config, data, loss, Compute(device, ProcessGroup(), half=False, graphed=False, slow=()))
    losses, found = [], []
    for number in range(3):
        ids = data.indices("train")[torch.arange(8) + 3 * number]
        with host_reads(device) as reads:
            value, _ = step(ids, number, config, loss, 0.01)
        losses.append(value)
        found += reads if number else []
    return [float(on_host(value)) for value in losses], found


@pytest.mark.parametrize("case", CASES)
def test_a_step_asks_its_device_for_nothing(case: str, tmp_path: Path) -> None:
    """Two steps after the first read nothing, and their losses are those of the CPU."""
    config = toy_config().with_settings(CASES[case])
    data = text_data() if case == "texts" else toy_data()
    if case == "texts":
        config = config.with_settings({"pretrained.name": str(text_model(tmp_path / "model"))})
        data = prepare(config, data, CPU)
    elif case == "pictures":
        data = check_config(config)
    expected, _ = trained(config, data, CPU)
    with pretended_device() as device:
        losses, reads = trained(config, data, device)
    assert reads == []
    assert losses == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_batches_of_every_sampler_are_dealt_on_the_host(sampler: str) -> None:
    """Item ids, from which a step copies to the device."""
    trainer = toy_trainer(training__sampler=sampler, training__epochs=1)
    for ids in trainer.course.plan.batches(0):
        assert (ids.device, ids.dtype) == (CPU, torch.int64)
