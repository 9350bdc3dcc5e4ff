"""Relations, counts and factors: hand-worked sets, then the loops over every case."""

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.pairs import Relation, dissimilarity_factor, pair_counts, relation_matrix, relations, similarity_factor
from mlcl_core.pairs.relations import prepare
from tests import reference
from tests.cases import CASES, DEVICES, labels
from tests.host_reads import host_reads, on_host, pretended_device

ANCHOR = labels("11000")
OTHERS = labels("11000", "10000", "11100", "01010", "00011", "00000", "11111")


def test_codes_are_the_contract():
    """The codes R1 to R5 are stored in files and sent to browsers: they never change."""
    assert {relation.name: int(relation) for relation in Relation} == {
        "DISJOINT": 1,
        "EQUAL": 2,
        "OVERLAP": 3,
        "SUPERSET": 4,
        "SUBSET": 5,
    }


def test_relations_by_hand():
    """S = {a, b}: itself equal, {a} superset, {a, b, c} subset, {b, d} overlap, {d, e} and {} disjoint, all subset."""
    assert relation_matrix(ANCHOR, OTHERS).tolist() == [[2, 4, 5, 3, 1, 1, 5]]
    assert relation_matrix(ANCHOR, OTHERS).dtype == torch.uint8


def test_factors_by_hand():
    """K^s counts shared labels over |S| = 2, K^d discounts the other's surplus labels."""
    assert similarity_factor(ANCHOR, OTHERS).tolist() == [[1.0, 0.5, 1.0, 0.5, 0.0, 0.0, 1.0]]
    expected = [1, 1, 1 / 2, 1 / 2, 1 / 3, 1, 1 / 4]
    assert dissimilarity_factor(ANCHOR, OTHERS, dtype=torch.float64).tolist() == [expected]


def test_counts_by_hand():
    """Shared, extra and union of S = {a, b} with each other set."""
    counts = pair_counts(ANCHOR, OTHERS)
    assert counts.shared.tolist() == [[2, 1, 2, 1, 0, 0, 2]]
    assert counts.extra.tolist() == [[0, 0, 1, 1, 2, 0, 3]]
    assert counts.union.tolist() == [[2, 2, 3, 3, 4, 2, 5]]


def test_items_without_labels():
    """Edge cases: no labels on one side: disjoint, on both: equal; K^s of an empty anchor 0, K^d to an empty item 1."""
    y = labels("000", "010")
    assert relation_matrix(y, y).tolist() == [[Relation.EQUAL, Relation.DISJOINT], [Relation.DISJOINT, Relation.EQUAL]]
    assert similarity_factor(y, y)[0].tolist() == [0, 0]
    assert dissimilarity_factor(y, y)[:, 0].tolist() == [1, 1]


