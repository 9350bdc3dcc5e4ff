"""Bands, co-occurrence, relation shares with errors, anchors without a positive."""

import numpy as np
import pytest
import torch

from mlcl_core.data import LabelMatrix, anchors_without_positive, bands, co_occurrence, relation_shares
from mlcl_core.data.explore import sampler_effect, share_with_positives
from mlcl_core.data.samplers import SAMPLERS
from mlcl_core.metrics import bands as bands_of_scores
from mlcl_core.pairs import RULES
from tests.cases import labels, random_labels
from tests.data.samplers.dealer import SHARED


def test_bands_by_hand():
    """Head is at least 100 items, medium 20 to 99, tail fewer: as the bands of scores."""
    counts = torch.tensor([500, 100, 99, 20, 19, 0])
    assert bands(counts) == ["head", "head", "medium", "medium", "tail", "tail"]
    assert bands(counts) == bands_of_scores(counts.numpy()).of_labels


def test_co_occurrence_by_hand():
    """Of two items with a, one has b; the item with b has a; no item has c."""
    share = co_occurrence(LabelMatrix.of(labels("110", "100", "000")), [0, 1, 2])
    assert share.tolist() == [[1, 0.5, 0], [1, 1, 0], [0, 0, 0]]


def test_the_standard_errors_of_relation_shares(icon_data):
    """0 for the whole set; of 60 samples of 200 items, at least 48 lie within two errors of the whole set's share."""
    y = icon_data.labels
    whole, none, of = relation_shares(y, sample=len(y))
    assert of == len(y)
    assert set(none.values()) == {0.0}
    assert sum(whole.values()) == pytest.approx(1)
    assert whole["superset"] == pytest.approx(whole["subset"])
    inside = 0
    for seed in range(60):
        shares, errors, of = relation_shares(y, sample=200, seed=seed)
        assert of == 200
        inside += abs(shares["overlap"] - whole["overlap"]) <= 2 * errors["overlap"]
    assert inside >= 48


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_items(n):
    """Sets of no, one and two items give no NaN."""
    shares, errors, of = relation_shares(LabelMatrix.of(np.ones((n, 2), dtype=bool)))
    assert of == n
    assert all(np.isfinite([*shares.values(), *errors.values()]))


def test_anchors_without_positive_by_loops_over_sets(icon_data):
    """Larger batches leave fewer anchors without a positive; under all_equal more have none than under any_shared."""
    data = icon_data
    alone = anchors_without_positive(data.labels, data.indices("train"), [16, 64, 256])
    assert set(alone) == set(RULES)
    assert alone["any_shared"] == sorted(alone["any_shared"], reverse=True)
    assert all(e > a for e, a in zip(alone["all_equal"], alone["any_shared"], strict=True))
    # by loops over sets, for the last batch size
    from mlcl_core.data import epoch_batches

    batches = epoch_batches(data.indices("train"), 256, seed=0, epoch=0)
    sets = [[frozenset(row.nonzero()[:, 0].tolist()) for row in data.labels[batch]] for batch in batches]
    lonely = sum(not any(s & t for j, t in enumerate(batch) if j != i) for batch in sets for i, s in enumerate(batch))
    assert alone["any_shared"][2] == pytest.approx(lonely / sum(map(len, batches)))


def test_sampler_effect_by_loops_over_sets():
    """In the batches of each sampler: relations of pairs, anchors with two positives, rarer labels, different items."""
    y = random_labels(60, 5, 0.3, 4)
    matrix, rows = LabelMatrix.of(y), torch.arange(10, 60)
    effects = sampler_effect(matrix, rows, 8, "any_shared", at_least=2, seed=1)
    assert list(effects) == list(SAMPLERS)
    sets = [frozenset(row.nonzero()[:, 0].tolist()) for row in y]
    rare = set(y[10:].sum(0).argsort(stable=True)[:2].tolist())
    for name, effect in effects.items():
        params = {"at_least": 2} if name == "positives" else {}
        batches = SAMPLERS[name].make(
            rows, 8, seed=1, epoch=0, labels=matrix, positive=lambda a, b: RULES["any_shared"].weights(a, b).positive,
            **params,
        )  # fmt: skip
        dealt = [[sets[item] for item in batch.tolist()] for batch in batches]
        pairs = [(s, t) for batch in dealt for i, s in enumerate(batch) for j, t in enumerate(batch) if i != j]
        assert effect.relations["equal"] == pytest.approx(np.mean([s == t for s, t in pairs]))
        assert effect.relations["superset"] == pytest.approx(np.mean([bool(t) and s > t for s, t in pairs]))
        assert sum(effect.relations.values()) == pytest.approx(1)
        enough = [
            sum(bool(s & t) for j, t in enumerate(batch) if j != i) >= 2 for batch in dealt for i, s in enumerate(batch)
        ]
        assert effect.enough == pytest.approx(np.mean(enough))
        assert effect.rare == pytest.approx(np.mean([bool(s & rare) for batch in dealt for s in batch]))
        assert effect.batches == 6
    assert effects["uniform"].different == 1
    assert effects["label_balanced"].rare > effects["uniform"].rare
    assert effects["positives"].enough > effects["uniform"].enough


@pytest.mark.parametrize("n", [0, 1])
def test_sampler_effect_of_nearly_nothing(n):
    """Sets of no and one item give no NaN and no relation."""
    for effect in sampler_effect(LabelMatrix.of(np.ones((n, 2), dtype=bool)), torch.arange(n), 8, "jaccard").values():
        assert sum(effect.relations.values()) == 0
        assert effect.enough == 1 - n


def test_share_with_positives_by_hand() -> None:
    """{a}, {a}, {a, b} and {c}: under any_shared three of four have a positive, three have two, none has three."""
    y = LabelMatrix.of(labels("100", "100", "110", "001"))
    batches = [torch.arange(4)]
    assert [share_with_positives(batches, y, SHARED, m) for m in (1, 2, 3)] == [0.75, 0.75, 0]
    assert share_with_positives([torch.tensor([0, 3]), torch.tensor([1, 2])], y, SHARED) == 0.5
    assert share_with_positives([], y, SHARED) == 1
