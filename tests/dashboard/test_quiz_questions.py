"""The quiz: each question by hand; over all its forms one option is right, as loops find it, the others are wrong."""

from math import comb, exp, log

import numpy as np
import pytest

from dashboard.lessons import LESSONS
from dashboard.quiz.question import I_DO_NOT_KNOW, RIGHT, SEEDS, SKIPPED, UNKNOWN, Asked, QuizQuestion
from dashboard.quiz.questions import QUESTIONS

PROVES = {
    "test_one_option_is_right_and_the_wrong_ones_are_wrong": (
        "This map alone cannot tell",
        "The anchor has the labels {…} and {POSITIVES} positives in its batch: an item with the **same label set** at "
        "cosine {near}, and two that share one label, at {second} and {third}.",
        "The loss wants each of the positives to have the same share of the sum over all items: {pull:.0%}.",
        "took near items with equal sets to feel no force",
        "Nothing ({…:+.2f}): equal sets that near are settled",
        "It stays at {…:.0%}: all cosines are divided alike",
        "The labels fix *w* = {weight:.2f}, so log *w* = {…:.2f} is a constant: it changes the value of the loss and "
        "none of its slopes.",
        "{outside:+.3f}: all positives are weighed against each other",
        "The sets differ, so under ALL the pair is no positive: {all_:.2f}.",
        "Two runs, one seed each, on the same {items} test items.",
        "A − B is {…}, its 95 % interval over resampled test items [{low}, {high}]; A is ahead in "
        "{found.share_ahead:.0%} of the resamples.",
        "That is no proof that both are equal, the interval holds differences of both signs; and the share of "
        "resamples is no probability that A is better.",
        "One seed each says nothing of the methods: several seeds would.",
        "went by the higher number alone",
        "Seen from that item, the same pair is a {turned}.",
    ),
}
# the right answer of the form before the lessons of seed 0, from its label sets and numbers
BY_HAND = {
    # S = {sky, sea, beach, sunset, people}, T = {sky, beach, boat, sunset}: 3/5 * 1/(1 + 1); they differ, and share
    "which_pairs_pull": "ALL 0.00 · ANY 1.00 · SD 0.30",
    # S = {sky, sea, sunset} contains {sky, sea}, and more
    "who_is_superset": r"\{sky, sea\}",
    # e^.69 / (e^.69 + e^.21 + e^-.26) = 1.994 / 3.998, and at .2: e^3.45 / (e^3.45 + e^1.05 + e^-1.3) = 31.5 / 34.63
    "temperature": "It rises from 50% to 91%",
    "weight_inside": "-0.325: it does not change",
    # e^(.88/.15) = 353, e^(.49/.15) = 26.2, e^(.36/.15) = 11.0, e^(.11/.15) = 2.1: 353 / 392.5 - 1/3
    "pushed_apart": "It pushes them apart (+0.57): the pair has more than its share of the sum",
    # 1 - C(895, 255) / C(899, 255) = 74 %, for a queue of 8: 1 - C(895, 55) / C(899, 55) = 22 %
    "tail_label": "Batches of 256 instead of 48",
    "map_distance": "This map alone cannot tell",
    # 138 and 130 hits of 200; 64 items differ: .04 +- 1.96 * sqrt(64/200 - .04^2) / sqrt(200) = .04 +- .078
    "which_run_is_better": "It is open which is better: other test items could turn the order",
}


def test_each_question_by_hand() -> None:
    """The form of seed 0."""
    assert {name: option_of(QUESTIONS[name].forms(0)[0]) for name in BY_HAND} == BY_HAND


def option_of(form: Asked, mistake: str = "") -> str:
    """The text of the option behind a mistake; the right one."""
    (found,) = [option.text for option in form.options if option.mistake == mistake]
    return found


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_one_option_is_right_and_the_wrong_ones_are_wrong(question: QuizQuestion) -> None:
    """Over all forms: options are distinct, each mistake has a name, the right one is what loops over the given sets
    and numbers find, and before and after ask for other sets or numbers.
    """
    places = set()
    for seed in range(SEEDS):
        forms = question.forms(seed)
        assert forms[0].ask != forms[1].ask
        assert forms[0].because != forms[1].because
        for form in forms:
            texts = [option.text for option in form.options]
            assert len(set(texts)) == len(texts)
            assert I_DO_NOT_KNOW not in texts
            assert [option.mistake for option in form.options].count("") == 1
            assert {option.mistake for option in form.options} - {""} <= set(question.mistakes)
            assert form.outcome(form.right) == RIGHT
            assert form.outcome(len(texts)) == UNKNOWN
            assert {form.outcome(place) for place in (None, -1, 99)} == {SKIPPED}
            loops = LOOPS.get(question.name, lambda _: {})
            for mistake, text in loops(form).items():
                assert option_of(form, mistake) == text
            places.add(form.right)
    assert places == set(range(len(form.options)))
    again = question.forms(3)
    assert [one.ask for one in again] == [one.ask for one in question.forms(3)]


def _pull(form: Asked) -> dict[str, str]:
    s, t = set(form.given["anchor"]), set(form.given["other"])
    assert s != t  # under ALL no positive
    assert s & t  # under ANY one
    factor = len(s & t) / len(s)
    weight, turned = factor / (1 + len(t - s)), len(s & t) / len(t) / (1 + len(s - t))
    return {
        "": f"ALL 0.00 · ANY 1.00 · SD {weight:.2f}",
        "other_side": f"ALL 0.00 · ANY 1.00 · SD {turned:.2f}",
        "one_factor": f"ALL 0.00 · ANY 1.00 · SD {factor:.2f}",
    }


