"""The main journey in a real browser: start, watch, zoom, pause, reload, open an anchor."""

import re
from contextlib import suppress

import numpy as np
import pytest
from playwright.sync_api import Page, TimeoutError, expect

from dashboard.figures.colours import RELATION_BY_CODE
from mlcl_core.runs.run import Run
from tests import reference
from tests.browser.conftest import Cloud, Site
from tests.made_runs import STEPS, made_data, made_run


def settled(page: Page) -> None:
    """Wait until the server has drawn everything."""
    page.wait_for_function("() => !document.querySelector('[data-testid=\"stStatusWidget\"]')", timeout=60_000)


def fill(page: Page, label: str, value: str) -> None:
    """Type into a number of the set-up form and wait until the server took it."""
    # once changed, it also says the preset's value
    field = page.get_by_label(re.compile(rf"^{label}( \(preset .*\))?$")).first
    field.fill(value)
    field.press("Tab")
    expect(field).to_have_value(value)
    settled(page)


@pytest.mark.slow
@pytest.mark.timeout(800)
def test_start_watch_zoom_pause_reload(site: Site, page: Page) -> None:
    """Start: frames arrive; zoom, selection, canvas outlast 20; Pause is acknowledged; a reload finds the run."""
    page.goto(site.url)
    page.get_by_role("link", name="Train").click(timeout=60_000)
    page.get_by_role("button", name="Start").first.wait_for(timeout=60_000)
    page.get_by_text("Advanced").click(timeout=60_000)
    # a small network and a frame every second step: the journey is under test, not the training
    for label, value in {
        "Batch size": "64",
        "Network width": "8",
        "Watched items": "150",
        "Steps between frames": "2",
        "CPU threads": "1",
    }.items():
        fill(page, label, value)
    page.locator(".st-key-bar-start button:visible").first.click()

    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    cloud.wait("Number(c.dataset.framesReceived) >= 2")
    assert cloud.data("points") == "150"

    run = site.store().runs()[0]
    first = cloud_anchor_at_first(run)
    # points move while the pointer is on its way: on a busy machine a click may miss one
    for row in (17, 40, 80, 120):
        page.mouse.click(*cloud.place_of(int(run.watched_items().ids[row])))
        with suppress(TimeoutError):
            page.wait_for_function(
                "(first) => !['', first].includes(window.theCanvas.dataset.anchor)", arg=first, timeout=3000
            )
            break
    cloud.wait("c.dataset.anchor !== '' && c.dataset.anchor !== a", first)
    chosen = cloud.data("anchor")
    box = cloud.canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(500)
    view, frames = cloud.data("view"), int(cloud.data("frames-received"))
    cloud.wait("Number(c.dataset.framesReceived) >= a", frames + 20)
    assert cloud.same_node()
    assert (cloud.data("view"), cloud.data("anchor")) == (view, chosen)

    page.locator(".st-key-bar-pause button:visible").first.click()
    expect(page.get_by_text("Pause acknowledged at step").first).to_be_visible()
    expect(page.get_by_text("paused").first).to_be_visible()
    assert run.status().state == "paused"
    step = run.status().step

    page.reload()
    expect(page.get_by_text(f"step {step:,} of").first).to_be_visible()
    cloud.hold()
    newest = run.map_steps("pca")[-1]
    cloud.wait("Number(c.dataset.step) === a", newest)
    assert (run.status().state, run.status().step) == ("paused", step)

    page.locator(".st-key-bar-stop button:visible").first.click()
    expect(page.get_by_text("Stop acknowledged at step").first).to_be_visible()


