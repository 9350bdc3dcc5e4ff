"""Training steps of a text encoder: on a device they ask nothing of it, and compute what they do on the host."""

from pathlib import Path
from typing import Any

import pytest
import torch

from mlcl_core.engine.compute import Compute
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.measure import encode
from mlcl_core.engine.schedule import learning_rate
from mlcl_core.engine.step import TrainingStep
from tests.engine.test_prepare import CPU, config, text_data
from tests.host_reads import host_reads, pretended_device
from tests.host_reads import on_host as values_of
from tests.tiny_models import text_model

KEYS = {"loss__momentum": 0.9, "loss__candidates": "references", "loss__queue_size": 16}


@pytest.mark.parametrize("settings", [{}, {"pretrained__chunk": 5}, {"pretrained__recompute": True}, KEYS])
def test_a_step_brings_nothing_to_the_host(tmp_path: Path, settings: dict[str, Any]) -> None:
    """Sorting, both passes and the optimiser; the losses of two steps are those of the CPU."""
    folder = text_model(tmp_path, dropout=0.0)
    tuned = config(folder, model__encoder="text_transformer", training__batch_size=8, **settings)
    trainer = Trainer(tuned, data=text_data())
    batches = [trainer.train_ids[:8], trainer.train_ids[8:16]]
    expected = [trainer.train_step(ids).loss for ids in batches]
    with pretended_device() as device:
        step = TrainingStep(tuned, trainer.data, trainer.loss, Compute(device, trainer.group, False, False, ()))
        losses = []
        for done, ids in enumerate(batches):
            with host_reads(device) as reads:
                loss, _ = step(ids, done, tuned, trainer.loss, learning_rate(done, trainer.total, tuned.optimiser))
            assert reads == []
            losses.append(float(values_of(loss)))
    assert losses == pytest.approx(expected, abs=1e-4)


def test_a_frame_reads_its_results_alone(tmp_path: Path) -> None:
    """Encoding the watched items brings their features, embeddings and nothing else."""
    folder = text_model(tmp_path, dropout=0.0)
    trainer = Trainer(config(folder, model__encoder="text_transformer"), data=text_data())
    expected = encode(trainer.network, trainer.data, trainer.watch.ids, CPU)
    with pretended_device() as device:
        trainer.network.to(device)
        with host_reads(device) as reads:
            seen = encode(trainer.network, trainer.data, trainer.watch.ids, device)
    assert {read.split(" in ")[1] for read in reads} == {"engine/host_copy.py to_host"}
    assert torch.allclose(seen.z, expected.z, atol=1e-5)
