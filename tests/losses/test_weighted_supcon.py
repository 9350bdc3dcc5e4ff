"""weighted_supcon: values by hand, against the loops with their gradients, its candidates, its edge cases."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import PLACEMENTS, build_loss
from mlcl_core.losses.core.loss import LossInputs
from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import CASES, DEVICES, DTYPES, TOLERANCE, embeddings, labels, random_labels

# z_0 = z_1, z_2 at a right angle; at temperature 1 the softmax of anchor 0 is e : 1
Z = torch.tensor([[2.0, 0.0], [5.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
NEAR = log(1 + exp(-1))


def value(y, **options):
    """Loss of the three items above with labels ``y``."""
    return build_loss("weighted_supcon", temperature=1.0, **options)(Z, y)


@pytest.mark.parametrize("rule", RULES)
def test_supcon_by_hand(rule):
    """Items a, a, b: both a's lose log(e + 1) - 1, and b has no positive; every rule agrees on single labels."""
    y = labels("10", "10", "01")
    assert value(y, rule=rule, reduction="none").tolist() == pytest.approx([NEAR, NEAR, 0])
    assert value(y, rule=rule).item() == pytest.approx(NEAR)
    assert value(y, rule=rule, no_positive="zero").item() == pytest.approx(2 * NEAR / 3)
    assert value(y, rule=rule, reduction="sum").item() == pytest.approx(2 * NEAR)


@pytest.mark.parametrize(
    ("rule", "per_anchor"),
    [
        # {a, b}, {a}, {b}: anchor 0 has positives 1 (near) and 2 (far, log(e + 1)); 1 and 2 have anchor 0 alone
        ("any_shared", [(NEAR + NEAR + 1) / 2, NEAR, log(2)]),
        ("all_equal", [0, 0, 0]),
        ("jaccard", [(NEAR + NEAR + 1) / 4, NEAR / 2, log(2) / 2]),
        ("similarity_dissimilarity", [(NEAR + NEAR + 1) / 4, NEAR / 2, log(2) / 2]),
        ("mulsupcon", [NEAR + NEAR + 1, NEAR, log(2)]),
    ],
)
def test_two_labels_by_hand(rule, per_anchor):
    """Each rule's value of each anchor, worked out on paper."""
    y = labels("11", "10", "01")
    given = value(y, rule=rule, reduction="none")
    assert given.tolist() == pytest.approx(per_anchor)
    mean = sum(per_anchor) / max(sum(v > 0 for v in per_anchor), 1)
    assert value(y, rule=rule).item() == pytest.approx(mean)


def test_rows_by_hand():
    """MulSupCon averages over (anchor, label) rows: 4 of {a, b}, {a}, {b}; a lonely label's row goes or counts as 0."""
    total = NEAR + NEAR + 1 + NEAR + log(2)
    options = {"rule": "mulsupcon", "reduction": "rows"}
    assert value(labels("11", "10", "01"), **options).item() == pytest.approx(total / 4)
    assert value(labels("110", "101", "010"), **options).item() == pytest.approx(total / 4)
    assert value(labels("110", "101", "010"), no_positive="zero", **options).item() == pytest.approx(total / 5)


def test_base_temperature_is_a_factor():
    """Base temperature 0.25 at temperature 1: four times the loss."""
    y = labels("11", "10", "01")
    assert value(y, base_temperature=0.25).item() == pytest.approx(4 * value(y).item())


