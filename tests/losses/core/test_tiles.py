"""tiles: the plain form's numbers at any height, on both paths, and never more than a tile at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
import torch
import torch.nn.functional as F

from mlcl_core.losses import PLACEMENTS, build_loss
from mlcl_core.losses.core import tiles as tiles_module
from mlcl_core.losses.core.anchors_and_references import Sides, sides
from mlcl_core.losses.core.kernel import coefficients, kernel_terms, per_anchor
from mlcl_core.losses.core.tiles import Form, Problem, per_anchor_values, summed, tile_height, tile_terms, tiles
from mlcl_core.pairs import RULES
from mlcl_core.pairs.relations import exact_float
from tests.cases import TOLERANCE, embeddings, random_labels
from tests.pairs.test_memory import LargestTensor

N, C = 23, 6
TEMPERATURE = 0.2
# bound of |s|: below what exponentials hold without a shift, and not
PATHS = {"quick": 1 / TEMPERATURE, "careful": float("inf")}
FORMS = {placement: Form(placement, "count", scale=1.3) for placement in PLACEMENTS} | {
    "regularised": Form("outside", "labels", epsilon=1e-3, regularised=True),
}
LAYOUTS = ("square", "references", "queue", "prototypes", "crowd", "everything")
HEIGHTS = (7, 100)  # the last tile is lower than the others, or there is one alone

every_path = pytest.mark.parametrize("path", PATHS)
every_form = pytest.mark.parametrize("form", FORMS)


def laid_out(layout: str) -> Sides:
    """Anchors against others; one item has no labels, and one label nobody."""
    y = random_labels(N, C, 0.35, 3)
    y[4], y[:, 5] = False, False
    z, queue = embeddings(N), (embeddings(11, seed=4), random_labels(11, C, 0.3, 5))
    candidates = {"references": "references", "queue": "both", "everything": "both"}.get(layout, "batch")
    against = sides(z, y, None if candidates == "batch" else queue, candidates)
    if layout in ("square", "references", "queue"):
        return against
    return against.with_prototypes(embeddings(C, seed=6), "others" if layout == "prototypes" else "anchors")


def problem_of(
    against: Sides, form: Form, path: str, rows: int = 0, *, rule="similarity_dissimilarity", dtype=torch.float64
) -> Problem:
    """The rule's weights by tiles."""

    def weigh(tile, workspace):
        return RULES[rule].tile(
            against.y[tile],
            against.other_y,
            self_index=None if against.self_index is None else against.self_index[tile],
            kind=against.kind,
            prepared=None,
            dtype=dtype,
            params=RULES[rule].check({}),
        )

    return Problem(weigh, exact_float(against.y).sum(1), form, PATHS[path], rows)


def plain(points, others, problem):
    """The values as written on paper, whole matrices left to autograd; and who has a positive."""
    weights, form = problem.weigh(slice(0, len(points))).whole(), problem.form
    c, has_positive = coefficients(
        weights, problem.num_labels, placement=form.placement, normalise=form.normalise, epsilon=form.epsilon
    )
    return per_anchor(points @ others.T, weights, c * form.scale, form.placement, form.regularised), has_positive


def leaves(against: Sides, dtype=torch.float64):
    """Anchors over the temperature and others, each a leaf of its own."""
    points, others = F.normalize(against.z, dim=1) / TEMPERATURE, F.normalize(against.other_z, dim=1)
    return points.to(dtype).requires_grad_(), others.to(dtype).requires_grad_()


def check(against: Sides, make, dtype=torch.float64, tolerance=1e-10):
    """Values, counts and gradients of both ways through the tiles equal those of the plain form in float64."""
    points, others = both = leaves(against)
    values, has_positive = plain(points, others, make())
    upstream = torch.rand(len(points), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    by_anchor = torch.autograd.grad((values * upstream).sum(), both, retain_graph=True)
    by_sum = torch.autograd.grad(values.sum(), both)
    assert all(gradient.any() for gradient in (*by_anchor, *by_sum))

    def close(given, expected):
        torch.testing.assert_close(given.double(), expected.detach(), rtol=tolerance, atol=tolerance)

    problem, both = make(dtype=dtype), leaves(against, dtype)
    given, counted = per_anchor_values(*both, problem)
    close(given, values)
    assert counted.equal(has_positive)
    for gradient, expected in zip(torch.autograd.grad(given, both, upstream.to(dtype)), by_anchor, strict=True):
        close(gradient, expected)
    total, count = summed(*both, problem)
    close(total, values.sum())
    assert count.item() == has_positive.sum().item()
    for gradient, expected in zip(torch.autograd.grad(total, both), by_sum, strict=True):
        close(gradient, expected)
    with torch.no_grad():
        close(summed(*both, problem)[0], values.sum())


@every_path
@every_form
@pytest.mark.parametrize("layout", LAYOUTS)
def test_equal_to_the_plain_form(layout, form, path):
    """Square, rectangular, with a queue, with prototypes beside and among the anchors: to 1e-10 at uneven heights."""
    against = laid_out(layout)
    for rows in (1, *HEIGHTS) if layout == "everything" else HEIGHTS:
        check(against, partial(problem_of, against, FORMS[form], path, rows))


@every_path
@every_form
@pytest.mark.parametrize("rule", RULES)
def test_every_rule(rule, form, path):
    """The same under every rule, those that say who competes among them."""
    against = laid_out("everything")
    check(against, partial(problem_of, against, FORMS[form], path, 9, rule=rule))


@every_path
@every_form
@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "msc", "overlap_ratio"])
def test_float32(rule, form, path):
    """Single precision against the plain form in double."""
    against = laid_out("everything")
    make = partial(problem_of, against, FORMS[form], path, 9, rule=rule)
    check(against, make, torch.float32, 10 * TOLERANCE[torch.float32])


