"""Running out of memory is one line with the setting to lower; other errors stay what they are."""

from typing import Any

import pytest
import torch

from mlcl_core.engine import loop, prepare
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.out_of_memory import memory_told, smaller_step
from mlcl_core.errors import RunFailed
from tests.engine.test_prepare import text_data
from tests.engine.toy import toy_config, toy_trainer

TEXTS = {"model__encoder": "text_transformer", "pretrained__name": "minilm", "training__batch_size": 256}


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("MPS backend out of memory (x)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        MemoryError(),
    ],
)
def test_out_of_memory_is_one_line(error: Exception) -> None:
    """Whatever the device calls it."""
    with (
        pytest.raises(RunFailed, match=r"^cuda ran out of memory at step 3: less$"),
        memory_told(torch.device("cuda"), "at step 3", "less"),
    ):
        raise error


def test_the_cpu_has_no_exception_of_its_own() -> None:
    """A tensor of a million terabytes is refused by torch in words, which are understood."""
    with pytest.raises(RunFailed, match=r"cpu ran out of memory"), memory_told(torch.device("cpu"), "here", "less"):
        torch.empty(1 << 60)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("memory")])
def test_other_errors_stay(error: Exception) -> None:
    """They are not taken for a full memory."""
    with pytest.raises(type(error), match=str(error)), memory_told(torch.device("cpu"), "here", "less"):
        raise error


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "training.batch_size=8,"),
        (TEXTS, "pretrained.chunk=128 sends fewer items through at once, with the same gradient; a smaller batch, "),
        (TEXTS | {"pretrained__chunk": 64}, "pretrained.chunk=16 "),
        ({"loss__momentum": 0.9, "loss__queue_size": 512}, "loss.queue_size=256"),
    ],
)
def test_what_to_lower(settings: dict[str, Any], words: str) -> None:
    """The setting that is exact first, with a value; chunks of one item can't be smaller."""
    assert words in smaller_step(toy_config(**settings))
    assert "chunk" not in smaller_step(toy_config(**TEXTS, pretrained__chunk=1))


def test_a_step_out_of_memory_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is named; the last checkpoint is the run's to keep."""
    trainer = toy_trainer()
    real = Trainer.train_step

    def full(self: Trainer, ids: torch.Tensor) -> Any:
        if self.step == 2:
            monkeypatch.setattr(self.network, "forward", lambda x: torch.empty(1 << 60))
        return real(self, ids)

    monkeypatch.setattr(Trainer, "train_step", full)
    with pytest.raises(
        RunFailed, match=r"cpu ran out of memory at step 3: a smaller batch, training.batch_size=8,.*stands$"
    ):
        list(trainer.events())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"loss__momentum": 0.9, "loss__queue_size": 900, "loss__candidates": "both"}, "loss.queue_size=450"),
        ({}, "model.width=8"),
    ],
)
def test_no_memory_before_the_first_step(monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], words: str) -> None:
    """A queue or a network that does not fit: one line that names it."""
    monkeypatch.setattr(loop, "TrainingStep", lambda *_, **__: torch.empty(1 << 60))
    with pytest.raises(RunFailed, match=f"^cpu ran out of memory while it built the network: .*{words}"):
        toy_trainer(**settings)


def test_encoding_out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen encoder names what it would need less memory with."""
    monkeypatch.setattr(prepare, "embedded", lambda *_, **__: torch.empty(1 << 60))
    with pytest.raises(RunFailed, match=r"ran out of memory while it encoded: training.device=cpu encodes there"):
        prepare.prepare(toy_config(pretrained__name="minilm"), text_data(), torch.device("cpu"))


def test_batches_that_were_made_larger_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resume would make them larger again: the line names the way out."""
    trainer = toy_trainer()
    trainer.change({"training.batch_size": 32})
    monkeypatch.setattr(trainer.network, "forward", lambda x: torch.empty(1 << 60))
    with pytest.raises(
        RunFailed, match=r"training.batch_size=16, .*; it was made larger while the run trained, and a "
    ):
        next(trainer.steps())