@pytest.mark.parametrize(("rows", "negative"), [(("10", "10", "10"), False), (("10", "10", "01"), True)])
def test_a_batch_without_a_negative(rows, negative):
    """All a: 0 with no_negative=zero, value, gradient and forces, under every reduction; with one b nothing changes."""
    y = labels(*rows)
    for reduction in ("mean", "sum", "rows", "none"):
        z = Z.clone().requires_grad_()
        zero = build_loss("weighted_supcon", temperature=1.0, reduction=reduction, no_negative="zero")
        found = zero(z, y)
        found.sum().backward()
        kept = value(y, reduction=reduction)
        assert kept.any()
        assert torch.equal(found.detach(), kept if negative else torch.zeros_like(kept))
        torch.testing.assert_close(zero.dense_value(LossInputs(Z, y)), found.detach())
        assert bool(z.grad.any()) is negative
        terms = zero.explain(Z, y, Z, y, self_index=torch.arange(3))
        assert bool(terms.force.any()) is negative


def test_a_negative_in_the_queue_is_one():
    """no_negative considers all candidates: a batch of a's against a queue with a b keeps its value."""
    y, queue = labels("10", "10", "10"), (Z[:2] + 1, labels("10", "01"))
    both = [
        build_loss("weighted_supcon", no_negative=answer)(Z, y, references=queue, candidates="references")
        for answer in ("keep", "zero")
    ]
    assert both[0] > 0
    assert torch.equal(*both)


def test_embeddings_need_no_normalising():
    """Lengths don't matter: the cosine is made inside."""
    y = labels("11", "10", "01")
    loss = build_loss("weighted_supcon")
    assert loss(Z * torch.tensor([[1.0], [70.0], [0.01]]), y).item() == pytest.approx(loss(Z, y).item(), rel=1e-12)


def check_batch(y, dtype, device="cpu", references=None, **options):
    """Value and gradients equal the loops."""
    z = embeddings(len(y), dtype=torch.float64)
    expected, gradient = reference.batch_loss(z, y, references=references, **options)
    leaf = z.to(device, dtype).requires_grad_()
    if references is not None:
        references = (references[0].to(device, dtype), references[1].to(device))
    candidates = options.pop("candidates", "batch")
    loss = build_loss("weighted_supcon", **options)(leaf, y.to(device), references=references, candidates=candidates)
    assert loss.dtype == dtype
    assert loss.shape == ()
    loss.backward()
    tolerance = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    np.testing.assert_allclose(loss.item(), expected, **tolerance)
    np.testing.assert_allclose(leaf.grad.cpu().numpy(), gradient, **tolerance)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", RULES)
def test_equal_to_the_loops(rule, case, dtype, device):
    """Every rule on every case in every number type: value and gradient of the raw embeddings."""
    check_batch(CASES[case], dtype, device, rule=rule, temperature=0.2)


@pytest.mark.parametrize("no_positive", ["drop", "zero"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "rows"])
@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_reductions_and_placements(rule, placement, reduction, no_positive):
    """Every reduction and answer to no positive, under every placement, with epsilon and base temperature."""
    check_batch(
        CASES["one_lonely"],
        torch.float64,
        rule=rule,
        temperature=0.3,
        placement=placement,
        reduction=reduction,
        no_positive=no_positive,
        epsilon=1e-4,
        base_temperature=0.07,
    )


@pytest.mark.parametrize("candidates", ["references", "both"])
@pytest.mark.parametrize("case", ["five_relations", "empty_rows", "one_item", "no_items"])
@pytest.mark.parametrize("rule", RULES)
def test_references(rule, case, candidates):
    """Against a queue instead of the batch, or beside it; only the batch's own items are left out."""
    y = CASES[case]
    queue = (embeddings(7, seed=9), random_labels(7, y.shape[1], 0.4, 10))
    check_batch(y, torch.float64, references=queue, candidates=candidates, rule=rule, temperature=0.2, reduction="rows")
    check_batch(y, torch.float64, references=queue, candidates=candidates, rule=rule, temperature=0.2)


