"""Two lessons in a real browser, from the first card to the last, by buttons and by arrow keys."""

from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site


def begin(page: Page, site: Site, title: str) -> None:
    """Open the list and begin the lesson of that title."""
    page.goto(site.url)
    page.get_by_role("link", name="Learn").click(timeout=60_000)
    page.locator(".st-key-learn-begin-" + title + " button").click(timeout=60_000)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_starve_and_blur(shared_site: Site, page: Page) -> None:
    """Lesson 3: nothing to start or wait for; the chart with the answer comes after the guess; then the cloud."""
    begin(page, shared_site, "starve_and_blur")
    expect(page.get_by_text("card 1 of 4")).to_be_visible()
    expect(page.get_by_text("anchors starve")).to_have_count(0)
    # an edit of the batch is reported under the text; one click restores the batch
    page.get_by_role("checkbox").first.click()
    expect(page.get_by_text("You changed labels")).to_be_visible()
    page.locator(".st-key-learn-again button").first.click()
    expect(page.get_by_text("You changed labels")).to_have_count(0)
    expect(page.get_by_role("checkbox").first).to_have_attribute("aria-checked", "true")

    page.get_by_text("6", exact=True).first.click()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text("6 of 8 anchors starve")).to_be_visible()

    page.locator(".st-key-learn-next button").click()
    expect(page.get_by_text("Guess first: this part shows the answer.")).to_be_visible()
    expect(page.get_by_text("How many anchors find no positive?")).to_have_count(0)
    page.get_by_text("20%", exact=True).click()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text("Not quite")).to_be_visible()
    expect(page.get_by_text("How many anchors find no positive?")).to_be_visible()

    page.locator(".st-key-learn-next button").click()
    expect(page.locator("canvas")).to_have_count(1)
    page.get_by_text("Nearer together").click()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text("Right.")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(2)

    page.locator(".st-key-learn-next button").click()
    expect(page.get_by_text("To take home.")).to_be_visible()
    expect(page.get_by_role("button", name="Next lesson")).to_be_visible()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_placement_in_present_mode(shared_site: Site, page: Page) -> None:
    """Lesson 5 by arrow keys, presented: inside the logarithm, both force matrices hold the same numbers."""
    begin(page, shared_site, "placement")
    expect(page.get_by_text("card 1 of 4")).to_be_visible()
    small = page.evaluate("() => getComputedStyle(document.documentElement).fontSize")
    page.get_by_role("button", name="Present").click()
    page.wait_for_function("(a) => getComputedStyle(document.documentElement).fontSize !== a", arg=small)
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect_forces(page, same=False)

    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("card 2 of 4")).to_be_visible()
    page.get_by_text("Nothing", exact=True).click()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text("Right.")).to_be_visible()

    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("card 3 of 4")).to_be_visible()
    expect(page.get_by_text("is a constant: it changes the")).to_be_visible()
    expect_forces(page, same=True)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("card 2 of 4")).to_be_visible()
    expect(page.get_by_text("Right.")).to_be_visible()
    for card in (3, 4):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_text(f"card {card} of 4")).to_be_visible()
    expect(page.get_by_text("To take home.")).to_be_visible()
    page.get_by_role("button", name="All lessons").click()
    expect(page.get_by_test_id("stHeader")).to_be_visible()


def expect_forces(page: Page, *, same: bool) -> None:
    """Wait until both force matrices stand there with the same numbers, or with others; the text comes before them."""
    end = monotonic() + 60
    while monotonic() < end:
        shown = [forces(page, title) for title in ("Force A", "Force B")]
        if any(shown[0]) and (shown[0] == shown[1]) == same:
            return
        page.wait_for_timeout(300)
    pytest.fail(f"for a minute the forces were {'different' if same else 'the same'}: {shown}")


def forces(page: Page, title: str) -> list[str]:
    """The numbers of one matrix as they stand on the screen."""
    panel = page.locator(".panel", has=page.get_by_text(title, exact=True))
    expect(panel).to_be_visible()
    return panel.locator("td").all_inner_texts()
