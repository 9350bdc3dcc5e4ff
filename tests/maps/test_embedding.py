"""Directions: what the maps take."""

import numpy as np
import pytest

from mlcl_core.errors import InputError
from mlcl_core.maps import directions


def test_rows_get_length_one() -> None:
    """A row keeps its direction and loses its length, whatever the length was."""
    z = np.array([[3.0, 4.0], [3e200, 4e200], [3e-200, 4e-200], [-5.0, 0.0]])
    np.testing.assert_allclose(directions(z), [[0.6, 0.8], [0.6, 0.8], [0.6, 0.8], [-1, 0]], rtol=1e-6)


def test_zero_row_stays_zero() -> None:
    """A row without a direction is left at the origin."""
    assert directions(np.zeros((2, 3), np.float32)).tolist() == [[0, 0, 0]] * 2


def test_no_rows() -> None:
    """No items give no directions."""
    assert directions(np.zeros((0, 3), np.float32)).shape == (0, 3)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_bad_numbers_are_named(wrong: float) -> None:
    """NaN and infinity are refused by row and column."""
    z = np.zeros((4, 3), np.float32)
    z[2, 1] = wrong
    with pytest.raises(InputError, match="row 2, column 1"):
        directions(z)


def test_no_columns() -> None:
    """Items of no numbers can't be mapped."""
    with pytest.raises(InputError, match="no column"):
        directions(np.zeros((4, 0), np.float32))
