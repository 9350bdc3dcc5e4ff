"""The bench of losses: its peers compute what they claim, and its report is complete."""

import json
from dataclasses import replace

import pytest
import torch

from mlcl_core.bench import BENCHES
from mlcl_core.bench.loss import loss, peak_mb
from mlcl_core.bench.loss_peers import (
    OURS,
    PEERS,
    base_broadcast,
    dense_autograd,
    metric_learning,
    msc_broadcast,
    mulsupcon_rows,
    supcon_as_written,
)
from mlcl_core.losses import build_loss
from tests.cases import embeddings, random_labels

Y = random_labels(10, 6, 0.3, 20)
Y[3] = False


def test_the_dense_form_is_our_loss():
    """The dense form has the same value and gradient, so that times compare equal work."""
    ours, theirs = embeddings(10).requires_grad_(), embeddings(10).requires_grad_()
    first, second = build_loss("weighted_supcon")(ours, Y), dense_autograd(theirs, Y)
    first.backward()
    second.backward()
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(ours.grad, theirs.grad)


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
    assert set(found["milliseconds"]) == set(PEERS)
    assert set(found["times_faster_than"]) == set(PEERS) - {OURS}
    assert all(value > 0 for value in found["milliseconds"].values())
    assert found["matrix_product_share"] > 0


@pytest.mark.slow
def test_large_sizes_and_memory(monkeypatch):
    """This project's form at a large size: seconds, growth, memory; the n x n x c form takes more memory."""
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
    assert peak_mb(OURS, 256, 8, 20, 0, 1, "cpu") < sizes["peak_mb"]["msc_broadcast"]


def test_hungry_peers_sit_out(monkeypatch):
    """A peer skips sizes beyond its largest."""
    monkeypatch.setitem(PEERS, "msc_broadcast", replace(PEERS["msc_broadcast"], largest=32))
    found = loss(quick=True, items=64, repeats=1)["sizes"]["64"]
    assert "msc_broadcast" not in found["milliseconds"]
    assert "base_broadcast" in found["milliseconds"]


def test_threads_are_given_back():
    """The number of threads is restored."""
    before = torch.get_num_threads()
    loss(items=8, large=0, memory=False, dims=2, labels=3, repeats=1, threads=2)
    assert torch.get_num_threads() == before


def test_registry():
    """Each bench is listed under its own name, with title and summary."""
    for name, bench in BENCHES.items():
        assert bench.name == name
        assert bench.title
        assert bench.summary.endswith(".")
