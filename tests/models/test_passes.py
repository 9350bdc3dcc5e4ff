"""Which items go through a pretrained encoder together: buckets on a CPU, a budget of tokens on an accelerator."""

import itertools
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.models import PictureTransformer, TextTransformer, located, passes
from mlcl_core.models.passes import Budget, by_budget, in_buckets, pictures_at_once, token_budget
from tests.tiny_models import text_model

CPU, GPU = torch.device("cpu"), torch.device("cuda")
LENGTHS = st.lists(st.integers(0, 90), min_size=1, max_size=40).map(lambda lengths: np.array(lengths))


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> int:
    """An H100 of 80 GiB, told by its numbers alone; gives its bytes."""
    h100 = passes.Accelerator(80 * 2**30, 1.0)
    monkeypatch.setattr(passes, "accelerator", lambda device: h100 if device.type == "cuda" else None)
    return h100.memory


def half_budget(layers: int | None = None) -> Budget:
    """The budget of BERT-base on it, in bfloat16."""
    with patch.object(torch, "is_autocast_enabled", lambda device_type: True):
        found = token_budget(GPU, 768, layers)
    assert found is not None
    return found


def cost(found: list[passes.Pass], budget: Budget) -> int:
    """Padded tokens and launches."""
    return sum(one.width * len(one.rows) + budget.launch for one in found)


def test_buckets_of_a_cpu() -> None:
    """Two items a pass, from the shortest to the longest; a pass whose items are equally long has no padding."""
    found = in_buckets(np.array([5, 3, 9, 5, 0]), 2)
    assert [(one.rows.tolist(), one.width, one.full) for one in found] == [
        ([4, 1], 3, False),
        ([0, 3], 5, True),
        ([2], 9, True),
    ]
    assert in_buckets(np.array([], int), 2) == []
    assert [one.width for one in in_buckets(np.array([0]), 2)] == [1]


def test_a_batch_of_similar_lengths_is_one_pass(gpu: int) -> None:
    """512 texts of 10 to 64 tokens go through BERT-base at once, in the given order, padded to a multiple of 8."""
    lengths = np.random.default_rng(0).integers(10, 65, 512)
    budget = half_budget()
    (one,) = by_budget(lengths, budget)
    assert one.rows.tolist() == list(range(512))
    assert (one.width, one.full) == (64, False)


def test_one_long_text_is_a_pass_of_its_own(gpu: int) -> None:
    """It would pad 511 short ones to 512 tokens."""
    budget = half_budget()
    found = by_budget(np.array([20] * 300 + [512] + [20] * 211), budget)
    assert sorted((len(one.rows), one.width) for one in found) == [(1, 512), (511, 24)]


def test_equal_lengths_need_no_mask() -> None:
    """A pass is full where every text has its width; the width of a model's last position is taken as it is."""
    budget = Budget(launch=1000, most=10**6)
    assert [one.full for one in by_budget(np.array([16, 16]), budget)] == [True]
    assert [(one.width, one.full) for one in by_budget(np.array([13, 13]), budget)] == [(16, False)]
    assert [(one.width, one.full) for one in by_budget(np.array([13, 13]), budget, longest=13)] == [(13, True)]
    assert [(one.width, one.full) for one in by_budget(np.array([13, 13]), budget, longest=14)] == [(14, False)]


@given(LENGTHS, st.integers(1, 400), st.integers(1, 2000))
def test_every_item_goes_through_once(lengths: np.ndarray, launch: int, most: int) -> None:
    """Each is in one pass, none is cut, and a pass of several is no larger than the memory allows."""
    found = by_budget(lengths, Budget(launch, most))
    assert sorted(itertools.chain.from_iterable(one.rows.tolist() for one in found)) == list(range(len(lengths)))
    for one in found:
        assert one.width >= max(1, lengths[one.rows].max())
        assert len(one.rows) == 1 or one.width * len(one.rows) <= most
        assert one.full == bool((lengths[one.rows] == one.width).all())


