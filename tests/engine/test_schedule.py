"""What depends on the step alone: learning rate and moments of frames."""

import math

import pytest

from mlcl_core.engine.config import OptimiserConfig
from mlcl_core.engine.schedule import frame_due, learning_rate


def test_cosine_with_warm_up_by_hand() -> None:
    """Ten steps, two of them warm-up, peak 0.3: 0.1, 0.2, then half a cosine over the other eight."""
    config = OptimiserConfig(learning_rate=0.3, warmup=0.2)
    rates = [learning_rate(step, 10, config) for step in range(10)]
    assert rates[:2] == pytest.approx([0.1, 0.2])
    assert rates[2] == pytest.approx(0.3)
    assert rates[6] == pytest.approx(0.15)
    assert rates[4] == pytest.approx(0.3 * 0.5 * (1 + math.sqrt(0.5)))
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert 0 < rates[9] < 0.02


def test_constant_stays_at_the_peak() -> None:
    """A constant schedule rises in the warm-up and stays."""
    config = OptimiserConfig(learning_rate=0.4, warmup=0.3, schedule="constant")
    rates = [learning_rate(step, 10, config) for step in range(10)]
    assert rates == pytest.approx([0.1, 0.2, 0.3, *[0.4] * 7])


@pytest.mark.parametrize("warmup", [0.0, 0.05, 0.9])
@pytest.mark.parametrize("total", [1, 2, 3])
def test_the_shortest_runs_have_a_learning_rate(total: int, warmup: float) -> None:
    """However short a run, every step has a rate above 0 and at most the peak."""
    config = OptimiserConfig(learning_rate=0.1, warmup=warmup)
    for step in range(total):
        assert 0 < learning_rate(step, total, config) <= 0.1


def test_frames_come_early_then_regularly_and_at_the_end() -> None:
    """Every 10 of 35 steps: 0, 1, 2, 4, 8 while all is new, then 10, 20, 30, and the last."""
    assert [step for step in range(36) if frame_due(step, 35, 10)] == [0, 1, 2, 4, 8, 10, 20, 30, 35]


def test_a_frame_after_every_step() -> None:
    """With frame_every 1 no step is left out."""
    assert all(frame_due(step, 5, 1) for step in range(6))
