"""The loss bench: its peers compute what they claim, its report holds what it must."""

import json

import pytest
import torch

from mlcl_core.bench import BENCHES
from mlcl_core.bench.loss import base_broadcast, dense_autograd, loss, msc_broadcast
from mlcl_core.losses import build_loss
from tests.cases import embeddings, random_labels

Y = random_labels(10, 6, 0.3, 20)
Y[3] = False


def test_the_dense_form_is_our_loss():
    """The hand-written dense form gives our value and gradient, so the race is fair."""
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


def test_report():
    """A quick run: sizes, threads, a median for each, ratios against each peer; JSON as it is."""
    report = BENCHES["loss"].run(quick=True, items=64, repeats=2, threads=1)
    assert json.loads(json.dumps(report)) == report
    assert (report["items"], report["dims"], report["labels"]) == (64, 32, 20)
    assert report["threads"] == 1
    assert set(report["milliseconds"]) == {"weighted_supcon", "msc_broadcast", "base_broadcast", "dense_autograd"}
    assert set(report["times_faster_than"]) == {"msc_broadcast", "base_broadcast", "dense_autograd"}
    assert all(value > 0 for value in report["milliseconds"].values())


def test_threads_are_given_back():
    """The number of threads before is the number after."""
    before = torch.get_num_threads()
    loss(items=8, dims=2, labels=3, repeats=1, threads=2)
    assert torch.get_num_threads() == before


def test_registry():
    """Benches are filed under their own names, with words for people."""
    for name, bench in BENCHES.items():
        assert bench.name == name
        assert bench.title
        assert bench.summary.endswith(".")
