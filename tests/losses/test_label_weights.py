"""A formula with ``rare`` in the loss: the label counts of the training items are stored in it, and decide."""

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import Combined, build_loss, fitted_to_labels
from tests import reference
from tests.cases import CASES, embeddings, labels, random_labels

TRAINING = random_labels(40, 9, 0.2, 7)
EXPRESSION = "rare / either"


def rare_loss(expression=EXPRESSION, **options):
    """The loss, not yet fitted."""
    return build_loss("weighted_supcon", rule="formula", rule_params={"expression": expression}, **options)


def test_value_and_gradient_equal_the_loops():
    """By the frequencies of the training items, not by those of the batch."""
    y, z = CASES["sparse"], embeddings(11).requires_grad_()
    loss = fitted_to_labels(rare_loss(reduction="none"), TRAINING)
    values = loss(z, y)
    counts = [sum(bool(row[label]) for row in TRAINING) for label in range(9)]
    assert min(counts) > 0
    mean = sum(1 / n for n in counts) / 9
    options = {"expression": EXPRESSION, "label_weights": [1 / n / mean for n in counts]}
    own = range(len(y))
    expected = reference.anchors(
        z.detach(), y, z.detach(), y, rule="formula", temperature=0.1, self_index=own, rule_params=options
    )
    torch.testing.assert_close(values.detach(), torch.from_numpy(expected["value"]))
    terms = loss.explain(z, y, z, y, self_index=torch.arange(len(y)))
    for field in ("attract", "force"):
        torch.testing.assert_close(getattr(terms, field).detach(), torch.from_numpy(expected[field]))
    assert torch.equal(loss.pair_weights(y, y, dtype=torch.float64).attract.fill_diagonal_(0), terms.attract)
    of_batch = fitted_to_labels(loss, y)(z, y)
    assert not torch.allclose(of_batch, values)


@pytest.mark.parametrize("placement", ["outside", "inside", "inside_sum", "numerator_and_denominator"])
def test_every_form_gives_the_same_number(placement):
    """Tiles equal whole matrices, value and gradient, with references and prototypes too."""
    y, more = CASES["dense"], random_labels(5, 6, 0.4, 2)
    references = (embeddings(5, seed=3), more)
    found = []
    for path in ("tiles", "plain"):
        z = embeddings(9).requires_grad_()
        loss = fitted_to_labels(rare_loss(placement=placement, path=path), y)
        value = loss(z, y, references=references, candidates="both", prototypes=embeddings(6, seed=4))
        value.backward()
        found.append((value.detach(), z.grad))
    torch.testing.assert_close(found[0], found[1])


def test_only_a_formula_with_rare_needs_label_counts():
    """Others stay as they are, and a mixture hands the counts on to the part that needs them."""
    plain = rare_loss("both / either")
    assert plain.needs == {"embeddings"}
    assert fitted_to_labels(plain, TRAINING) is plain
    assert plain.with_label_counts(torch.tensor([1]), 1) is plain
    loss = rare_loss()
    assert loss.needs == {"embeddings", "label_counts"}
    both = fitted_to_labels(Combined(loss, build_loss("bce"), 1.0), TRAINING)
    y, z, logits = CASES["sparse"], embeddings(11), embeddings(11, 9, seed=1)
    assert torch.equal(both(z, y, logits=logits), fitted_to_labels(loss, TRAINING)(z, y))
    warmer = fitted_to_labels(loss, TRAINING).with_temperature(0.5)
    assert torch.equal(warmer.label_weights(y), fitted_to_labels(loss, TRAINING).label_weights(y))


@pytest.mark.usefixtures("unchecked")
def test_counts_that_are_missing_or_of_other_labels_are_refused():
    """One line with the formula; a count above the number of items is none."""
    y, z = labels("110", "011"), embeddings(2)
    with pytest.raises(InputError, match=r"with the formula 'rare / either' needs the training items' label counts"):
        rare_loss()(z, y)
    with pytest.raises(InputError, match="has the counts of 9 labels; the batch has 3"):
        fitted_to_labels(rare_loss(), TRAINING)(z, y)
    with pytest.raises(InputError, match="must lie between 0 and the number of items, 2; given"):
        rare_loss().with_label_counts(torch.tensor([3, 0, 0]), 2)
    for several in (torch.tensor([2, 0, 0]), torch.tensor([1, 0])):
        with pytest.raises(InputError, match="of the items with several labels must be one a label, between 0 and"):
            rare_loss().with_label_counts(torch.tensor([1, 0, 0]), 2, several)


def test_the_fused_kernels_say_that_they_do_not_weigh_labels():
    """path fused is an error with the reason; auto takes tiles."""
    y, z = CASES["dense"], embeddings(9, dtype=torch.float32)
    with pytest.raises(InputError, match=r"they count common labels and do not weigh them \(rare in the formula\)"):
        fitted_to_labels(rare_loss(path="fused"), y)(z, y)
    assert torch.isfinite(fitted_to_labels(rare_loss(), y)(z, y))
