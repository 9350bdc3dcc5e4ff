"""No loss waits for the device in a call, forward or backward, but where it is stated here."""

import pytest
import torch
from torch.utils._pytree import tree_map

from mlcl_core.losses import LOSSES, NORMALISATIONS, PLACEMENTS, WeightedSupCon, build_loss, fitted_to_labels
from mlcl_core.losses.core.local_anchors import LocalAnchors
from mlcl_core.pairs import RULES
from tests.cases import embeddings, loss_inputs, random_labels
from tests.host_reads import host_reads, on_host, pretended_device

N, C = 10, 4
Y = random_labels(N, C, 0.4, 3)
Y[2], Y[5] = False, Y[4]

# Where a loss cannot do without, and why.
CARRIERS = "_to_copy in losses/hero.py _carriers"  # one problem a label, of as many rows as carry it
POINTS = "nonzero in losses/label_level.py _points"  # as many points as the items have labels
ABSENT = "nonzero in losses/label_level.py _absent"  # and as many more as they lack
OTHER_VIEWS = "equal in losses/soft_contrastive.py _other_view"  # references that are no other views are refused
ZERO_WEIGHTS = "_local_scalar_dense in losses/core/kernel.py refuse_zero_weights"  # a positive of weight 0 is refused
STATED = {"hero": {CARRIERS}, "label_level": {POINTS}}

FORMS = {
    **{f"rule {name}": {"rule": name} for name in RULES},
    **{f"placement {name}": {"placement": name} for name in PLACEMENTS},
    **{f"{name} without tiles": {"placement": name, "temperature": 0.01} for name in PLACEMENTS},
    **{f"normalise {name}": {"normalise": name} for name in NORMALISATIONS},
    **{f"reduction {name}": {"reduction": name} for name in ("sum", "rows", "none")},
    "columns": {"no_positive": "drop_columns"},
    "zero": {"no_positive": "zero"},
    "no negative": {"no_negative": "zero", "base_temperature": 0.07},
    "dot": {"similarity": "dot"},
    "rare": {"rule": "formula", "rule_params": {"expression": "rare / either"}},
}


def gradients(loss, device, **more):
    """The value of one call on a device, the gradients by what the loss works on, and the reads."""
    made = {"z": embeddings(N), **loss_inputs(loss.needs, Y)}
    leaves = {name: x.detach().to(device).requires_grad_() for name, x in made.items()}
    given = tree_map(lambda x: x.to(device) if isinstance(x, torch.Tensor) else x, more)
    y = Y.to(device)
    loss = fitted_to_labels(loss, y)
    with host_reads(device) as reads:
        value = loss(y=y, **leaves, **given)
        value.sum().backward()
    return on_host(value.detach()), [on_host(leaf.grad) for leaf in leaves.values()], reads


def waits(loss, **more):
    """The reads of a call on a pretended device, whose numbers are those on the CPU."""
    expected, expected_gradients, _ = gradients(loss, torch.device("cpu"), **more)
    with pretended_device() as device:
        value, found, reads = gradients(loss, device, **more)
    assert torch.equal(value, expected)
    for given, of_host in zip(found, expected_gradients, strict=True):
        assert (given is None) == (of_host is None)
        assert given is None or torch.equal(given, of_host)
    return set(reads)


@pytest.mark.parametrize("name", LOSSES)
def test_no_loss_waits_for_the_device(name):
    """One call of every loss, forward and backward: no value comes to the host but the stated ones."""
    assert waits(build_loss(name)) == STATED.get(name, set())


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_the_weighted_loss_waits(form):
    """Likewise under every rule, placement, normalisation, reduction, and with exponentials that are shifted."""
    assert waits(build_loss("weighted_supcon", **FORMS[form])) == set()


@pytest.mark.parametrize("candidates", ["references", "both"])
@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "msc"])
def test_references_do_not_wait(candidates, rule):
    """Keys and a queue bring nothing to the host, nor do prototypes beside them."""
    references = (embeddings(7, seed=1), random_labels(7, C, 0.4, 5))
    loss = build_loss("weighted_supcon", rule=rule)
    assert waits(loss, references=references, candidates=candidates) == set()
    prototypes = {"prototypes": embeddings(C, seed=2)}
    assert waits(loss, references=references, candidates=candidates, **prototypes) == set()
    anchors = WeightedSupCon(rule=RULES[rule], prototypes_as="anchors", no_positive="drop_columns")
    assert waits(anchors, references=references, candidates=candidates, **prototypes) == set()


@pytest.mark.parametrize("name", ["weighted_supcon", "soft_contrastive", "hero"])
def test_a_share_of_the_anchors_does_not_wait(name):
    """Nor does the share of one process."""
    with pretended_device() as device:
        share = LocalAnchors(torch.tensor([1, 4, 5]).to(device), True, lambda count: count)
        _, _, reads = gradients(build_loss(name), device, local_anchors=share)
    assert set(reads) == STATED.get(name, set())


def test_stated_reads():
    """What the list states is true: these options look at values that come to the host."""
    assert waits(build_loss("label_level", negatives=2)) == {POINTS, ABSENT}
    views = {"references": (embeddings(N, seed=1), Y), "candidates": "references"}
    assert waits(build_loss("soft_contrastive"), **views) == {OTHER_VIEWS}
    assert waits(build_loss("soft_contrastive", views="stacked")) == set()
    steep = {"rule": "jaccard", "rule_params": {"power": 16.0}, "placement": "inside"}
    assert waits(build_loss("weighted_supcon", **steep)) == set()
    zero = {"rule": "jaccard", "rule_params": {"inclusive": True, "threshold": 0.0}}
    assert waits(build_loss("weighted_supcon", **zero)) == set()
    y, found = torch.ones(N, C, dtype=torch.bool), build_loss("weighted_supcon", **zero, placement="inside")
    with host_reads() as reads:
        found(embeddings(N), y)
    assert set(reads) == {ZERO_WEIGHTS}
