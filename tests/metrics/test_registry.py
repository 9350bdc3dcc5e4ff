"""Every number has a line for people."""

import pytest
import torch

from mlcl_core.metrics import FINAL_METRICS, HEADLINE, LIVE_METRICS, METRICS, WatchedFrame, measure_frame
from mlcl_core.pairs import relation_matrix
from tests.cases import embeddings, random_labels


def frame(n: int = 12, **fields: object) -> WatchedFrame:
    """A few items, every third one outside training."""
    y = random_labels(n, 3, 0.5, 0)
    values = {
        "h": embeddings(n, 5),
        "z": torch.nn.functional.normalize(embeddings(n, 4), dim=1),
        "labels": y,
        "relation": relation_matrix(y, y),
        "positive": (y.float() @ y.float().T > 0) & ~torch.eye(n, dtype=torch.bool),
        "train": torch.arange(n) % 3 > 0,
        "loss": 2.0,
        "seed": 0,
    }
    return WatchedFrame(**(values | fields))


@pytest.mark.parametrize("name", METRICS)
def test_record(name):
    """Name, title, one sentence, a direction, a range the right way round."""
    record = METRICS[name]
    assert record.name == name
    assert record.title
    assert record.summary.endswith(".")
    assert record.direction in ("up", "down", "none")
    assert None in (record.low, record.high) or record.low < record.high


def test_names_tell_the_direction():
    """What is called a loss is better low, what is called F1 is better high."""
    for name, record in METRICS.items():
        if name.endswith("loss"):
            assert record.direction == "down"
        if name.endswith("f1"):
            assert record.direction == "up"


def test_a_metric_is_live_or_final():
    """Not both, and one live metric is the headline."""
    assert set(LIVE_METRICS).isdisjoint(FINAL_METRICS)
    assert [record for record in LIVE_METRICS.values() if record.headline] == [HEADLINE]


@pytest.mark.parametrize("name", LIVE_METRICS)
def test_live_metrics_lie_in_their_range(name):
    """On a frame that has everything; the loss is the frame's own."""
    record, value = LIVE_METRICS[name], measure_frame(frame())[name]
    assert record.low is None or record.low <= value <= record.high
    assert name != "loss" or value == 2.0


def test_what_a_frame_lacks_is_left_out():
    """Without pairs, without items outside training, with a loss that is no number."""
    found = measure_frame(frame(positive=None, train=torch.ones(12, dtype=torch.bool), loss=float("inf")))
    assert set(LIVE_METRICS) - set(found) == {"alignment", "knn_macro_f1", "loss"}


def test_metrics_share_what_they_compute():
    """A function of the frame is computed once, however many metrics need it."""
    calls, watched = [], frame()

    def count(seen: WatchedFrame) -> int:
        calls.append(seen)
        return len(seen.z)

    assert [watched.once(count) for _ in range(3)] == [12] * 3
    assert len(calls) == 1
    assert calls[0] is watched
