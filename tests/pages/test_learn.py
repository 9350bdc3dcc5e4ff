"""The Learn page: the list, every lesson from the first card to the last, guess and reveal, the way out."""

import numpy as np
import pytest

from dashboard import state
from dashboard.figures.batch_sources import example_batch
from dashboard.figures.hand_batch import edited
from dashboard.figures.methods import method_options
from dashboard.figures.wire import unpack
from dashboard.lessons import LESSONS, Recorded
from dashboard.lessons.recorded import example
from dashboard.parts.learn.lesson_state import is_kept
from dashboard.parts.learn.stages import STAGES
from mlcl_core.demo_runs.make import SAMPLES, sample_runs
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store
from tests.made_runs import made_run
from tests.pages.conftest import payloads, records, words


@pytest.mark.parametrize("at", [None, "running", "finished"])
def test_the_list(opened, home, at) -> None:
    """No run, one running, one finished: eight lessons to begin, and the recorded runs."""
    if at:
        made_run(home, at, name="mine")
    app = opened("learn")
    for name, lesson in LESSONS.items():
        assert lesson.title in words(app)
        assert app.button(key=f"learn.begin.{name}").label == "Begin"
        assert lesson.take_home not in words(app)
    assert {run_id for run_id, _ in SAMPLES.values()} <= {run.id for run in Store(home_directory(home)).runs()}


def upset(app, run) -> dict[str, object]:
    """Leave another run, step and anchor on the page, an edited batch, other methods; gives what was left."""
    batch = example_batch("relations", key="old", readiness="learning", seed=0)
    batch = edited(batch, [{"id": i, "labels": [0, 1, 0, 1, 0, 1]} for i in batch.ids])
    left = {
        state.RUN: run.id,
        state.STEP: 2,
        state.ITEM: 7,
        state.ROLE: "reference",
        state.MAP: "umap",
        state.COLOUR: "count",
        state.RELATIONS_SOURCE: "random",
        state.RELATIONS_EXAMPLE: "nested",
        state.RELATIONS_READINESS: "separated",
        state.RELATIONS_DRAW: 3,
        state.RELATIONS_RULE["A"]: "hamming",
        state.RELATIONS_RULE["B"]: "similarity_dissimilarity",
        f"{state.RELATIONS_RULE['A']}.similarity_dissimilarity.factors": "symmetric",
        f"{state.RELATIONS_RULE['B']}.any_shared.empty_match": True,
        state.RELATIONS_PLACEMENT: "numerator_and_denominator",
        state.RELATIONS_NORMALISE: "labels",
        state.RELATIONS_TEMPERATURE: 1.0,
        state.RELATIONS_BATCH: batch,
        state.RELATIONS_MADE_FROM: (("example", "relations"), 0),
        state.RELATIONS_EDIT: 4,
    }
    for key, value in left.items():
        app.session_state[key] = value
    return left


def looked_at(app) -> dict[str, object]:
    """Of all that a card may set, what is set now."""
    return {key: app.session_state[key] for key in app.session_state._state.filtered_state if is_kept(key)}


