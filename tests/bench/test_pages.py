"""The bench of the pages, and the visitor that it sends."""

import pytest

from mlcl_core.bench.pages import pages


@pytest.mark.slow
def test_pages_end_to_end() -> None:
    """Tiny runs: every number is there, pages take longer than empty ones, and each viewer gets frames."""
    numbers = pages(quick=True)
    assert set(numbers["seconds"]) == {"first_page", "page_to_page", "anchor_60", "anchor_120"}
    assert all(value > 0 for value in numbers["seconds"].values())
    assert numbers["ratio_to_empty"]["page_to_page"] > 1
    assert set(numbers["viewers"]) == {"1", "4", "3"}
    for leg in numbers["viewers"].values():
        assert leg["ticks"] > 0
        assert leg["frames_seen"]["fewest"] >= 1
