"""Timeline and trail in a real browser: marks are buttons, the slider listens to the keyboard, the trail is drawn."""

from playwright.sync_api import Page, expect

from mlcl_core.runs.files import append_line
from tests.browser.conftest import Cloud, Site
from tests.made_runs import STEPS, made_run

# how many pixels of the canvas changed since the last time it was asked
CHANGED = """() => {
  const c = window.theCanvas, now = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  const before = window.pixels ?? now;
  window.pixels = now;
  let changed = 0;
  for (let k = 0; k < now.length; k += 4) changed += now[k] !== before[k];
  return changed;
}"""


def test_marks_slider_speeds_and_trail(site: Site, page: Page) -> None:
    """A mark stands at its step, with a word; pressed by Enter it shows that step; near marks share a button."""
    run = made_run(site.home, "finished")
    settings = {"loss.temperature": 0.2}
    append_line(run.path / "events.jsonl", {"event": "alarm", "step": 2, "at": 0, "text": "It <b>collapsed</b>."})
    append_line(
        run.path / "events.jsonl",
        {"event": "acknowledged", "action": "set", "step": 2, "at": 0, "request": "a", "settings": settings},
    )
    page.goto(site.url)
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    cloud.wait("c.dataset.step === String(a)", STEPS[-1])

    slider = page.locator("input.slider")
    slider.focus()
    for key, step in (("ArrowLeft", 2), ("Home", 0), ("ArrowRight", 2), ("End", 5)):
        slider.press(key)
        cloud.wait("c.dataset.step === String(a)", step)
    expect(page.locator(".timeline")).to_have_attribute("data-live", "true")

    marks = page.locator(".timeline .mark")
    expect(marks).to_have_count(2)
    page.keyboard.press("Tab")
    expect(marks.first).to_be_focused()
    expect(marks.first).to_have_attribute("title", "best kNN macro-F1: 0.11 at step 0")
    page.keyboard.press("Tab")
    expect(marks.last).to_have_text("!")
    expect(marks.last).to_have_attribute("title", "It <b>collapsed</b>. (step 2) · temperature 0.2 at step 2")
    page.keyboard.press("Enter")
    cloud.wait("c.dataset.step === '2'")
    expect(marks.last).to_be_focused()
    marks.first.click()
    cloud.wait("c.dataset.step === '0'")

    # the second of three frames is at step 2 of 5: two fifths of the way, not half of it
    track, middle = page.locator(".timeline .track").bounding_box(), marks.last.bounding_box()
    assert track is not None
    assert middle is not None
    assert abs((middle["x"] + middle["width"] / 2 - track["x"] - 8) / (track["width"] - 16) - 2 / 5) < 0.01
    slider.evaluate("node => { node.value = 3; node.dispatchEvent(new Event('input')); }")
    cloud.wait("c.dataset.step === '2'")  # the nearest frame
    expect(page.locator(".timeline .ticks i")).to_have_count(len(STEPS))
    words = page.locator(".timeline .word")
    expect(words).to_have_text(["warning, temperature 0.2", "best kNN macro-F1"])
    expect(page.locator(".timeline .key")).to_have_text("")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".timeline .key")).to_contain_text("○ best kNN macro-F1")  # no room beside the mark
    page.set_viewport_size({"width": 1280, "height": 800})

    rate = page.locator(".timeline .rate")
    for shown in ("×2", "×4", "×0.5", "×1"):
        rate.click()
        expect(rate).to_have_text(shown)

    page.locator(".timeline .live").click()
    cloud.wait("c.dataset.step === String(a) && c.dataset.trail === '0'", STEPS[-1])
    page.wait_for_timeout(600)  # until the points stand
    page.evaluate(CHANGED)
    page.wait_for_timeout(300)
    assert page.evaluate(CHANGED) == 0
    page.get_by_role("button", name="Show").click()
    page.get_by_text("Trail of the anchor", exact=True).click()
    cloud.wait("c.dataset.trail === String(a)", len(STEPS))
    page.wait_for_timeout(300)
    assert page.evaluate(CHANGED) > 100
    assert cloud.same_node()
