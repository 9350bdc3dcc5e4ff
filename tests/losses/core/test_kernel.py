"""The kernel: every placement and normalisation by hand, against the loops, and its forces against autograd."""

from math import log

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import NORMALISATIONS, PLACEMENTS
from mlcl_core.losses.core.kernel import coefficients, kernel_terms, per_anchor
from mlcl_core.pairs import RULES, PairWeights
from tests import reference
from tests.cases import CASES, DEVICES, VARIANT_IDS, VARIANTS, embeddings, label_weights

OWN_NORMALISATIONS = [name for name in NORMALISATIONS if name != "rule"]
TEMPERATURE = 0.5

# One anchor, three references: exp(s) = 1, 2, 1, so Z = 4 and p = 1/4, 1/2, 1/4; two positives of weight 1 and 1/2.
S = torch.tensor([[0.0, log(2), 0.0]], dtype=torch.float64)
WEIGHTS = PairWeights(
    attract=torch.tensor([[1.0, 0.5, 0.0]], dtype=torch.float64),
    compete=torch.ones(1, 3, dtype=torch.float64),
    positive=torch.tensor([[True, True, False]]),
)
FOUR_LABELS = torch.tensor([4.0])


def hand(placement, normalise="count", **options):
    """Terms of the anchor above."""
    return kernel_terms(S, WEIGHTS, FOUR_LABELS, placement=placement, normalise=normalise, **options)


@pytest.mark.parametrize(
    ("placement", "value", "force"),
    [
        # (1 x log 4 + 1/2 x log 2) / 2; forces (1.5 p - w) / 2
        ("outside", 1.25 * log(2), [-0.3125, 0.125, 0.1875]),
        # (log 4 + log 2 - log 1/2) / 2; forces (2 p - 1) / 2 on positives, p on the other
        ("inside", 2 * log(2), [-0.25, 0.0, 0.25]),
        # (log 4 - log (1 + 1/2 x 2)) / 2; q = 1/2, 1/2, 0
        ("inside_sum", 0.5 * log(2), [-0.125, 0.0, 0.125]),
        # Z = 1 + 1/2 x 2 + 1 = 3, p = 1/3 each; (log 3 + log 3 - log 1) / 2
        ("numerator_and_denominator", log(3), [-1 / 6, -1 / 6, 1 / 3]),
    ],
)
def test_placements_by_hand(placement, value, force):
    """Value and force of each placement, worked out on paper."""
    terms = hand(placement)
    assert terms.value.item() == pytest.approx(value, rel=1e-14)
    assert terms.force[0].tolist() == pytest.approx(force, abs=1e-15)
    assert terms.coefficient.tolist() == [0.5]


def test_normalisations_by_hand():
    """Two positives, weights that sum to 1.5, four labels: the same sum over 2, 1.5, 4 and 1."""
    total = 2.5 * log(2)
    divisors = {"count": 2, "weight_sum": 1.5, "labels": 4, "none": 1}
    assert set(divisors) == set(OWN_NORMALISATIONS)
    for normalise, by in divisors.items():
        assert hand("outside", normalise).value.item() == pytest.approx(total / by, rel=1e-14)


def test_epsilon_is_added_to_what_is_divided_by():
    """2 + epsilon positives; nothing is divided, and nothing added, under none."""
    assert hand("outside", epsilon=1e-3).coefficient.item() == pytest.approx(1 / 2.001, rel=1e-14)
    assert hand("outside", "none", epsilon=1e-3).coefficient.item() == 1


def test_scale_multiplies_value_and_force():
    """Temperature over base temperature is a factor on everything."""
    assert torch.equal(hand("outside", scale=3.0).value, 3 * hand("outside").value)
    torch.testing.assert_close(hand("outside", scale=3.0).force, 3 * hand("outside").force)