def _superset(form: Asked) -> dict[str, str]:
    anchor, wanted = set(form.given["anchor"]), form.given["word"]
    right = [t for t in map(set, form.given["others"]) if (t < anchor if wanted == "superset" else t > anchor)]
    assert len(right) == 1
    shown = {option.mistake: {*option.text.strip("\\{}").split(", ")} for option in form.options}
    assert shown[""] == right[0]
    assert shown["equal_sets"] == anchor
    assert (len(shown["by_number"]) < 3) == (len(right[0]) < 3)
    assert shown["points_side"] < anchor or shown["points_side"] > anchor
    return {}


def _temperature(form: Asked) -> dict[str, str]:
    def share(temperature: float) -> str:
        grown = [exp(cosine / temperature) for cosine in form.given["cosines"]]
        return f"{grown[0] / sum(grown):.0%}"

    low, high = share(form.given["low"]), share(form.given["high"])
    return {"": f"It rises from {high} to {low}", "turned_around": f"It falls from {low} to {high}"}


def _inside(form: Asked) -> dict[str, str]:
    batch, temperature = form.given["batch"], 0.2
    sets = [{*np.flatnonzero(row)} for row in batch.labels]
    others = range(1, len(sets))
    cosine = batch.z.astype(float) @ batch.z[0].astype(float)
    positive = [row for row in others if sets[0] & sets[row]]
    weight = {
        row: len(sets[0] & sets[row]) / len(sets[0]) / (1 + len(sets[row] - sets[0])) if row in positive else 0.0
        for row in others
    }
    share = exp(cosine[1] / temperature) / sum(exp(cosine[row] / temperature) for row in others)
    count = len(positive)
    plain = share - 1 / count
    outside = (sum(weight.values()) * share - weight[1]) / count
    return {
        "": f"{plain:+.3f}: it does not change",
        "multiplied": f"{weight[1] * plain:+.3f}: it is multiplied by the weight",
        "as_outside": f"{outside:+.3f}: all positives are weighed against each other",
        "added": f"{plain + log(weight[1]):+.3f}: log w is added to it",
    }


def _pushed(form: Asked) -> dict[str, str]:
    grown = [exp(cosine / form.given["temperature"]) for cosine in form.given["cosines"]]
    share, pull = grown[0] / sum(grown), 1 / form.given["positives"]
    assert share > pull
    return {
        "": f"It pushes them apart ({share - pull:+.2f}): the pair has more than its share of the sum",
        "positives_pull": f"It pulls them together ({-pull:+.2f}): positives are pulled",
        "no_pull": f"It pushes them apart ({share:+.2f}): as hard as an item without a common label there",
    }


def _tail(form: Asked) -> dict[str, str]:
    items, carriers, size, queue, batch = (form.given[name] for name in ("items", "carriers", "size", "queue", "batch"))

    def chance(others: int) -> float:
        return 1 - comb(items - carriers, others) / comb(items - 1, others)

    by_queue, by_batch, now = chance(size - 1 + queue), chance(batch - 1), chance(size - 1)
    assert f"in {now:.0%} of its batches" in form.ask
    assert abs(by_queue - by_batch) > 0.25
    assert min(by_queue, by_batch) > now
    queued, batched = f"A queue that keeps {queue} earlier items as candidates", f"Batches of {batch} instead of {size}"
    return {"": queued, "too_few": batched} if by_queue > by_batch else {"": batched, "too_few": queued}


def _map(form: Asked) -> dict[str, str]:
    orders, lengths = set(), []
    for z in form.given["spaces"]:
        assert np.allclose(np.linalg.norm(z, axis=1), 1)
        u, s, _ = np.linalg.svd(z - z.mean(0), full_matrices=False)
        xy = u[:, :2] * s[:2]
        lengths.append([np.linalg.norm(xy[0] - xy[other]) for other in (1, 2)])
        orders.add(bool(z[0] @ z[1] > z[0] @ z[2]))
    assert orders == {True, False}  # one map, either order: the map cannot tell
    assert np.allclose(*lengths, atol=1e-4)
    short, long = lengths[0]
    assert f"lies {short:.2f} from" in form.ask
    assert short < long
    return {"": "This map alone cannot tell"}


def _better(form: Asked) -> dict[str, str]:
    a, b = form.given["hits"]
    apart = a - b
    half = 2 * apart.std(ddof=1) / len(apart) ** 0.5
    assert 0 < apart.mean() < half  # ahead, and within two standard errors
    assert f"A predicts {a.mean():.1%} of the label sets exactly, B {b.mean():.1%}" in form.ask
    return {"": "It is open which is better: other test items could turn the order"}


LOOPS = {
    "which_pairs_pull": _pull,
    "who_is_superset": _superset,
    "temperature": _temperature,
    "weight_inside": _inside,
    "pushed_apart": _pushed,
    "tail_label": _tail,
    "map_distance": _map,
    "which_run_is_better": _better,
}
# what the card that a question names speaks of
TAUGHT = {
    "which_pairs_pull": "which item as anchor gives",
    "who_is_superset": "**direction**",
    "temperature": "**temperature**",
    "weight_inside": "log *w* is a constant",
    "pushed_apart": "a positive that has more than its share is pushed too",
    "tail_label": "A **queue** keeps",
    "map_distance": "Before trusting a neighbourhood",
    "which_run_is_better": "one seed each is no ranking",
}


def test_each_question_names_the_card_that_teaches_it() -> None:
    """By words of that card."""
    for name, question in QUESTIONS.items():
        card = LESSONS[question.lesson].cards[question.card]
        text = card.text + (f" {card.question.ask} {card.question.reveal}" if card.question else "")
        assert TAUGHT.get(name, "").lower() in text.lower(), name
        assert not {RIGHT, UNKNOWN, SKIPPED} & question.mistakes.keys()