def expect_card(app, shown, recorded, mine) -> None:
    """What the card speaks of is what stands there: the run, the step, the anchor, the settings, the batch. Beside a
    picture of no run the person's own stays in view.
    """
    run, at = recorded.runs[shown.rule], None if shown.at == "last" else recorded.step(shown.at, shown.rule)
    of_a_run = STAGES[shown.stage].of_a_run
    wanted = (run.id, at) if of_a_run else (mine.id, 2)
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == wanted
    assert ("Your own run, **mine**" in words(app)) == of_a_run
    assert app.session_state[state.ITEM] == recorded.watched_items.ids[recorded.anchor]
    for key, value in shown.sets.items():
        assert app.session_state[key] == value, key
    if state.RELATIONS_EXAMPLE in shown.sets:
        batch, meant = app.session_state[state.RELATIONS_BATCH], example(shown.sets[state.RELATIONS_EXAMPLE])
        assert np.array_equal(batch.labels, meant.labels)
        assert np.array_equal(batch.z, meant.z)
        assert app.session_state[state.RELATIONS_EDIT] == 0
        # no part of the matrices has fields for parameters: those that the page had shown are defaults again
        for rule in state.RELATIONS_RULE.values():
            for name, option in method_options(app.session_state[rule], texts=True).items():
                key = f"{rule}.{app.session_state[rule]}.{name}"
                assert key not in app.session_state or app.session_state[key] == option.default, key
    drawn = [unpack(message)[0] for message in payloads(app, "mlcl_cloud")]
    assert bool(drawn) == of_a_run
    for header in drawn:
        assert header["anchor_id"] == recorded.watched_items.ids[recorded.anchor]
        assert header["step"] == recorded.step(shown.at, shown.rule)
    if shown.stage in ("cloud", "anchor"):
        assert [(header["run"], header["map"]) for header in drawn] == [(run.id, "pca")]
    if shown.stage == "both":
        assert {header["run"] for header in drawn} == {one.id for one in recorded.runs.values()}
    assert "You changed" not in words(app)


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_from_the_first_card_to_the_last(opened, home, name) -> None:
    """Whatever was chosen before each card, it shows what it speaks of; a question is asked and answered; the last
    card ends with the sentence to take home; then everything is as it was before.
    """
    app, lesson = opened("learn"), LESSONS[name]
    mine = made_run(home, "finished", name="mine")
    recorded = Recorded(sample_runs(Store(home_directory(home))), lambda: None)
    left = upset(app, mine)
    app.button(key=f"learn.begin.{name}").click().run()
    for place, card in enumerate(lesson.cards):
        assert not app.exception, app.exception
        assert not app.error, [one.value for one in app.error]
        assert f"card {place + 1} of {len(lesson.cards)}" in words(app)
        if card.question:
            assert "take home" not in words(app)
            app.radio(key=f"learn.{name}.{place}.guess").set_value(0).run()
            app.button(key=f"learn.{name}.{place}.reveal").click().run()
            assert "Right" in words(app) or "Not quite" in words(app)
        expect_card(app, card.after, recorded, mine)
        if place < len(lesson.cards) - 1:
            for key in left.keys() - {state.RUN}:
                app.session_state[key] = left[key]
            app.button(key="learn.next").click().run()
    assert "To take home" in words(app)
    app.button(key="learn.leave").click().run()
    assert not app.exception
    now = looked_at(app)
    assert {key: now[key] for key in left} == left
    assert now.keys() == left.keys() | {state.RUN_OWN} & now.keys()


def test_other_pages_show_the_persons_own_run(opened, home) -> None:
    """A lesson is open: on Map the run, step and anchor from before it; back on Learn the card as it was left; then,
    with another run chosen elsewhere, that one comes back in the end.
    """
    mine, other = (made_run(home, "finished", name=name) for name in ("mine", "other"))
    app = opened("learn")
    upset(app, mine)
    app.session_state[state.MAP] = "pca"
    app.button(key="learn.begin.watch_it_train").click().run()
    assert app.session_state[state.STEP] == 0
    app.switch_page("../pages/map.py").run()
    assert not app.exception
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (mine.id, 2)
    header, _ = unpack(payloads(app, "mlcl_cloud")[0])
    assert (header["run"], header["step"]) == (mine.id, 2)
    assert app.session_state[state.COLOUR] == "count"
    app.session_state[state.RUN], app.session_state[state.STEP] = other.id, 5
    app.switch_page("../pages/learn.py").run()
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (SAMPLES["similarity_dissimilarity"][0], 0)
    assert {unpack(message)[0]["step"] for message in payloads(app, "mlcl_cloud")} == {0}
    app.button(key="learn.leave").click().run()
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (other.id, 5)
    assert app.session_state[state.COLOUR] == "count"


def test_another_run_chosen_in_a_lesson(opened, home) -> None:
    """The bar shows it, a line and a button replace the card's picture; from then on it is the session's own run."""
    mine = made_run(home, "finished", name="mine")
    app = opened("learn")
    app.button(key="learn.begin.pull_and_push").click().run()
    app.selectbox(key="run.choice").set_value(mine.id).run()
    assert "this card is about a recorded one" in words(app)
    assert not payloads(app, "mlcl_cloud")
    app.button(key="learn.again").click().run()
    assert app.session_state[state.RUN] == SAMPLES["similarity_dissimilarity"][0]
    assert payloads(app, "mlcl_cloud")
    app.button(key="learn.leave").click().run()
    assert app.session_state[state.RUN] == mine.id


def test_a_run_chosen_beside_a_picture_of_none(opened, home) -> None:
    """On a card of matrices the view of a run is the session's own: a run and a step stay, over cards and pages."""
    mine, other = (made_run(home, "finished", name=name) for name in ("mine", "other"))
    app = opened("learn")
    app.session_state[state.RUN] = mine.id
    app.run()
    app.button(key="learn.begin.placement").click().run()
    assert app.session_state[state.RUN] == mine.id
    app.session_state[state.RUN], app.session_state[state.STEP] = other.id, 2
    app.button(key="learn.next").click().run()
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (other.id, 2)
    app.switch_page("../pages/map.py").run()
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (other.id, 2)
    app.session_state[state.RUN], app.session_state[state.STEP] = mine.id, 5
    app.switch_page("../pages/learn.py").run()
    assert "card 2 of" in words(app)
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (mine.id, 5)
    app.button(key="learn.leave").click().run()
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (mine.id, 5)


