"""training.compile: the training's passes go through the compiled network, and a failure is one line."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch._inductor.exc import CppCompileError, InvalidCxxCompiler

from mlcl_core.engine import compiled, step
from mlcl_core.engine.events import StepDone
from mlcl_core.errors import RunFailed
from tests.engine.toy import events_of, toy_trainer


def test_steps_go_through_the_compiled_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve passes, and the same losses as without where the compiler changes nothing; checkpoints name no wrapper."""
    passes = []

    def unchanged(network: Callable[..., Any]) -> Callable[..., Any]:
        def call(*inputs: torch.Tensor) -> Any:
            passes.append(inputs[0].shape)
            return network(*inputs)

        return call

    monkeypatch.setattr(compiled.torch, "compile", unchanged)
    trainer = toy_trainer(training__compile=True)
    losses = [done.loss for done in events_of(trainer, StepDone)]
    assert passes == [torch.Size([32, 10])] * 12
    plain = toy_trainer()
    assert losses == [done.loss for done in events_of(plain, StepDone)]
    assert trainer.checkpoint().tensors.keys() == plain.checkpoint().tensors.keys()


def test_without_it_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default."""
    monkeypatch.setattr(step, "compiled", lambda network: pytest.fail("compiled"))
    next(toy_trainer().steps())


@pytest.mark.parametrize(
    "error", [InvalidCxxCompiler(), CppCompileError(["g++", "-c"], "fatal error: omp.h: No such file\nsecond line")]
)
def test_a_compilation_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """No compiler, or one that fails: the reason, and what trains."""

    def failing(*_: torch.Tensor) -> Any:
        raise error

    monkeypatch.setattr(step, "compiled", lambda network: failing)
    with pytest.raises(
        RunFailed, match=r"^training\.compile: torch\.compile failed \(.+\); .*=false trains$"
    ) as failed:
        next(toy_trainer(training__compile=True).steps())
    assert "\n" not in str(failed.value)


def test_other_errors_of_a_step_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the network itself is none of the compiler's."""

    def failing(*_: torch.Tensor) -> Any:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(step, "compiled", lambda network: failing)
    with pytest.raises(RuntimeError, match=r"^shapes differ$"):
        next(toy_trainer(training__compile=True).steps())
