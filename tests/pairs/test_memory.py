"""No rule makes a tensor of size n x m x c, however many labels there are."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from mlcl_core.pairs import RULES, dissimilarity_factor, relation_matrix, similarity_factor
from tests.cases import VARIANT_IDS, VARIANTS, label_weights, random_labels


class LargestTensor(TorchDispatchMode):
    """Records the size of the largest tensor that an operation returns inside the block."""

    entries = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation and measure its results."""
        out = func(*args, **(kwargs or {}))
        self.entries = max([self.entries, *(leaf.numel() for leaf in tree_leaves(out) if torch.is_tensor(leaf))])
        return out


N, M, C = 24, 17, 300
LIMIT = max(N * M, N * C, M * C)


def test_the_spy_sees_a_broadcast():
    """The mode measures what it should: it sees the published n x m x c form."""
    y = random_labels(N, C, 0.1, 8)
    with LargestTensor() as spy:
        (y[:, None] & y[None, :M]).sum(2)
    assert spy.entries == N * M * C


@pytest.mark.parametrize(("name", "params"), VARIANTS, ids=VARIANT_IDS)
def test_rules_stay_two_dimensional(name, params):
    """The largest tensor of every rule is n x m, n x c or m x c."""
    y_anchor, y_other = random_labels(N, C, 0.1, 8), random_labels(M, C, 0.1, 9)
    more = label_weights(name, params, y_other)
    with LargestTensor() as spy:
        RULES[name].weights(y_anchor, y_other, self_index=torch.full((N,), -1), **more, **params)
    assert 0 < spy.entries <= LIMIT


@pytest.mark.parametrize("function", [relation_matrix, similarity_factor, dissimilarity_factor])
def test_relations_and_factors_stay_two_dimensional(function):
    """The same holds for relations and factors."""
    with LargestTensor() as spy:
        function(random_labels(N, C, 0.1, 8), random_labels(M, C, 0.1, 9))
    assert 0 < spy.entries <= LIMIT
