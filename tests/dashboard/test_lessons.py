"""Lessons: every number in them is computed, every card fits the page, and the numbers are what slow loops find."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.lessons import LESSONS, Card, Recorded, filled
from dashboard.lessons import pull_and_push as pull
from dashboard.lessons import starve_and_blur as starve
from dashboard.lessons.five_relations import directions
from dashboard.lessons.lesson import literal_text, nearest
from dashboard.lessons.long_tail import meets
from dashboard.lessons.placement import difference
from dashboard.lessons.placement import numbers as placement_numbers
from dashboard.lessons.two_factors import factors
from dashboard.lessons.watch_it_train import cosines
from dashboard.lessons.what_maps_hide import scores
from dashboard.parts.lesson_stage import STAGES
from mlcl_core.data import load_data, statistics
from mlcl_core.home import home_directory
from mlcl_core.runs.sample import sample_runs
from mlcl_core.runs.store import Store

CARDS = [
    pytest.param(name, card, id=f"{name}-{place}") for name in LESSONS for place, card in enumerate(LESSONS[name].cards)
]
# one over one plus something is no result, nor is the name of a metric
FORMULA = re.compile(r"\*\*K[^*]*\*\*|macro-F1")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """The runs that ship, and the icons, loaded once."""

    @cache
    def data() -> tuple[Any, dict[str, Any]]:
        icons = load_data("icons")
        return icons, statistics(icons)

    store = Store(home_directory(tmp_path_factory.mktemp("home")))
    return Recorded(sample_runs(store), data)


def test_eight_lessons() -> None:
    """Eight, of three to six cards each, with exactly one question and a sentence to take home."""
    assert len(LESSONS) == 8
    for lesson in LESSONS.values():
        assert 3 <= len(lesson.cards) <= 6
        assert sum(card.question is not None for card in lesson.cards) == 1
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
    assert card.stage in STAGES
    assert card.rule in recorded.runs
    assert recorded.step(card.at, card.rule) in recorded.steps(card.rule)
    if card.question:
        assert filled(card.question.ask, numbers)
        assert filled(card.question.reveal, numbers)
        assert 0 <= card.question.right(numbers) < len(card.question.options)
    if card is LESSONS[name].cards[-1]:
        assert filled(LESSONS[name].take_home, numbers)


def test_a_missing_number_is_an_error() -> None:
    """A text that names what nobody computed does not pass."""
    with pytest.raises(KeyError):
        filled("{nobody}", {})
    assert filled("{x:.1f}", {"x": 2}) == "2.0"


def test_forces_of_the_anchor(recorded: Recorded) -> None:
    """Pulls and pushes, by the definition: (omega p - w) / the number of positives."""
    z, labels = recorded.frame(recorded.step("last")).z.astype(float), recorded.probe.labels
    i, tau = recorded.anchor, recorded.runs["similarity_dissimilarity"].config().loss.temperature
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    s = z @ z[i] / tau
    both, extra = (labels & labels[i]).sum(1), (labels & ~labels[i]).sum(1)
    w = both / labels[i].sum() / (1 + extra)
    others = np.arange(len(z)) != i
    w, p = np.where(others, w, 0), np.where(others, np.exp(s), 0)
    force = (w.sum() * p / p.sum() - w) / (w > 0).sum()
    found = pull.forces(recorded)
    assert found["pulls"] == pytest.approx(force[force < 0].sum(), rel=1e-5)
    assert found["pushes"] == pytest.approx(force[force > 0].sum(), rel=1e-5)
    assert found["total"] < 1e-9


def test_temperature_turns_the_push_to_the_nearest(recorded: Recorded) -> None:
    """Among strangers the push goes by exp(cosine / temperature): the share of the nearest ten, by numpy."""
    z = recorded.frame(recorded.step("last")).z.astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    labels, i = recorded.probe.labels, recorded.anchor
    strangers = ~(labels & labels[i]).any(1)
    cosine = (z @ z[i])[strangers]
    found = pull.temperatures(recorded)
    for name in ("low", "high"):
        push = np.exp(cosine / found[name])
        expected = np.sort(push)[::-1][: found["near"]].sum() / push.sum()
        assert found[f"share_{name}"] == pytest.approx(expected, rel=1e-4)
    assert found["share_low"] > found["share_high"]


def test_who_starves(recorded: Recorded) -> None:
    """In the small batch, and among the watched items, by going over all pairs."""
    sets = ["sky sea", "sky beach", "sky boat", "sky sunset", "sky people", "sea boat", "sea boat", "beach sunset"]
    alone = {"all": 0, "any": 0}
    for i, one in enumerate(sets):
        others = sets[:i] + sets[i + 1 :]
        alone["all"] += one not in others
        alone["any"] += not any(set(one.split()) & set(other.split()) for other in others)
    found = starve.starving(recorded)
    assert (found["all"], found["any"]) == (alone["all"], alone["any"])

    labels = [set(np.flatnonzero(row)) for row in recorded.probe.labels]
    common = [len(a & b) / len(a | b) for a, b in combinations(labels, 2) if a & b]
    worth = starve.worth(recorded)
    assert worth["jaccard"] == pytest.approx(np.mean(common), rel=1e-5)
    assert worth["little"] == pytest.approx(np.mean(np.array(common) < 0.5), rel=1e-5)
    assert worth["positives"] == pytest.approx(2 * len(common) / len(labels), rel=1e-5)


def test_alone_is_what_the_data_page_says(recorded: Recorded) -> None:
    """The same shares as the statistics of the data set, of the same batches."""
    found = starve.alone(recorded)
    shares = recorded.statistics["anchors_without_positive"]
    assert (found["all"], found["any"]) == (shares["all_equal"], shares["any_shared"])
    assert found["all"] > found["any"]


def test_factors_by_hand(recorded: Recorded) -> None:
    """{sky, sea} and the five labels around it: 1 * 1/4 from the small set, 2/5 * 1 from the large one."""
    found = factors(0, 6)
    assert (found["similarity_up"], found["dissimilarity_up"], found["weight_up"]) == (1, 0.25, 0.25)
    assert (found["similarity_down"], found["dissimilarity_down"]) == (pytest.approx(0.4), 1)
    assert found["weight_down"] == pytest.approx(0.4)
    seen = directions(recorded)
    assert (seen["seen"], seen["back"]) == ("subset", "superset")


def test_inside_is_a_constant(recorded: Recorded) -> None:
    """Inside the logarithm no force differs, on the example and on the run; outside, and by the divisor, they do."""
    found = placement_numbers(recorded)
    assert found["inside"] == found["run_inside"] == 0
    assert found["outside"] > 0.1
    assert found["run_outside"] > 0.1
    assert found["divided"] > 0.1
    assert difference(None, "outside", "count") == found["outside"]


def test_cosines_are_the_engines(recorded: Recorded) -> None:
    """Mean cosines of the last frame, by going over all pairs."""
    z = recorded.frame(recorded.step("last"), "any_shared").z.astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    labels = [frozenset(np.flatnonzero(row)) for row in recorded.probe.labels]
    disjoint = [z[i] @ z[j] for i, j in combinations(range(len(z)), 2) if not labels[i] & labels[j]]
    assert cosines(recorded, "last")["b_disjoint"] == pytest.approx(np.mean(disjoint), abs=2e-3)


def test_chance_to_meet() -> None:
    """One less the chance that all others are drawn from those without the label."""
    for items, carriers, others in [(10, 2, 3), (10, 1, 9), (7, 7, 1), (20, 5, 19), (20, 5, 40)]:
        drawn = min(others, items - 1)
        expected = 1 - comb(items - carriers, drawn) / comb(items - 1, drawn)
        assert meets(items, carriers, others) == pytest.approx(expected)


def test_map_scores_are_the_maps_own(recorded: Recorded) -> None:
    """As they stand in the files of the last frame."""
    run = recorded.runs["similarity_dissimilarity"]
    found = scores(recorded)
    assert found["umap_recall"] == run.map("umap", run.frame_steps()[-1]).scores["knn_recall"]
    assert found["width"] == run.config().model.projection


def test_nearest_option() -> None:
    """The closest guess is the right one; of two as close, the first."""
    assert nearest((0.05, 0.2, 0.4), 0.29) == 1
    assert nearest((0.0, 0.5), 0.25) == 0


def test_names_of_the_anchor_are_inert(recorded: Recorded, tmp_path: Path) -> None:
    """What a name says is shown and not acted on."""
    assert "\\(" in recorded.named(recorded.anchor) or "(" not in recorded.probe.names[recorded.anchor]
