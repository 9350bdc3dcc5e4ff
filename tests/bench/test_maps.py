"""The bench of maps."""

from itertools import pairwise

import pytest

from mlcl_core.bench.maps import WARM_MAPS, frames, maps


def test_frames_move_a_little() -> None:
    """The frames are directions of the same items, each near the one before."""
    shown = frames(40, 6, 0)
    assert len(shown) == WARM_MAPS + 1
    cosines = [(one * other).sum(1).mean() for one, other in pairwise(shown)]
    assert min(cosines) == pytest.approx(1, abs=0.01)
    assert (shown[0] != shown[1]).any()


@pytest.mark.slow
def test_numbers_are_there() -> None:
    """Ours is timed, its first map with what it imports, and its maps are faithful."""
    found = maps(quick=True)["ours_600"]["cache_as_found"]
    assert found["first_cpu_seconds"] > found["later_cpu_seconds"] > 0
    assert found["trustworthiness"] > 0.85
