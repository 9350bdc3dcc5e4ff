"""What the Relations page puts side by side: rules in the weighted machine, and losses of another form."""

import pytest
import torch

from dashboard.figures.methods import Method, method_names, method_options, method_title, pair_losses
from dashboard.figures.relations import against_any_shared, relations_payload, verdict
from dashboard.figures.rule_cards import treatments
from mlcl_core.losses import LOSSES, build_loss, fitted_to_labels
from mlcl_core.pairs import RULES
from tests.dashboard.test_relations import batch_of


def test_every_rule_and_every_loss_that_opens_pairs_is_offered():
    """Rules first; weighted_supcon, which they represent, and losses on logits or label embeddings are left out."""
    names = method_names()
    assert names[: len(RULES)] == list(RULES)
    assert {"strict", "hero", "soft_contrastive", "contrastive_knn", "label_distribution", "msc"} <= set(pair_losses())
    assert not {"weighted_supcon", "bce", "label_level", "intra_label", "probabilistic"} & set(names)
    assert method_title("hero").startswith("Loss: ")
    assert "temperature" not in method_options("hero")
    assert set(method_options("hero")) <= set(LOSSES["hero"].options)


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