@every_path
@every_form
def test_one_side_alone(form, path):
    """Detached anchors or others get no gradient and leave the other side's as it is."""
    against = laid_out("everything")
    problem = problem_of(against, FORMS[form], path, 9)
    points, others = both = leaves(against)
    for join in (lambda z, o: summed(z, o, problem)[0], lambda z, o: per_anchor_values(z, o, problem)[0].sum()):
        expected = torch.autograd.grad(join(points, others), both)
        alone = torch.autograd.grad(join(points, others.detach()), points)[0]
        assert torch.equal(alone, expected[0])
        alone = torch.autograd.grad(join(points.detach(), others), others)[0]
        assert torch.equal(alone, expected[1])


@every_form
def test_both_paths_agree(form):
    """Terms of a tile: value, coefficient, force and share, quick against careful."""
    against = laid_out("everything")
    points, others = (x.detach() for x in leaves(against))
    rows = slice(3, 19)
    quick, careful = (
        tile_terms(points[rows] @ others.T, rows, problem_of(against, FORMS[form], path), force=True, probability=True)
        for path in PATHS
    )
    for field in ("value", "coefficient", "has_positive", "force", "probability"):
        torch.testing.assert_close(getattr(quick, field), getattr(careful, field), rtol=1e-12, atol=1e-13)


def test_the_paths_are_taken(monkeypatch):
    """A small bound never asks the careful form, a large one does; so do weights as large as a large bound."""
    asked = []
    monkeypatch.setattr(tiles_module, "kernel_terms", lambda *a, **k: asked.append(1) or kernel_terms(*a, **k))
    against = laid_out("prototypes")
    points, others = leaves(against)

    def careful(path, rule):
        asked.clear()
        summed(points, others, problem_of(against, FORMS["outside"], path, rule=rule))
        return bool(asked)

    assert not careful("quick", "msc")
    assert careful("careful", "msc")
    for b, expected in ((1e-3, False), (1e-300, True)):
        monkeypatch.setitem(RULES, "tiny", replace(RULES["msc"], compete=lambda pairs, b=b, **_: _constant(pairs, b)))
        assert careful("quick", "tiny") == expected


def _constant(pairs, b):
    return torch.full(pairs.counts.shared.shape, b, dtype=pairs.dtype)


@every_path
@pytest.mark.parametrize("b", [1e-30, 1e30])
def test_what_competes_may_be_tiny_or_huge(b, path, monkeypatch):
    """A constant b moves the value by log b and no gradient, in float32 too."""
    monkeypatch.setitem(RULES, "constant", replace(RULES["any_shared"], compete=lambda pairs: _constant(pairs, b)))
    against = laid_out("queue")
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-4)):
        both = leaves(against, dtype)
        moved, still = (
            per_anchor_values(*both, problem_of(against, FORMS["outside"], path, 9, rule=rule, dtype=dtype))
            for rule in ("constant", "any_shared")
        )
        by = torch.where(still[1], 1.3 * torch.tensor(b, dtype=torch.float64).log(), 0.0)
        torch.testing.assert_close((moved[0] - still[0]).double(), by, rtol=tolerance, atol=tolerance)
        gradients = [torch.autograd.grad(values.sum(), both) for values, _ in (moved, still)]
        for given, expected in zip(*gradients, strict=True):
            torch.testing.assert_close(given, expected, rtol=tolerance, atol=tolerance)


@every_path
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_nobody_competes(placement, path, monkeypatch):
    """A rule may leave an anchor's normaliser empty: it has no loss then, unless positives fill it."""
    monkeypatch.setitem(RULES, "nobody", replace(RULES["any_shared"], compete=lambda pairs: _constant(pairs, 0.0)))
    against = laid_out("square")
    both = leaves(against)
    problem = problem_of(against, FORMS[placement], path, 9, rule="nobody")
    values, has_positive = per_anchor_values(*both, problem)
    gradients = torch.autograd.grad(values.sum(), both)
    filled = placement == "numerator_and_denominator"
    assert bool(has_positive.any()) == bool(values.any()) == filled
    assert bool(gradients[0].any()) == filled
    assert all(torch.isfinite(x).all() for x in (values, *gradients))


