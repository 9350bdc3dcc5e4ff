"""Lesson 8 on the page: what a map invents is judged first; truth and scores come with the answer."""

from dashboard.lessons import LESSONS
from tests.pages.conftest import records, words

NAME = "what_maps_hide"
# what each answer brings, which is not there before it
ANSWERS = {0: ("In the data", "0.97"), 1: ("In the data", "14.9"), 4: ("kNN recall",)}


def test_truth_and_score_come_with_the_answer(opened) -> None:
    """Three questions; before each Reveal neither the space nor the number of the answer is on the page."""
    app = opened("learn")
    app.button(key=f"learn.begin.{NAME}").click().run()
    for place, card in enumerate(LESSONS[NAME].cards):
        assert not app.exception
        if card.question:
            assert not any(word in words(app) for word in ANSWERS[place])
            app.radio(key=f"learn.{NAME}.{place}.guess").set_value(0).run()
            app.button(key=f"learn.{NAME}.{place}.reveal").click().run()
            assert all(word in words(app) for word in ANSWERS[place])
        shown = [payload["name"] for payload in records(app, "mlcl_space")]
        assert shown == {
            0: ["noise.UMAP", "noise.space"],
            1: ["distances.UMAP", "distances.space"],
            2: ["sizes.space", "sizes.UMAP"],
            3: ["rings.space", "rings.PCA", "rings.UMAP"],
            5: ["again"],
        }.get(place, [])
        if place < len(LESSONS[NAME].cards) - 1:
            app.button(key="learn.next").click().run()
    assert "To take home" in words(app)
