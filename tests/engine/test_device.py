"""Where a run trains: chosen by itself, or refused in one line."""

import pytest
import torch

from mlcl_core.engine.device import choose_device, choose_precision, device_title, memory_mb
from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import InputError
from mlcl_core.pairs.slow import slow_paths
from tests.engine.toy import toy_config, toy_data


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a CPU only."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("wanted", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(wanted: str) -> None:
    """Asking for an accelerator that the machine has not is bad input, and says what would do."""
    with pytest.raises(InputError, match=f"training.device is '{wanted}', and this machine has none; auto or cpu"):
        choose_device(wanted)
    with pytest.raises(InputError, match="has none"):
        Trainer(toy_config(training__device=wanted), data=toy_data())


@pytest.mark.usefixtures("bare")
def test_auto_takes_the_cpu_where_there_is_nothing_else() -> None:
    """On a bare machine auto is the CPU, in float32."""
    device = choose_device("auto")
    assert device.type == "cpu"
    assert choose_precision("auto", device) == "float32"
    assert memory_mb(device) is None


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("cuda", "words"),
    [("13.0", "PyTorch finds no GPU on this machine"), (None, "this PyTorch is built without support")],
)
def test_the_cpu_that_auto_falls_back_to_is_said(monkeypatch: pytest.MonkeyPatch, cuda: str | None, words: str) -> None:
    """With its reason; a CPU that was asked for is not a fallback."""
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)
    with slow_paths() as reasons:
        choose_device("auto")
    assert [words in reason and reason.endswith("so it trains on the CPU") for reason in reasons] == [True]
    with slow_paths() as reasons:
        choose_device("cpu")
        choose_precision("auto", torch.device("cpu"))
    assert not reasons


def test_a_gpu_without_bfloat16_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU that imitates bfloat16, auto is float32, with the reason; asking for bfloat16 is refused."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    with slow_paths() as reasons:
        assert choose_precision("auto", torch.device("cuda")) == "float32"
    assert list(reasons) == ["precision auto: this GPU has no bfloat16, so it trains in float32"]
    with slow_paths() as reasons:
        assert choose_precision("float32", torch.device("cuda")) == "float32"
    assert not reasons
    with pytest.raises(InputError, match=r"precision is 'bfloat16', and this GPU has none; auto or float32 would do"):
        choose_precision("bfloat16", torch.device("cuda"))


def test_auto_prefers_cuda_then_mps(monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA comes before MPS, MPS before the CPU; the CPU can be asked for anyway."""
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"
    assert choose_device("cpu").type == "cpu"


def test_precision_that_is_asked_for_is_taken() -> None:
    """An explicit precision is not second-guessed."""
    assert choose_precision("bfloat16", torch.device("cpu")) == "bfloat16"
    assert choose_precision("float32", torch.device("cpu")) == "float32"


@pytest.mark.parametrize(("threads", "title"), [(1, "cpu (1 thread)"), (4, "cpu (4 threads)")])
def test_the_cpu_is_named_with_its_threads(threads: int, title: str) -> None:
    """A page shows how many threads a training on the CPU has."""
    assert device_title(torch.device("cpu"), threads) == title
