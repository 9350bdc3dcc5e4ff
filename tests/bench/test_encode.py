"""The bench of encoders runs, and its peer computes the same."""

import pytest

from mlcl_core.bench import BENCHES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def numbers():
    """One small round."""
    return BENCHES["encode"].run(quick=True)


def test_the_peer_computes_the_same(numbers):
    """Features of the bare loop equal this project's: the ratio compares equal work."""
    assert numbers["frozen"]["largest_difference"] < 1e-4


def test_ratios(numbers):
    """A ratio each of frozen and fine-tuned, of rates that were measured."""
    for part in ("frozen", "fine_tune"):
        one = numbers[part]
        assert len(one["ratios"]) == 1
        assert one["ratio"] == pytest.approx(one["texts_per_second"] / one["bare_texts_per_second"], rel=0.05)