@given(st.lists(st.integers(1, 5), min_size=1, max_size=7), st.integers(1, 200), st.sampled_from([40, 80, 10**6]))
def test_no_other_passes_take_less_time(eights: list[int], launch: int, most: int) -> None:
    """Of all ways to cut the sorted items into passes that fit, none has fewer padded tokens and launches."""
    lengths, budget = np.array(sorted(eights)) * 8, Budget(launch, most)
    costs = []
    for cuts in itertools.product([False, True], repeat=len(lengths) - 1):
        parts = np.split(lengths, np.flatnonzero(cuts) + 1)
        if all(len(part) == 1 or len(part) * part[-1] <= most for part in parts):
            costs.append(sum(len(part) * int(part[-1]) + launch for part in parts))
    # classes of equal widths are cut alone, so a few items more than needed may share a launch
    assert cost(by_budget(lengths, budget), budget) <= min(costs) + (launch + most if most < 10**6 else 0)
    if most == 10**6:
        assert cost(by_budget(lengths, budget), budget) == min(costs)


def test_the_budget_of_a_gpu(gpu: int) -> None:
    """A quarter of the memory for 100 bytes a token, feature and layer; none in training, where all passes are kept."""
    assert half_budget(12) == Budget(launch=42385, most=gpu // 4 // (100 * 768 * 12))
    assert half_budget().most > 10**15
    # float32 takes eight times as long, and as many fewer tokens are worth a pass
    assert token_budget(GPU, 768, 12) == replace(half_budget(12), launch=5298)
    assert token_budget(CPU, 768, 12) is None


def test_pictures_at_once(gpu: int) -> None:
    """64 on a CPU; on an accelerator all in training, and passes of about equal size where one pass has to fit."""
    pixels = 224 * 224
    assert pictures_at_once(CPU, 1000, pixels, kept=None) == 64
    assert pictures_at_once(GPU, 1000, pixels, kept=None) == 1000
    most = gpu // 4 // (2048 * pixels)
    assert pictures_at_once(GPU, most + 1, pixels, kept=True) == -(-(most + 1) // 2)
    assert pictures_at_once(GPU, most, pixels, kept=False) == most
    assert pictures_at_once(GPU, 0, pixels, kept=None) == 1


def kept_bytes(encoder: torch.nn.Module, forward, x: torch.Tensor) -> int:
    """Bytes that autograd keeps, without the weights."""
    weights = {weight.untyped_storage().data_ptr() for weight in encoder.parameters()}
    seen: dict[int, tuple[int, torch.Tensor]] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            seen[storage.data_ptr()] = storage.nbytes(), tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        forward(x)
    return sum(size for size, _ in seen.values())


def test_what_autograd_keeps_is_within_the_budget() -> None:
    """Of a token of MiniLM and a pixel of EfficientNet-lite0: no more than assumed, and no less than half of it."""
    text, picture = (located(name) for name in ("minilm", "efficientnet-lite0"))
    assert text is not None
    assert picture is not None
    encoder, x = TextTransformer(text), torch.full((2, 32), 1000, dtype=torch.int32)
    found = kept_bytes(encoder, encoder.feature_maps, x) / (x.numel() * 384 * 6)
    assert passes.TOKEN_BYTES / 2 < found <= passes.TOKEN_BYTES
    drawn = PictureTransformer(picture)
    found = kept_bytes(drawn, drawn.feature_maps_of, torch.rand(1, 3, 224, 224)) / 224**2
    assert passes.PIXEL_BYTES / 2 < found <= passes.PIXEL_BYTES


def test_a_gpu_gives_the_features_of_a_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other passes and paddings, the same features, gradients and tokens, up to rounding."""
    folder = text_model(tmp_path, dropout=0.0)
    generator = np.random.default_rng(1)
    lengths = generator.integers(1, 60, 50)
    x = torch.full((50, 60), -1, dtype=torch.int32)
    for row, length in enumerate(lengths):
        x[row, :length] = torch.from_numpy(generator.integers(4, 19, length))
    found = []
    for budget in (None, Budget(1, 10**6), Budget(10**9, 10**9), Budget(50, 200)):
        monkeypatch.setattr("mlcl_core.models.text_transformer.token_budget", lambda *_, made=budget: made)
        encoder = TextTransformer(folder).double()
        maps = encoder.feature_maps(x)
        encoder.pool(maps).pow(3).sum().backward()
        state = torch.nn.functional.pad(maps.state, (0, 0, 0, 64 - maps.state.shape[1]))
        there = torch.nn.functional.pad(maps.there, (0, 64 - maps.there.shape[1]))
        found.append((there, state * there[..., None], *[p.grad for p in encoder.parameters() if p.grad is not None]))
    for other in found[1:]:
        assert torch.equal(other[0], found[0][0])
        for one, made in zip(found[0][1:], other[1:], strict=True):
            assert torch.allclose(one, made, rtol=1e-9, atol=1e-12)
