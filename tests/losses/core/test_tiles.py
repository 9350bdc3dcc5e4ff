"""Tiles: the numbers of the plain form at any height, on both paths, and never more than a tile at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from mlcl_core.losses import PLACEMENTS, build_loss
from mlcl_core.losses.core import tiles as tiles_module
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences, anchors_and_references
from mlcl_core.losses.core.kernel import coefficients, kernel_terms, per_anchor
from mlcl_core.losses.core.loss import LossInputs
from mlcl_core.losses.core.tile_sums import per_anchor_values, summed
from mlcl_core.losses.core.tiled_problem import LossForm, TiledProblem
from mlcl_core.losses.core.tiles import tile_height, tile_terms, tiles_of
from mlcl_core.pairs import RULES
from mlcl_core.pairs.relations import exact_float
from tests.cases import TOLERANCE, embeddings, random_labels
from tests.pairs.test_memory import LargestTensor

N, C = 23, 6
TEMPERATURE = 0.2
# bound of |s|: below what exponentials hold without a shift, and not
PATHS = {"fused": 1 / TEMPERATURE, "shifted": float("inf")}
FORMS = {placement: LossForm(placement, "count", scale=1.3) for placement in PLACEMENTS} | {
    "regularised": LossForm("outside", "labels", epsilon=1e-3, regularised=True),
}
LAYOUTS = ("square", "references", "queue", "prototypes", "crowd", "everything")
HEIGHTS = (7, 100)  # the last tile is lower than all others, or there is a single one

every_path = pytest.mark.parametrize("path", PATHS)
every_form = pytest.mark.parametrize("form", FORMS)


def laid_out(layout: str) -> AnchorsAndReferences:
    """Anchors and references; one item has no labels, and one label no carrier."""
    y = random_labels(N, C, 0.35, 3)
    y[4], y[:, 5] = False, False
    z, queue = embeddings(N), (embeddings(11, seed=4), random_labels(11, C, 0.3, 5))
    candidates = {"references": "references", "queue": "both", "everything": "both"}.get(layout, "batch")
    pairs = anchors_and_references(z, y, None if candidates == "batch" else queue, candidates)
    if layout in ("square", "references", "queue"):
        return pairs
    return pairs.with_prototypes(embeddings(C, seed=6), "references" if layout == "prototypes" else "anchors")


def problem_of(
    pairs: AnchorsAndReferences,
    form: LossForm,
    path: str,
    rows: int = 0,
    *,
    rule="similarity_dissimilarity",
    dtype=torch.float64,
) -> TiledProblem:
    """The rule's weights by tiles."""

    def weigh(tile, workspace):
        return RULES[rule].tile(
            pairs.y[tile],
            pairs.reference_y,
            own=pairs.own(tile),
            kind=pairs.kind,
            prepared=None,
            dtype=dtype,
            params=RULES[rule].check({}),
        )

    return TiledProblem(weigh, exact_float(pairs.y).sum(1), form, PATHS[path], rows)


def plain(points, references, problem):
    """The values as written on paper, whole matrices left to autograd; and which anchors have a positive."""
    weights, form = problem.weigh(slice(0, len(points))).whole(), problem.form
    c, has_positive = coefficients(
        weights, problem.num_labels, placement=form.placement, normalise=form.normalise, epsilon=form.epsilon
    )
    return per_anchor(points @ references.T, weights, c * form.scale, form.placement, form.regularised), has_positive


def leaves(pairs: AnchorsAndReferences, dtype=torch.float64):
    """Anchors over the temperature and references, each a leaf of its own."""
    points, references = F.normalize(pairs.z, dim=1) / TEMPERATURE, F.normalize(pairs.reference_z, dim=1)
    return points.to(dtype).requires_grad_(), references.to(dtype).requires_grad_()


def check(pairs: AnchorsAndReferences, make, dtype=torch.float64, tolerance=1e-10):
    """Values, counts and gradients of both ways through the tiles equal those of the plain form in float64."""
    points, references = both = leaves(pairs)
    values, has_positive = plain(points, references, make())
    upstream = torch.rand(len(points), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    by_anchor = torch.autograd.grad((values * upstream).sum(), both, retain_graph=True)
    by_sum = torch.autograd.grad(values.sum(), both)
    assert all(gradient.any() for gradient in (*by_anchor, *by_sum))

    def close(given, expected):
        torch.testing.assert_close(given.double(), expected.detach(), rtol=tolerance, atol=tolerance)

    problem, both = make(dtype=dtype), leaves(pairs, dtype)
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
    pairs = laid_out(layout)
    for rows in (1, *HEIGHTS) if layout == "everything" else HEIGHTS:
        check(pairs, partial(problem_of, pairs, FORMS[form], path, rows))


@every_path
@every_form
@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_every_rule(rule, form, path):
    """The same under every rule, those with a `compete` of their own among them."""
    pairs = laid_out("everything")
    check(pairs, partial(problem_of, pairs, FORMS[form], path, 9, rule=rule))


@every_path
@every_form
@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "msc", "overlap_ratio"])
def test_float32(rule, form, path):
    """Single precision against the plain form in double."""
    pairs = laid_out("everything")
    make = partial(problem_of, pairs, FORMS[form], path, 9, rule=rule)
    check(pairs, make, torch.float32, 10 * TOLERANCE[torch.float32])


