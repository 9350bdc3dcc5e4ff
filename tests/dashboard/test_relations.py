"""The Relations page's payload: every number is the training functions' own, and equals the loops."""

import json

import numpy as np
import pytest

from dashboard.figures.batch_sources import EXAMPLES, example_batch
from dashboard.figures.relations import (
    MAX_DISAGREEMENTS,
    SAME_FORCE,
    Method,
    against_any_shared,
    disagreements,
    largest_force_difference,
    relations_payload,
    verdict,
    without_positive,
)
from mlcl_core.losses import PLACEMENTS
from mlcl_core.pairs import RULES
from tests import reference

INCLUSIVE = Method("jaccard", {"inclusive": True}, placement="inside")


def batch_of(name="relations"):
    """An example."""
    return example_batch(name, key="k", readiness="learning", seed=0)


def payload_of(batch, a, b, edit=0):
    """What the component gets, through JSON as the browser gets it; NaN would not pass."""
    payload = relations_payload(batch, verdict(batch, a), verdict(batch, b), edit=edit)
    return json.loads(json.dumps(payload, allow_nan=False))


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["relations", "without"])
def test_every_number_equals_the_loops(name, rule, placement):
    """Relation, factors, cosine, weight, positive and force of every pair, to 1e-6."""
    batch = batch_of(name)
    expected = reference.anchors(
        batch.z, batch.labels, batch.z, batch.labels,
        rule=rule, temperature=0.2, placement=placement, self_index=range(len(batch)),
    )  # fmt: skip
    payload = payload_of(batch, Method(rule, temperature=0.2, placement=placement), Method("any_shared"))
    shown = payload["methods"][0]
    for mine, theirs in (("relation", "relation"), ("shared", "shared"), ("extra", "extra"), ("cosine", "cosine")):
        np.testing.assert_allclose(payload[mine], expected[theirs], atol=1e-6)
    np.testing.assert_allclose(payload["similarity_factor"], expected["similarity_factor"], atol=1e-6)
    np.testing.assert_allclose(payload["dissimilarity_factor"], expected["dissimilarity_factor"], atol=1e-6)
    np.testing.assert_allclose(shown["weight"], expected["attract"], atol=1e-6)
    np.testing.assert_array_equal(np.array(shown["positive"], dtype=bool), expected["positive"])
    np.testing.assert_allclose(shown["force"], expected["force"], atol=1e-6)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("rule", ["similarity_dissimilarity", "jaccard"])
def test_inside_trains_exactly_like_any_shared(name, rule):
    """The lesson: with the weight inside the logarithm, no force of any example differs from ANY's."""
    batch = batch_of(name)
    inside = verdict(batch, Method(rule, placement="inside"))
    assert against_any_shared(batch, inside) < SAME_FORCE
    assert against_any_shared(batch, verdict(batch, Method("similarity_dissimilarity"))) > 0.01 or name == "single"


def test_refused_combinations_keep_the_page():
    """The message is the loss's own; the other side and the relations remain."""
    payload = payload_of(batch_of(), INCLUSIVE, Method("any_shared"))
    refused, other = payload["methods"]
    assert "weight 0" in refused["refused"]
    assert refused["weight"] is refused["force"] is None
    assert other["refused"] is None
    assert other["force"]
    assert payload["disagreements"] == []
    assert largest_force_difference(*(verdict(batch_of(), one) for one in (INCLUSIVE, Method("any_shared")))) is None


def test_disagreements_are_the_largest_differences():
    """Five pairs, ordered by |force A - force B|, and no pair outside has a larger one."""
    a, b = (verdict(batch_of(), Method(rule)) for rule in ("similarity_dissimilarity", "any_shared"))
    ranked_by, pairs = disagreements(a, b)
    gap = (a.terms.force - b.terms.force).abs().numpy()
    found = [gap[i, j] for i, j in pairs]
    assert ranked_by == "force"
    assert found == sorted(gap.flatten(), reverse=True)[:MAX_DISAGREEMENTS]


def test_equal_forces_are_ranked_by_weight():
    """Placement inside: no force differs, the weights do."""
    rules = ("similarity_dissimilarity", "any_shared")
    ranked_by, pairs = disagreements(*(verdict(batch_of(), Method(rule, placement="inside")) for rule in rules))
    assert ranked_by == "weight"
    assert pairs


def test_a_rule_agrees_with_itself():
    """Nothing to list."""
    same = verdict(batch_of(), Method("jaccard"))
    assert disagreements(same, same) == ("weight", [])


def test_anchors_without_positive_are_named():
    """An item without labels, and one whose label no other item has."""
    batch = batch_of("without")
    assert without_positive(batch, verdict(batch, Method("any_shared"))) == ["1", "2"]
    assert without_positive(batch, verdict(batch, Method("all_equal"))) == list(batch.names)


def test_both_sides_share_one_scale():
    """No weight and no force lies beyond the scale, whichever rule is larger."""
    payload = payload_of(batch_of(), Method("mulsupcon"), Method("any_shared"))
    weights, forces = ([np.abs(one[name]).max() for one in payload["methods"]] for name in ("weight", "force"))
    assert payload["weight_scale"] == pytest.approx(max(1.0, *weights), rel=1e-6)
    assert payload["force_scale"] == pytest.approx(max(forces), rel=1e-6)


@pytest.mark.parametrize(
    ("params", "product"),
    [
        ({}, True),
        ({"factors": "symmetric"}, False),
        ({"roles": "reference"}, False),
        ({"factors": "similarity"}, False),
    ],
)
def test_the_product_is_claimed_only_where_it_holds(params, product):
    """K^s x K^d = weight: only with both factors and the anchor's S."""
    payload = payload_of(batch_of(), Method("similarity_dissimilarity", params), Method("any_shared"))
    made = np.array(payload["similarity_factor"]) * np.array(payload["dissimilarity_factor"])
    positive = np.array(payload["methods"][0]["positive"], dtype=bool)
    assert payload["methods"][0]["product"] is product
    assert np.allclose(made[positive], np.array(payload["methods"][0]["weight"])[positive], atol=1e-6) is product


def test_the_page_says_that_embeddings_are_made_up():
    """In words, with the seed, and beside the cosines."""
    payload = payload_of(batch_of(), Method("jaccard"), Method("any_shared"))
    assert "made up" in payload["origin"]
    assert "seed 0" in payload["origin"]
    assert "made-up" in payload["similarity_note"]
