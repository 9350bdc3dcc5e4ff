"""Second derivatives of every loss, by every way to compute them; those of detached terms as documented."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies
from torch import Tensor
from torch.autograd import forward_ad

from mlcl_core.losses import LOSSES, NORMALISATIONS, PLACEMENTS, Combined, Loss, build_loss, fitted_to_labels
from mlcl_core.losses.core import tile_sums
from mlcl_core.losses.core.anchors_and_references import PROTOTYPES_AS
from mlcl_core.losses.core.inputs import unit
from mlcl_core.losses.core.kernel import surplus
from mlcl_core.pairs import RULES
from tests.cases import embeddings, label_matrices, labels, loss_inputs, other_values

# a warning of torch.func on its first use
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")

Y = labels("110", "100", "110", "011", "000")  # all relations, an item without labels
N, C, D = 5, 3, 2
QUEUE = embeddings(2, D, seed=9), labels("100", "011")
# Options that only multiply a value, or leave items out of its mean.
ONLY_CONSTANTS = {"reduction", "no_positive", "base_temperature", "epsilon", "empty_match", "no_labels", "factor"}
# Their gradient is not the derivative of the value, so the gradient's derivative is not the value's second one.
DETACHED = {"asl": "weights (powers)", "label_distribution": "d_il", "msc_regularised": "r_ij"}


def inputs_of(loss: Loss, *, zero_rows: bool = False) -> dict[str, Tensor]:
    """z and further inputs of a loss, leaves in float64; on request the first row is 0."""
    made = {"z": embeddings(N, D), **{name: x.detach() for name, x in loss_inputs(loss.needs, Y).items()}}
    if "prototypes" in made:
        made["prototypes"] = made["prototypes"][:, :D]
    for x in made.values() if zero_rows else ():
        x[0] = 0
    return {name: x.clone().requires_grad_() for name, x in made.items()}


def called(loss: Loss, names: list[str], y: Tensor = Y, **fixed: Any) -> Callable[..., Tensor]:
    """The loss as a function of some of its inputs, with one number as its value."""

    def f(*given: Tensor) -> Tensor:
        inputs = dict(zip(names, given, strict=True))
        return loss(inputs.pop("z"), y, **inputs, **fixed).sum()

    return f


def forms() -> Iterator[tuple[str, Loss, dict[str, Any]]]:
    """Every loss of the registry with each option changed, and every form of the weighted softmax loss."""
    for name, record in LOSSES.items():
        yield name, build_loss(name), {}
        for key, option in record.options.items():
            for value in () if key in ONLY_CONSTANTS else other_values(option):
                yield f"{name} {key}={value}", build_loss(name, **{key: value}), {}
    for placement in PLACEMENTS:
        for normalise in NORMALISATIONS:
            loss = build_loss("weighted_supcon", placement=placement, normalise=normalise, rule="jaccard")
            yield f"{placement} by {normalise}", loss, {}
        for reduction in ("sum", "rows", "none"):
            yield (
                f"{placement} {reduction}",
                build_loss("weighted_supcon", placement=placement, reduction=reduction),
                {},
            )
        for candidates in ("references", "both"):
            loss = build_loss("weighted_supcon", placement=placement)
            yield f"{placement} {candidates}", loss, {"references": QUEUE, "candidates": candidates}
    for role in PROTOTYPES_AS:
        for reduction in ("mean", "none"):
            loss = replace(build_loss("weighted_supcon", rule="msc", reduction=reduction), prototypes_as=role)
            yield f"prototypes {role} {reduction}", replace(loss, needs=frozenset({"embeddings", "prototypes"})), {}
    for name in ("soft_contrastive", "label_distribution"):
        references = (embeddings(N, D, seed=9), Y)
        yield f"{name} references", build_loss(name), {"references": references, "candidates": "references"}
    yield "careful", build_loss("weighted_supcon", temperature=0.01), {}
    yield "combined", Combined(build_loss("weighted_supcon"), build_loss("bce"), 0.4), {}


FORMS = {name: (loss, fixed) for name, loss, fixed in forms()}
# with this option off the gradient is the value's derivative
CONSISTENT = {"asl detach=False"}


def detached(form: str) -> bool:
    """Whether a form has a term that is held constant."""
    return form.split()[0] in DETACHED and form not in CONSISTENT


def taking_part(loss: Loss, fixed: dict[str, Any], **how: Any) -> tuple[Callable[..., Tensor], list[Tensor]]:
    """The loss as a function of the inputs that it depends on, and these."""
    inputs = inputs_of(loss, **how)
    loss = fitted_to_labels(loss, Y)
    value = called(loss, list(inputs), **fixed)(*inputs.values())
    found = torch.autograd.grad(value, list(inputs.values()), allow_unused=True)
    names = [name for name, gradient in zip(inputs, found, strict=True) if gradient is not None]
    unseen = {name: None if name == "z" else x for name, x in inputs.items() if name not in names}
    z = {} if "z" in names else {"z": unseen.pop("z")}

    def f(*given: Tensor) -> Tensor:
        taken = {**dict(zip(names, given, strict=True)), **z, **unseen}
        return loss(taken.pop("z"), Y, **taken, **fixed).sum()

    return f, [inputs[name] for name in names]


def hessian(f: Callable[..., Tensor], leaves: list[Tensor]) -> list[Tensor]:
    """Second derivatives by each input itself, row by row of the gradient."""
    gradients = torch.autograd.grad(f(*leaves), leaves, create_graph=True)
    blocks = []
    for gradient, leaf in zip(gradients, leaves, strict=True):
        rows = [torch.autograd.grad(g, leaf, retain_graph=True)[0] for g in gradient.flatten()]
        blocks.append(torch.stack(rows).reshape(*leaf.shape, *leaf.shape))
    return blocks


@pytest.mark.slow
@pytest.mark.parametrize("form", [form for form in FORMS if not detached(form)])
def test_second_derivatives_are_those_of_the_gradient(form):
    """gradgradcheck in float64: every loss, every option, placement, normalisation, reference and prototype form."""
    f, leaves = taking_part(*FORMS[form])
    assert torch.autograd.gradgradcheck(f, leaves, fast_mode=True)


@pytest.mark.parametrize("form", [form for form in FORMS if form in LOSSES or form.split()[0] in PLACEMENTS])
def test_the_gradient_is_the_same_with_a_graph_and_without(form):
    """create_graph changes the computation, not the number; beside a row of zeros both derivatives are finite."""
    f, leaves = taking_part(*FORMS[form], zero_rows=True)
    plain = torch.autograd.grad(f(*leaves), leaves)
    with_graph = torch.autograd.grad(f(*leaves), leaves, create_graph=True)
    for one, other in zip(plain, with_graph, strict=True):
        torch.testing.assert_close(one, other.detach(), rtol=1e-9, atol=1e-10)
    again = torch.autograd.grad(sum(g.square().sum() for g in with_graph), leaves)
    assert all(torch.isfinite(g).all() for g in again)


@pytest.mark.parametrize("name", LOSSES)
@settings(max_examples=8)
@given(y=label_matrices(max_items=4, max_labels=3), seed=strategies.integers(0, 2**16))
@pytest.mark.slow
def test_right_and_finite_whatever_the_labels(name, y, seed):
    """A Hessian times a direction is finite, and equals differences of the gradient (not with detached terms)."""
    loss = fitted_to_labels(build_loss(name), y)
    inputs = {"z": embeddings(len(y), D, seed=seed), **loss_inputs(loss.needs, y, seed=seed)}
    if "prototypes" in inputs:
        inputs["prototypes"] = inputs["prototypes"][:, :D]
    still = [x.detach() for x in inputs.values()]
    directions = [embeddings(x.numel(), 1, seed=seed + 9).reshape(x.shape) for x in still]

    def gradients(place: float, *, graph: bool = False) -> tuple[list[Tensor], list[Tensor]]:
        leaves = [(x + place * way).requires_grad_() for x, way in zip(still, directions, strict=True)]
        value = called(loss, list(inputs), y)(*leaves)
        found = torch.autograd.grad(value, leaves, create_graph=graph, materialize_grads=True)
        return list(found), leaves

    found, leaves = gradients(0.0, graph=True)
    along = sum((g * way).sum() for g, way in zip(found, directions, strict=True))
    if not along.requires_grad:  # a loss of 0, whatever the inputs
        return
    products = torch.autograd.grad(along, leaves, materialize_grads=True)
    step = 1e-5
    ends = [gradients(sign * step)[0] for sign in (1, -1)]
    for product, high, low in zip(products, *ends, strict=True):
        assert torch.isfinite(product).all()
        if name not in DETACHED:
            expected = (high - low) / (2 * step)
            tolerance = 1e-5 + 1e-6 * float(expected.abs().sum())
            torch.testing.assert_close(product, expected, rtol=1e-4, atol=tolerance)


BY_HAND = ["weighted_supcon", "outside none", "msc_regularised", "contrastive_knn", "probabilistic"]


@pytest.mark.parametrize("form", [*BY_HAND, "prototypes anchors none", "careful", "hero", "label_level", "two_way"])
def test_every_way_of_asking_gives_one_hessian(form):
    """Autograd row by row, its vectorised form, torch.func.hessian, jacrev twice, forward over reverse, jvp."""
    f, leaves = taking_part(*FORMS[form])
    still = [leaf.detach() for leaf in leaves]
    expected = hessian(f, leaves)
    vectorised = torch.autograd.functional.hessian(f, tuple(leaves), vectorize=True)
    for k, block in enumerate(expected):
        ways = {
            "vectorised": vectorised[k][k],
            "hessian": torch.func.hessian(f, argnums=k)(*still),
            "jacrev": torch.func.jacrev(torch.func.jacrev(f, argnums=k), argnums=k)(*still),
        }
        for way, found in ways.items():
            torch.testing.assert_close(found, block, rtol=1e-9, atol=1e-9, msg=way)
        direction = embeddings(still[k].numel(), 1, seed=3).reshape(still[k].shape)
        gradient = torch.func.grad(f, argnums=k)(*still)

        def along(x, k=k):
            return torch.func.grad(f, argnums=k)(*still[:k], x, *still[k + 1 :])

        value, product = torch.func.jvp(along, (still[k],), (direction,))
        torch.testing.assert_close(value, gradient)
        axes = list(range(direction.ndim))
        torch.testing.assert_close(
            product, torch.tensordot(block, direction, dims=(axes, axes)), rtol=1e-9, atol=1e-9, msg="jvp"
        )
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(still[k], direction)
            slope = forward_ad.unpack_dual(f(*still[:k], dual, *still[k + 1 :])).tangent
        torch.testing.assert_close(slope, (gradient * direction).sum())


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_many_gradients_at_once(reduction):
    """A backward pass vectorised over several upstream gradients equals one pass after the other."""
    loss = build_loss("weighted_supcon", reduction=reduction)
    z = embeddings(N, D).requires_grad_()
    values = loss(z, Y)
    upstream = embeddings(4, max(values.numel(), 1), seed=5).reshape(4, *values.shape)
    together = torch.autograd.grad(values, z, upstream, is_grads_batched=True, retain_graph=True)[0]
    each = [torch.autograd.grad(values, z, one, retain_graph=True)[0] for one in upstream]
    torch.testing.assert_close(together, torch.stack(each))


def test_a_gradient_penalty_trains_on_the_right_number():
    """d/dz of |dL/dz|^2 equals central differences of it, in the middle of a batch's training graph."""
    loss, z = build_loss("weighted_supcon"), embeddings(N, D)

    def penalty(x: Tensor) -> Tensor:
        return torch.autograd.grad(loss(x, Y), x, create_graph=True)[0].square().sum()

    leaf = z.clone().requires_grad_()
    (given,) = torch.autograd.grad(penalty(leaf), leaf)
    step = 1e-5
    for place in range(z.numel()):
        moved = torch.zeros(z.numel(), dtype=z.dtype)
        moved[place] = step
        ends = [penalty((z + sign * moved.reshape(z.shape)).requires_grad_()).item() for sign in (1, -1)]
        assert given.flatten()[place].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-8)


