"""Laws of the losses with prototypes, whatever the labels and the embeddings."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies

from mlcl_core.losses import LOSSES, build_loss
from tests.cases import embeddings, label_matrices, one_label_matrices

NAMES = [name for name, record in LOSSES.items() if "prototypes" in record.needs]
CROWDS = ["msc_without_regularisation", "msc_regularised"]
few = settings(max_examples=20)
every_loss = pytest.mark.parametrize("name", NAMES)
seeds = strategies.integers(0, 2**16)


def points(y, seed):
    """Embeddings and prototypes for a label matrix."""
    return embeddings(len(y), seed=seed), embeddings(y.shape[1], seed=seed + 1)


def per_anchor(name, z, y, prototypes, **options):
    """One value per anchor."""
    return build_loss(name, reduction="none", temperature=0.4, **options)(z, y, prototypes=prototypes)


def close(first, second):
    """Equal up to the order of summation."""
    torch.testing.assert_close(first, second, rtol=1e-10, atol=1e-11)


@every_loss
@few
@given(y=label_matrices(), seed=seeds, random=strategies.randoms(use_true_random=False))
def test_items_and_labels_in_any_order(name, y, seed, random):
    """Items permuted, labels permuted with their prototypes: values follow."""
    items, columns = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(items), random.shuffle(columns)
    z, prototypes = points(y, seed)
    plain = per_anchor(name, z, y, prototypes)
    moved = per_anchor(name, z[items], y[items][:, columns], prototypes[columns])
    order = items + ([len(y) + column for column in columns] if name in CROWDS else [])
    close(moved, plain[order])


@every_loss
@few
@given(y=label_matrices(), seed=seeds)
def test_only_directions_matter(name, y, seed):
    """Lengths of items and prototypes, and a rotation of both together, change nothing."""
    z, prototypes = points(y, seed)
    turn = torch.linalg.qr(embeddings(5, seed=seed + 2))[0]
    lengths, more = embeddings(len(y), 1, seed=seed + 3).abs() + 0.1, embeddings(y.shape[1], 1, seed=seed).abs() + 0.1
    close(per_anchor(name, lengths * z @ turn, y, more * prototypes @ turn), per_anchor(name, z, y, prototypes))


@pytest.mark.parametrize("alpha", [-1.0, 0.0, 1.0, 16.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("temperature", [1e-3, 0.1, 100.0])
@every_loss
@few
@given(
    y=label_matrices(max_items=4),
    seed=seeds,
    collapsed=strategies.booleans(),
    reduction=strategies.sampled_from(["mean", "sum"]),
)
@pytest.mark.slow
def test_always_finite(name, temperature, dtype, alpha, y, seed, collapsed, reduction):
    """Any labels, 0 to 4 items, every point in one place or not: no NaN and no infinity, gradients too."""
    z, prototypes = (torch.ones_like(x) if collapsed else x for x in points(y, seed))
    z, prototypes = (x.to(dtype).requires_grad_() for x in (z, prototypes))
    options = {"alpha": alpha} if name in CROWDS else {"alpha": max(alpha, 0.0)} if name == "msc" else {}
    loss = build_loss(name, temperature=temperature, reduction=reduction, **options)(z, y, prototypes=prototypes)
    loss.backward()
    for x in (loss, z.grad, prototypes.grad):
        assert torch.isfinite(x).all()


@every_loss
@given(y=label_matrices(), seed=seeds)
def test_items_without_labels_contribute_nothing(name, y, seed):
    """Their value is 0; every item with a label has a positive, and a value of its own."""
    z, prototypes = points(y, seed)
    values = per_anchor(name, z, y, prototypes)[: len(y)]
    assert not values[~y.any(1)].any()
    loss = build_loss(name)
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)), prototypes=prototypes)
    assert terms.has_positive.equal(y.any(1))


@few
@given(y=one_label_matrices(), seed=seeds)
def test_one_label_each_makes_cross_entropy_of_prototypes(y, seed):
    """proto_only is then the cross-entropy of a classifier whose weights are the unit prototypes."""
    z, prototypes = points(y, seed)
    logits = F.normalize(z, dim=1) @ F.normalize(prototypes, dim=1).T / 0.4
    close(per_anchor("proto_only", z, y, prototypes), F.cross_entropy(logits, y.int().argmax(1), reduction="none"))


@few
@given(y=one_label_matrices(), seed=seeds)
def test_one_label_each_makes_supcon_of_msc(y, seed):
    """With alpha and beta 1 msc is then SupCon whose candidates are the other items and the prototypes."""
    z, prototypes = points(y, seed)
    supcon = build_loss("weighted_supcon", rule="any_shared", reduction="none", temperature=0.4)
    expected = supcon(z, y, prototypes=prototypes)
    close(per_anchor("msc", z, y, prototypes, alpha=1.0, beta=1.0), expected)


@pytest.mark.parametrize("alpha", [-1.0, 0.0, 2.0])
@few
@given(y=one_label_matrices(), seed=seeds)
def test_one_label_each_makes_supcon_of_the_crowd(alpha, y, seed):
    """msc_without_regularisation is then SupCon on the batch of items and prototypes, whatever alpha."""
    z, prototypes = points(y, seed)
    crowd = torch.cat([z, prototypes]), torch.cat([y, torch.eye(y.shape[1], dtype=torch.bool)])
    expected = build_loss("weighted_supcon", rule="any_shared", reduction="none", temperature=0.4)(*crowd)
    close(per_anchor("msc_without_regularisation", z, y, prototypes, alpha=alpha), expected)


@few
@given(y=label_matrices(), seed=seeds, alpha=strategies.sampled_from([-1.0, 0.0, 1.5]))
def test_the_crowd_is_a_batch(y, seed, alpha):
    """The rule overlap_ratio on items and prototypes put together gives the same values."""
    z, prototypes = points(y, seed)
    crowd = torch.cat([z, prototypes]), torch.cat([y, torch.eye(y.shape[1], dtype=torch.bool)])
    options = {"rule": "overlap_ratio", "rule_params": {"alpha": alpha}, "temperature": 0.4}
    expected = build_loss("weighted_supcon", reduction="none", **options)(*crowd)
    close(per_anchor("msc_without_regularisation", z, y, prototypes, alpha=alpha), expected)


@few
@given(y=label_matrices(), seed=seeds)
def test_the_regularisation_only_takes_push_away(y, seed):
    """Its forces are those without it, minus r on positives; no force on a positive is above 0."""
    z, prototypes = points(y, seed)
    own = torch.arange(len(y))
    with_r, without = (
        build_loss(name).explain(z, y, z, y, self_index=own, prototypes=prototypes) for name in reversed(CROWDS)
    )
    assert (with_r.force <= without.force).all()
    assert (with_r.force[with_r.positive] <= 1e-12).all()
    assert with_r.force[~with_r.positive].equal(without.force[~with_r.positive])
