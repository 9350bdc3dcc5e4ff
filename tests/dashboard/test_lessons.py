"""Lessons: every number in them is computed, every card fits the page, and the numbers are what slow loops find."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from dashboard.lessons import LESSONS, Card, Recorded, filled
from dashboard.lessons import watch_it_train as watch
from dashboard.lessons.lesson import literal_text, nearest
from dashboard.lessons.watch_it_train import cosines
from dashboard.parts.learn.stages import STAGES
from tests.dashboard.lesson_numbers import mean_cosines

CARDS = [
    pytest.param(name, card, id=f"{name}-{place}") for name in LESSONS for place, card in enumerate(LESSONS[name].cards)
]
# one over one plus something is no result, nor is the name of a metric
FORMULA = re.compile(r"\*\*K[^*]*\*\*|macro-F1")
OF_A_PAIR = ("similarity", "dissimilarity", "weight")


def test_lessons_are_short() -> None:
    """Three to six cards, a question or more and a sentence to take home."""
    for lesson in LESSONS.values():
        assert 3 <= len(lesson.cards) <= 6
        assert sum(card.question is not None for card in lesson.cards) >= 1
        assert lesson.take_home


@pytest.mark.parametrize(("name", "card"), CARDS)
def test_no_number_is_written(name: str, card: Card) -> None:
    """Outside braces and formulas no text holds a digit."""
    texts = [card.text, LESSONS[name].take_home, LESSONS[name].idea]
    texts += [card.question.ask, card.question.reveal] if card.question else []
    for text in texts:
        assert not re.search(r"\d", literal_text(FORMULA.sub("", text))), text


@pytest.mark.parametrize(("name", "card"), CARDS)
def test_every_card_can_be_shown(name: str, card: Card, recorded: Recorded) -> None:
    """Its texts find all their numbers, its stage and its run exist, the right answer is one of the options."""
    numbers = card.numbers(recorded) if card.numbers else {}
    assert "{" not in filled(card.text, numbers).replace("\\{", "")
    assert card.after
    for picture in {id(one): one for one in (card.picture, card.after) if one}.values():
        assert picture.stage in STAGES
        assert picture.rule in recorded.runs
        assert recorded.step(picture.at, picture.rule) in recorded.steps(picture.rule)
    if card.question:
        assert filled(card.question.ask, numbers)
        assert filled(card.question.reveal, numbers)
        assert 0 <= card.question.right(numbers) < len(card.question.options)
    if card is LESSONS[name].cards[-1]:
        assert filled(LESSONS[name].take_home, numbers)


def test_a_missing_number_is_an_error() -> None:
    """A text that names a number that was not computed does not pass."""
    with pytest.raises(KeyError):
        filled("{missing}", {})
    assert filled("{x:.1f}", {"x": 2}) == "2.0"


@pytest.mark.parametrize("at", ["first", "middle", "last"])
def test_cosines_are_the_engines(recorded: Recorded, at: str) -> None:
    """Mean cosines of both runs, by going over all pairs; how far they lie apart; where the runs differ most."""
    found = cosines(recorded, at)
    assert found["steps"] == recorded.step(at)
    by_loops = {}
    for letter, rule in (("a", "similarity_dissimilarity"), ("b", "any_shared")):
        by_loops[letter] = mean_cosines(recorded, at, rule)
        for kind, value in by_loops[letter].items():
            assert found[f"{letter}_{kind}"] == pytest.approx(value, abs=2e-3)
        apart = max(by_loops[letter].values()) - min(by_loops[letter].values())
        assert found[f"{letter}_spread"] == pytest.approx(apart, abs=4e-3)
    if at == "first":
        assert found["a_spread"] < 0.01
    else:
        assert max(abs(found[f"a_{kind}"] - found[f"b_{kind}"]) for kind in watch.KINDS) > 0.05
    if at == "last":
        end = watch.end(recorded)
        gaps = {kind: abs(by_loops["a"][kind] - by_loops["b"][kind]) for kind in watch.KINDS}
        widest = max(gaps, key=lambda kind: gaps[kind])
        assert (end["widest"], end["kind"]) == (watch.KINDS.index(widest), watch.WORDS[end["widest"]])
        assert (end["a_kind"], end["b_kind"]) == (found[f"a_{widest}"], found[f"b_{widest}"])


def test_both_runs_began_alike(recorded: Recorded) -> None:
    """One configuration but for the rule and the name, one seed of the batches, the same first frame to the bit."""
    configs = [json.loads((run.path / "config.json").read_text()) for run in recorded.runs.values()]
    assert {config["loss"].pop("rule") for config in configs} == set(recorded.runs)
    assert configs[0] == configs[1]
    first = [recorded.frame(0, rule) for rule in recorded.runs]
    assert np.array_equal(first[0].z, first[1].z)


def test_scores_are_the_probes(recorded: Recorded) -> None:
    """mAP and macro-F1 as the finished runs wrote them, on test items, the untrained network's once for both."""
    found = watch.scores(recorded)
    for letter, run in zip("ab", recorded.runs.values(), strict=True):
        lines = [json.loads(line) for line in (run.path / "events.jsonl").read_text().splitlines()]
        (end,) = [line for line in lines if line["event"] == "finished"]
        assert (found[f"{letter}_map"], found[f"{letter}_f"]) == (end["test"]["map"], end["test"]["macro_f1"])
        assert found["untrained"] == end["untrained"]["map"]
    assert found["gap"] == pytest.approx(abs(found["a_map"] - found["b_map"]))
    # the left space is in better order, and does not score higher
    for letter, rule in (("a", "similarity_dissimilarity"), ("b", "any_shared")):
        means = mean_cosines(recorded, "last", rule)
        assert found[f"{letter}_spread"] == pytest.approx(max(means.values()) - min(means.values()), abs=4e-3)
        assert (means["nested"] > means["overlap"]) == (letter == "a")
    assert found["a_spread"] > found["b_spread"] + 0.05
    assert found["a_map"] <= found["b_map"]


def test_nearest_option() -> None:
    """The closest guess is the right one; of two as close, the first."""
    assert nearest((0.05, 0.2, 0.4), 0.29) == 1
    assert nearest((0.0, 0.5), 0.25) == 0


def test_names_of_the_anchor_are_inert(recorded: Recorded, tmp_path: Path) -> None:
    """Names are shown and do not act as markup."""
    assert "\\(" in recorded.named(recorded.anchor) or "(" not in recorded.watched_items.names[recorded.anchor]
