"""anchors_and_references: which references every anchor has, in which order, and of what kind."""

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses.core.anchors_and_references import PROTOTYPES_AS, anchors_and_references
from mlcl_core.pairs import Kind
from tests.cases import embeddings, labels

Z, Y = embeddings(2), labels("110", "011")
QUEUE = embeddings(1, seed=1), labels("001")
PROTOTYPES = embeddings(3, seed=2)


def test_a_batch_alone():
    """The batch itself, each item with its own column, items alone."""
    pairs = anchors_and_references(Z, Y, None, "batch")
    assert pairs.reference_z is Z
    assert pairs.self_index.tolist() == [0, 1]
    assert pairs.kind is None


def test_references():
    """After the batch or instead of it; keys unless told otherwise."""
    both = anchors_and_references(Z, Y, QUEUE, "both")
    assert both.kind.tolist() == [Kind.ITEM, Kind.ITEM, Kind.KEY]
    assert both.reference_z.equal(torch.cat([Z, QUEUE[0]]))
    assert both.self_index.tolist() == [0, 1]
    alone = anchors_and_references(Z, Y, (*QUEUE, torch.tensor([Kind.QUEUE], dtype=torch.uint8)), "references")
    assert alone.kind.tolist() == [Kind.QUEUE]
    assert alone.reference_y.equal(QUEUE[1])
    assert alone.self_index is None


def test_prototypes_as_others():
    """Last, one-hot, of their own kind."""
    pairs = anchors_and_references(Z, Y, QUEUE, "both").with_prototypes(PROTOTYPES)
    assert pairs.kind.tolist() == [0, 0, 1, 3, 3, 3]
    assert pairs.reference_y[3:].tolist() == torch.eye(3).bool().tolist()
    assert pairs.reference_z[3:].equal(PROTOTYPES)
    assert pairs.self_index.tolist() == [0, 1]
    assert anchors_and_references(Z, Y, None, "batch").with_prototypes(PROTOTYPES).kind.tolist() == [0, 0, 3, 3, 3]


@pytest.mark.parametrize(
    ("candidates", "own"), [("batch", [0, 1, 2, 3, 4]), ("both", [0, 1, 3, 4, 5]), ("references", [-1, -1, 1, 2, 3])]
)
def test_prototypes_as_anchors(candidates, own):
    """After the items among the anchors too, each with a column of its own."""
    references = None if candidates == "batch" else QUEUE
    pairs = anchors_and_references(Z, Y, references, candidates).with_prototypes(PROTOTYPES, "anchors")
    assert pairs.z.equal(torch.cat([Z, PROTOTYPES]))
    assert pairs.y[2:].tolist() == torch.eye(3).bool().tolist()
    assert pairs.self_index.tolist() == own
    for i, column in enumerate(own):
        assert column == -1 or pairs.reference_z[column].equal(pairs.z[i])


def test_prototypes_only():
    """Nothing else, and no column is left out."""
    pairs = anchors_and_references(Z, Y, None, "batch").with_prototypes(PROTOTYPES, "only")
    assert pairs.reference_z.equal(PROTOTYPES)
    assert pairs.kind.tolist() == [3, 3, 3]
    assert pairs.self_index is None


@pytest.mark.parametrize("prototypes_as", PROTOTYPES_AS)
def test_they_take_the_type_of_the_embeddings(prototypes_as):
    """Prototypes in float32 beside embeddings in float64, and the other way round."""
    for dtype, other in ((torch.float64, torch.float32), (torch.float32, torch.float64)):
        pairs = anchors_and_references(Z.to(dtype), Y, None, "batch").with_prototypes(
            PROTOTYPES.to(other), prototypes_as
        )
        assert pairs.z.dtype == pairs.reference_z.dtype == dtype


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [(2, 5), (3, 4), (3,)])
def test_prototypes_that_do_not_fit_are_refused(shape):
    """The shapes given, and what would be right."""
    with pytest.raises(InputError, match=r"do not fit embeddings \(2, 5\) and 3 labels: one point a label"):
        anchors_and_references(Z, Y, None, "batch").with_prototypes(torch.zeros(shape))
