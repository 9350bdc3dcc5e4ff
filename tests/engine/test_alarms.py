"""Alarms: when they ring, and that they ring once."""

import pytest

from mlcl_core.engine.alarms import MAX_STEPS, MIN_STEPS, Alarms, warm_up


def rung(frames: list[tuple[int, dict[str, float]]], total: int = 0) -> list[tuple[int, str]]:
    """Step and first word of what rang over some frames of a training of ``total`` steps."""
    alarms = Alarms()
    return [(step, text.split()[1]) for step, metrics in frames for text in alarms.ring(step, metrics, total)]


def spread(*values: tuple[int, float]) -> list[tuple[int, dict[str, float]]]:
    """Frames with a uniformity each."""
    return [(step, {"loss": 1.0, "uniformity": value}) for step, value in values]


def test_a_good_run_is_silent() -> None:
    """The untrained network's narrow cone, and the way out of it, are no alarm."""
    assert rung(spread((0, -0.14), (1, -0.09), (20, -0.3), (MIN_STEPS, -0.5), (80, -1.4))) == []


# uniformity at steps, as ordinary trainings of the presets recorded it: (total, frames)
RECORDED = {
    "icons": (400, ((0, -0.14), (4, -0.21), (8, -0.3), (16, -0.38), (30, -0.6), (60, -0.84), (240, -1.41))),
    "digits": (480, ((0, -0.16), (4, -0.11), (8, -0.36), (16, -0.11), (30, -0.14), (60, -0.66), (240, -1.1))),
    "movies": (920, ((0, -0.93), (4, -0.73), (8, -0.42), (16, -0.17), (30, -0.19), (60, -0.39), (240, -0.72))),
    "icons, any shared, batches of 64": (
        1020,
        ((0, -0.17), (8, -0.09), (30, -0.07), (60, -0.31), (120, -0.15), (150, -0.39), (180, -0.35), (210, -0.46)),
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_ordinary_runs_are_silent(name: str) -> None:
    """Trainings of the presets that end well; movies begin open, and close before they learn."""
    total, values = RECORDED[name]
    assert rung(spread(*values), total) == []
    assert warm_up(total) == total // 5


def test_a_collapse_rings_once_when_it_begins() -> None:
    """From an open space to one point: one alarm, and another one after it had opened again."""
    frames = spread((0, -0.2), (110, -0.9), (120, -0.3), (130, -0.1), (140, -1.0), (145, -0.2))
    assert rung(frames) == [(120, "space"), (145, "space")]


def test_a_space_that_never_opens_rings_after_a_while() -> None:
    """Closed from the beginning: patience for a fifth of the training, at least 50 steps and at most 500."""
    for total, first in ((0, MIN_STEPS), (100, MIN_STEPS), (600, 120), (10**6, MAX_STEPS)):
        frames = spread((0, -0.1), (first - 1, -0.1), (first, -0.1), (first + 1, -0.1))
        assert rung(frames, total) == [(first, "space")]


@pytest.mark.parametrize("metrics", [{}, {"uniformity": -2.0}])
def test_a_missing_loss_rings(metrics: dict[str, float]) -> None:
    """Numbers that are none are left out of a frame: a frame without its loss is an alarm; other gaps are none."""
    assert rung([(0, {"loss": 2.0}), (5, metrics), (9, metrics)]) == [(5, "loss")]
