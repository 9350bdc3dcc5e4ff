"""label_distribution: the weight of each label is recovered from the position of the anchor."""

from math import exp, log

import pytest
import torch

from mlcl_core.losses import LOSSES, PairLoss, build_loss
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels
from tests.losses.pair_checks import check_pairs, check_values

TAU, SIGMA = 0.5, 0.7


def cosine(z):
    """Cosine over the temperature."""
    unit = torch.nn.functional.normalize(z, dim=1)
    return unit @ unit.T / TAU


def test_by_hand():
    """{a, b} at 0 degrees, {a} there too, {b} at 90: squared distances 0 and 2, so a weighs 1 / (1 + exp(-1))."""
    z = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    loss = build_loss("label_distribution", temperature=1, sigma=1, reduction="none")
    a = 1 / (1 + exp(-1))
    normaliser = log(exp(1) + exp(0))
    assert loss(z, labels("11", "10", "01"))[0].item() == pytest.approx(a * (normaliser - 1) + (1 - a) * normaliser)
    terms = loss.explain(z, labels("11", "10", "01"), z, labels("11", "10", "01"), self_index=torch.arange(3))
    assert terms.attract[0].tolist() == pytest.approx([0, a, 1 - a])


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
def test_equal_to_the_loops(case, dtype):
    """Every reduction on every case."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    s = cosine(z).numpy()
    loops = reference.label_distribution(s, y, s, TAU, SIGMA)
    loss = build_loss("label_distribution", temperature=TAU, sigma=SIGMA)
    check_values(loss, z.to(dtype), y, loops, TOLERANCE[dtype])


@pytest.mark.parametrize("case", ["five_relations", "empty_rows", "one_lonely"])
def test_pairs(case):
    """Forces equal differences of the loops with the distribution held fixed, and sum to 0; the weights to 1."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loss, at = build_loss("label_distribution", temperature=TAU, sigma=SIGMA), cosine(z).numpy()
    check_pairs(loss, z, y, lambda s: reference.label_distribution(s, y, at, TAU, SIGMA), cosine)
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)))
    torch.testing.assert_close(terms.force.sum(1), torch.zeros(len(y), dtype=torch.float64))
    torch.testing.assert_close(terms.attract.sum(1), terms.has_positive.double())
    assert isinstance(loss, PairLoss)


def test_a_wide_basis_is_mulsupcon():
    """With a very large sigma every label is worth the same."""
    y = labels("110", "101", "011", "110")
    z = embeddings(4)
    wide = build_loss("label_distribution", sigma=1000)
    same = build_loss("weighted_supcon", rule="mulsupcon", rule_params={"rows": "per_anchor"})
    torch.testing.assert_close(wide(z, y), same(z, y), rtol=1e-5, atol=1e-6)


def test_keys_and_a_queue():
    """References are candidates; the batch against itself as references, without exclusion, is every anchor's view."""
    y, z = labels("110", "101", "011"), embeddings(3)
    loss = build_loss("label_distribution", temperature=TAU, sigma=SIGMA)
    both = loss(z, y, references=(z[:0], y[:0]), candidates="both")
    torch.testing.assert_close(both, loss(z, y))
    assert loss(z, y, references=(z, y), candidates="references").isfinite()


def test_it_says_that_it_is_experimental():
    """Its source is an abstract, and the registry says so."""
    record = LOSSES["label_distribution"]
    assert record.experimental
    assert record.source.startswith("After the abstract of")
