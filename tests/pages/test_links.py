"""Links: what they restore, what they refuse in one sentence, and the address that follows the view."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import links, state
from mlcl_core.runs.run import Run
from mlcl_core.runs.selections import read_selection, save_selection, selection_names
from mlcl_core.runs.store import Store
from tests.made_runs import STEPS, made_run
from tests.pages.conftest import ROOT, words
from tests.studies.made import made_file, made_study

Opened = Callable[..., AppTest]


@pytest.fixture
def link(home: Path) -> Opened:
    """Open the app by a link, on the page that the link names: a session with an empty past."""

    def opened(page: str = "map", **parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        if page != "train":
            app.switch_page(f"../pages/{page}.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, [one.value for one in app.exception]
        return app

    return opened


@pytest.fixture
def run(home: Path) -> Run:
    """A run with three frames; a newer one is the run that a page without a link shows."""
    first = made_run(home, "finished", name="first")
    made_run(home, "finished", name="second")
    return first


def problems(app: AppTest) -> tuple[str, ...]:
    """What the link asks for and the page does not show."""
    return tuple(app.session_state[state.LINK_PROBLEMS]) if state.LINK_PROBLEMS in app.session_state else ()


def test_a_link_is_restored_and_stays(link: Opened, run: Run) -> None:
    """Run, step, anchor, map, colour with its label and selection; the address stays that of the link."""
    given = {"run": run.id, "step": "2", "anchor": "7", "colour": "label:sea", "items": "3-5.12"}
    app = link(**given)
    assert problems(app) == ()
    for key, value in ((state.RUN, run.id), (state.STEP, 2), (state.ITEM, 7), (state.LABEL, "sea")):
        assert app.session_state[key] == value
    app.run()
    assert dict(app.query_params) == given


def test_the_address_follows_the_view(link: Opened, run: Run) -> None:
    """What differs from the default is in it, beside the run; a default takes it out; live is no step."""
    app = link()
    app.session_state[state.RUN], app.session_state[state.STEP] = run.id, STEPS[0]
    app.session_state[state.COLOUR] = "split"
    app.run()
    assert dict(app.query_params) == {"run": run.id, "step": "0", "colour": "split"}
    app.session_state[state.STEP], app.session_state[state.COLOUR] = None, "relation"
    app.run()
    assert dict(app.query_params) == {"run": run.id}


FORGED = {
    "step": ("3", "no frame of step 3; step 2 is shown"),
    "anchor": ("4000", "item 4,000 is not among the watched items"),
    "map": ("<b>tsne</b>", "there is no map"),
    "colour": ("label:<i>no</i>", "to colour its items by"),
    "items": ("2.99", "1 of the 2 items are not watched"),
    "nothing": ("1", "the Lab knows no parameter “nothing”"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_value_costs_a_sentence(link: Opened, run: Run, name: str) -> None:
    """One clear sentence, inert; the rest of the link holds."""
    value, sentence = FORGED[name]
    app = link(**{"run": run.id, "anchor": "7", "colour": "split", name: value})
    assert len(problems(app)) == 1
    assert sentence in problems(app)[0]
    assert app.session_state[state.RUN] == run.id
    assert name == "anchor" or app.session_state[state.ITEM] == 7
    assert name == "colour" or app.session_state[state.COLOUR] == "split"
    assert "<b>" not in words(app).replace("\\<b\\>", "")
    app.button("link.close").click().run()
    assert problems(app) == ()


@pytest.mark.parametrize("value", ["", "-1", "1e3", "２", "9" * 16, "x" * 5_000, "<script>"])
@pytest.mark.parametrize("name", ["step", "anchor", "items"])
def test_values_that_are_no_numbers(link: Opened, run: Run, monkeypatch: pytest.MonkeyPatch, name, value) -> None:
    """Empty, negative, huge, in other digits, with markup: one sentence at most, and nothing is taken."""
    with pytest.MonkeyPatch.context() as patch:
        session: dict[str, object] = {state.PAGE: "map", state.RUN: run.id, state.ITEM: 7}
        patch.setattr("streamlit.session_state", session)
        found = links._taken({name: [value]}, "map", default=False)
    assert len(found) == (0 if value == "" else 1), found
    assert session.get(state.STEP) is None
    assert session.get(state.ITEM) == (None if (name, value) == ("anchor", "") else 7)
    assert all(len(sentence) < 200 for sentence in found)


def test_an_unknown_run_takes_its_own_along(link: Opened, run: Run) -> None:
    """Step, anchor and items of a run that is not there are left out, in the same sentence; map and colour hold."""
    app = link(run="20200101-000000-gone-0000", step="2", anchor="7", items="3", colour="split")
    (sentence,) = problems(app)
    assert "there is no run" in sentence
    assert "step, anchor, items of the link left out" in sentence
    assert app.session_state[state.COLOUR] == "split"
    assert state.STEP not in app.session_state


def test_a_parameter_named_twice(link: Opened, run: Run) -> None:
    """Two values are two readings: none is taken, and that is said."""
    app = link(run=run.id, step=["2", "5"])
    assert "step is named 2 times" in problems(app)[0]
    assert app.session_state[state.STEP] is None


def test_a_run_that_cannot_be_read(link: Opened, run: Run) -> None:
    """A run of another schema version is chosen, and the page gives the reason; the rest of the link holds."""
    path = run.path / "config.json"
    path.write_text(path.read_text().replace('"schema_version": ', '"schema_version": 99'))
    app = link(run=run.id, step="2", colour="split")
    assert app.session_state[state.RUN] == run.id
    assert app.session_state[state.COLOUR] == "split"
    assert "schema" in words(app)


def test_a_run_deleted_while_it_is_shown(link: Opened, run: Run) -> None:
    """The page goes on with another run and says why."""
    app = link(run=run.id)
    app.session_state[state.RUN] = gone = f"{run.id}-deleted"
    app.run()
    assert "no longer there" in words(app)
    assert app.session_state[state.RUN] != gone


def test_a_named_selection_in_a_link(link: Opened, run: Run) -> None:
    """More than a link can list: the selection's name; one that is not there costs a sentence."""
    save_selection(run, "odd ones", np.arange(1, 40, 2))
    app = link(run=run.id, items="odd ones")
    assert problems(app) == ()
    app.run()
    assert app.query_params["items"] == ".".join(map(str, range(1, 40, 2)))
    app = link(run=run.id, items="even ones", anchor="7")
    assert problems(app) == ("the run has no selection 'even ones'",)
    assert app.session_state[state.ITEM] == 7