def cloud_anchor_at_first(run: Run) -> str:
    """The id of the anchor before any choice."""
    from dashboard.figures.anchor import most_informative_anchor

    probe = run.watched_items()
    return str(probe.ids[most_informative_anchor(probe.labels)])


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_anchor_page(site: Site, page: Page) -> None:
    """A click makes a point the anchor; the hovered pair's sentence has the loops' numbers; past steps work."""
    run = made_run(site.home, "finished")
    page.goto(site.url)
    page.get_by_role("link", name="Anchor").click(timeout=60_000)
    page.locator(".with-sentence canvas.cloud").wait_for(timeout=60_000)
    cloud = Cloud(page)
    cloud.hold()
    cloud.wait("c.dataset.anchor !== ''")
    anchor = 5 if cloud.data("anchor") != "5" else 6
    page.mouse.click(*cloud.place_of(anchor))
    cloud.wait("c.dataset.anchor === String(a)", anchor)

    z, y = run.frame(STEPS[-1]).z, made_data().labels.dense().numpy()
    loops = reference.anchors(
        z, y, z, y, rule="similarity_dissimilarity", temperature=0.1, self_index=np.arange(len(y))
    )
    other = 17
    page.mouse.move(*cloud.place_of(other))
    sentence = page.locator(".sentence")
    expect(sentence).to_contain_text("shared")
    hovered = int(cloud.data("hover"))
    text = sentence.inner_text()
    assert f"weight {loops['attract'][anchor, hovered]:.2f}" in text.replace("\n", " ")
    assert f"{abs(loops['cosine'][anchor, hovered]):.3f}" in text
    assert "<b>sky</b>" in text or not (y[anchor, 0] or y[hovered, 0])

    # the words of card and legend are those of the role, from the side of the point
    relation = RELATION_BY_CODE[int(loops["relation"][anchor, hovered])]
    expect(page.locator(".card")).to_contain_text(relation.words())
    page.get_by_text("as reference", exact=True).click()
    turned = RELATION_BY_CODE[int(loops["relation"][hovered, anchor])]
    page.mouse.move(*cloud.place_of(anchor))
    page.mouse.move(*cloud.place_of(other))
    expect(page.locator(".card")).to_contain_text(turned.words("reference"))
    page.get_by_text("as anchor", exact=True).click()
    expect(page.get_by_text("a pull: moves the anchor there")).to_be_visible()
    page.mouse.move(*cloud.place_of(anchor))
    page.mouse.move(*cloud.place_of(other))
    expect(page.locator(".card")).to_contain_text(relation.words())

    values = page.evaluate(
        """() => { const found = []; for (const c of globalThis[Symbol.for("mlcl.cloud")].clouds.values()) {
             found.push({force: [...c.arrays.force], weight: [...c.arrays.weight]}); } return found.at(-1); }"""
    )
    others = np.arange(len(y)) != anchor
    np.testing.assert_allclose(np.array(values["force"])[others], loops["force"][anchor][others], atol=1e-6)
    np.testing.assert_allclose(np.array(values["weight"])[others], loops["attract"][anchor][others], atol=1e-6)

    assert cloud.data("arrows") == "16"
    assert cloud.data("way")

    # what if it carried the label "sea", or did not: hover card and sentence follow, and one click leads back
    page.locator(".st-key-anchor-what_if-anchor-open button").first.click()
    page.locator("[data-testid=stPopoverBody]").get_by_role("button", name="sea", exact=True).click()
    expect(page.locator(".st-key-anchor-banner")).to_contain_text("instead of")
    page.keyboard.press("Escape")
    page.mouse.move(*cloud.place_of(other))
    y[anchor, 1] ^= True
    own = [name for name, has in zip(made_data().label_names, y[anchor], strict=True) if has]
    expect(sentence).to_contain_text("{" + ", ".join(own) + "}")
    page.get_by_role("button", name="Undo the change").click()
    expect(page.locator(".st-key-anchor-banner")).to_have_count(0)

    slider = page.locator("input.slider")
    slider.focus()
    slider.press("Home")
    cloud.wait("c.dataset.step === '0'")
    assert cloud.same_node()
    page.locator(".timeline .live").click()
    cloud.wait("c.dataset.step === String(a)", STEPS[-1])


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_hostile_labels_do_nothing(site: Site, page: Page) -> None:
    """A label with markup is shown unchanged in card and sentence; none of its nodes appear."""
    made_run(site.home, "finished")
    page.goto(site.url)
    cloud = Cloud(page)
    cloud.hold()
    cloud.wait("Number(c.dataset.points) > 0")
    page.mouse.move(*cloud.place_of(1))
    card = page.locator(".card")
    expect(card).to_contain_text("item")
    assert (
        page.evaluate("() => { const c = window.theCanvas.parentNode; return c.querySelectorAll('.card b').length; }")
        == 0
    )
