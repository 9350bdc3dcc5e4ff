"""The optimiser in the form for GPUs, played by the CPU: the same steps, and checkpoints that fit either form."""

import json

import pytest
import torch

from mlcl_core.engine import step
from mlcl_core.engine.config import OptimiserConfig
from mlcl_core.engine.events import StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.optimiser import build_optimiser, load_optimiser
from tests.engine.toy import events_of, toy_trainer


def trainer_for_gpus(monkeypatch: pytest.MonkeyPatch, checkpoint: object = None, **settings: object) -> Trainer:
    """A trainer whose optimiser has the form for GPUs."""
    with monkeypatch.context() as patched:
        patched.setattr(step, "build_optimiser", lambda *given, on_device: build_optimiser(*given, on_device=True))
        return toy_trainer(checkpoint, **settings)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_both_forms_train_alike(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Losses of twelve steps agree up to rounding, and the learning rate of each step is on the device."""
    settings = {"optimiser__name": name, "optimiser__learning_rate": 0.01}
    trainer = trainer_for_gpus(monkeypatch, **settings)
    losses = []
    for _, done in trainer.steps():
        losses.append(done.loss)
        assert [float(group["lr"]) for group in trainer.optimiser.param_groups] == pytest.approx(
            [done.learning_rate] * 2, rel=1e-6
        )
    assert losses == pytest.approx([event.loss for event in events_of(toy_trainer(**settings), StepDone)], rel=1e-4)
    assert all(group["fused"] for group in trainer.optimiser.param_groups)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_a_resumed_run_equals_the_uninterrupted_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """To the bit, with the learning rate on the device again; the checkpoint's values are JSON."""
    trainer = trainer_for_gpus(monkeypatch, optimiser__name=name)
    losses, checkpoint = [], None
    for _, done in trainer.steps():
        losses.append(done.loss)
        checkpoint = trainer.checkpoint() if done.step == 5 else checkpoint
    assert checkpoint is not None
    assert json.loads(json.dumps(checkpoint.values))["optimiser_groups"][0]["fused"] is True
    again = trainer_for_gpus(monkeypatch, checkpoint, optimiser__name=name)
    assert [done.loss for done in events_of(again, StepDone)] == losses[5:]
    assert all(isinstance(group["lr"], torch.Tensor) for group in again.optimiser.param_groups)


def test_averages_lie_as_their_parameter() -> None:
    """A file keeps no channels-last order; loaded averages have their parameter's again, which one kernel asks for."""
    network = torch.nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    optimiser = build_optimiser(network, OptimiserConfig(), on_device=True)
    network.weight.grad = torch.ones_like(network.weight)
    network.bias.grad = torch.ones_like(network.bias)
    optimiser.step()
    state = optimiser.state_dict()
    kept = {i: {key: value.contiguous() for key, value in of.items()} for i, of in state["state"].items()}
    other = build_optimiser(network, OptimiserConfig(), on_device=True)
    load_optimiser(other, {"state": kept, "param_groups": state["param_groups"]})
    loaded = other.state[network.weight]["exp_avg"]
    assert loaded.stride() == network.weight.stride() != kept[0]["exp_avg"].stride()
    assert torch.equal(loaded, state["state"][0]["exp_avg"])


def test_checkpoints_go_from_one_form_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a GPU on the CPU and the other way round: the form is the machine's, the course is the checkpoint's."""
    plain, gpu = toy_trainer(), trainer_for_gpus(monkeypatch)
    course = {}
    for trainer in (plain, gpu):
        for _, done in trainer.steps():
            course.setdefault(done.step, []).append(done.loss)
            if done.step == 5:
                break
    moved = toy_trainer(gpu.checkpoint()), trainer_for_gpus(monkeypatch, plain.checkpoint())
    assert [trainer.optimiser.param_groups[0]["fused"] for trainer in moved] == [None, True]
    assert [isinstance(trainer.optimiser.param_groups[0]["lr"], float) for trainer in moved] == [True, False]
    there, back = ([done.loss for done in events_of(trainer, StepDone)] for trainer in moved)
    assert there == pytest.approx(back, rel=1e-4)
    assert len(there) == 7
