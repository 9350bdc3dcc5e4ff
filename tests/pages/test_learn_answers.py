"""Guess first: no answer before Reveal, in any lesson; addresses of cards; damage and haste during a lesson."""

import json
import re
import shutil
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.text_format import MessageToString
from streamlit.testing.v1 import AppTest

from dashboard import loaders, state
from dashboard.figures.formatting import escaped
from dashboard.figures.wire import unpack
from dashboard.lessons import LESSONS, Picture, filled
from dashboard.parts.learn.progress import NAME, guess_key
from dashboard.parts.learn.stages import STAGES
from mlcl_core.demo_runs import mend
from mlcl_core.demo_runs.make import FOLDER, SAMPLES, sample_runs
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store
from tests.pages.conftest import ROOT, elements, words

ASKED = [(name, at) for name, lesson in LESSONS.items() for at, card in enumerate(lesson.cards) if card.question]
SD, ANY = (run_id for run_id, _ in SAMPLES.values())
LESSON = "watch_it_train"
# a card at the last step that asks nothing
TOLD = next(
    at
    for at, card in enumerate(LESSONS[LESSON].cards)
    if at and not card.question and card.picture.at == "last" and STAGES[card.picture.stage].of_a_run
)
VEIL = "Guess first: this part shows the answer"
SESSION = re.compile(r'"session": "[0-9a-f]+"')  # by which a browser's messages are known
Opened = Callable[..., AppTest]


