"""Small batches: examples show what they say, embeddings are reproducible, edits move no item."""

import numpy as np
import pytest

from dashboard.figures.batch_sources import EXAMPLES, MAX_LABELS, example_batch, random_batch, run_batch
from dashboard.figures.hand_batch import EMBEDDINGS, edited, redrawn
from mlcl_core.errors import InputError
from tests import reference


def batch_of(name="relations", readiness="learning", seed=0):
    """An example."""
    return example_batch(name, key="k", readiness=readiness, seed=seed)


def as_items(batch):
    """What the page sends back when nothing changed."""
    return [{"id": item, "labels": row.astype(int).tolist()} for item, row in zip(batch.ids, batch.labels, strict=True)]


def test_the_first_example_shows_all_five_relations():
    """Item 1 meets 2 as equal, 3 as subset, 4 as superset, 5 as overlap, 6 as disjoint."""
    relations = reference.pairwise(reference.relation, batch_of().labels, batch_of().labels)[0]
    assert relations[1:6].tolist() == [2, 5, 4, 3, 1]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_fits_the_page(name):
    """7 or 8 items over the same labels, with unit embeddings."""
    batch = batch_of(name)
    assert 7 <= len(batch) <= 8
    np.testing.assert_allclose(np.linalg.norm(batch.z, axis=1), 1, rtol=1e-6)


def test_embeddings_come_from_their_seed():
    """The same seed draws the same vectors, another seed draws others."""
    assert np.array_equal(batch_of(seed=3).z, batch_of(seed=3).z)
    assert not np.allclose(batch_of(seed=3).z, batch_of(seed=4).z)


def test_embeddings_follow_the_labels_as_far_as_they_say():
    """The cosine of two equal sets grows from random over learning to separated."""
    rows = [batch_of(readiness=name, seed=1).z for name in EMBEDDINGS]
    cosines = [float(z[0] @ z[1]) for z in rows]
    assert cosines == sorted(cosines)
    assert cosines[-1] > 0.9


def test_toggling_a_label_moves_no_item():
    """Labels change, embeddings stay bit for bit."""
    batch = batch_of()
    items = as_items(batch)
    items[0]["labels"][3] = 1
    after = edited(batch, items)
    assert after.labels[0, 3]
    assert not batch.labels[0, 3]
    assert np.array_equal(after.z, batch.z)


def test_adding_and_removing_moves_no_other_item():
    """The others keep names and embeddings, the new item gets one from the batch's seed."""
    batch = batch_of()
    items = [item for item in as_items(batch) if item["id"] != 1]
    after = edited(batch, [*items, {"id": 9, "labels": [1, 0, 0, 0, 0, 0]}])
    assert after.names == ("2", "3", "4", "5", "6", "7", "8", "9")
    assert np.array_equal(after.z[:-1], batch.z[1:])
    assert np.isclose(np.linalg.norm(after.z[-1]), 1)
    again = edited(after, as_items(after))
    assert np.array_equal(again.z, after.z)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda items: items[:1], "has 1 items|have 1 items"),
        (lambda items: items + [{"id": 20 + k, "labels": [0] * 6} for k in range(5)], "13 items"),
        (lambda items: [*items, items[0]], "twice"),
        (lambda items: [{"id": 1, "labels": [1]}, *items[1:]], "not 6 long"),
    ],
)
def test_impossible_edits_are_refused(change, message):
    """Too few, too many, twice, or a row of the wrong length: one clear line."""
    with pytest.raises(InputError, match=message):
        edited(batch_of(), change(as_items(batch_of())))


def test_redrawing_uses_the_present_labels():
    """After an edit, drawing again places the item where its new labels are."""
    batch = batch_of(readiness="separated")
    items = as_items(batch)
    items[5]["labels"] = items[0]["labels"]
    drawn = redrawn(edited(batch, items), readiness="separated", seed=0)
    assert float(drawn.z[5] @ drawn.z[0]) > 0.9


def test_random_batches_come_from_their_seed():
    """Seed and number of items decide the labels."""
    one, two = (random_batch(8, key="k", readiness="random", seed=seed) for seed in (1, 2))
    assert np.array_equal(one.labels, random_batch(8, key="k", readiness="random", seed=1).labels)
    assert not np.array_equal(one.labels, two.labels)


def watched(items=8, seed=0, labels=None):
    """A batch picked out of 200 items with 40 labels."""
    rng = np.random.default_rng(5)
    labels = rng.random((200, 40)) < 0.05 if labels is None else labels
    z = rng.standard_normal((len(labels), 12)).astype(np.float32)
    names = [f"label {column}" for column in range(labels.shape[1])]
    return labels, z, run_batch(labels, names, z, items=items, key="k", origin="run", seed=seed)


def test_a_runs_batch_keeps_labels_and_embeddings():
    """Each picked row has exactly its labels and its direction."""
    labels, z, (batch, rows) = watched()
    assert len(batch) == 8
    for row, name_row, vector in zip(rows, batch.labels, batch.z, strict=True):
        carried = {f"label {column}" for column in np.flatnonzero(labels[row])}
        assert {name for name, on in zip(batch.label_names, name_row, strict=True) if on} == carried
        np.testing.assert_allclose(vector, z[row] / np.linalg.norm(z[row]), rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_a_runs_batch_is_worth_looking_at(seed):
    """Labels fit beside the matrices and most items share one with another item."""
    _, _, (batch, _) = watched(seed=seed)
    shared = reference.pairwise(lambda S, T: len(S & T), batch.labels, batch.labels) - np.diag(batch.labels.sum(1))
    assert len(batch.label_names) <= MAX_LABELS
    assert (shared.max(1) > 0).sum() >= 6


def test_a_runs_batch_without_any_label_still_opens():
    """Without labels: columns to toggle, none ticked."""
    _, _, (batch, _) = watched(labels=np.zeros((20, 5), dtype=bool))
    assert batch.labels.shape == (8, 5)
    assert not batch.labels.any()


def test_a_runs_batch_takes_no_new_item():
    """A new item would have no embedding in the run."""
    _, _, (batch, _) = watched()
    with pytest.raises(InputError, match="accepts no new items"):
        edited(batch, [*as_items(batch), {"id": 99, "labels": [0] * len(batch.label_names)}])
