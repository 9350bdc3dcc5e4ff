"""Every card of every lesson in a real browser, presented at 1280 x 800, by keyboard alone, in both themes.

Before Reveal a card must not hold its answer. What the answer says is read from the page itself after Reveal: its
sentences, and its numbers that the question does not name. None of them stood on the page before, not in a component,
a chart's description or a label for screen readers; the options were alike but for their words. In pixels: either a
veil stood beside the card, drawn the same, to the pixel, for every lesson, so that it can hold no answer; or a picture of
something else than the answer's, of another step, run, method or matrix. ``tests/pages/test_learn.py`` holds the rest:
what the server sends before Reveal is the same, to the byte, where the answer is another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard.lessons import LESSONS, Card, Lesson
from dashboard.parts.learn.stages import STAGES
from mlcl_core.demo_runs.make import SAMPLES
from tests.browser.conftest import Site

READER = Path(__file__).with_name("lesson_card.js")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
SHORT = 25  # characters: a shorter sentence may be a word that the question names too


@dataclass
class Walk:
    """A walk through the cards: what was found wrong on the way, with the names of the cards."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    veil: bytes | None = None
    place: str = ""

    def read(self, what: str) -> Any:
        """Something of ``lesson_card.js``."""
        return self.page.evaluate(f"() => lessonCard.{what}()")

    def hold(self, holds: object, said: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(f"{self.place}: {said}")

    def settle(self, card: Locator | None = None) -> None:
        """Wait until the page stands still, with all points drawn and its text fitted."""
        self.page.wait_for_function("() => lessonCard.still()")
        self.page.evaluate("() => lessonCard.fitted()")
        if card is not None:
            expect(card).to_be_visible()

    def text(self, selector: str = ".st-key-lesson-card") -> str:
        """The text of a part of the page."""
        return self.page.locator(selector).inner_text()


@pytest.fixture
def dark_page(browser: Browser, page: Page) -> Iterator[Page]:
    """The page of the other tests, which asks for dark colours."""
    page.emulate_media(color_scheme="dark")
    yield page


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_lessons_in_light(shared_site: Site, page: Page) -> None:
    """From the first card to the last: guess first, the picture is what the text speaks of, nothing below the fold."""
    walk_through(shared_site, page)
