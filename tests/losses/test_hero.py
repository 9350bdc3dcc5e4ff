"""hero: HeroCon's supervised term, label by label, in the three published variants."""

from math import exp, log

import pytest
import torch
import torch.nn.functional as F

from mlcl_core.errors import InputError
from mlcl_core.losses import PairLoss, build_loss
from mlcl_core.losses.hero import VARIANTS
from tests import reference
from tests.cases import CASES, DTYPES, TOLERANCE, embeddings, labels, random_labels
from tests.losses.pair_checks import check_pairs, check_values

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def cosine(temperature):
    """Cosine over temperature."""

    def similarity(z):
        unit = F.normalize(z, dim=1)
        return unit @ unit.T / temperature

    return similarity


def test_by_hand():
    """{a}, {a}, {b}: items 0 and 1 in one place, 2 at a right angle; h = 2 to the other side, g = 1."""
    z = torch.tensor([[2.0, 0.0], [5.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    y = labels("10", "10", "01")
    # label a: four pairs log((2 + e) / (2 e)); label b: its own pair, log((2 + 2 + e) / (3 e))
    a, b = log((2 + exp(1)) / (2 * exp(1))), log((4 + exp(1)) / (3 * exp(1)))
    assert build_loss("hero")(z, y).item() == pytest.approx(a + b)
    assert build_loss("hero", reduction="none")(z, y).tolist() == pytest.approx([a / 2, a / 2, b])
    assert build_loss("hero", reduction="mean")(z, y).item() == pytest.approx((a + b) / 3)
    # m is one less without the positive: + log 2 for a, + log(3 / 2) for b
    assert build_loss("hero", variant="vggcpc")(z, y).item() == pytest.approx(a + log(2) + b + log(1.5))
    # one label an item: kappa = 1
    assert build_loss("hero", variant="cnncpc")(z, y).item() == pytest.approx(a + log(2) + b + log(1.5))


@every_variant
@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
def test_equal_to_the_loops(case, dtype, variant):
    """Every reduction on every case."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loops = reference.hero(cosine(0.5)(z).numpy(), y, variant)
    check_values(build_loss("hero", temperature=0.5, variant=variant), z.to(dtype), y, loops, TOLERANCE[dtype])


@every_variant
@pytest.mark.parametrize("case", ["five_relations", "empty_rows", "all_ones"])
def test_pairs(case, variant):
    """Forces equal differences of the loops, and chain to the gradient; an item has none on itself."""
    y, z = CASES[case], embeddings(len(CASES[case]))
    loss = build_loss("hero", temperature=0.5, variant=variant)
    check_pairs(loss, z, y, lambda s: reference.hero(s, y, variant), cosine(0.5))
    assert isinstance(loss, PairLoss)


@every_variant
def test_strangers_among_the_anchors(variant):
    """An anchor that is not among the references has no own pair; without a self_index none is left out."""
    y, z = random_labels(7, 4, 0.5, 3), embeddings(7)
    loss = build_loss("hero", variant=variant)
    whole = loss.explain(z, y, z, y)
    own = loss.explain(z, y, z, y, self_index=torch.arange(7))
    torch.testing.assert_close(whole.value, own.value)
    torch.testing.assert_close(whole.force.sum(1), torch.zeros(7, dtype=torch.float64))
    assert (whole.force.diagonal() != 0).any()
    assert not own.force.diagonal().any()


def test_shown_weights():
    """{a, b}, {a}, {b}: |P_a| = |P_b| = 2, so 1/4 a shared label; they differ on 1, 1 and 2 labels."""
    y = labels("11", "10", "01")
    shown = build_loss("hero").pair_weights(y, y, self_index=torch.arange(3))
    assert shown.attract.tolist() == [[0, 0.25, 0.25], [0.25, 0, 0], [0.25, 0, 0]]
    assert shown.compete.tolist() == [[0, 1, 1], [1, 0, 2], [1, 2, 0]]


@pytest.mark.parametrize("temperature", [0.001, 0.01])
@every_variant
def test_small_temperatures(variant, temperature):
    """In float32, exponents of +-1000: value and gradient stay finite and near those of float64."""
    y, z = CASES["sparse"], embeddings(11, dtype=torch.float32).requires_grad_()
    loss = build_loss("hero", variant=variant, temperature=temperature)
    value = loss(z, y)
    (gradient,) = torch.autograd.grad(value, z)
    assert torch.isfinite(gradient).all()
    assert value.item() == pytest.approx(loss(z.detach().double(), y).item(), rel=1e-4)


@every_variant
def test_gradient_by_differences(variant):
    """Value and gradient agree by finite differences."""
    y, z = CASES["empty_rows"], embeddings(5).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: build_loss("hero", variant=variant)(z, y), z)


def test_the_batch_only():
    """References are refused."""
    y, z = CASES["five_relations"], embeddings(6)
    with pytest.raises(InputError, match="the batch only"):
        build_loss("hero")(z, y, references=(z, y), candidates="both")
