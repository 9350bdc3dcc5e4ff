"""The first screen in a browser: it plays by itself, stops, stands where motion is off; the theme is kept."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Cloud, Site

pytestmark = pytest.mark.slow
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(18, 21, 26)"


def frame(page: Page) -> int:
    """Number of the frame that is shown."""
    return int(page.locator(".player").get_attribute("data-frame") or -1)


def test_it_plays_until_it_is_stopped(shared_site: Site, page: Page) -> None:
    """Frame after frame without a click and without the server; Stop holds a frame; the name leads back here."""
    page.goto(shared_site.url)
    Cloud(page).first_frame()
    expect(page.locator(".player")).not_to_have_attribute("data-frame", "0")
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.focus()
    page.keyboard.press("Enter")
    held = frame(page)
    page.wait_for_timeout(1500)
    assert frame(page) == held > 0
    page.get_by_role("link", name="Relations").click()
    expect(page.locator(".player")).to_have_count(0)
    page.get_by_role("link", name="MLCL Lab").click()
    Cloud(page).first_frame()


def test_it_stands_where_motion_is_off(shared_site: Site, browser: Browser) -> None:
    """By the system, the last frame stands; by the switch, kept by the browser, it does too. Play plays on request."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(shared_site.url)
    Cloud(page).first_frame()
    last = frame(page)
    page.wait_for_timeout(1500)
    assert frame(page) == last == 39
    context.close()
    context = browser.new_context()
    page = context.new_page()
    page.goto(shared_site.url)
    page.get_by_role("button", name="Motion").click()
    page.reload()
    Cloud(page).first_frame()
    expect(page.locator("html")).to_have_attribute("data-mlcl-motion", "off")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".player")).not_to_have_attribute("data-frame", "39")
    context.close()


def test_the_theme_is_chosen_and_kept(shared_site: Site, browser: Browser) -> None:
    """As the system (light here), light, dark: the page's colours, and the choice on another page after a reload."""
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(f"{shared_site.url}/relations")
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_css("background-color", LIGHT)
    page.get_by_role("button", name="Theme: as the system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    expect(app).to_have_css("background-color", DARK)
    page.goto(f"{shared_site.url}/start")
    expect(app).to_have_css("background-color", DARK)
    page.get_by_role("button", name="Theme: dark").click()
    expect(app).to_have_css("background-color", LIGHT)
    context.close()