def check_case(rule, params, y, placement, normalise, device="cpu"):
    """Terms equal the loops, forces equal autograd; a refusal is the loops' refusal too."""
    z, own = embeddings(len(y)), torch.arange(len(y))
    params = {**params, **label_weights(rule, params, y)}
    try:
        expected = reference.anchors(
            z,
            y,
            z,
            y,
            rule=rule,
            temperature=TEMPERATURE,
            self_index=own,
            placement=placement,
            normalise=normalise,
            rule_params=params,
        )
    except reference.Refused:
        expected = None
    weights = RULES[rule].weights(y.to(device), y.to(device), self_index=own.to(device), dtype=torch.float64, **params)
    unit = torch.nn.functional.normalize(z.to(device), dim=1)
    s = (unit @ unit.T / TEMPERATURE).requires_grad_()
    num_labels = y.to(device).sum(1).double()
    if expected is None:
        with pytest.raises(InputError, match="weight 0"):
            kernel_terms(s, weights, num_labels, placement=placement, normalise=normalise)
        return
    terms = kernel_terms(s.detach(), weights, num_labels, placement=placement, normalise=normalise)
    for field in ("value", "coefficient", "force", "probability"):
        given = getattr(terms, field).cpu().numpy()
        np.testing.assert_allclose(given, expected[field], rtol=1e-10, atol=1e-11, err_msg=field)
    coefficient, _ = coefficients(weights, num_labels, placement=placement, normalise=normalise, epsilon=0.0)
    value = per_anchor(s, weights, coefficient, placement)
    assert torch.equal(value.detach(), terms.value)
    value.sum().backward()
    torch.testing.assert_close(terms.force, s.grad, rtol=1e-10, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("normalise", OWN_NORMALISATIONS)
@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_placement_and_normalisation(rule, placement, normalise, device):
    """Values equal the loops and forces equal autograd, on every case."""
    for y in CASES.values():
        check_case(rule, {}, y, placement, normalise, device)


@pytest.mark.slow
@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize(("rule", "params"), VARIANTS, ids=VARIANT_IDS)
def test_every_rule_option_under_every_placement(rule, params, placement):
    """The same for every option of every rule, where relations meet and where labels are missing."""
    for case in ("five_relations", "empty_rows", "one_lonely"):
        check_case(rule, params, CASES[case], placement, "count")


@pytest.mark.parametrize("normalise", OWN_NORMALISATIONS)
def test_positives_of_weight_0(normalise):
    """inside_sum has an empty logarithm: the anchor then has no positive, instead of a loss of 1e30."""
    weights = PairWeights(torch.zeros(1, 2), torch.ones(1, 2), torch.tensor([[True, True]]))
    terms = kernel_terms(torch.randn(1, 2), weights, torch.ones(1), placement="inside_sum", normalise=normalise)
    assert terms.value.item() == 0
    assert not terms.force.any()
    assert not terms.has_positive.any()
    outside = kernel_terms(torch.randn(1, 2), weights, torch.ones(1), placement="outside", normalise=normalise)
    assert outside.value.item() == 0
    assert outside.has_positive.tolist() == [normalise != "weight_sum"]


@pytest.mark.parametrize("placement", ["inside", "numerator_and_denominator"])
def test_a_zero_inside_a_logarithm_is_refused(placement):
    """The message names the placement and what to take instead."""
    weights = PairWeights(torch.tensor([[1.0, 0.0]]), torch.ones(1, 2), torch.tensor([[True, True]]))
    with pytest.raises(InputError) as caught:
        kernel_terms(torch.zeros(1, 2), weights, torch.ones(1), placement=placement, normalise="count")
    assert placement in str(caught.value)
    assert "use placement outside or inside_sum" in str(caught.value)


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_far_apart_similarities_stay_finite(placement, dtype):
    """Similarities of +-1000 (temperature 0.001) and weights of 1e-30: finite values, forces and gradients."""
    s = torch.tensor([[1000.0, -1000.0, 0.0], [-1000.0, -1000.0, 1000.0]], dtype=dtype, requires_grad=True)
    attract = torch.tensor([[1e-30, 1.0, 0.0], [1e-30, 0.0, 0.0]], dtype=dtype)
    weights = PairWeights(attract, torch.ones(2, 3, dtype=dtype), attract > 0)
    terms = kernel_terms(s, weights, torch.ones(2), placement=placement, normalise="count")
    terms.value.sum().backward()
    for tensor in (terms.value, terms.force, terms.probability, s.grad):
        assert torch.isfinite(tensor).all()
    torch.testing.assert_close(terms.force.detach(), s.grad)


def test_every_choice_is_explained():
    """Placements and normalisations have one sentence each."""
    assert tuple(PLACEMENTS) == reference.PLACEMENTS
    for sentence in (*PLACEMENTS.values(), *NORMALISATIONS.values()):
        assert sentence.endswith(".")
