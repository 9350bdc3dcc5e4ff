"""What only a browser does: + and - of number fields, Enter, what a field shows after another preset, a server gone."""

import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Site, serving
from tests.made_runs import made_run

UP, DOWN = "[data-testid=stNumberInputStepUp]", "[data-testid=stNumberInputStepDown]"


def field(page: Page, key: str):
    """The number field of a session key: its element."""
    return page.locator(f"[class*='st-key-{key}']")


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_fields_step_by_useful_values_and_follow_the_preset(shared_site: Site, page: Page) -> None:
    """Each click and key gives the next value, typed values stay, and another preset replaces all of them."""
    page.goto(shared_site.url)
    page.get_by_role("link", name="Train").click(timeout=60_000)
    temperature = field(page, "setup-loss-temperature")
    number = temperature.locator("input")
    expect(number).to_have_value("0.07", timeout=120_000)
    for value in ("0.1", "0.2", "0.5"):
        temperature.locator(UP).click()
        expect(number).to_have_value(value)
    temperature.locator(DOWN).click()
    number.press("ArrowDown")
    expect(number).to_have_value("0.1")
    number.fill("0.083")
    number.press("Enter")
    expect(page.get_by_text("(preset 0.07)")).to_be_visible()
    temperature.locator(UP).click()
    expect(number).to_have_value("0.1")
    expect(field(page, "setup-training-epochs").locator("input")).to_have_value("100")
    preset = page.locator(".st-key-setup-preset")
    preset.scroll_into_view_if_needed()
    digits = page.get_by_role("option", name="digits:")
    for _ in range(10):  # an open list closes when the page still scrolls under it
        preset.get_by_role("combobox").first.click()
        page.wait_for_timeout(1000)
        if digits.count():
            break
    digits.click()
    expect(field(page, "setup-training-epochs").locator("input")).to_have_value("15")
    expect(page.get_by_text("Changed under icons: Temperature 0.1")).to_be_visible()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_enter_applies(shared_site: Site, page: Page) -> None:
    """In the panel Change, Enter requests the value of the field, typed or reached by +."""
    run = made_run(shared_site.home, "running", loss__temperature=0.07)
    page.goto(shared_site.url)
    page.get_by_text("Change", exact=True).first.click(timeout=120_000)
    temperature = page.locator("[class*='st-key-change'][class*='loss-temperature']")
    temperature.locator(UP).click()
    expect(temperature.locator("input")).to_have_value("0.1")
    temperature.locator("input").press("Enter")
    expect(page.get_by_text("Requested.")).to_be_visible()
    assert run.requests()[-1]["settings"] == {"loss.temperature": 0.1}


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_server_gone_is_said(tmp_path: Path, window: BrowserContext) -> None:
    """The browser alone says how to start the dashboard again, in place of Streamlit's own notice."""
    page = window.new_page()  # its refused connections are what the test is about
    with serving(tmp_path) as site:
        made_run(site.home, "finished")
        page.goto(site.url)
        page.locator("canvas.cloud[data-points='40']").wait_for(timeout=120_000)
        for process in psutil.Process(os.getpid()).children(recursive=True):
            with suppress(psutil.Error):  # another test's process may end just now
                if site.url.rsplit(":", 1)[1] in process.cmdline():
                    process.terminate()
        gone = page.locator(".mlcl-server-gone")
        expect(gone).to_contain_text("mlcl app")
        expect(gone).to_contain_text("Training continues in a process of its own")
        page.wait_for_timeout(1000)
        expect(page.get_by_text("streamlit run yourscript.py")).not_to_be_visible()
    page.close()
