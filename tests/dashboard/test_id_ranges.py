"""Item ids as a text of links."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.id_ranges import id_ranges, ids_of, is_ranges
from mlcl_core.errors import InputError


def test_ranges_by_hand() -> None:
    """Neighbouring ids are one range; a single id stands alone."""
    assert id_ranges(np.array([3, 4, 5, 12])) == "3-5.12"
    assert id_ranges(np.array([0])) == "0"
    assert ids_of("3-5.12", 4).tolist() == [3, 4, 5, 12]


@given(st.sets(st.integers(0, 10**9), min_size=1, max_size=200))
def test_ids_come_back(ids: set[int]) -> None:
    """Reading what was written gives the ids; the text is short enough for a link."""
    given = np.array(sorted(ids))
    assert is_ranges(id_ranges(given))
    assert ids_of(id_ranges(given), 200).tolist() == given.tolist()


@pytest.mark.parametrize(
    "text",
    [*("", "1-", "a", "1..2", "-1", "1-2-3", "5-3", "1.0-200", "0-999999999999999", "1" * 16, "١")],
)
def test_other_texts_are_refused(text: str) -> None:
    """No text makes more than 200 ids, or takes the memory for them; digits are those of ASCII."""
    with pytest.raises(InputError):
        ids_of(text, 200)