@pytest.mark.parametrize("way", ["summed", "per_anchor_values"])
@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "mulsupcon", "msc", "overlap_ratio"])
@every_path
@pytest.mark.parametrize("form", ["outside", "numerator_and_denominator", "regularised"])
def test_never_more_than_a_tile(form, path, rule, way):
    """2,000 anchors by tiles of 100: forward and backward make nothing larger than a tile of pairs."""
    n, c, d, rows = 2000, 30, 16, 100
    against = sides(embeddings(n, d), random_labels(n, c, 0.1, 14), None, "batch").with_prototypes(embeddings(c, d))
    both = leaves(against, torch.float32)
    problem = problem_of(against, FORMS[form], path, rows, rule=rule, dtype=torch.float32)
    with LargestTensor() as spy:
        if way == "summed":
            summed(*both, problem)[0].backward()
        else:
            per_anchor_values(*both, problem)[0].sum().backward()
    assert 0 < spy.entries <= rows * (n + c)


def test_the_whole_would_be_seen():
    """The proof that the spy works: one tile of everything is twenty times as large."""
    n = 2000
    against = sides(embeddings(n, 16), random_labels(n, 30, 0.1, 14), None, "batch")
    with LargestTensor() as spy:
        summed(*leaves(against, torch.float32), problem_of(against, FORMS["outside"], "quick", n, dtype=torch.float32))
    assert spy.entries == n * n


@pytest.mark.parametrize("name", ["weighted_supcon", "msc", "msc_without_regularisation", "msc_regularised"])
def test_losses_at_uneven_heights(name, monkeypatch):
    """Whole losses, normalised and reduced: any height gives what one tile gives, to 1e-10, gradients too."""
    y = random_labels(N, C, 0.35, 3)
    found = []
    for height in (5, 1000):
        monkeypatch.setattr(tiles_module, "tile_height", lambda n, m, like, height=height: height)
        z, prototypes = embeddings(N).requires_grad_(), embeddings(C, seed=6).requires_grad_()
        loss = build_loss(name)(z, y, prototypes=prototypes)
        loss.backward()
        plain_loss = build_loss(name).plain(z.detach(), y, prototypes=prototypes.detach())
        found.append((loss.detach(), z.grad, prototypes.grad))
        torch.testing.assert_close(loss.detach(), plain_loss, rtol=1e-10, atol=1e-10)
    for given, expected in zip(*found, strict=True):
        torch.testing.assert_close(given, expected, rtol=1e-10, atol=1e-10)


def test_tiles_cover_every_anchor_once():
    """In order, without a gap, the last one lower; none where there are no anchors."""
    problem = problem_of(laid_out("square"), FORMS["outside"], "quick", 7)
    z = torch.zeros(N, 2)
    assert list(tiles(z, z, problem)) == [slice(0, 7), slice(7, 14), slice(14, 21), slice(21, 23)]
    assert list(tiles(z[:0], z, problem)) == []


def test_the_height_of_a_tile():
    """Two million pairs, at least 128 rows, no more rows than anchors."""
    like = torch.zeros(1)
    assert tile_height(10_000, 2048, like) == 1024
    assert tile_height(10_000, 10**6, like) == 128
    assert tile_height(100, 10, like) == 100
    assert tile_height(100, 0, like) == 100


@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "mulsupcon", "label_dot"])
def test_tiles_work_in_the_room_of_the_first(rule):
    """From the second tile on similarities and positives stand where those of the first one stood."""
    loss, y = build_loss("weighted_supcon", rule=rule), random_labels(32, C, 0.35, 3)
    against = sides(embeddings(32), y, None, "batch")
    problem = replace(loss._problem(against), rows=8)
    z, addresses = F.normalize(against.z, dim=1), []
    for rows in tiles(z, z, problem):
        s = problem.similarity(z[rows], z)
        weights = problem.weigh(rows)
        addresses.append((s.data_ptr(), weights.positive.data_ptr()))
    assert len(addresses) == 4
    assert len(set(addresses)) == 1


def test_losses_one_after_the_other_do_not_mix():
    """Two losses' values and gradients are the same whether others are computed in between, or in another thread."""
    y, z = random_labels(N, C, 0.35, 3), embeddings(N)

    def work(seed: int) -> tuple[float, torch.Tensor]:
        x = (z + seed).requires_grad_()
        value = build_loss("weighted_supcon")(x, y)
        return float(value.detach()), torch.autograd.grad(value, x)[0]

    alone = [work(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, [*range(8)] * 5))
    for number, (value, grad) in enumerate(together):
        assert value == alone[number % 8][0]
        assert torch.equal(grad, alone[number % 8][1])
