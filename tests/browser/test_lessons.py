"""Every card of every lesson in a real browser, presented at 1280 x 800, by keyboard alone, in both themes.

Before Reveal a card must not hold its answer. What the answer says is read from the page itself after Reveal: its
sentences, and its numbers that the question does not name. None of them stood on the page before, not in a component,
a chart's description or a label for screen readers; the options were alike but for their words. In pixels: either a
veil stood beside the card, the same to the pixel for every lesson, so that it can hold no answer; or a picture that
Reveal replaces by the answer's; or one that stays, and holds none of those numbers. The rest is in
``tests/pages/test_learn_answers.py``: what the server sends before Reveal is the same, to the byte, where the answer is
another.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from dashboard.export.sheets import export_sheets
from dashboard.lessons import LESSONS, Card, Lesson
from dashboard.lessons.lesson import Picture
from dashboard.parts.learn.stages import STAGES
from mlcl_core.demo_runs.make import SAMPLES
from mlcl_core.runs.store import Store
from tests.browser.conftest import Site

READER = Path(__file__).with_name("lesson_card.js")
# a number that was computed: a share, or one with decimals
NUMBER = re.compile(r"(?<![\d.,])(?:\d[\d,]*\.\d+%?|\d+%)(?![\d%])")
STEPS = re.compile(r"(?:[Ss]tep |After )([\d,]+)|([\d,]+) steps")
FITTED_MS = 3000
TELLING = 30  # characters of a sentence that no question says too
BESIDE = "[data-testid=stColumn]:has(.st-key-lesson-card) + [data-testid=stColumn]"
FIRST = next(iter(LESSONS.values()))


@dataclass
class Walk:
    """A walk through the cards; what is wrong is noted with the card's name, so that one walk finds all of it."""

    page: Page
    store: Store
    wrong: list[str] = field(default_factory=list)
    veil: bytes | None = None
    place: str = ""
    told: set[str] = field(default_factory=set)  # numbers that the lesson's earlier cards name

    def read(self, what: str) -> Any:
        """Something of ``lesson_card.js``."""
        return self.page.evaluate(f"() => lessonCard.{what}()")

    def hold(self, holds: object, said: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(f"{self.place}: {said}")

    def settle(self, card: int, cards: int, title: str) -> None:
        """Wait for a card of a lesson, until the page stands still with all points drawn and everything fitted."""
        self.page.wait_for_function("(a) => lessonCard.shows(...a)", arg=[f"card {card} of {cards}", title])

    def sees(self, picture: Picture | None) -> dict[str, Any]:
        """What stands beside the card, which must be the card's picture: its run, step, and pair; None: the veil."""
        shown = self.read("picture")
        if picture is None:
            self.hold(not shown["clouds"] and not shown["matrices"] and not shown["charts"], "no veil")
            return shown
        drawn = {(cloud["run"], int(cloud["step"])) for cloud in shown["clouds"]}
        if STAGES[picture.stage].of_a_run:
            step = self.step(picture)
            self.hold(drawn and {at for _, at in drawn} == {step}, f"{drawn} drawn, and not step {step}")
            own, others = SAMPLES[picture.rule][0], {run for run, _ in SAMPLES.values()}
            self.hold(own in (runs := {run for run, _ in drawn}) and runs <= others, f"{runs} drawn, and not {own}")
        if picture.pair is not None:
            self.hold(shown["pair"] == "{},{}".format(*picture.pair), f"the pair {shown['pair']}, not {picture.pair}")
        return shown

    def step(self, picture: Picture) -> int:
        """The step that a picture is of."""
        steps = self.store.run(SAMPLES[picture.rule][0]).frame_steps()
        return steps[{"first": 0, "middle": len(steps) // 3, "last": -1}[picture.at]]

    def fits(self, when: str) -> None:
        """Nothing scrolls or ends outside the window, the options and buttons of the card included."""
        try:  # parts measure the window when they have been drawn
            self.page.wait_for_function("() => lessonCard.below().length === 0", timeout=FITTED_MS)
        except TimeoutError:
            for found in self.read("below"):
                self.hold(False, f"{when}, {found}")


def walk_through(site: Site, page: Page) -> None:
    """From the address of the first card to the last card, with the keys of Present."""
    walk = Walk(page, site.store())
    page.goto(site.url)
    page.evaluate("() => localStorage.clear()")  # answers that another walk revealed in this browser
    page.goto(site.url)
    page.get_by_role("link", name="Learn").press("Enter", timeout=120_000)
    page.locator(f".st-key-learn-begin-{FIRST.name} button").press("Enter", timeout=120_000)
    expect(page.get_by_text("card 1 of")).to_be_visible(timeout=120_000)
    page.evaluate(READER.read_text())
    page.evaluate("() => document.fonts.ready.then(() => null)")
    before = root_size(page)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    for lesson in LESSONS.values():
        for place, card in enumerate(lesson.cards):
            if place or lesson is not FIRST:
                page.keyboard.press("ArrowRight")
            walk.place = f"{lesson.name} {place + 1}"
            walk.settle(place + 1, len(lesson.cards), lesson.title)
            walk.told = set() if not place else walk.told
            see(walk, lesson, card)
            walk.told |= set(NUMBER.findall(card_text(page)))
    assert not walk.wrong, "\n".join(walk.wrong)
    expect(page.get_by_text("To take home.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    assert root_size(page) == before


def see(walk: Walk, lesson: Lesson, card: Card) -> None:
    """One card: what stands beside it, and before its question is answered nothing of the answer."""
    page, shown = walk.page, walk.sees(card.picture)
    walk.fits("before Reveal" if card.question else "at once")
    if card.question is None:
        if card.picture is not None:
            agrees(walk, card.picture, shown)
        return
    words, asked = walk.read("words"), card_text(page)
    alike = walk.read("options")
    walk.hold(len(alike) == len(card.question.options) and len(set(alike)) == 1, "an option is marked before Reveal")
    if card.picture is None:
        veil = page.locator(BESIDE).screenshot(animations="disabled")
        walk.hold(walk.veil in (None, veil), "another veil than on other cards")
        walk.veil = veil
    page.keyboard.press("2")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    expect(page.get_by_role("button", name="Reveal")).to_be_enabled()
    page.wait_for_function("() => lessonCard.still()")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Reveal")).to_have_count(0)
    walk.settle(lesson.cards.index(card) + 1, len(lesson.cards), lesson.title)
    answered = card_text(page)
    walk.hold("Right." in answered or "Not quite" in answered, "no verdict")
    answer = answered[answered.index("Right." if "Right." in answered else "Not quite") :]
    for number in set(NUMBER.findall(answer)) - set(NUMBER.findall(asked)) - walk.told:
        walk.hold(
            number not in NUMBER.findall(words), f"{number}, which the answer names, stood on the page before Reveal"
        )
    for sentence in re.split(r"(?<=[.:?!])\s", answer):
        walk.hold(len(sentence) < TELLING or sentence not in words, f"“{sentence}” stood there before Reveal")
    after = walk.sees(card.after)
    walk.fits("after Reveal")
    if card.after is not None:
        agrees(walk, card.after, after)
    if card.question.after is not None:
        walk.hold(after != shown, "Reveal leaves the picture as it was")


def agrees(walk: Walk, picture: Picture, shown: dict[str, Any]) -> None:
    """The step that the text names last is the picture's; the pair of the picture is named in the text."""
    text = card_text(walk.page)
    named = [int((first or second).replace(",", "")) for first, second in STEPS.findall(text)]
    if named and STAGES[picture.stage].of_a_run:
        walk.hold(walk.step(picture) in named, f"the text names step {named}, the picture is of {walk.step(picture)}")
    spoken = set(re.findall(r"\bitems? (\d+)", text))
    if spoken and picture.pair is not None:
        pair = {str(row + 1) for row in picture.pair}
        walk.hold(spoken & pair, f"the text speaks of items {spoken}, the pair that is marked is {pair}")
        headed = set(re.findall(r"\d+", shown["named"]))
        walk.hold(headed & pair, f"the sentence of the pair is about {headed}, the pair that is marked is {pair}")


def card_text(page: Page) -> str:
    """What the card says."""
    return page.locator(".st-key-lesson-card").inner_text()


def root_size(page: Page) -> str:
    """The size that all others follow."""
    return page.evaluate("() => getComputedStyle(document.documentElement).fontSize")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_lessons_in_light(shared_site: Site, page: Page) -> None:
    """Guess first everywhere; the picture is what the text speaks of; nothing below the fold; the page as it was."""
    walk_through(shared_site, page)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_lessons_in_dark(shared_site: Site, page: Page) -> None:
    """The same in dark colours."""
    page.emulate_media(color_scheme="dark")
    walk_through(shared_site, page)


@pytest.mark.slow
def test_each_sheet_is_a_page_of_paper(shared_site: Site, browser: Browser, tmp_path: Path) -> None:
    """The teacher's sheets, printed on A4 and on Letter: as many pages as lessons, and nothing wider than the paper."""
    file = tmp_path / "sheets.html"
    export_sheets(file, home=shared_site.home)
    page = browser.new_page(viewport={"width": 700, "height": 990})
    page.goto(file.as_uri())
    for paper in ("A4", "Letter"):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) == len(LESSONS)
    page.emulate_media(media="print")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.close()
