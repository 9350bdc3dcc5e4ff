"""Laws of the pair losses beside the plain rules, whatever the labels and the embeddings."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies

from mlcl_core.losses import LOSSES, PairLoss, build_loss, fitted_to_labels
from tests.cases import embeddings, label_matrices, one_label_matrices, other_values

BUILT = {name: build_loss(name) for name in LOSSES}
# weighted_supcon and the losses with prototypes have laws of their own
ON_ITEMS = [
    name
    for name, loss in BUILT.items()
    if isinstance(loss, PairLoss) and loss.needs <= {"embeddings", "label_counts"} and name != "weighted_supcon"
]
ON_LABELS = [name for name, loss in BUILT.items() if loss.needs == {"label_z"}]
SOFTMAX = [name for name in ON_ITEMS if not BUILT[name].force_imbalance_reason]
# to lack a label counts here, so that a label of no item changes the value
COUNTING_ABSENT = ["stepwise_label", "hero"]

# options with which two items without labels do not match
UNMATCHED = {"strict": {"empty_match": False}, "ws_mulsupcon": {"healthy": 0.0}}

few = settings(max_examples=15)
seeds = strategies.integers(0, 2**16)
mixed = strategies.randoms(use_true_random=False)
on_items = pytest.mark.parametrize("name", ON_ITEMS)
on_labels = pytest.mark.parametrize("name", ON_LABELS)


def close(first, second):
    """Equal up to the order of summation."""
    torch.testing.assert_close(first, second, rtol=1e-9, atol=1e-10)


def per_anchor(name, y, z, **options):
    """One value per anchor."""
    return fitted_to_labels(build_loss(name, reduction="none", **options), y)(z, y)


def of_labels(y, seed, dtype=torch.float64):
    """One embedding per item and label."""
    return embeddings(y.numel(), 3, seed=seed, dtype=dtype).reshape(*y.shape, 3)


def settings_of(name):
    """The loss as it is, and with each option changed."""
    options = LOSSES[name].options
    return [{}, *({key: value} for key, option in options.items() for value in other_values(option))]


SETTINGS = [(name, chosen) for name in ON_ITEMS + ON_LABELS for chosen in settings_of(name)]


def test_the_laws_are_about_something():
    """The losses that the laws were written for are under them."""
    softmax = {
        "strict",
        "jaccard_denominator",
        "stepwise_label",
        "contrastive_knn",
        "label_distribution",
        "ws_mulsupcon",
    }
    assert softmax <= set(SOFTMAX)
    assert softmax | {"soft_contrastive", "hero"} <= set(ON_ITEMS)
    assert {"label_level", "intra_label"} <= set(ON_LABELS)


@on_items
@few
@given(y=label_matrices(), seed=seeds, random=mixed)
def test_items_and_labels_in_any_order(name, y, seed, random):
    """Items permuted: values permute. Labels permuted, or an unused one added: nothing changes."""
    items, columns = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(items), random.shuffle(columns)
    z = embeddings(len(y), seed=seed)
    plain = per_anchor(name, y, z)
    close(per_anchor(name, y[items], z[items]), plain[items])
    close(per_anchor(name, y[:, columns], z), plain)
    if name not in COUNTING_ABSENT:
        close(per_anchor(name, torch.cat([y, torch.zeros(len(y), 1, dtype=torch.bool)], dim=1), z), plain)


@on_labels
@few
@given(y=label_matrices(), seed=seeds, random=mixed)
def test_label_embeddings_in_any_order(name, y, seed, random):
    """Items or labels permuted along with their embeddings: the loss stays."""
    items, columns = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(items), random.shuffle(columns)
    label_z, loss = of_labels(y, seed), build_loss(name)
    plain = loss(None, y, label_z=label_z)
    close(loss(None, y[items], label_z=label_z[items]), plain)
    close(loss(None, y[:, columns], label_z=label_z[:, columns]), plain)


@pytest.mark.parametrize(("name", "chosen"), SETTINGS, ids=str)
@few
@given(
    y=label_matrices(max_items=4),
    seed=seeds,
    place=strategies.sampled_from(["apart", "one place", "origin", "far out"]),
)
@pytest.mark.slow
def test_always_finite(name, chosen, y, seed, place):
    """Any labels, any option, float32, wherever the items are: no NaN and no infinity, in value or gradient."""
    scale = {"apart": 1.0, "one place": 1.0, "origin": 0.0, "far out": 1e3}[place]

    def placed(x):
        return (scale * (torch.ones_like(x) if place == "one place" else x)).requires_grad_()

    inputs = {
        "z": placed(embeddings(len(y), seed=seed, dtype=torch.float32)),
        "logits": placed(embeddings(len(y), y.shape[1], seed=seed, dtype=torch.float32)),
        "label_z": placed(of_labels(y, seed, torch.float32)),
    }
    made = fitted_to_labels(build_loss(name, **chosen), y)
    loss = made(inputs["z"], y, logits=inputs["logits"], label_z=inputs["label_z"])
    assert torch.isfinite(loss).all()
    loss.sum().backward()
    assert any(x.grad is not None for x in inputs.values())
    for x in inputs.values():
        assert x.grad is None or torch.isfinite(x.grad).all()


@on_items
@few
@given(y=label_matrices(min_items=1), seed=seeds)
def test_items_without_labels(name, y, seed):
    """They contribute nothing and are no positives, except where two of them match (strict, ws_mulsupcon)."""
    z = embeddings(len(y), seed=seed)
    loss = fitted_to_labels(build_loss(name, **UNMATCHED.get(name, {})), y)
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)))
    empty = ~y.any(1)
    assert not terms.value[empty].any()
    assert not terms.force[empty].any()
    assert not terms.has_positive[empty].any()
    assert not terms.positive[:, empty].any()
    labelled = terms.has_positive.sum().clamp_min(1)
    close(replace(loss, reduction="mean")(z, y), terms.value.sum() / labelled)


@on_items
@few
@given(y=label_matrices(max_items=1), seed=seeds)
def test_one_item_or_none(name, y, seed):
    """One item or none: the loss is 0 with a gradient of 0 (hero: an item is its own positive, and that is all)."""
    z = embeddings(len(y), seed=seed).requires_grad_()
    loss = fitted_to_labels(build_loss(name), y)(z, y)
    loss.backward()
    assert loss.item() == 0
    assert not z.grad.any()


@on_labels
@few
@given(y=label_matrices(), seed=seeds)
def test_labels_without_partners(name, y, seed):
    """Without labels, or (label_level) with no label twice, the loss is 0 with a gradient of 0."""
    alone = (y & (y.cumsum(0) == 1)) if name == "label_level" else torch.zeros_like(y)
    label_z = of_labels(y, seed).requires_grad_()
    loss = build_loss(name)(None, alone, label_z=label_z)
    loss.backward()
    assert loss.item() == 0
    assert not label_z.grad.any()


@pytest.mark.parametrize("name", SOFTMAX)
@few
@given(y=label_matrices(), seed=seeds)
def test_forces_of_an_anchor_sum_to_zero(name, y, seed):
    """Pulls and pushes are in balance."""
    z = embeddings(len(y), seed=seed)
    loss = fitted_to_labels(build_loss(name), y)
    force = loss.explain(z, y, z, y, self_index=torch.arange(len(y))).force
    close(force.sum(1), torch.zeros(len(y), dtype=torch.float64))


@few
@given(y=one_label_matrices(), seed=seeds)
def test_one_label_each_is_supcon(y, seed):
    """With one label an item, strict is SupCon; and so is contrastive_knn with -d for the cosine."""
    z, own = embeddings(len(y), seed=seed), torch.arange(len(y))
    supcon = build_loss("weighted_supcon", rule="any_shared", reduction="none", temperature=0.4)(z, y)
    close(per_anchor("strict", y, z, temperature=0.4), supcon)
    terms = build_loss("contrastive_knn").explain(z, y, z, y, self_index=own)
    for i in range(len(y)):
        share = F.log_softmax(terms.scaled_cosine[i][own != i], dim=0)[terms.positive[i][own != i]]
        close(terms.value[i], -share.mean() if len(share) else terms.value.new_zeros(()))


@few
@given(y=label_matrices(max_labels=1), seed=seeds)
def test_one_label_in_all_is_two_classes(y, seed):
    """stepwise_label with a single label, items without it kept, is SupCon on the two classes."""
    if y.shape[1] == 0:
        y = torch.zeros(len(y), 1, dtype=torch.bool)
    z = embeddings(len(y), seed=seed)
    classes = torch.cat([y, ~y], dim=1)
    supcon = build_loss("weighted_supcon", rule="any_shared", reduction="none")(z, classes)
    close(per_anchor("stepwise_label", y, z, no_labels="keep"), supcon)


@few
@given(n=strategies.integers(0, 6), c=strategies.integers(1, 4), seed=seeds)
@pytest.mark.slow
def test_equal_sets_compete_like_supcon(n, c, seed):
    """jaccard_denominator where all label sets are equal: one class of SupCon."""
    y, z = torch.ones(n, c, dtype=torch.bool), embeddings(n, seed=seed)
    supcon = build_loss("weighted_supcon", rule="all_equal", reduction="none")(z, y)
    close(per_anchor("jaccard_denominator", y, z), supcon)


@few
@given(y=label_matrices(), seed=seeds)
def test_without_weight_labels_do_not_matter(y, seed):
    """soft_contrastive with weight 0 is InfoNCE: cross-entropy with the item's own key."""
    z, keys = embeddings(len(y), seed=seed), embeddings(len(y), seed=seed + 1)
    loss = build_loss("soft_contrastive", weight=0, no_labels="keep", temperature=0.4, reduction="none")
    given = loss(z, y, references=(keys, y), candidates="references")
    s = F.normalize(z, dim=1) @ F.normalize(keys, dim=1).T / 0.4
    close(given, F.cross_entropy(s, torch.arange(len(y)), reduction="none"))


@few
@given(y=label_matrices(), seed=seeds)
def test_points_are_items_with_one_label(y, seed):
    """label_level is weighted_supcon on the points, each with its one label."""
    label_z = of_labels(y, seed)
    item, label = y.nonzero(as_tuple=True)
    points = torch.zeros(len(item), y.shape[1], dtype=torch.bool)
    points[torch.arange(len(item)), label] = True
    expected = build_loss("weighted_supcon", rule="any_shared", temperature=0.2)(label_z[item, label], points)
    close(build_loss("label_level")(None, y, label_z=label_z), expected)
