"""Lesson 6 on the page: what is compared by eye is drawn alike, and the answer is at the last step."""

import json

import numpy as np

from dashboard.figures.curves import cosine_floor, cosine_options
from dashboard.figures.wire import unpack
from mlcl_core.demo_runs.make import FOLDER, SAMPLES
from mlcl_core.runs.run import Run
from tests.pages.conftest import payloads


def test_both_maps_and_curves_have_one_scale(opened) -> None:
    """The same window, which holds both maps, and one size of points, at every step of the lesson; one axis below."""
    app = opened("learn")
    app.button(key="learn.begin.watch_it_train").click().run()
    for step in (0, 180):
        drawn = [unpack(message) for message in payloads(app, "mlcl_cloud")]
        assert [header["step"] > 0 for header, _ in drawn] == [step > 0] * 2
        (one, other) = (header["extent"] for header, _ in drawn)
        assert one == other
        for header, arrays in drawn:
            assert len(np.unique(arrays["size"])) == 1
            left, bottom, right, top = header["box"]
            assert left < right
            assert one[0] <= left + 0.2 * (right - left)
            assert one[3] >= top - 0.2 * (top - bottom)
        app.button(key="learn.next").click().run()
    charts = [json.dumps(one) for one in _axes_of_both()]
    assert charts[0] == charts[1]


def _axes_of_both() -> list[dict[str, object]]:
    """The axis of each run's curves with the floor of both, as the stage draws them."""
    frames = [Run(FOLDER / run_id).events("frame") for run_id, _ in SAMPLES.values()]
    low = min(map(cosine_floor, frames))
    assert len({cosine_floor(one) for one in frames}) == 2  # without it they would differ
    return [cosine_options(one, None, low=low)["yAxis"] for one in frames]


def test_the_answer_is_at_the_last_step(opened) -> None:
    """Before Reveal a third of the way, after it at the end."""
    app = opened("learn")
    app.button(key="learn.begin.watch_it_train").click().run()
    for _ in range(2):
        app.button(key="learn.next").click().run()
    assert {unpack(message)[0]["step"] < 1020 for message in payloads(app, "mlcl_cloud")} == {True}
    app.radio(key="learn.watch_it_train.2.guess").set_value(0).run()
    app.button(key="learn.watch_it_train.2.reveal").click().run()
    assert {unpack(message)[0]["step"] for message in payloads(app, "mlcl_cloud")} == {1020}
