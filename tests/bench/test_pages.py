"""The bench of the pages."""

import pytest

from mlcl_core.bench.pages import pages


@pytest.mark.slow
def test_pages_end_to_end() -> None:
    """Tiny runs: all numbers exist, a first page takes longer than an empty one, viewers and clicks get answers."""
    numbers = pages(quick=True)
    assert set(numbers["seconds"]) == {"server_up", "first_page", "page_to_page", "anchor_60", "anchor_120"} | {
        "runs_5_first", "runs_5", "study_200_first", "study_200",
    }  # fmt: skip
    assert all(value > 0 for value in numbers["seconds"].values())
    assert numbers["seconds"]["first_page"] > numbers["empty_seconds"]["first"]
    assert set(numbers["viewers"]) == {"1", "4", "3"}
    training = numbers["training"]
    assert training["ratio"]["to_no_page_open"] == pytest.approx(
        training["watched_by_four"][0] / training["no_page_open"][0], rel=0.01, abs=6e-4
    )
    assert training["ratio"]["to_unwatched"] == pytest.approx(
        training["watched_by_four"][0] / training["unwatched"], rel=0.01, abs=6e-4
    )
    assert set(numbers["browser"]) == {"as_it_is", "beside_a_training"}
    for clicks in numbers["browser"].values():
        for leg in (clicks["toggle"], clicks["card"]):
            assert 0 < leg["seconds"] <= leg["slowest"]
            assert leg["ratio"] == pytest.approx(leg["seconds"] / leg["peer_seconds"], rel=0.05, abs=0.06)
    for leg in numbers["viewers"].values():
        assert leg["ticks"] > 0
        assert leg["frames_seen"]["fewest"] >= 1
