"""Local anchors: the shares of several processes add up to the loss of one."""

from typing import Any

import pytest
import torch
from torch import Tensor

from mlcl_core.losses import LOSSES, LocalAnchors, build_loss, fitted_to_labels

N, C, D = 11, 4, 5
# uneven, one of them empty
PARTS = ([3, 0, 7, 10], [], [1, 2, 4, 5, 6, 8, 9])
CHANGED: dict[str, list[dict[str, Any]]] = {
    "weighted_supcon": [
        {"no_positive": "zero"},
        {"no_positive": "drop_columns"},
        {"reduction": "sum"},
        {"reduction": "rows", "rule": "mulsupcon"},
        {"reduction": "rows", "rule": "mulsupcon", "no_positive": "zero"},
        {"no_negative": "zero", "placement": "inside_sum"},
    ],
    "soft_contrastive": [{"views": "stacked"}, {"no_labels": "keep"}],
    "label_level": [{"negatives": 3}, {"no_positive": "drop_columns"}],
    "two_way": [{"ways": "items"}, {"ways": "labels"}],
    "label_correlation": [{"no_positive": "zero"}],
    "hero": [{"reduction": "mean"}],
    "jaccard_denominator": [{"space": "logits"}],
}
CASES = [(name, {}) for name in LOSSES] + [(name, one) for name, many in CHANGED.items() for one in many]
KEYED = [("weighted_supcon", {"no_positive": "drop_columns"}), ("soft_contrastive", {}), ("msc", {}), ("strict", {})]


def parts(rows: list[list[int]], first: int = 0) -> Any:
    """The local anchors of each process, once to record its counts, and once with the totals of all processes."""
    heard: list[list[Tensor]] = [[] for _ in rows]

    def counting(place: int) -> LocalAnchors:
        return LocalAnchors(
            torch.tensor(rows[place], dtype=torch.int64), place == first, lambda x: heard[place].append(x) or x
        )

    def knowing(place: int) -> LocalAnchors:
        calls = iter(zip(*heard, strict=True))
        return LocalAnchors(torch.tensor(rows[place], dtype=torch.int64), place == first, lambda _: sum(next(calls)))

    return [counting(place) for place in range(len(rows))], [knowing(place) for place in range(len(rows))]


def problem(name: str, y: Tensor, options: dict[str, Any]) -> tuple[Any, dict[str, Tensor]]:
    """A loss and random inputs for it, all of them leaves."""
    generator = torch.Generator().manual_seed(1)
    loss = fitted_to_labels(build_loss(name, **options), y)
    shapes = {
        "z": (len(y), D),
        "logits": y.shape,
        "label_z": (*y.shape, D),
        "mixture": (*y.shape, D),
        "prototypes": (C, D),
    }
    wanted = {"z", *loss.needs} & shapes.keys()
    leaves = {
        key: torch.randn(shapes[key], generator=generator, dtype=torch.float64).requires_grad_()
        for key in sorted(wanted)
    }
    return loss, leaves


def compare(name: str, options: dict[str, Any], *, keys: bool = False) -> None:
    """Values and gradients of the shares add up to those of the whole."""
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(N, C, generator=generator) < 0.45
    y[0], y[1] = False, True
    if options.get("views") == "stacked":
        y = torch.cat([y[:6], y[:6]])[: N + 1]
    loss, leaves = problem(name, y, options)
    more: dict[str, Any] = {}
    if keys:
        others = torch.randn(N + 6, D, generator=generator, dtype=torch.float64)
        more = {"references": (others, torch.cat([y, y[:6].flip(0)])), "candidates": "both"}
    rows = [*PARTS[:2], [*PARTS[2], *range(N, len(y))]]

    def called(**local_anchors: Any) -> tuple[Tensor, list[Tensor]]:
        value = loss(leaves["z"], y, **{k: v for k, v in leaves.items() if k != "z"}, **more, **local_anchors)
        grads = torch.autograd.grad(value, list(leaves.values()), allow_unused=True, materialize_grads=True)
        return value.detach(), list(grads)

    expected, gradients = called()
    counting, knowing = parts(rows)
    for part in counting:
        called(local_anchors=part)
    found = [called(local_anchors=part) for part in knowing]
    torch.testing.assert_close(sum(value for value, _ in found), expected, rtol=1e-12, atol=1e-12)
    for place, gradient in enumerate(gradients):
        total = sum(grads[place] for _, grads in found)
        torch.testing.assert_close(total, gradient, rtol=1e-12, atol=1e-12)
    assert any(bool(gradient.any()) for gradient in gradients)


@pytest.mark.parametrize(
    ("name", "options"), CASES, ids=lambda x: "-".join(map(str, x.values())) if isinstance(x, dict) else x
)
def test_shares_add_up(name: str, options: dict[str, Any]) -> None:
    """Every loss of the registry, over uneven shares of which one is empty: value and every gradient, to 1e-12."""
    compare(name, options)


@pytest.mark.parametrize(("name", "options"), KEYED)
def test_shares_add_up_with_keys_and_a_queue(name: str, options: dict[str, Any]) -> None:
    """References are candidates in every process."""
    compare(name, options, keys=True)


@pytest.mark.parametrize("name", ["bce", "focal", "weighted_supcon", "hero", "intra_label"])
def test_one_value_per_anchor(name: str) -> None:
    """Without reduction a share is the values of its own anchors."""
    y = torch.rand(N, C, generator=torch.Generator().manual_seed(0)) < 0.45
    loss, leaves = problem(name, y, {"reduction": "none"})
    more = {k: v for k, v in leaves.items() if k != "z"}
    rows = torch.tensor(PARTS[0])
    mine = loss(leaves["z"], y, **more, local_anchors=LocalAnchors(rows, True, lambda x: x))
    whole = loss(leaves["z"], y, **more).view(N, -1)
    torch.testing.assert_close(mine.view(len(rows), -1), whole[rows])
