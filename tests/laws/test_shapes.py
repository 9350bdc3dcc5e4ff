"""The shapes in annotations are checked while tests of the packages that have them run."""

import pytest
import torch
from jaxtyping import TypeCheckError

from mlcl_core.pairs import relation_matrix


def test_a_wrong_shape_is_found():
    """One row of labels in place of a matrix, and another number of labels."""
    y = torch.zeros(3, 4, dtype=torch.bool)
    for anchors, references in ((y[0], y), (y, y[:, :2])):
        with pytest.raises(TypeCheckError, match="annotations"):
            relation_matrix(anchors, references)


@pytest.mark.usefixtures("unchecked")
def test_unchecked_is_the_answer_in_use():
    """With the fixture, the product's own error."""
    with pytest.raises(Exception, match="label") as caught:
        relation_matrix(torch.zeros(3, 4, dtype=torch.bool), torch.zeros(3, 2, dtype=torch.bool))
    assert not isinstance(caught.value, TypeCheckError)
