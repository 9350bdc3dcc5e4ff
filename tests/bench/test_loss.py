"""The bench of losses: its peers compute what they claim, and its report is complete."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch.autograd import DeviceType

from mlcl_core.bench import BENCHES
from mlcl_core.bench import loss as of_losses
from mlcl_core.bench.loss import Case, loss, peak_mb
from mlcl_core.bench.loss_counts import STEP, driver_calls
from mlcl_core.bench.loss_peers import (
    OURS,
    PEERS,
    Peer,
    base_broadcast,
    dense_autograd,
    flex_lse,
    metric_learning,
    msc_broadcast,
    mulsupcon_rows,
    supcon_as_written,
)
from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from tests.cases import embeddings, random_labels

Y = random_labels(10, 6, 0.3, 20)
Y[3] = False
COMPILED = {name for name, peer in PEERS.items() if peer.compiled}


def test_the_dense_form_is_our_loss():
    """The dense form has the same value and gradient, so that times compare equal work."""
    ours, theirs = embeddings(10).requires_grad_(), embeddings(10).requires_grad_()
    first, second = build_loss("weighted_supcon")(ours, Y), dense_autograd(theirs, Y)
    first.backward()
    second.backward()
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_the_flex_form_is_our_loss():
    """So is the form by FlexAttention, to the precision of its sums; on a CPU it has no gradient."""
    z = embeddings(10, 16, dtype=torch.float32)
    torch.testing.assert_close(flex_lse(z, Y), build_loss("weighted_supcon")(z, Y))


def test_the_base_form_is_base():
    """Base as broadcast equals jaccard with weights that sum to 1, to the published epsilon."""
    options = {"rule": "jaccard", "rule_params": {"epsilon": 1e-8}, "normalise": "weight_sum", "epsilon": 1e-8}
    z = embeddings(10)
    torch.testing.assert_close(base_broadcast(z, Y), build_loss("weighted_supcon", **options)(z, Y))


def test_the_msc_form_by_hand():
    """Two items with the same label and its prototype: n = 1 + 1/1, and b = 0.1 for the other item."""
    z = torch.tensor([[1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    prototype = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    near, far = torch.tensor(10.0, dtype=torch.float64), torch.tensor(0.0, dtype=torch.float64)
    normaliser = torch.log(0.1 * near.exp() + far.exp())
    expected = 0.5 * (normaliser - near) + 0.5 * (normaliser - far)
    given = msc_broadcast(z, torch.tensor([[True], [True]]), prototype)
    assert given.item() == pytest.approx(expected.item())


def test_the_row_form_is_mulsupcon():
    """A row for each label is mulsupcon averaged over rows."""
    z = embeddings(10)
    ours = build_loss("weighted_supcon", rule="mulsupcon", reduction="rows")
    torch.testing.assert_close(mulsupcon_rows(z, Y), ours(z, Y))


def test_supcon_as_written_is_any_shared():
    """The common code counts an anchor without a positive as 0, as any_shared with that option."""
    z = embeddings(10)
    ours = build_loss("weighted_supcon", rule="any_shared", no_positive="zero")
    torch.testing.assert_close(supcon_as_written(z, Y), ours(z, Y))


def test_metric_learning_is_supcon_on_first_labels():
    """With one label an item it is any_shared."""
    z = embeddings(10)
    y = torch.nn.functional.one_hot(torch.tensor([0, 1, 2, 0, 1, 2, 0, 0, 1, 2])).bool()
    ours = build_loss("weighted_supcon", rule="any_shared")
    torch.testing.assert_close(metric_learning(z, y), ours(z, y))


def test_report():
    """A quick run: sizes, threads, a median for each, ratios against each peer; JSON as it is."""
    report = BENCHES["loss"].run(quick=True, items=64, repeats=2, threads=1, device="cpu")
    assert json.loads(json.dumps(report)) == report
    assert (report["dims"], report["labels"], report["threads"]) == (32, 20, 1)
    assert list(report["sizes"]) == ["64"]
    found = report["sizes"]["64"]
    assert set(found["milliseconds"]) == set(PEERS) - COMPILED
    assert set(found["times_faster_than"]) == set(PEERS) - COMPILED - {OURS}
    assert all(value > 0 for value in found["milliseconds"].values())
    assert found["matrix_product_share"] > 0
    assert found["same_shape_share"] > 0
    assert found["launches"] > 50
    assert found["synchronisations"] == 0
    # z over the temperature, the points, and the gradients of both: 64 x 32 numbers each, and masks
    assert found["saved_mb"] >= 4 * 64 * 32 * 4 / 1e6
    assert found["left_out"] == {
        "compiled_dense": "a quick run compiles nothing",
        "flex_lse": "it runs on a GPU alone",
    }


def test_precision():
    """With bfloat16 all compete on embeddings of this type; another precision is refused."""
    report = BENCHES["loss"].run(quick=True, items=32, repeats=1, device="cpu", precision="bfloat16")
    assert report["precision"] == "bfloat16"
    assert set(report["sizes"]["32"]["milliseconds"]) == set(PEERS) - COMPILED
    case = Case(8, 4, 0, torch.device("cpu"), "bfloat16")
    z, y, prototypes = case.inputs(6)
    seen = []
    case.step(Peer(lambda y, _: lambda z: seen.append((z @ z.float().T).dtype) or z.sum(), 9), y, prototypes)(z)
    assert seen == [torch.bfloat16]
    with pytest.raises(InputError, match="precision is 'float16'; it must be one of float32, bfloat16"):
        BENCHES["loss"].run(quick=True, precision="float16")


def test_what_cannot_be_compiled_is_left_out(monkeypatch):
    """A machine without a compiler measures the rest, and the report says what is missing."""

    def no_compiler(loss, **options):
        def fails(z, y):
            raise RuntimeError("no C++ compiler found\nsecond line")

        return fails

    monkeypatch.setattr(torch, "compile", no_compiler)
    report = loss(items=32, large=0, dims=8, labels=5, repeats=1, memory=False, device="cpu")
    found = report["sizes"]["32"]
    assert found["left_out"]["compiled_dense"] == "it cannot be compiled here: no C++ compiler found"
    assert "compiled_dense" not in found["milliseconds"]


def test_what_can_be_compiled_competes(monkeypatch):
    """It is compiled before time is taken."""
    calls = []
    monkeypatch.setattr(torch, "compile", lambda loss, **options: lambda z, y: calls.append(1) or loss(z, y))
    monkeypatch.setattr(of_losses, "peak_mb", lambda name, n, case: 1.0)
    found = loss(items=32, large=0, dims=8, labels=5, repeats=2, device="cpu")["sizes"]["32"]
    assert len(calls) == 1 + 1 + 2  # compiled, a round that does not count, and two that do
    assert "compiled_dense" in found["times_faster_than"]
    assert set(found["milliseconds"]) - set(found["peak_mb"]) == {"compiled_dense"}


def test_calls_of_the_driver():
    """What a profiler records while the step runs: work started, and waits."""

    def event(name, start, end=None, on=DeviceType.CPU):
        return SimpleNamespace(name=name, time_range=SimpleNamespace(start=start, end=end or start + 1), device_type=on)

    events = [
        event(STEP, 30, 40, DeviceType.CUDA),
        event("cudaLaunchKernel", 5), event(STEP, 10, 20), event("cudaLaunchKernelExC", 11), event("aten::mm", 11),
        event("cuLaunchKernel", 12), event("cudaMemcpyAsync", 13), event("cudaStreamSynchronize", 14),
        event("cudaDeviceSynchronize", 25),
    ]  # fmt: skip
    assert driver_calls(events) == (3, 1)
    with torch.profiler.profile() as profiled, torch.profiler.record_function(STEP):
        torch.zeros(3).sum()
    assert driver_calls(profiled.events()) == (0, 0)


def test_products_by_rows(monkeypatch):
    """Products of the same shape are made in parts where their result would not fit."""
    monkeypatch.setattr(of_losses, "MAX_RESULT", 100)
    rows = []
    monkeypatch.setattr(torch, "mm", lambda a, b, out: rows.append(len(a)))
    assert of_losses._same_shape(torch.zeros(30, 4)) > 0
    assert rows == [3] * 3 * 10


@pytest.mark.slow
def test_large_sizes_and_memory(monkeypatch):
    """This project's form at a large size: seconds, growth, memory; the n x n x c form takes more memory."""
    case = Case(8, 20, 0, torch.device("cpu"), "float32")
    for name in set(PEERS) - {OURS, "msc_broadcast"}:
        monkeypatch.delitem(PEERS, name)  # memory is measured in a process for each
    report = loss(items=256, large=512, dims=8, labels=20, repeats=1, threads=1, device="cpu")
    assert report["large"]["items"] == 512
    assert report["large"]["growth"] > 0
    assert report["large"]["peak_mb"] >= 0
    sizes = report["sizes"]["256"]
    assert set(sizes["peak_mb"]) == set(PEERS)
    # two arrays of 256 x 256 x 20 numbers
    assert sizes["peak_mb"]["msc_broadcast"] > 5
    assert peak_mb(OURS, 256, case) < sizes["peak_mb"]["msc_broadcast"]


def test_hungry_peers_sit_out(monkeypatch):
    """A peer skips sizes beyond its largest."""
    monkeypatch.setitem(PEERS, "msc_broadcast", replace(PEERS["msc_broadcast"], largest=32))
    found = loss(quick=True, items=64, repeats=1)["sizes"]["64"]
    assert "msc_broadcast" not in found["milliseconds"]
    assert "base_broadcast" in found["milliseconds"]


def test_threads_are_given_back():
    """The number of threads is restored."""
    before = torch.get_num_threads()
    loss(items=8, quick=True, dims=2, labels=3, repeats=1, threads=2)
    assert torch.get_num_threads() == before


def test_registry():
    """Each bench is listed under its own name, with title and summary."""
    for name, bench in BENCHES.items():
        assert bench.name == name
        assert bench.title
        assert bench.summary.endswith(".")
