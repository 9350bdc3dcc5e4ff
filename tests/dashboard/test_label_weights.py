"""Label weights on pages: those of the batch under edit, or those that a run trains with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dashboard import loaders
from dashboard.figures.batch_sources import example_batch
from dashboard.figures.hand_batch import edited
from dashboard.figures.label_weights import InTraining, of_anchor, weight_words
from dashboard.figures.methods import Method
from dashboard.figures.relations import relations_payload, verdict
from dashboard.figures.rule_cards import treatments
from mlcl_core.losses import build_loss, fitted_to_labels
from mlcl_core.pairs import inverse_frequency
from mlcl_core.runs.records import TrainedOn
from tests import reference
from tests.toy_run import ITEMS, NASTY, STEPS, toy_run

PROVES = {
    "test_the_sentence_has_the_weights_and_whose_they_are": (
        "In `rare` labels weigh {…}{more}: one over how many of {whose} carry each, on average 1.",
    )
}
RARE = {"expression": "rare / either"}
METHOD = Method("formula", RARE)


def batch():
    """Eight items with the labels of a scene."""
    return example_batch("common", key="k", readiness="learning", seed=0)


def test_a_hand_batch_weighs_by_its_own_labels_and_follows_an_edit() -> None:
    """Weights are the inverse frequencies of the items on the page; a toggled label changes them."""
    now = batch()
    for _ in range(2):
        one = verdict(now, METHOD)
        assert one.terms is not None
        assert one.label_weights == pytest.approx(inverse_frequency(torch.from_numpy(now.labels.sum(0))).tolist())
        options = {**RARE, "label_weights": one.label_weights}
        expected, _, _ = reference.weights("formula", now.labels, now.labels, range(len(now)), **options)
        np.testing.assert_allclose(one.terms.attract.numpy(), expected, rtol=1e-5)
        rows = [{"id": item, "labels": row.tolist()} for item, row in zip(now.ids, now.labels, strict=True)]
        rows[0]["labels"] = [True] * len(now.label_names)
        now = edited(now, rows)
    assert verdict(now, Method("jaccard")).label_weights is None


def test_a_batch_of_a_run_weighs_by_the_training_items() -> None:
    """Its few labels keep the weights that they have among all labels of the run, whose mean is 1."""
    now = batch()
    columns = np.arange(len(now.label_names)) * 2 + 1
    counts = np.arange(1, 2 * len(now.label_names) + 2)
    known = TrainedOn(100, counts, counts // 2)
    one = verdict(replace(now, training=InTraining(columns, known)), METHOD)
    stored = inverse_frequency(torch.from_numpy(counts))[columns].tolist()
    assert one.label_weights == pytest.approx(stored)
    assert one.terms is not None
    expected, _, _ = reference.weights("formula", now.labels, now.labels, range(len(now)), **RARE, label_weights=stored)
    np.testing.assert_allclose(one.terms.attract.numpy(), expected, rtol=1e-5)
    payload = relations_payload(now, one, verdict(now, Method("jaccard")), edit=0)
    assert [method["label_weights"] for method in payload["methods"]] == [one.label_weights, None]


def test_the_sentence_has_the_weights_and_whose_they_are() -> None:
    """Rarest first, markup inert, at most twelve; the items here, or those that the run trains on."""
    assert weight_words(["a", "<b>"], [0.5, 1.5], 8, None) == (
        "In `rare` labels weigh \\<b\\> 1.5 · a 0.5: one over how many of the 8 items here carry each, on average 1."
    )
    known = InTraining(np.arange(14), TrainedOn(1200, np.ones(14, int), np.ones(14, int)))
    words = weight_words([f"l{k}" for k in range(14)], [1.0] * 14, 8, known)
    assert "l11 1 · 2 more: one over how many of the run's 1,200 training items carry each" in words


def test_a_card_weighs_its_five_items() -> None:
    """In {a, b} with one item of each relation: a and b occur thrice, c and d twice."""
    found = treatments("formula", RARE)
    assert found is not None
    weights = inverse_frequency(torch.tensor([3, 3, 3, 2])).tolist()
    by_relation = {row.relation: row.weight for row in found}
    assert by_relation["equal"] == pytest.approx(weights[0])
    assert by_relation["subset"] == pytest.approx((weights[0] + weights[1]) / 4)


def test_the_anchor_of_a_run_is_weighed_as_it_trains(tmp_path: Path) -> None:
    """Weights of watched items are those of the loops with the training items' frequencies, in a file of its run."""
    run = toy_run(tmp_path, {"loss.rule": "formula", "loss.rule_params": RARE})
    watched, config = run.watched_items(), run.config().loss
    train = watched.labels[watched.split == "train"]
    assert watched.trained_on is not None
    assert watched.trained_on.counts.tolist() == train.sum(0).tolist()
    stored = inverse_frequency(torch.from_numpy(train.sum(0))).tolist()
    assert stored != pytest.approx(inverse_frequency(torch.from_numpy(watched.labels.sum(0))).tolist())
    anchor = int(watched.labels.sum(1).argmax())
    options = {**RARE, "label_weights": stored}
    expected, _, _ = reference.weights("formula", watched.labels[[anchor]], watched.labels, [anchor], **options)
    found = loaders.pairs(run, STEPS[-1], anchor, "anchor")
    np.testing.assert_allclose(found.weight, expected[0], rtol=1e-6)
    named = loaders.label_weights(run, config, watched.labels[anchor])
    assert named == pytest.approx(
        {name: stored[label] for label, name in enumerate(watched.label_names) if watched.labels[anchor, label]}
    )
    assert NASTY in watched.label_names
    assert len(found.weight) == ITEMS
    plain = config.model_copy(update={"rule": "jaccard", "rule_params": {}})
    assert loaders.label_weights(run, plain, watched.labels[anchor]) is None
    assert all(one.value for one in loaders.health(run, STEPS[-1]))


def test_losses_that_weigh_no_labels_name_none() -> None:
    """Another formula, a loss of its own form and no loss at all have no label weights."""
    y = torch.from_numpy(batch().labels)
    for loss in (None, build_loss("hero"), fitted_to_labels(build_loss("weighted_supcon", rule="formula"), y)):
        assert of_anchor(loss, batch().labels[0], batch().label_names) is None