@every_path
@every_form
def test_anchors_or_references_alone(form, path):
    """Detached anchors or references get no gradient and leave that of the others as it is."""
    pairs = laid_out("everything")
    problem = problem_of(pairs, FORMS[form], path, 9)
    points, references = both = leaves(pairs)
    for join in (lambda z, o: summed(z, o, problem)[0], lambda z, o: per_anchor_values(z, o, problem)[0].sum()):
        expected = torch.autograd.grad(join(points, references), both)
        alone = torch.autograd.grad(join(points, references.detach()), points)[0]
        assert torch.equal(alone, expected[0])
        alone = torch.autograd.grad(join(points.detach(), references), references)[0]
        assert torch.equal(alone, expected[1])


@every_form
def test_both_paths_agree(form):
    """Terms of a tile: value, coefficient, force and share, fused against shifted."""
    pairs = laid_out("everything")
    points, references = (x.detach() for x in leaves(pairs))
    rows = slice(3, 19)
    s = points[rows] @ references.T
    fused, shifted = (
        tile_terms(s.clone(), rows, problem_of(pairs, FORMS[form], path), force=True, probability=True)
        for path in PATHS
    )
    for field in ("value", "coefficient", "has_positive", "force", "probability"):
        torch.testing.assert_close(getattr(fused, field), getattr(shifted, field), rtol=1e-12, atol=1e-13)


def test_the_paths_are_taken(monkeypatch):
    """A small bound never takes the shifted form, a large one does; so do weights as large as a large bound."""
    asked = []
    monkeypatch.setattr(tiles_module, "kernel_terms", lambda *a, **k: asked.append(1) or kernel_terms(*a, **k))
    pairs = laid_out("prototypes")
    points, references = leaves(pairs)

    def takes_shifted(path, rule):
        asked.clear()
        summed(points, references, problem_of(pairs, FORMS["outside"], path, rule=rule))
        return bool(asked)

    assert not takes_shifted("fused", "msc")
    assert takes_shifted("shifted", "msc")
    for b, expected in ((1e-3, False), (1e-300, True)):
        monkeypatch.setitem(RULES, "tiny", replace(RULES["msc"], compete=lambda pairs, b=b, **_: _constant(pairs, b)))
        assert takes_shifted("fused", "tiny") == expected


def _constant(pairs, b):
    return torch.full(pairs.counts.shared.shape, b, dtype=pairs.dtype)


@every_path
@pytest.mark.parametrize("b", [1e-30, 1e30])
def test_what_competes_may_be_tiny_or_huge(b, path, monkeypatch):
    """A constant b moves the value by log b and no gradient, in float32 too."""
    monkeypatch.setitem(RULES, "constant", replace(RULES["any_shared"], compete=lambda pairs: _constant(pairs, b)))
    pairs = laid_out("queue")
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-4)):
        both = leaves(pairs, dtype)
        moved, still = (
            per_anchor_values(*both, problem_of(pairs, FORMS["outside"], path, 9, rule=rule, dtype=dtype))
            for rule in ("constant", "any_shared")
        )
        by = torch.where(still[1], 1.3 * torch.tensor(b, dtype=torch.float64).log(), 0.0)
        torch.testing.assert_close((moved[0] - still[0]).double(), by, rtol=tolerance, atol=tolerance)
        gradients = [torch.autograd.grad(values.sum(), both) for values, _ in (moved, still)]
        for given, expected in zip(*gradients, strict=True):
            torch.testing.assert_close(given, expected, rtol=tolerance, atol=tolerance)