def test_more_items_than_a_link_holds(link: Opened, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address names the selection that was saved; without one it leaves the items out, and the page says so."""
    monkeypatch.setattr(links, "MAX_ITEMS", 10)
    save_selection(run, "many", np.arange(12))
    app = link(run=run.id, items="many")
    app.run()
    assert app.query_params["items"] == "many"
    (run.path / "selections" / "many.json").unlink()
    app.run()
    assert "items" not in app.query_params


def bar(items: list[int] | None = None) -> None:
    """The kept selections of the newest run, with the button that keeps the present one."""
    import numpy as np

    from dashboard import loaders
    from dashboard.parts.cloud.named_selections import show_named_selections

    show_named_selections(loaders.store().runs()[0], None if items is None else np.array(items))


def test_saved_chosen_deleted(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A selection is kept under a name, chosen again and deleted; a name that is taken costs a sentence."""
    monkeypatch.setattr(links, "MAX_ITEMS", 10)
    newest = next(one for one in Store(home).runs() if one.id != run.id)
    assert not AppTest.from_function(bar).run().button
    app = AppTest.from_function(bar, kwargs={"items": list(range(12))}).run()
    assert "Too many for a link" in words(app)
    app.text_input("selection.name").set_value("a dozen")
    app.button("selection.save").click().run()
    assert read_selection(newest, "a dozen").tolist() == list(range(12))
    assert "Too many" not in words(app)
    app.button("selection.save").click().run()
    assert "already" in words(app)
    app.button("selection.delete").click().run()
    assert selection_names(newest) == []


def test_a_viewer_keeps_no_selection(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In class mode a viewer chooses among the kept selections; there is nothing to save or delete with, and why."""
    newest = next(one for one in Store(home).runs() if one.id != run.id)
    save_selection(newest, "the odd ones", np.array([1, 3]))
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "the-teacher-has-this")
    app = AppTest.from_function(bar, kwargs={"items": [1]}).run()
    assert {one.key for one in app.button} == {"selection.choose"}
    assert "Read only" in words(app)


def test_the_quiz_opens_at_its_first_question(link: Opened) -> None:
    """Before or after; what it lacks costs a sentence, and a lesson beside it holds."""
    app = link("learn", quiz="after")
    assert "after the lessons · question 1 of 8" in words(app)
    assert app.query_params["quiz"] == "after"
    assert problems(link("learn", quiz="now")) == ("there is no quiz “now”: it is before, after or answers",)
    app = link("learn", lesson="placement", quiz="before")
    assert problems(app) == ("a link opens a lesson or the quiz, and not both",)
    assert "card 1 of" in words(app)


def test_a_lesson_opens_at_its_card(link: Opened) -> None:
    """Lesson and card on Learn, then what differs from the card; a card that the lesson lacks costs a sentence."""
    app = link("learn", lesson="pull_and_push", card="2", colour="split")
    assert problems(app) == ()
    assert "card 2 of" in words(app)
    assert app.session_state[state.COLOUR] == "split"
    app = link("learn", lesson="pull_and_push", card="99")
    assert "no card 99" in problems(app)[0]
    assert "card 1 of" in words(app)
    assert "there is no lesson" in problems(link("learn", lesson="<b>"))[0]


def test_a_viewer_with_a_link_stops_following(link: Opened, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In class mode a link with a run shows that run; without one the viewer follows, and the address names no run."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "the-teacher-has-this")
    app = link(run=run.id, step="2")
    assert app.session_state[state.RUN] == run.id
    assert app.session_state[state.STEP] == 2
    app.run()
    assert app.query_params["run"] == run.id
    app = link()
    app.run()
    assert dict(app.query_params) == {}
    assert app.session_state[state.RUN] != run.id


def test_the_rule_beside_the_run(link: Opened, run: Run) -> None:
    """On Relations it is method A, in Compare the rule of the comparison; an unknown one costs a sentence."""
    app = link("relations", rule="jaccard")
    assert app.selectbox(state.RELATIONS_RULE["A"]).value == "jaccard"
    assert problems(link("relations", rule="nope")) == ("there is no rule “nope”",)


def test_what_a_run_is_compared_with(link: Opened, run: Run, home: Path) -> None:
    """Compare's other run and its step, and the rule instead of a run; what is not there costs a sentence."""
    other = next(one for one in Store(home).runs() if one.id != run.id)
    given = {"run": run.id, "step": "5", "with": other.id, "with_step": "2"}
    app = link("compare", **given)
    assert problems(app) == ()
    app.run()
    assert dict(app.query_params) == given
    app = link("compare", run=run.id, **{"with": "gone", "with_step": "3"})
    assert len(problems(app)) == 2
    assert "there is no run" in problems(app)[0]
    assert "no frame of step 3" in problems(app)[1]
    app = link("compare", run=run.id, rule="jaccard")
    assert app.session_state[state.COMPARE_RULE] == "jaccard"
    assert problems(link("compare", run=run.id, rule="nope")) == ("there is no rule “nope”",)


def test_which_study(link: Opened, run: Run, home: Path) -> None:
    """A study by its name, also one that ships; one that is not there costs a sentence, and the newest is shown."""
    for name in ("first", "second"):
        made_study(home, done=1, file=made_file(name=name))
    app = link("study", study="first")
    assert problems(app) == ()
    assert app.selectbox(key="study.choice").value == "first"
    app.run()
    assert app.query_params["study"] == "first"
    (problem,) = problems(link("study", study="<b>gone</b>"))
    assert problem == "there is no study “<b>gone</b>” here: it was deleted, or is on another machine"


def test_parameters_keep_their_names() -> None:
    """Links outlive versions: a parameter keeps its name."""
    names = {
        "run",
        "step",
        "anchor",
        "rule",
        "map",
        "colour",
        "items",
        "lesson",
        "card",
        "quiz",
        "with",
        "with_step",
        "study",
    }
    assert {one.name for one in links.PARAMETERS} == names
