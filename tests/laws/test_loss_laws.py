"""Laws of the weighted contrastive loss, whatever the labels and the embeddings."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies

from mlcl_core.losses import LOSSES, NORMALISATIONS, PLACEMENTS, build_loss, fitted_to_labels
from mlcl_core.pairs import RULES
from tests.cases import embeddings, label_matrices, loss_inputs, one_label_matrices

few = settings(max_examples=10)
every_rule = pytest.mark.parametrize("rule", RULES)
every_placement = pytest.mark.parametrize("placement", PLACEMENTS)
seeds = strategies.integers(0, 2**16)
BEYOND_ONE = ["mulsupcon", "label_dot", "msc"]  # their weights may be larger than 1
SHARED_OUT = ["mulsupcon", "msc", "overlap_ratio"]  # whose weights are divided by the number of positives already


def per_anchor(y, z, **options):
    """One value per anchor."""
    return build_loss("weighted_supcon", reduction="none", temperature=0.4, **options)(z, y)


def forces(y, z, **options):
    """Forces of a batch on itself."""
    loss = build_loss("weighted_supcon", temperature=0.4, **options)
    return loss.explain(z, y, z, y, self_index=torch.arange(len(y))).force


def close(first, second):
    """Equal up to the order of summation."""
    torch.testing.assert_close(first, second, rtol=1e-10, atol=1e-11)


@every_placement
@every_rule
@few
@given(y=label_matrices(), seed=seeds, random=strategies.randoms(use_true_random=False))
def test_items_and_labels_in_any_order(rule, placement, y, seed, random):
    """Items permuted: values permute. Labels permuted, or an unused label added: nothing changes."""
    items, columns = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(items), random.shuffle(columns)
    z = embeddings(len(y), seed=seed)
    plain = per_anchor(y, z, rule=rule, placement=placement)
    close(per_anchor(y[items], z[items], rule=rule, placement=placement), plain[items])
    close(per_anchor(y[:, columns], z, rule=rule, placement=placement), plain)
    wider = torch.cat([y, torch.zeros(len(y), 1, dtype=torch.bool)], dim=1)
    if rule != "hamming":  # which counts the labels that there are
        close(per_anchor(wider, z, rule=rule, placement=placement), plain)


@every_rule
@few
@given(y=label_matrices(), seed=seeds)
def test_only_directions_matter(rule, y, seed):
    """Lengths and a common rotation of the embeddings change nothing."""
    z = embeddings(len(y), seed=seed)
    turn = torch.linalg.qr(embeddings(5, seed=seed + 1))[0]
    lengths = embeddings(len(y), 1, seed=seed + 2).abs() + 0.1
    close(per_anchor(y, lengths * z @ turn, rule=rule), per_anchor(y, z, rule=rule))


@every_placement
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in BEYOND_ONE])
@few
@given(y=label_matrices(), seed=seeds)
def test_never_negative(rule, placement, y, seed):
    """Weights up to 1 make a loss of at least 0 under every placement."""
    assert (per_anchor(y, embeddings(len(y), seed=seed), rule=rule, placement=placement) >= -1e-12).all()


@pytest.mark.parametrize("rule", BEYOND_ONE)
@few
@given(y=label_matrices(), seed=seeds)
def test_weights_beyond_one_outside_are_never_negative(rule, y, seed):
    """Weights beyond 1 stand outside the logarithm, so the value is at least 0 too."""
    assert (per_anchor(y, embeddings(len(y), seed=seed), rule=rule) >= -1e-12).all()


def supcon(z, classes, temperature):
    """Khosla et al., L_out, written from the classes: cross-entropy averaged over the positives."""
    z = F.normalize(z, dim=1)
    values = []
    for i in range(len(z)):
        others = [j for j in range(len(z)) if j != i]
        if not others:
            return torch.zeros(1, dtype=z.dtype)
        log_share = F.log_softmax(z[i] @ z[others].T / temperature, dim=0)
        mine = [k for k, j in enumerate(others) if classes[j] == classes[i]]
        values.append(-log_share[mine].mean() if mine else torch.zeros((), dtype=z.dtype))
    return torch.stack(values)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "hamming"])
@given(y=one_label_matrices(), seed=seeds)
def test_one_label_each_is_supcon(rule, y, seed):
    """With one label an item every rule but hamming is SupCon, under all placements but inside_sum (a log of a sum)."""
    z = embeddings(len(y), seed=seed)
    expected = supcon(z, y.int().argmax(1).tolist(), 0.4)
    placements = ["outside"] if rule in SHARED_OUT else [name for name in PLACEMENTS if name != "inside_sum"]
    for placement in placements:
        close(per_anchor(y, z, rule=rule, placement=placement), expected)


@every_rule
@every_placement
@few
@given(y=label_matrices(), seed=seeds, normalise=strategies.sampled_from(sorted(NORMALISATIONS)))
def test_forces_of_an_anchor_sum_to_zero(rule, placement, y, seed, normalise):
    """Pulls and pushes are in balance; on the anchor itself there is no force."""
    force = forces(y, embeddings(len(y), seed=seed), rule=rule, placement=placement, normalise=normalise)
    close(force.sum(1), torch.zeros(len(y), dtype=force.dtype))
    assert not force.diagonal().any()


@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "jaccard", "mulsupcon", "any_shared"])
@few
@given(y=label_matrices(), seed=seeds)
def test_inside_trains_like_any_shared(rule, y, seed):
    """Inside the logarithm the weight is a constant: the force is any_shared's, to the last bits."""
    z = embeddings(len(y), seed=seed)
    inside = forces(y, z, rule=rule, placement="inside", normalise="count")
    close(inside, forces(y, z, rule="any_shared", placement="outside", normalise="count"))


