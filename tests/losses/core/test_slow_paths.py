"""Slow paths are reported where they are taken: by each loss, and under settings of weighted_supcon."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch

from mlcl_core.losses import LOSSES, build_loss, fitted_to_labels
from mlcl_core.losses.core import tile_sums
from mlcl_core.losses.core import tiles as tiles_module
from mlcl_core.losses.core.kernel import kernel_terms
from mlcl_core.pairs import RULES, relations
from mlcl_core.pairs.slow import slow, slow_paths
from tests.cases import embeddings, labels, loss_inputs

Y = labels("110", "100", "011", "000", "110")
# words of the reason of some losses that have no fast form
WITHOUT = {
    "soft_contrastive": "no form by tiles",
    "contrastive_knn": "distances by differences",
    "hero": "one label after the other",
    "label_distribution": "no form by tiles",
    "intra_label": "items x labels x labels",
    "probabilistic": "component by component",
}


def reasons_of(name: str, *, backward: bool = False, **options: Any) -> list[str]:
    """The reasons that a call of a loss gives."""
    loss = fitted_to_labels(build_loss(name, **options), Y)
    z = embeddings(5, dtype=torch.float32).requires_grad_()
    with slow_paths() as reasons:
        value = loss(z, Y, **{key: x.detach().float() for key, x in loss_inputs(loss.needs, Y).items()})
        if backward:
            value.sum().backward()
    return list(reasons)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_says_whether_it_is_slow(name):
    """The reason that the loss declares, and none where it declares none."""
    declared = build_loss(name).slow_reason
    assert reasons_of(name) == ([declared] if declared else [])
    assert WITHOUT.get(name, "") in declared


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_is_slow(rule):
    """Default settings have no slow path under any rule, backward included."""
    assert reasons_of("weighted_supcon", rule=rule, backward=True) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temperature": 0.01}, "similarities up to 100 (1 / temperature) are beyond 70: exponentials are shifted"),
        ({"similarity": "dot"}, "dot products have no bound: exponentials are shifted"),
        ({"no_positive": "drop_columns"}, "drop_columns: the weights of every tile are computed twice"),
        ({"reduction": "none"}, "one value per anchor (reduction none): the backward pass makes every tile again"),
        (
            {
                "temperature": 0.018,
                "placement": "inside_sum",
                "rule": "formula",
                "rule_params": {"expression": "where(s == t, 1, 0.00000001)"},
            },
            "some weights are so small or so large",
        ),
    ],
)
def test_settings_that_are_slow(options, words):
    """Each has its own sentence, and none is reported at the temperature where the fused form begins."""
    (reason,) = reasons_of("weighted_supcon", **options)
    assert words in reason
    assert reasons_of("weighted_supcon", temperature=1 / 70) == []


@pytest.mark.parametrize("temperature", [1e-3, 0.01, 0.0142, 0.0143, 0.1, 1.0])
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_sentence_is_said_exactly_where_the_path_is_taken(monkeypatch, temperature, similarity):
    """The shifted form runs if and only if it is reported."""
    taken = []
    monkeypatch.setattr(tiles_module, "kernel_terms", lambda *a, **k: taken.append(1) or kernel_terms(*a, **k))
    reasons = reasons_of("weighted_supcon", temperature=temperature, similarity=similarity)
    assert bool(taken) == bool(reasons)


def test_second_derivatives_say_so():
    """torch.func, and a gradient that is itself to be differentiated."""
    loss, z = build_loss("weighted_supcon"), embeddings(5)
    with slow_paths() as reasons:
        torch.func.grad(lambda x: loss(x, Y))(z)
    assert list(reasons) == [tile_sums.TRACED]
    leaf = z.clone().requires_grad_()
    with slow_paths() as reasons:
        torch.autograd.grad(loss(leaf, Y), leaf, create_graph=True)
    assert list(reasons) == [tile_sums.GRAPH_WANTED]


@pytest.mark.parametrize(("count", "expected"), [(256, 0), (257, 1)])
def test_labels_beyond_the_fast_count(monkeypatch, count, expected):
    """Where bfloat16 counts exactly and fast, an item with more labels than it can count is reported."""
    monkeypatch.setattr(relations, "has_fast_bfloat16", lambda device: True)
    y = torch.zeros(2, 300, dtype=torch.bool)
    y[0, :count] = True
    with slow_paths() as reasons:
        relations.prepare(y)
    assert len(reasons) == expected
    assert all("more than 256 labels" in reason for reason in reasons)


def test_reasons_are_recorded_inside_a_block():
    """Each reason once, in order; nothing before or after; an inner block keeps its reasons to itself."""
    slow("not recorded")
    with slow_paths() as outer:
        slow("b")
        with slow_paths() as inner:
            slow("c")
        slow("a")
        slow("b")
    slow("not recorded")
    assert (list(outer), list(inner)) == (["b", "a"], ["c"])


def test_threads_keep_their_reasons_apart():
    """Two trainings in one process keep their reasons apart."""

    def reasons(name: str) -> list[str]:
        return [reason for _ in range(20) for reason in reasons_of(name)]

    jobs: list[Callable[[], list[str]]] = [lambda: reasons("hero"), lambda: reasons("weighted_supcon")]
    with ThreadPoolExecutor(2) as pool:
        hero, plain = pool.map(lambda job: job(), jobs)
    assert len(hero) == 20
    assert plain == []