def test_a_viewer_in_a_lesson_stays_in_it(opened, home, monkeypatch) -> None:
    """The teacher starts a run: the card keeps showing its own, and after the lesson the viewer follows again."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "a-token-of-20-letters")
    sample_runs(Store(home_directory(home)))
    app = opened("learn")
    app.button(key="learn.begin.watch_it_train").click().run()
    run = made_run(home, "running", name="the teacher's")
    app.run()
    assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (SAMPLES["similarity_dissimilarity"][0], 0)
    assert {unpack(message)[0]["step"] for message in payloads(app, "mlcl_cloud")} == {0}
    app.button(key="learn.leave").click().run()
    assert app.session_state[state.RUN] == run.id


def test_what_was_changed_on_a_card_is_said(opened) -> None:
    """Another temperature and method: named, with a button that restores them."""
    app = opened("learn")
    app.button(key="learn.begin.five_relations").click().run()
    app.session_state[state.RELATIONS_RULE["B"]], app.session_state[state.RELATIONS_TEMPERATURE] = "jaccard", 1.0
    app.run()
    assert "You changed method B, the temperature; the text describes the state before." in words(app)
    batch = app.session_state[state.RELATIONS_BATCH]
    items = [{"id": i, "labels": row.astype(int).tolist()} for i, row in zip(batch.ids, batch.labels, strict=True)]
    app.session_state[state.RELATIONS_BATCH] = edited(batch, items[1:])
    app.session_state[state.RELATIONS_EDIT] = 1
    app.run()
    assert "You changed method B, the temperature, labels; the text describes the state before." in words(app)
    app.button(key="learn.again").click().run()
    assert app.session_state[state.RELATIONS_RULE["B"]] == "any_shared"
    assert app.session_state[state.RELATIONS_TEMPERATURE] == 0.1
    assert len(app.session_state[state.RELATIONS_BATCH]) == len(items)
    assert "You changed" not in words(app)


@pytest.mark.slow
@pytest.mark.parametrize(
    "place",
    [("pull_and_push", 3, "force"), ("five_relations", 1, "relation"), ("starve_and_blur", 0, "weight")]
    + [("two_factors", card, "weight") for card in (1, 2)],
)
def test_matrices_that_hold_it_come_after_reveal(opened, place) -> None:
    """Relation, weight and force do not reach the browser before; then they do, with the pair of the card marked."""
    (name, card, quantity), app = place, opened("learn")
    question, shown = LESSONS[name].cards[card].question, LESSONS[name].cards[card].picture
    app.button(key=f"learn.begin.{name}").click().run()
    for _ in range(card):
        app.button(key="learn.next").click().run()
    for revealed, pair in ((False, shown.pair), (True, question.after.pair)):
        (payload,) = records(app, "mlcl_matrices")
        found = {*payload} | {key for method in payload["methods"] for key in method}
        assert (quantity in found) == revealed
        assert payload["part"]["pair"] == list(pair or (0, 1))
        if not revealed:
            app.radio(key=f"learn.{name}.{card}.guess").set_value(0).run()
            app.button(key=f"learn.{name}.{card}.reveal").click().run()


def test_a_card_sets_the_widgets(opened) -> None:
    """Lesson 5, card 3: the weight stands inside, divided by the count, and can be changed."""
    app = opened("learn")
    app.button(key="learn.begin.placement").click().run()
    assert app.session_state["relations.placement"] == "outside"
    for _ in range(2):
        app.button(key="learn.next").click().run()
    assert app.session_state["relations.placement"] == "inside"
    assert app.session_state["relations.normalise"] == "count"
    app.selectbox(key="relations.placement").set_value("outside").run()
    assert app.session_state["relations.placement"] == "outside"


def test_leaving_brings_back_what_was_looked_at(opened, home) -> None:
    """The run and the step from before the lesson."""
    run = made_run(home, "finished", name="mine")
    app = opened("learn")
    app.session_state["run.id"], app.session_state["time.step"] = run.id, 2
    app.run()
    app.button(key="learn.begin.watch_it_train").click().run()
    assert app.session_state["run.id"] == SAMPLES["similarity_dissimilarity"][0]
    assert app.session_state["time.step"] == 0
    app.button(key="learn.leave").click().run()
    assert (app.session_state["run.id"], app.session_state["time.step"]) == (run.id, 2)


def test_present_mode(opened) -> None:
    """One switch adds the style, which stays over cards."""
    app = opened("learn")
    app.button(key="learn.begin.pull_and_push").click().run()
    app.button(key="learn.present.switch").click().run()
    app.button(key="learn.next").click().run()
    assert app.button(key="learn.present.switch").label == "Leave"
    assert not app.exception