@pytest.fixture
def at(home: Path) -> Opened:
    """Open the Learn page by a link."""

    def opened(**parameters: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        app.switch_page("../pages/learn.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, [one.value for one in app.exception]
        return app

    return opened


def sent(app: AppTest) -> str:
    """All that the page sends to the browser, but the options to choose from, and the code of components."""
    left_out = ("radio", "selectbox")
    found = [one for one in elements(app) if getattr(one, "type", "") not in left_out and getattr(one, "proto", None)]
    return "\n".join(_sent(one.proto) for one in found)


def _sent(proto: Any) -> str:
    if getattr(proto, "component_name", ""):
        return proto.json + (json.dumps(unpack(bytes(proto.bytes))[0]) if proto.bytes else "")
    return MessageToString(proto, as_utf8=True)


def fields(text: str) -> dict[str, str]:
    """The fields of a template by name, each with its format."""
    return {name: spec or "" for _, name, spec, _ in string.Formatter().parse(text) if name}


def told(name: str, place: int) -> list[str]:
    """What Reveal computes, as it is formatted: numbers that neither text nor question name."""
    card, numbers = LESSONS[name].cards[place], loaders.card_numbers(name, place)
    question = card.question
    known = fields(card.text) | fields(question.ask)
    values = [format(numbers[one], spec) for one, spec in fields(question.reveal).items() if one not in known]
    before = filled(card.text, numbers) + filled(question.ask, numbers)
    return [one for one in values if re.search(r"\d.*[.%]", one) and not stands(one, before)]


def stands(value: str, text: str) -> bool:
    """Whether a value stands in a text as a word of its own."""
    return re.search(rf"(?<![\w.,+−-]){re.escape(value)}(?![\w%]|[.,]\d)", text) is not None


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place"), ASKED)
def test_before_reveal_nothing_depends_on_the_answer(at, monkeypatch, name, place) -> None:
    """Another right option, other words and another picture of the answer: the page sends the same, to the byte."""
    lesson, link = LESSONS[name], {"lesson": name, "card": str(place + 1)}
    before = SESSION.sub("", sent(at(**link)))
    card, asked = lesson.cards[place], lesson.cards[place].question
    other = replace(
        asked,
        right=lambda numbers: (asked.right(numbers) + 1) % len(asked.options),
        reveal="Another answer.",
        after=Picture("tail"),
    )
    cards = [*lesson.cards]
    cards[place] = replace(card, question=other)
    monkeypatch.setitem(LESSONS, name, replace(lesson, cards=tuple(cards)))
    assert SESSION.sub("", sent(at(**link))) == before


def guess_and_reveal(app: AppTest, name: str, place: int) -> None:
    """Choose the first option and reveal."""
    app.radio(key=guess_key(name, place)).set_value(0).run()
    app.button(key=f"learn.{name}.{place}.reveal").click().run()
    assert not app.exception


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place"), ASKED)
def test_no_answer_before_reveal(at: Opened, name: str, place: int) -> None:
    """Neither in texts, names of pictures nor payloads; after Reveal it stands there, with the picture it speaks of."""
    card, app = LESSONS[name].cards[place], at(lesson=name, card=str(place + 1))
    values, options = told(name, place), card.question.options
    values = [value for value in values if value not in options]
    before, sentence = sent(app), filled(card.question.reveal, loaders.card_numbers(name, place))
    assert f"card {place + 1} of" in words(app)
    assert not [value for value in values if stands(value, before)]
    assert sentence not in words(app)
    assert LESSONS[name].take_home not in words(app)
    assert (VEIL in words(app)) == (card.picture is None)
    assert app.button(key=f"learn.{name}.{place}.reveal").disabled
    app.radio(key=guess_key(name, place)).set_value(0).run()
    assert not [value for value in values if stands(value, sent(app))]
    app.button(key=f"learn.{name}.{place}.reveal").click().run()
    assert not app.exception
    assert sentence in words(app)
    assert VEIL not in words(app)
    after, recorded = card.after, loaders.recorded_runs()
    if STAGES[after.stage].of_a_run:
        wanted = None if after.at == "last" else recorded.step(after.at, after.rule)
        assert (app.session_state[state.RUN], app.session_state[state.STEP]) == (recorded.runs[after.rule].id, wanted)
    assert all(app.session_state[key] == value for key, value in after.sets.items())
    assert "step" not in app.query_params
    kept = app.session_state[state.KEEP].texts[NAME]
    assert [name, place] in json.loads(kept)["revealed"]


def test_the_list_marks_and_goes_on(at: Opened) -> None:
    """Continue leads to the card that was open, also in the next lesson; Start over forgets the marks."""
    app = at(lesson="five_relations", card="2")
    app.button(key="learn.leave").click().run()
    assert app.button(key="learn.continue").label == "Continue: lesson 2, card 2"
    app.button(key="learn.continue").click().run()
    assert "Lesson 2 of" in words(app)
    app = at(lesson="five_relations", card=str(len(LESSONS["five_relations"].cards)))
    app.button(key="learn.leave").click().run()
    done = "five_relations" in app.session_state[state.PROGRESS].done
    assert ("1 of 8 done" in words(app)) == done
    app.button(key="learn.over").click().run()
    assert "learn.continue" not in {one.key for one in app.button}
    assert app.session_state[state.KEEP].texts[NAME] == "null"


def test_a_card_has_an_address(at: Opened) -> None:
    """Next and Back change it; a second session opens it; what is set besides the card is named, and only that."""
    app = at(lesson=LESSON, card=str(TOLD))
    app.run()
    app.button(key="learn.next").click().run()
    assert dict(app.query_params) == {"lesson": LESSON, "card": str(TOLD + 1)}
    app.session_state[state.STEP] = 240
    app.session_state[state.COLOUR] = "split"
    app.run()
    address = {"lesson": LESSON, "card": str(TOLD + 1), "step": "240", "colour": "split"}
    assert dict(app.query_params) == address
    other = at(**address)
    assert other.session_state[state.STEP] == 240
    assert "You are at step 240; the text speaks of 1,020." in words(other)
    for _ in range(TOLD):
        app.button(key="learn.back").click().run()
    assert dict(app.query_params) == {"lesson": LESSON}


@pytest.mark.parametrize("card", ["0", "99", "-1", "1.5", "x", "9" * 4_001, "<b>"])
def test_a_card_that_is_none(at: Opened, card: str) -> None:
    """One sentence, and the first card."""
    app = at(lesson="placement", card=card)
    (problem,) = app.session_state[state.LINK_PROBLEMS]
    assert "card" in problem
    assert len(problem) < 200
    assert "card 1 of" in words(app)


def test_moved_on(at: Opened) -> None:
    """Another step and another anchor are named beside those of the text; one click goes back."""
    app = at(lesson="pull_and_push", card="1")
    recorded = loaders.recorded_runs()
    names, ids = recorded.watched_items.names, recorded.watched_items.ids
    row = (recorded.anchor + 1) % len(ids)
    app.session_state[state.STEP], app.session_state[state.ITEM] = 240, int(ids[row])
    app.run()
    assert "You are at step 240; the text speaks of 0." in words(app)
    assert "the text speaks of " + names[recorded.anchor].split()[0] in words(app)
    app.button(key="learn.again").click().run()
    assert "the text speaks of" not in words(app)
    assert (app.session_state[state.STEP], app.session_state[state.ITEM]) == (0, ids[recorded.anchor])


def test_two_teachers(at: Opened) -> None:
    """Each session has its own lesson, guess and step."""
    one, other = at(lesson="watch_it_train", card="3"), at(lesson="pull_and_push", card="2")
    guess_and_reveal(one, "watch_it_train", 2)
    other.button(key="learn.back").click().run()
    assert (one.session_state[state.STEP], other.session_state[state.STEP]) == (None, 0)
    fresh = at(lesson="watch_it_train", card="3")
    assert fresh.button(key="learn.watch_it_train.2.reveal").disabled
    assert fresh.session_state[state.STEP] not in (None, 0)
    one.run()
    assert "Not quite" in words(one) or "Right" in words(one)


@pytest.mark.slow
def test_a_class_that_presses_everything(at: Opened) -> None:
    """Next twenty times, through the list of lessons; another guess after Reveal: nothing breaks."""
    app = at(lesson="five_relations")
    assert app.button(key="learn.back").disabled
    for _ in range(20):
        app.button(key="learn.next").click()
        app.run()
        assert not app.exception
    assert not app.error
    app = at(lesson="five_relations", card="2")
    guess_and_reveal(app, "five_relations", 1)
    app.radio(key=guess_key("five_relations", 1)).set_value(1).run()
    assert not app.exception


def cut(home: Path) -> None:
    """Cut the last frame."""
    frame = max((home / "runs" / SD / "frames").iterdir())
    frame.write_bytes(frame.read_bytes()[:200])


def without_maps(home: Path) -> None:
    """Delete a kind of map."""
    shutil.rmtree(home / "runs" / SD / "maps" / "pca")


def without_run(home: Path) -> None:
    """Delete the run that the card does not show, so that the field of the bar stays as it is."""
    shutil.rmtree(home / "runs" / ANY)


def without_config(home: Path) -> None:
    """Delete the file by which a run is known."""
    (home / "runs" / SD / "config.json").unlink()


def wrong_bytes(home: Path) -> None:
    """The last frame has its size, and none of its bytes."""
    frame = max((home / "runs" / SD / "frames").iterdir())
    frame.write_bytes(bytes(frame.stat().st_size))


def test_wrong_bytes(at: Opened, home: Path) -> None:
    """A file that cannot be read is copied anew when a card needs it."""
    app = at(lesson="pull_and_push", card="2")
    wrong_bytes(home)
    app.button(key="learn.next").click().run()
    app.button(key="learn.next").click().run()
    assert not app.exception
    assert not app.error, [one.value for one in app.error]
    frame = max((FOLDER / SD / "frames").iterdir())
    assert (home / "runs" / SD / "frames" / frame.name).read_bytes() == frame.read_bytes()


@pytest.mark.parametrize("damage", [cut, without_maps, without_run, without_config])
def test_damage_while_a_lesson_is_open(at: Opened, home: Path, damage: Callable[[Path], None]) -> None:
    """The run is whole again at the next look, one sentence says so, and the card shows its picture."""
    app = at(lesson="pull_and_push", card="2")
    damage(home)
    app.run()
    assert not app.exception
    assert not app.error, [one.value for one in app.error]
    assert f"Files of {escaped(ANY if damage is without_run else SD)} were missing or damaged" in words(app)
    assert app.session_state[state.RUN] == SD
    assert "no longer there" not in words(app)
    app.button(key="learn.next").click().run()
    assert not app.error
    assert "Files of" not in words(app)
    for path in (FOLDER / SD).rglob("*.npz"):
        assert (home / "runs" / SD / path.relative_to(FOLDER / SD)).read_bytes() == path.read_bytes()


def test_damage_that_cannot_be_mended(at: Opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: one sentence with the file, and the lesson goes on to its last card."""
    sample_runs(Store(home_directory(home)))
    wrong_bytes(home)
    monkeypatch.setattr(mend, "_copied", lambda *_: False)
    app, cards = at(lesson="pull_and_push", card="2"), len(LESSONS["pull_and_push"].cards)
    for place in range(2, cards + 1):
        assert not app.exception
        assert f"card {place} of" in words(app)
        if place < cards:
            app.button(key="learn.next").click().run()
    assert any("cannot be read" in one.value for one in app.error)