@given(y=label_matrices(), seed=seeds)
def test_outside_re_weights(y, seed):
    """Outside, a weighted rule's force is any_shared's only where every positive weighs 1."""
    z = embeddings(len(y), seed=seed)
    loss = build_loss("weighted_supcon", rule="similarity_dissimilarity")
    weights = loss.pair_weights(y, y, self_index=torch.arange(len(y)))
    differ = (weights.positive & (weights.attract < 1)).any(1)
    weighted, plain = forces(y, z, rule="similarity_dissimilarity"), forces(y, z, rule="any_shared")
    close(weighted[~differ], plain[~differ])
    # with a single candidate there is nothing to choose between: both forces are 0
    if len(y) > 2:
        assert ((weighted - plain).abs() > 1e-9).any(1)[differ].all()


@every_placement
@given(
    y=label_matrices(max_items=4),
    seed=seeds,
    rule=strategies.sampled_from(sorted(RULES)),
    normalise=strategies.sampled_from(sorted(NORMALISATIONS)),
    reduction=strategies.sampled_from(["mean", "sum", "rows"]),
    no_positive=strategies.sampled_from(["drop", "zero"]),
    empty_match=strategies.booleans(),
    temperature=strategies.sampled_from([1e-3, 0.1, 100.0]),
    collapsed=strategies.booleans(),
)
def test_always_finite(placement, y, seed, collapsed, empty_match, **options):
    """Any labels, any setting, float32: no NaN and no infinity, in the value or in the gradient."""
    z = embeddings(len(y), seed=seed, dtype=torch.float32)
    if collapsed:
        z = torch.ones_like(z)
    z.requires_grad_()
    loss = build_loss("weighted_supcon", rule_params={"empty_match": empty_match}, placement=placement, **options)(z, y)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize("name", LOSSES)
@given(y=label_matrices(), seed=seeds)
def test_every_registered_loss_is_finite_on_any_labels(name, y, seed):
    """The law of every loss of the registry."""
    z = embeddings(len(y), seed=seed).requires_grad_()
    loss = fitted_to_labels(build_loss(name), y)
    inputs = loss_inputs(loss.needs, y, seed=seed)
    number = loss(z, y, **inputs)
    number.backward()
    assert torch.isfinite(number)
    for leaf in (z, *inputs.values()):
        assert leaf.grad is None or torch.isfinite(leaf.grad).all()
