"""What the Relations page puts side by side: rules in the weighted machine, and losses of another form."""

import pytest
import torch

from dashboard.figures.methods import (
    Method,
    method_choice,
    method_names,
    method_options,
    method_record,
    method_title,
    methods_by_group,
    pair_losses,
)
from dashboard.figures.relations import against_any_shared, relations_payload, verdict
from dashboard.figures.rule_cards import treatments
from mlcl_core.losses import LOSSES, build_loss, fitted_to_labels
from mlcl_core.pairs import GROUPS, RULES
from tests.dashboard.test_relations import batch_of


def test_every_rule_and_every_loss_that_opens_pairs_is_offered():
    """Each once, by the groups of their records; weighted_supcon, losses on logits or label embeddings are left out."""
    names, groups = method_names(), methods_by_group()
    assert sorted(names) == sorted({*RULES, *pair_losses()})
    assert list(groups) == list(GROUPS)
    assert all(groups.values())
    assert groups["equality"] == ["all_equal"]
    assert groups["overlap"] == ["similarity_dissimilarity", "any_shared", "jaccard", "label_dot", "hamming"]
    assert groups["by label"] == ["mulsupcon", "msc", "overlap_ratio"]
    assert groups["own formula"] == ["formula"]
    assert {"strict", "hero", "soft_contrastive", "contrastive_knn", "label_distribution"} <= set(groups["own form"])
    assert not {"weighted_supcon", "bce", "label_level", "intra_label", "probabilistic"} & set(names)
    assert method_title("hero").startswith("Loss: ")
    assert method_choice("jaccard") == "overlap · Jaccard overlap"
    assert "temperature" not in method_options("hero")
    assert set(method_options("hero")) <= set(LOSSES["hero"].options)


# the weights of S = {a, b} with {c, d}, {a, b}, {b, c}, {a}, {a, b, c, d} as one batch, by hand; None: not a positive
WORKED = {
    "similarity_dissimilarity": (None, 1, 1 / 4, 1 / 2, 1 / 3),  # smaller with labels beyond the anchor's
    "any_shared": (None, 1, 1, 1, 1),
    "all_equal": (None, 1, None, None, None),
    "jaccard": (None, 1, 1 / 3, 1 / 2, 2 / 4),
    "mulsupcon": (None, 2 / 3, 1 / 3, 1 / 3, 2 / 3),  # of three items with a, and three with b, a third of 1 each
    "label_dot": (None, 2, 1, 1, 2),
    "hamming": (None, 4 / 4, 2 / 4, 3 / 4, 2 / 4),
    "overlap_ratio": (None, 1 / 3, 1 / 6, 1 / 6, 1 / 3),  # of 1/2 instead
    "formula": (None, 1, 1 / 3, 1 / 2, 2 / 4),
    "proto_only": (None,) * 5,
    "strict": (None, 1, None, None, None),
    "jaccard_denominator": (1,) * 5,
    "contrastive_knn": (None, 2, 1, 1, 2),
}


@pytest.mark.parametrize("name", WORKED)
def test_the_line_of_a_method_is_what_it_does(name):
    """Positives and weights as its line tells them."""
    found = treatments(name, {})
    assert [one.weight if one.positive else None for one in found] == [
        None if weight is None else pytest.approx(weight) for weight in WORKED[name]
    ]


@pytest.mark.parametrize("name", [name for name in method_names() if name != "jaccard_denominator"])
def test_a_method_says_which_pairs_are_positive(name):
    """One line, in two parts; a disjoint item is positive only where a line says so."""
    record = method_record(name)
    assert record.positives.startswith("Positive: ")
    assert record.positives.count(". ") == 1
    assert not treatments(name, {})[0].positive


@pytest.mark.parametrize("name", method_names())
def test_what_is_shown_is_what_trains(name):
    """Weights and forces of the payload are those of the loss by its registry name, finite, on a whole batch."""
    batch = batch_of()
    one = verdict(batch, Method(name, temperature=0.2))
    assert one.refused is None
    payload = relations_payload(batch, one, verdict(batch, Method("any_shared")), edit=0)["methods"][0]
    options = {"rule": name} if name in RULES else {}
    loss = build_loss(name if name not in RULES else "weighted_supcon", temperature=0.2, **options)
    z, y = torch.from_numpy(batch.z), torch.from_numpy(batch.labels)
    loss = fitted_to_labels(loss, y)
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)))
    torch.testing.assert_close(torch.tensor(payload["force"]), terms.force.float(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(torch.tensor(payload["weight"]), terms.attract.float(), rtol=1e-5, atol=1e-6)
    assert terms.force.isfinite().all()
    assert payload["title"] == method_title(name)
    assert treatments(name, {}) is not None


def test_a_loss_has_no_placement_to_compare():
    """The placement lesson applies to the weighted softmax loss."""
    assert against_any_shared(batch_of(), verdict(batch_of(), Method("hero"))) is None