def test_a_third_derivative_is_right_too():
    """The dense form has derivatives of any order."""
    loss, z = build_loss("weighted_supcon"), embeddings(3, D).requires_grad_()

    def gradient(x: Tensor) -> Tensor:
        return torch.autograd.grad(loss(x, Y[:3]), x, create_graph=True)[0].square()

    assert torch.autograd.gradgradcheck(gradient, z, fast_mode=True)


def test_the_tiles_stay_where_no_graph_is_asked_for(monkeypatch):
    """A plain backward pass never computes the dense form; with create_graph it does."""
    asked = []
    monkeypatch.setattr(tile_sums, "dense", lambda *a, dense=tile_sums.dense: asked.append(1) or dense(*a))
    for reduction in ("mean", "none"):
        z = embeddings(N, D).requires_grad_()
        build_loss("weighted_supcon", reduction=reduction)(z, Y).sum().backward()
        assert not asked
        torch.autograd.grad(build_loss("weighted_supcon", reduction=reduction)(z, Y).sum(), z, create_graph=True)
        assert asked
        asked.clear()


def test_autocast_does_not_reach_the_second_derivative():
    """A gradient with a graph, made inside autocast, has the curvature of one made outside."""
    loss, z = build_loss("weighted_supcon"), embeddings(N, D, dtype=torch.float32).requires_grad_()

    def curvature(enabled: bool) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            (gradient,) = torch.autograd.grad(loss(z, Y), z, create_graph=True)
        return torch.autograd.grad(gradient.square().sum(), z)[0]

    assert torch.equal(curvature(True), curvature(False))


