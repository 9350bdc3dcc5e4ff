"""Alarms: when they ring, and that they ring once."""

import pytest

from mlcl_core.engine.alarms import MIN_STEPS, Alarms


def rung(frames: list[tuple[int, dict[str, float]]]) -> list[tuple[int, str]]:
    """Step and first word of what rang over some frames."""
    alarms = Alarms()
    return [(step, text.split()[1]) for step, metrics in frames for text in alarms.ring(step, metrics)]


def spread(*values: tuple[int, float]) -> list[tuple[int, dict[str, float]]]:
    """Frames with a uniformity each."""
    return [(step, {"loss": 1.0, "uniformity": value}) for step, value in values]


def test_a_good_run_is_silent() -> None:
    """The untrained network's narrow cone, and the way out of it, are no alarm."""
    assert rung(spread((0, -0.14), (1, -0.09), (20, -0.3), (MIN_STEPS, -0.5), (80, -1.4))) == []


def test_a_collapse_rings_once_when_it_begins() -> None:
    """From an open space to one point, at any step: one alarm, and another one after it had opened again."""
    frames = spread((0, -0.2), (10, -0.9), (20, -0.3), (30, -0.1), (40, -1.0), (45, -0.2))
    assert rung(frames) == [(20, "space"), (45, "space")]


def test_a_space_that_never_opens_rings_after_a_while() -> None:
    """Closed from the beginning: patience for 50 steps, no longer."""
    assert rung(spread((0, -0.1), (MIN_STEPS - 1, -0.1), (MIN_STEPS, -0.1), (MIN_STEPS + 1, -0.1))) == [
        (MIN_STEPS, "space")
    ]


@pytest.mark.parametrize("metrics", [{}, {"uniformity": -2.0}])
def test_a_missing_loss_rings(metrics: dict[str, float]) -> None:
    """Numbers that are none are left out of a frame: a frame without its loss is an alarm; other gaps are none."""
    assert rung([(0, {"loss": 2.0}), (5, metrics), (9, metrics)]) == [(5, "loss")]