def test_no_items_give_empty_matrices():
    """Edge case: no anchors or no others is an empty matrix, not an error."""
    y, none = labels("10", "01"), torch.zeros(0, 2, dtype=torch.bool)
    for function in (relation_matrix, similarity_factor, dissimilarity_factor):
        assert function(none, y).shape == (0, 2)
        assert function(y, none).shape == (2, 0)
        assert function(none, none).shape == (0, 0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("anchor_case", CASES)
def test_equal_to_the_loops(anchor_case, device):
    """Relations, counts and factors equal the loops on every case, square and against other items."""
    y = CASES[anchor_case]
    others = [y, torch.cat([y.flip(0), ~y, y[:1]])]
    for other in others:
        on_device = (y.to(device), other.to(device))
        loops = {
            relation_matrix: reference.relation,
            similarity_factor: reference.similarity_factor,
            dissimilarity_factor: reference.dissimilarity_factor,
        }
        for function, loop in loops.items():
            expected = reference.pairwise(loop, y, other)
            np.testing.assert_allclose(function(*on_device).cpu().numpy(), expected, rtol=1e-6)
        shared = reference.pairwise(lambda S, T: len(S & T), y, other)
        assert (pair_counts(*on_device).shared.cpu().numpy() == shared).all()


def test_counts_are_exact_for_thousands_of_labels():
    """Counts of 5,000 labels are exact, under bfloat16 autocast too (whose products are exact up to 256)."""
    y = (
        torch.rand(6, 5000, generator=torch.Generator().manual_seed(3))
        < torch.tensor([0.0, 0.2, 0.9, 1, 1, 0.5])[:, None]
    )
    y[4, 4999] = False
    exact = y.long() @ y.long().T
    for enabled in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            counts, relation = pair_counts(y, y), relation_matrix(y, y)
            similarity, dissimilarity = similarity_factor(y, y), dissimilarity_factor(y, y)
        assert (counts.shared == exact).all()
        assert (counts.extra == y.sum(1)[None, :] - exact).all()
        assert relation[3, 4] == Relation.SUPERSET
        assert similarity.dtype == dissimilarity.dtype == torch.float32
        assert similarity[3, 4].item() == pytest.approx(4999 / 5000, rel=1e-7)
        assert dissimilarity[4, 3].item() == 0.5


def test_counts_move_to_float64_where_float32_would_round(monkeypatch):
    """Beyond 2**24 labels the products are computed in float64."""
    assert pair_counts(ANCHOR, OTHERS).shared.dtype == torch.float32
    monkeypatch.setattr(relations, "FLOAT32_EXACT", 5)
    assert pair_counts(ANCHOR, OTHERS).shared.dtype == torch.float64
    assert relation_matrix(ANCHOR, OTHERS).tolist() == [[2, 4, 5, 3, 1, 1, 5]]


@pytest.mark.usefixtures("unchecked")
def test_label_numbers_that_differ_are_refused():
    """Anchors and references with different numbers of labels are an error of one line."""
    with pytest.raises(InputError, match=r"5 labels.*3 labels"):
        relation_matrix(ANCHOR, labels("110"))


@pytest.mark.parametrize(("size", "half"), [(256, True), (257, False)])
def test_bfloat16_counts_where_it_is_exact(monkeypatch: pytest.MonkeyPatch, size: int, half: bool) -> None:
    """The bfloat16 product is used up to 256 labels an item, and its counts are exact."""
    y = torch.rand(40, 600, generator=torch.Generator().manual_seed(0)) < 0.3
    y[0, :], y[1, :] = False, False
    y[0, :size], y[1, :size] = True, True
    y[:, size:] = False
    monkeypatch.setattr(relations, "has_fast_bfloat16", lambda device: True)
    quick = prepare(y)
    assert (quick.short_label is not None) == half
    monkeypatch.setattr(relations, "has_fast_bfloat16", lambda device: False)
    assert torch.equal(pair_counts(y, y, quick).shared, pair_counts(y, y).shared)
    assert pair_counts(y, y, quick).shared[0, 1] == size


@pytest.mark.parametrize(("count", "kind"), [(256, torch.bfloat16), (257, torch.float16), (5000, torch.float16)])
def test_a_device_counts_any_number_of_labels(monkeypatch: pytest.MonkeyPatch, count: int, kind: torch.dtype) -> None:
    """On a device that is not the host no size is asked for: float16 counts 2,048 labels at a time, exactly."""
    monkeypatch.setattr(relations, "has_fast_bfloat16", lambda device: device.type != "cpu")
    y = torch.rand(12, count, generator=torch.Generator().manual_seed(0)) < 0.9
    y[0], y[1] = True, True
    with pretended_device() as device:
        there = y.to(device)
        with host_reads(device) as reads:
            prepared = prepare(there)
            found = pair_counts(there, there, prepared)
            again = pair_counts(there[3:7], there, prepared, anchors=prepared.rows(slice(3, 7)))
        assert reads == []
        assert prepared.short_label.dtype == kind
        assert torch.equal(on_host(found.shared), pair_counts(y, y).shared)
        assert torch.equal(on_host(again.shared), pair_counts(y[3:7], y).shared)
        assert on_host(found.shared)[0, 1] == count
