"""What losses need beside embeddings: keys and a queue, prototypes, label embeddings, label counts."""

from typing import Any

import pytest
import torch

from mlcl_core.engine.events import BatchTaken, CheckpointDue, FrameTaken, StepDone
from mlcl_core.errors import InputError
from tests.engine.toy import toy_trainer

KEYS = {"loss__momentum": 0.9, "loss__queue_size": 20, "loss__candidates": "both"}


def losses(trainer: Any) -> list[float]:
    """The loss of every step."""
    return [event.loss for event in trainer.events() if isinstance(event, StepDone)]


@pytest.mark.parametrize("candidates", ["references", "both"])
def test_keys_and_queue_train(candidates: str) -> None:
    """The loss falls, the queue fills up with labelled training items, the slow copy is near the network, not it."""
    trainer = toy_trainer(**{**KEYS, "loss__candidates": candidates}, training__epochs=12)
    values = losses(trainer)
    assert sum(values[-8:]) < sum(values[4:12])
    assert trainer.stepper.memory is not None
    assert trainer.stepper.momentum is not None
    _, y, ids = trainer.stepper.memory.contents()
    assert len(ids) == 20
    assert y.any(1).all()
    assert set(ids.tolist()) <= set(trainer.train_ids.tolist())
    assert torch.equal(y, trainer.data.labels[ids])
    slow = torch.cat([p.ravel() for p in trainer.stepper.momentum.encoder.parameters()])
    quick = torch.cat([p.detach().ravel() for p in trainer.network.encoder.parameters()])
    assert 0 < (slow - quick).norm() < quick.norm()


@pytest.mark.parametrize("candidates", ["references", "both"])
def test_the_batch_opened_is_the_loss_that_trained(candidates: str) -> None:
    """Values of the batch, made again from its columns, and where the batch itself is no candidate nothing stands."""
    trainer = toy_trainer(**{**KEYS, "loss__candidates": candidates}, watch__batch_every=1)
    for event in trainer.events():
        if isinstance(event, BatchTaken):
            batch = event
        elif isinstance(event, StepDone):
            size = event.items
            log_share = batch.s.double()
            counted = torch.ones_like(log_share, dtype=torch.bool)
            counted[:, :size] = candidates == "both"
            counted[torch.arange(size), torch.arange(size)] = False
            normaliser = torch.where(counted, log_share, -torch.inf).logsumexp(1, keepdim=True)
            positive = (batch.w > 0).sum(1)
            values = (batch.w * (normaliser - log_share)).sum(1) / positive.clamp_min(1)
            assert float(values.sum() / (positive > 0).sum()) == pytest.approx(event.loss, rel=1e-5)
            assert set(batch.view.tolist()) <= {0, 1, 2}
            assert len(batch.ids) == len(batch.view) == batch.w.shape[1]
            assert batch.pictures is None
            if candidates == "references":
                assert not batch.w[:, :size].any()
                assert not batch.force[:, :size].any()


@pytest.mark.parametrize("settings", [KEYS, {"loss__name": "msc"}, {"loss__name": "label_level"}])
def test_resumed_it_is_as_if_left_alone(settings: dict[str, Any]) -> None:
    """Queue, slow copy, prototypes and label head come back from a checkpoint bit for bit."""
    whole = toy_trainer(**settings)
    expected, kept = [], None
    for event in whole.events():
        if isinstance(event, CheckpointDue) and event.step == 6:
            kept = whole.checkpoint()
        elif isinstance(event, StepDone) and event.step > 6:
            expected.append(event.loss)
    again = toy_trainer(kept, **settings)
    assert losses(again) == expected
    for name, module in again.stepper.modules.items():
        other = whole.stepper.modules[name].state_dict()
        assert all(torch.equal(value, other[key]) for key, value in module.state_dict().items())


def test_prototypes_are_learnt_and_shown() -> None:
    """They move while it trains, and every frame has them as unit vectors, one a label."""
    trainer = toy_trainer(loss__name="msc")
    frames = [event for event in trainer.events() if isinstance(event, FrameTaken)]
    first, last = frames[0].prototypes, frames[-1].prototypes
    assert first is not None
    assert last is not None
    assert last.shape == (3, 6)
    torch.testing.assert_close(last.norm(dim=1), torch.ones(3))
    assert not torch.allclose(first, last)
    assert toy_trainer().frame_taken().prototypes is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"loss__momentum": 0.9}, "loss.candidates is 'batch'"),
        ({"loss__candidates": "both"}, "keys come from a momentum encoder"),
        ({"loss__queue_size": 10}, "set loss.momentum too"),
        ({"loss__name": "hero", **KEYS}, "no references"),
        ({"loss__params.temperature": 0.2}, "has a place of its own: loss.temperature"),
        ({"loss__params.nonsense": 1}, "nonsense"),
    ],
)
def test_what_does_not_go_together_is_said_before_training(settings: dict[str, Any], words: str) -> None:
    """Keys without candidates, a queue without keys, a loss that takes none, unknown options."""
    with pytest.raises(InputError, match=words):
        toy_trainer(**settings)