@pytest.mark.parametrize("candidates", ["batch", "references", "both"])
@pytest.mark.parametrize("case", ["five_relations", "empty_rows", "one_item", "no_items", "no_labels"])
@pytest.mark.parametrize("rule", RULES)
def test_prototypes(rule, case, candidates):
    """Under any rule, prototypes are further references with one-hot label rows; they get a gradient."""
    y = CASES[case]
    c = y.shape[1]
    queue = None if candidates == "batch" else (embeddings(7, seed=9), random_labels(7, c, 0.4, 10))
    z, prototypes = embeddings(len(y)), embeddings(c, seed=12)
    options = {"rule": rule, "temperature": 0.2, "reduction": "rows"}
    expected, gradient = reference.batch_loss(
        z, y, references=queue, candidates=candidates, prototypes=prototypes, **options
    )
    z.requires_grad_(), prototypes.requires_grad_()
    loss = build_loss("weighted_supcon", **options)
    given = loss(z, y, references=queue, candidates=candidates, prototypes=prototypes)
    given.backward()
    np.testing.assert_allclose(given.item(), expected, rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(z.grad.numpy(), gradient, rtol=1e-9, atol=1e-10)
    assert prototypes.grad.any() == (expected != 0)


def test_gradients_reach_the_references():
    """Keys that require a gradient get one; detached ones don't ask for it."""
    y = CASES["five_relations"]
    keys = embeddings(len(y), seed=3).requires_grad_()
    build_loss("weighted_supcon")(embeddings(len(y)), y, references=(keys, y), candidates="references").backward()
    assert keys.grad.abs().sum() > 0


def test_two_views_are_one_batch():
    """Both views stacked equal view one as anchors of both plus view two as anchors of both, halved."""
    y, one, two = CASES["five_relations"], embeddings(6, seed=1), embeddings(6, seed=2)
    loss = build_loss("weighted_supcon", no_positive="zero")
    stacked = loss(torch.cat([one, two]), torch.cat([y, y]))
    halves = [loss(a, y, references=(b, y), candidates="both") for a, b in ((one, two), (two, one))]
    torch.testing.assert_close(stacked, sum(halves) / 2)


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("case", ["one_item", "one_empty_item", "no_items", "no_labels", "nothing", "all_empty"])
def test_nobody_has_a_positive(case, rule, placement):
    """Edge cases: one item, none at all, no labels at all: the loss is 0, and backward() gives a gradient of 0."""
    y = CASES[case]
    for reduction in ("mean", "sum", "rows"):
        z = embeddings(len(y)).requires_grad_()
        loss = build_loss("weighted_supcon", rule=rule, placement=placement, reduction=reduction)(z, y)
        loss.backward()
        assert loss.item() == 0
        assert not z.grad.any()


def test_an_empty_queue():
    """Against an empty queue: 0, and backward() works, under every placement."""
    y = CASES["five_relations"]
    nothing = (torch.zeros(0, 5, dtype=torch.float64), torch.zeros(0, 5, dtype=torch.bool))
    for placement in PLACEMENTS:
        z = embeddings(6).requires_grad_()
        loss = build_loss("weighted_supcon", placement=placement)(z, y, references=nothing, candidates="references")
        loss.backward()
        assert loss.item() == 0
        assert not z.grad.any()


def test_an_item_at_the_origin():
    """An embedding of zeros has no direction: value and gradient stay finite."""
    z = embeddings(6, dtype=torch.float32)
    z[2] = 0
    z.requires_grad_()
    loss = build_loss("weighted_supcon")(z, CASES["five_relations"])
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize("rule", RULES)
def test_autocast_changes_nothing(rule):
    """Under bfloat16 autocast, 300 labels: value and gradient keep every bit."""
    y = random_labels(8, 300, 0.9, 11)
    results = []
    for enabled in (False, True):
        z = embeddings(8, dtype=torch.float32).requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            loss = build_loss("weighted_supcon", rule=rule)(z, y)
        loss.backward()
        results.append((loss.detach(), z.grad))
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_embeddings(dtype):
    """Half-precision embeddings are accepted, the loss itself is float32, the gradient comes back in their type."""
    z = embeddings(6, dtype=dtype).requires_grad_()
    loss = build_loss("weighted_supcon")(z, CASES["five_relations"])
    loss.backward()
    exact = build_loss("weighted_supcon")(z.detach().double(), CASES["five_relations"])
    assert loss.dtype == torch.float32
    assert z.grad.dtype == dtype
    assert loss.item() == pytest.approx(exact.item(), rel=1e-5)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("z", "y", "inputs", "message"),
    [
        ((3, 2), (4, 2), {}, r"embeddings (3, 2) and labels (4, 2) must have one row per item"),
        ((3,), (3, 2), {}, "embeddings (3,) and labels (3, 2) must have one row per item"),
        ((3, 2), (3,), {}, "embeddings (3, 2) and labels (3,) must have one row per item"),
        ((3, 2), (3, 2), {"candidates": "queue"}, "candidates is 'queue'; it must be one of batch, references, both"),
        ((3, 2), (3, 2), {"candidates": "both"}, "candidates is 'both', and references are missing"),
        ((3, 2), (3, 2), {"references": ((5, 2), (5, 2))}, "candidates is 'batch', and references are given"),
        (
            (3, 2),
            (3, 2),
            {"references": ((5, 3), (5, 2)), "candidates": "both"},
            "references (5, 3) with labels (5, 2)",
        ),
        (
            (3, 2),
            (3, 2),
            {"references": ((5, 2), (5, 4)), "candidates": "both"},
            "references (5, 2) with labels (5, 4)",
        ),
        (
            (3, 2),
            (3, 2),
            {"references": ((5, 2), (4, 2)), "candidates": "both"},
            "references (5, 2) with labels (4, 2)",
        ),
        ((3, 2), (3, 4), {"prototypes": (3, 2)}, "prototypes (3, 2) do not fit embeddings (3, 2) and 4 labels"),
        ((3, 2), (3, 4), {"prototypes": (4, 3)}, "prototypes (4, 3) do not fit embeddings (3, 2) and 4 labels"),
        ((3, 2), (3, 4), {"prototypes": (4,)}, "prototypes (4,) do not fit"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(z, y, inputs, message):
    """One clear line with the shapes given."""
    inputs = dict(inputs)
    if "references" in inputs:
        shape_z, shape_y = inputs["references"]
        inputs["references"] = (torch.zeros(shape_z), torch.zeros(shape_y, dtype=torch.bool))
    if "prototypes" in inputs:
        inputs["prototypes"] = torch.zeros(inputs["prototypes"])
    with pytest.raises(InputError) as caught:
        build_loss("weighted_supcon")(torch.zeros(z), torch.zeros(y, dtype=torch.bool), **inputs)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("unchecked")
def test_labels_that_are_not_boolean_are_refused():
    """Zeros and ones as numbers: the message names the type to give."""
    with pytest.raises(InputError, match="labels must be a boolean matrix"):
        build_loss("weighted_supcon")(torch.randn(3, 2), torch.ones(3, 2))


@pytest.mark.parametrize("candidates", ["batch", "both"])
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_drop_columns_is_the_loss_without_them(placement, candidates):
    """Items without a positive gone before the loss: value and gradient are those of the batch without them."""
    y, z = labels("1100", "1000", "0001", "0100", "0000"), embeddings(5).requires_grad_()
    keep = torch.tensor([0, 1, 3])
    queue = (embeddings(3, seed=4), labels("1100", "0000", "1000"))
    against = {} if candidates == "batch" else {"references": queue, "candidates": candidates}
    options = {"rule": "similarity_dissimilarity", "placement": placement, "temperature": 0.3}
    loss = build_loss("weighted_supcon", no_positive="drop_columns", **options)
    given = loss(z, y, **against)
    (gradient,) = torch.autograd.grad(given, z)
    expected = build_loss("weighted_supcon", **options)(z[keep], y[keep], **against)
    torch.testing.assert_close(given, expected)
    torch.testing.assert_close(gradient, torch.autograd.grad(expected, z)[0])
    torch.testing.assert_close(loss.dense_value(LossInputs(z, y, **against)), given)
    assert given.item() != pytest.approx(build_loss("weighted_supcon", **options)(z, y, **against).item())


def test_drop_columns_is_shown():
    """Their columns have no weight, no share and no force, and the rest sums to 0; the forces give the gradient."""
    y, z = labels("1100", "1000", "0001", "0100", "0000"), embeddings(5)
    loss = build_loss("weighted_supcon", no_positive="drop_columns")
    terms = loss.explain(z, y, z, y, self_index=torch.arange(5))
    for pairs in (terms.attract, terms.compete, terms.positive, terms.probability, terms.force):
        assert not pairs[:, [2, 4]].any()
    assert terms.has_positive.tolist() == [True, True, False, True, False]
    torch.testing.assert_close(terms.force.sum(1), torch.zeros(5, dtype=torch.float64))
    shown = loss.pair_weights(y, y, self_index=torch.arange(5), dtype=torch.float64)
    assert torch.equal(shown.compete, terms.compete)
    assert torch.equal(terms.value, replace(loss, reduction="none")(z, y))
    one = loss.explain(z[3:4], y[3:4], z, y, self_index=torch.tensor([3]))
    torch.testing.assert_close(one.force[0], terms.force[3])


@pytest.mark.parametrize("y", [labels("10", "01"), labels("10"), labels("00", "00"), torch.zeros(0, 2).bool()])
def test_drop_columns_with_nobody_left(y):
    """Fewer than two items left: 0, with a gradient of 0."""
    z = embeddings(len(y)).requires_grad_()
    loss = build_loss("weighted_supcon", no_positive="drop_columns", placement="inside_sum")(z, y)
    loss.backward()
    assert loss.item() == 0
    assert not z.grad.any()


def test_dot_product_by_hand():
    """z = (2, 0), (5, 0), (0, 1) as they come: s_01 = 10, s_02 = 0, so both a's lose log(1 + e^-10) over their rows."""
    y = labels("10", "10", "01")
    assert value(y, similarity="dot", reduction="none").tolist() == pytest.approx([log(1 + exp(-10))] * 2 + [0])
    assert value(y, similarity="dot", reduction="none", rule="any_shared")[0].item() == pytest.approx(4.5398e-5, 1e-4)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_dot_product_is_the_cosine_of_unit_vectors(placement):
    """On unit vectors dot and cosine agree in value, gradient and every pair shown; on others they don't."""
    y, z = CASES["sparse"], torch.nn.functional.normalize(embeddings(11), dim=1)
    dot, cosine = (build_loss("weighted_supcon", similarity=name, placement=placement) for name in ("dot", "cosine"))
    torch.testing.assert_close(dot(z, y), cosine(z, y))
    own = torch.arange(11)
    for field in ("force", "scaled_cosine", "cosine", "probability", "value"):
        first, second = (getattr(loss.explain(z, y, z, y, self_index=own), field) for loss in (dot, cosine))
        torch.testing.assert_close(first, second)
    assert dot(3 * z, y).item() != pytest.approx(cosine(3 * z, y).item())
    assert torch.allclose(dot.explain(3 * z, y, z, y).cosine, cosine.explain(z, y, z, y).cosine)


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_dot_product_gradients(placement, dtype):
    """Embeddings of length 30 make similarities of thousands: the tiles still agree with the plain form."""
    y, z = CASES["sparse"], (10 * embeddings(11)).to(dtype).requires_grad_()
    loss = build_loss("weighted_supcon", similarity="dot", placement=placement)
    value, plain = loss(z, y), loss.dense_value(LossInputs(z, y))
    torch.testing.assert_close(value, plain)
    torch.testing.assert_close(torch.autograd.grad(value, z)[0], torch.autograd.grad(plain, z)[0])
