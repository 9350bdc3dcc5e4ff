"""UMAP by TorchDR, here on the CPU: faithful, calm, repeatable; what is missing is said."""

from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.maps import torchdr_umap as module
from mlcl_core.maps import trustworthiness
from mlcl_core.maps.torchdr_umap import TORCHDR_UMAP, torchdr_umap_map


@pytest.fixture(scope="module")
def first(z: np.ndarray) -> np.ndarray:
    """The map from a cold start."""
    return torchdr_umap_map(z).xy


def test_neighbours_stay_neighbours(z: np.ndarray, first: np.ndarray) -> None:
    """Its trustworthiness is high."""
    assert trustworthiness(z, first) > 0.9


def test_a_still_frame_hardly_moves(z: np.ndarray, first: np.ndarray) -> None:
    """From the map before, items stay where they were, at the same size."""
    again = torchdr_umap_map(z, first)
    assert again.details == {"warm": 1.0, "gpu": 0.0}
    assert np.median(np.linalg.norm(again.xy - first, axis=1)) < 0.15 * first.std()
    assert again.xy.std() == pytest.approx(first.std(), rel=0.1)


def test_same_seed_same_map(z: np.ndarray, first: np.ndarray) -> None:
    """The same input and seed give the same bits, and torch's own generator goes on as if nothing had been drawn."""
    torch.manual_seed(3)
    wanted = torch.rand(4)
    torch.manual_seed(3)
    assert (torchdr_umap_map(z).xy == first).all()
    assert (torchdr_umap_map(z, seed=1).xy != first).any()
    assert torch.equal(torch.rand(4), wanted)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 9])
def test_few_items(n: int) -> None:
    """Fewer items than neighbours give a map too, from a cold start and from a line as the map before."""
    z = np.eye(9)[:n]
    line = np.stack([np.ones(n), np.arange(n)], 1).astype(np.float32)
    for previous in (None, line):
        xy = torchdr_umap_map(z, previous).xy
        assert xy.shape == (n, 2)
        assert np.isfinite(xy).all()


@pytest.mark.parametrize("name", ["torchdr", "matplotlib"])
def test_what_is_not_installed_is_said(name: str, z: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the extra says how it is installed, instead of a traceback."""
    monkeypatch.setattr(module, "find_spec", lambda asked: None if asked == name else find_spec(asked))
    words = rf"{name} is not installed: pip install 'mlcl-lab\[gpu-maps\]'"
    with pytest.raises(InputError, match=words):
        torchdr_umap_map(z)
    assert str(TORCHDR_UMAP.lacking()).startswith(f"{name} is not installed")


def test_a_machine_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a CUDA device the map is lacking, with one it is not."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "no CUDA device" in str(TORCHDR_UMAP.lacking())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert TORCHDR_UMAP.lacking() is None


def test_a_training_comes_first(z: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU without room for the map is left to the training, and the message has both numbers."""
    gpu = SimpleNamespace(is_available=lambda: True, mem_get_info=lambda: (10**8, 8 * 10**10))
    monkeypatch.setattr(torch, "cuda", gpu)
    with pytest.raises(InputError, match=r"the GPU has 0\.1 GB free, and a UMAP map of 150 items on it needs 0\.5"):
        torchdr_umap_map(z)