@every_path
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_an_empty_normaliser(placement, path, monkeypatch):
    """A rule may leave an anchor's normaliser empty: it has no loss then, unless positives fill it."""
    monkeypatch.setitem(
        RULES, "no_competitor", replace(RULES["any_shared"], compete=lambda pairs: _constant(pairs, 0.0))
    )
    pairs = laid_out("square")
    both = leaves(pairs)
    problem = problem_of(pairs, FORMS[placement], path, 9, rule="no_competitor")
    values, has_positive = per_anchor_values(*both, problem)
    gradients = torch.autograd.grad(values.sum(), both)
    filled = placement == "numerator_and_denominator"
    assert bool(has_positive.any()) == bool(values.any()) == filled
    assert bool(gradients[0].any()) == filled
    assert all(torch.isfinite(x).all() for x in (values, *gradients))


@pytest.mark.parametrize("way", ["summed", "per_anchor_values"])
@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "mulsupcon", "msc", "overlap_ratio"])
@every_path
@pytest.mark.slow
@pytest.mark.parametrize("form", ["outside", "numerator_and_denominator", "regularised"])
def test_never_more_than_a_tile(form, path, rule, way):
    """500 anchors by tiles of 40: forward and backward allocate nothing larger than a tile of pairs."""
    n, c, d, rows = 500, 30, 16, 40
    pairs = anchors_and_references(embeddings(n, d), random_labels(n, c, 0.1, 14), None, "batch").with_prototypes(
        embeddings(c, d)
    )
    both = leaves(pairs, torch.float32)
    problem = problem_of(pairs, FORMS[form], path, rows, rule=rule, dtype=torch.float32)
    with LargestTensor() as spy:
        if way == "summed":
            summed(*both, problem)[0].backward()
        else:
            per_anchor_values(*both, problem)[0].sum().backward()
    assert 0 < spy.entries <= rows * (n + c)


def test_the_whole_would_be_seen():
    """The proof that the spy works: a single tile of all pairs is twelve times as large."""
    n = 2000
    pairs = anchors_and_references(embeddings(n, 16), random_labels(n, 30, 0.1, 14), None, "batch")
    with LargestTensor() as spy:
        summed(*leaves(pairs, torch.float32), problem_of(pairs, FORMS["outside"], "fused", n, dtype=torch.float32))
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
        plain_loss = build_loss(name).dense_value(LossInputs(z.detach(), y, prototypes=prototypes.detach()))
        found.append((loss.detach(), z.grad, prototypes.grad))
        torch.testing.assert_close(loss.detach(), plain_loss, rtol=1e-10, atol=1e-10)
    for given, expected in zip(*found, strict=True):
        torch.testing.assert_close(given, expected, rtol=1e-10, atol=1e-10)


def test_tiles_cover_every_anchor_once():
    """In order, without a gap, the last one lower; none where there are no anchors."""
    problem = problem_of(laid_out("square"), FORMS["outside"], "fused", 7)
    z = torch.zeros(N, 2)
    assert list(tiles_of(problem, z, z)) == [slice(0, 7), slice(7, 14), slice(14, 21), slice(21, 23)]
    assert list(tiles_of(problem, z[:0], z)) == []


def test_the_height_of_a_tile():
    """Two million pairs, at least 128 rows, no more rows than anchors."""
    like = torch.zeros(1)
    assert tile_height(10_000, 2048, like) == 1024
    assert tile_height(10_000, 10**6, like) == 128
    assert tile_height(100, 10, like) == 100
    assert tile_height(100, 0, like) == 100


def test_the_height_of_a_tile_on_a_gpu(monkeypatch):
    """A tenth of the free memory in eight arrays, down to a power of two of pairs; the driver is asked once."""
    asked, taken = [], [0]

    def memory(device):
        asked.append(device)
        return 2**36, 2**37

    monkeypatch.setattr(torch.cuda, "mem_get_info", memory)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 0)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: taken[0])
    like = SimpleNamespace(is_cuda=True, device=torch.device("cuda", 7), element_size=lambda: 4)
    assert tile_height(10**6, 2**16, like) == 2**27 // 2**16  # of 2**31 bytes / 10 / 4
    taken[0] = 2**31
    assert tile_height(10**6, 2**16, like) == 2**27 // 2**16
    taken[0] = 2**36
    assert tile_height(10**6, 2**16, like) == 128
    assert len(asked) == 1


@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "mulsupcon", "label_dot"])
def test_tiles_share_one_workspace(rule):
    """From the second tile on, scores and positives have the memory of those of the first."""
    loss, y = build_loss("weighted_supcon", rule=rule), random_labels(32, C, 0.35, 3)
    pairs = anchors_and_references(embeddings(32), y, None, "batch")
    problem = replace(loss._problem(pairs), rows=8)
    z, addresses = F.normalize(pairs.z, dim=1), []
    for rows in tiles_of(problem, z, z):
        s = problem.scores(z[rows], z)
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