# ---- terms that are held constant


@pytest.mark.parametrize("name", DETACHED)
def test_detached_terms_are_named(name):
    """The docstring names the term that is held constant, and the second derivative that follows."""
    words = " ".join(str(doc_of(name)).split())
    assert "constant" in words
    assert "second derivative" in words


def doc_of(name: str) -> str | None:
    """The docstring of a loss: of its class, or of the function that builds it."""
    return LOSSES[name].build.__doc__


def test_nothing_else_is_detached():
    """Every other loss passes gradgradcheck above, which a detached term fails; these three fail it."""
    for name in DETACHED:
        f, leaves = taking_part(*FORMS[name])
        assert not torch.autograd.gradgradcheck(f, leaves, fast_mode=True, raise_exception=False)


def frozen_hessian(frozen: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Second derivative of a value with its constants as numbers."""
    return torch.autograd.functional.hessian(frozen, x)


def test_asl_holds_its_weights():
    """Its second derivative is that of the value with these weights as constants."""
    x = embeddings(N, C, seed=1)
    loss = build_loss("asl", reduction="sum")
    p = torch.sigmoid(x)
    weight = torch.where(Y, 1 - p, (p - 0.05).clamp_min(0) ** 4)

    def frozen(logits: Tensor) -> Tensor:
        p = torch.sigmoid(logits)
        right = torch.where(Y, p, (1 - p + 0.05).clamp_max(1))
        return -(weight * right.log()).sum()

    (given,) = hessian(lambda logits: loss(None, Y, logits=logits), [x.clone().requires_grad_()])
    torch.testing.assert_close(given, frozen_hessian(frozen, x), rtol=1e-9, atol=1e-10)


def test_label_distribution_holds_its_distribution():
    """Its second derivative is that of the value with these weights as constants."""
    z, loss = embeddings(N, D), build_loss("label_distribution")
    terms = loss.explain(z, Y, z, Y, self_index=torch.arange(N))

    def frozen(x: Tensor) -> Tensor:
        s = (F.normalize(x, dim=1) @ F.normalize(x, dim=1).T / 0.1).masked_fill(torch.eye(N, dtype=torch.bool), -1e30)
        return -(terms.attract * s.log_softmax(1)).sum() / terms.has_positive.sum()

    (given,) = hessian(lambda x: loss(x, Y), [z.clone().requires_grad_()])
    torch.testing.assert_close(given, frozen_hessian(frozen, z), rtol=1e-9, atol=1e-9)


def test_msc_regularised_holds_its_r():
    """Its second derivative is that of the value with these r as constants."""
    z, prototypes = embeddings(N, D), embeddings(C, D, seed=6)
    loss = build_loss("msc_regularised")
    crowd_y = torch.cat([Y, torch.eye(C, dtype=torch.bool)])
    own = torch.arange(N + C)
    weights = RULES["overlap_ratio"].weights(crowd_y, crowd_y, self_index=own, dtype=z.dtype)

    def similarity(x: Tensor) -> Tensor:
        crowd = unit(torch.cat([x, prototypes]))
        return (crowd @ crowd.T / loss.temperature).masked_fill(torch.eye(N + C, dtype=torch.bool), -1e30)

    r = surplus(similarity(z).softmax(1), weights.attract, weights.positive)

    def frozen(x: Tensor) -> Tensor:
        s = similarity(x)
        values = -(weights.attract * s.log_softmax(1)).sum(1) - (r * s.masked_fill(s < -1e29, 0)).sum(1)
        told = weights.positive.any(1)
        return values[told].sum() / told.sum()

    torch.testing.assert_close(frozen(z), loss(z, Y, prototypes=prototypes))
    (given,) = hessian(lambda x: loss(x, Y, prototypes=prototypes), [z.clone().requires_grad_()])
    torch.testing.assert_close(given, frozen_hessian(frozen, z), rtol=1e-9, atol=1e-9)
