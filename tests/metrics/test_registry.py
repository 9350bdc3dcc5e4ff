"""Every number has a line for people."""

import pytest

from mlcl_core.metrics import METRICS


@pytest.mark.parametrize("name", METRICS)
def test_record(name):
    """Name, title, one sentence, a direction, a range the right way round."""
    record = METRICS[name]
    assert record.name == name
    assert record.title
    assert record.summary.endswith(".")
    assert record.direction in ("up", "down", "none")
    assert record.low is None or record.low < record.high


def test_names_tell_the_direction():
    """What is called a loss is better low, what is called F1 is better high."""
    for name, record in METRICS.items():
        if name.endswith("loss"):
            assert record.direction == "down"
        if name.endswith("f1"):
            assert record.direction == "up"
