"""Laws of the losses on logits, whatever the labels and the logits."""

import pytest
import torch
from hypothesis import given, settings, strategies

from mlcl_core.losses import LOSSES, build_loss
from tests.cases import embeddings, label_matrices, other_values

NAMES = [name for name, record in LOSSES.items() if record.needs <= {"logits", "label_counts"}]
# each loss as it is, and with each of its options changed
VARIANTS = [(name, {}) for name in NAMES] + [
    (name, {key: value})
    for name in NAMES
    for key, option in LOSSES[name].options.items()
    if key != "reduction"
    for value in other_values(option)
]
every_variant = pytest.mark.parametrize(
    ("name", "options"), VARIANTS, ids=[f"{name}-{options or 'default'}" for name, options in VARIANTS]
)
few = settings(max_examples=15)
seeds = strategies.integers(0, 2**16)


def built(name, counts, items, **options):
    """A loss, with label counts where it needs them."""
    loss = build_loss(name, **options)
    return loss.with_label_counts(counts, items) if "label_counts" in loss.needs else loss


def some_counts(c, seed):
    """Counts of c labels out of 30 items; 0 and 30 among the possible ones."""
    return torch.randint(0, 31, (c,), generator=torch.Generator().manual_seed(seed))


def test_the_laws_are_about_something():
    """All losses on logits are under them."""
    assert {"bce", "focal", "asl", "zlpr", "two_way", "distribution_balanced", "label_correlation"} <= set(NAMES)


@every_variant
@few
@given(y=label_matrices(), seed=seeds, random=strategies.randoms(use_true_random=False))
def test_items_and_labels_in_any_order(name, options, y, seed, random):
    """Items or labels permuted (label counts along): the same value, the gradient permuted."""
    rows, columns = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(rows), random.shuffle(columns)
    counts = some_counts(y.shape[1], seed)
    x = embeddings(*y.shape, seed=seed).requires_grad_()
    moved = x.detach()[rows][:, columns].requires_grad_()
    first = built(name, counts, 30, **options)(None, y, logits=x)
    second = built(name, counts[columns], 30, **options)(None, y[rows][:, columns], logits=moved)
    torch.testing.assert_close(second, first, rtol=1e-10, atol=1e-12)
    first.backward(), second.backward()
    torch.testing.assert_close(moved.grad, x.grad[rows][:, columns], rtol=1e-9, atol=1e-12)


@every_variant
@few
@given(
    y=label_matrices() | label_matrices(max_items=1),
    fill=strategies.sampled_from(
        ["as drawn", "no labels", "all labels", "an empty row", "a full row", "a full column"]
    ),
    scale=strategies.sampled_from([0.0, 1.0, 100.0, 1e6]),
    seed=seeds,
    dtype=strategies.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
)
@pytest.mark.slow
def test_always_finite(name, options, y, fill, scale, seed, dtype):
    """Any labels, logits of any size, any option: value and gradient are finite, and the value is not negative."""
    if fill in ("no labels", "all labels"):
        y = torch.full_like(y, fill == "all labels")
    elif fill == "a full column":
        y[:, :1] = True
    elif fill != "as drawn":
        y[:1] = fill == "a full row"
    x = (scale * embeddings(*y.shape, seed=seed)).to(dtype).requires_grad_()
    # anomaly detection: no NaN on the way either
    with torch.autograd.set_detect_anomaly(True):
        loss = built(name, some_counts(y.shape[1], seed), 30, **options)(None, y, logits=x)
        loss.backward()
    assert torch.isfinite(loss)
    assert loss >= 0
    assert torch.isfinite(x.grad).all()
    assert loss.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)


@every_variant
@few
@given(y=label_matrices(max_items=4, max_labels=4), seed=seeds)
@pytest.mark.slow
def test_the_gradient_is_the_slope(name, options, y, seed):
    """Autograd against central differences (asl with its weights not detached)."""
    options = {"detach": False, **options} if name == "asl" else options
    if options.get("detach"):
        return
    loss = built(name, some_counts(y.shape[1], seed), 30, **options)
    x = embeddings(*y.shape, seed=seed).requires_grad_()
    assert torch.autograd.gradcheck(lambda logits: loss(None, y, logits=logits), x, eps=1e-6, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if "reduction" in LOSSES[name].options])
@given(y=label_matrices(), seed=seeds)
def test_reductions_agree(name, y, seed):
    """The values of ``none``, one an item, add up to the sum, where a sum is over an item's labels too by c times."""
    counts = some_counts(y.shape[1], seed)
    x = embeddings(*y.shape, seed=seed)
    each, total = (built(name, counts, 30, reduction=name_)(None, y, logits=x) for name_ in ("none", "sum"))
    assert each.shape == (len(y),)
    terms = y.shape[1] if hasattr(build_loss(name), "per_entry") else 1
    torch.testing.assert_close(terms * each.sum(), total)
    mean = built(name, counts, 30, reduction="mean")(None, y, logits=x)
    if name != "label_correlation" and len(y):
        torch.testing.assert_close(mean, each.mean())


@pytest.mark.parametrize("name", NAMES)
@given(y=label_matrices(min_items=1), seed=seeds)
def test_better_logits_never_cost_more(name, y, seed):
    """Moving every logit towards its right answer lowers the loss, or leaves it."""
    x, counts = embeddings(*y.shape, seed=seed), some_counts(y.shape[1], seed)
    step = torch.where(y, 0.5, -0.5)
    loss = built(name, counts, 30)
    assert loss(None, y, logits=x + step) <= loss(None, y, logits=x) + 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_autocast_changes_nothing(name):
    """Inside autocast the number is the one outside."""
    y, x = torch.rand(6, 4) < 0.5, torch.randn(6, 4)
    loss = built(name, some_counts(4, 0), 30)
    plain = loss(None, y, logits=x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(loss(None, y, logits=x), plain, rtol=0, atol=0)
