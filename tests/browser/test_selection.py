"""Lasso and box in a real browser: the first one counts, every next one adds or takes away, and steps lead back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from mlcl_core.demo_runs.make import sample_runs
from tests.browser.conftest import Cloud, Site
from tests.browser.selecting import draw, inside, selected

STAR = [(0.15, 0.2), (0.55, 0.1), (0.65, 0.7), (0.45, 0.45), (0.2, 0.75)]
TRIANGLE = [(0.6, 0.15), (0.9, 0.5), (0.5, 0.9)]
BOX = [(0.5, 0.35), (0.7, 0.35), (0.7, 0.65), (0.5, 0.65)]
OF_MAP = "Which items are neighbours, and can the picture be trusted?"
ANSWERED = "Symbol.for('mlcl.cloud') in globalThis && !globalThis[Symbol.for('mlcl.cloud')].wishes.waiting.length"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_select_add_take_away_undo_redo(shared_site: Site, page: Page) -> None:
    """The ids in the page equal those that Python counts in the same polygons; the server says as many."""
    run = sample_runs(shared_site.store())["similarity_dissimilarity"]
    page.goto(f"{shared_site.url}/?run={run.id}")
    page.get_by_role("link", name="Map").click(timeout=60_000)
    expect(page.get_by_role("heading", name=OF_MAP)).to_be_visible(timeout=60_000)  # the cloud of Train is gone
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    draw(page, cloud, STAR, keys="Shift")  # the first on a fresh page, with the tool that moves the map
    sure, close = inside(cloud, run, STAR)
    first = selected(page)
    assert first is not None
    assert sure - close <= first <= sure | close
    assert 20 < len(first) < 280
    cloud.wait(ANSWERED)
    assert selected(page) == first
    expect(page.locator(".tools .words")).to_have_text(f"{len(first)} of 300 selected")
    page.get_by_role("button", name="Selection").click()
    expect(page.locator("[data-testid=stPopoverBody]")).to_contain_text(f"{len(first)} of 300 selected")
    page.keyboard.press("Escape")

    cloud.canvas.press("l")
    draw(page, cloud, TRIANGLE, keys="Shift")
    more, near = inside(cloud, run, TRIANGLE)
    second = selected(page)
    assert second is not None
    assert first | (more - near) <= second <= first | more | near

    cloud.canvas.press("b")
    draw(page, cloud, [BOX[0], BOX[2]], keys="Alt")
    fewer, edge = inside(cloud, run, BOX)
    third = selected(page)
    assert third is not None
    assert second - fewer - edge <= third <= second - (fewer - edge)
    assert third != second
    cloud.wait(ANSWERED)

    cloud.canvas.press("Control+z")
    cloud.wait("c.dataset.selected === String(a)", len(second))
    assert selected(page) == second
    cloud.canvas.press("Control+z")
    cloud.wait("c.dataset.selected === String(a)", len(first))
    cloud.canvas.press("Control+Shift+z")
    cloud.wait("c.dataset.selected === String(a)", len(second))
    assert selected(page) == second

    # all and none, and a page change keeps the selection
    page.locator(".tools [data-tool=all]").click()
    expect(page.locator(".tools .words")).to_have_text("all 300 selected")
    page.locator(".tools [data-tool=invert]").click()
    expect(page.locator(".tools .words")).to_have_text("none of 300 selected")
    cloud.wait(ANSWERED)
    page.get_by_role("link", name="Train").click()
    cloud.first_frame()
    expect(page.locator(".tools .words")).to_have_text("none of 300 selected")
    page.locator(".tools [data-tool=clear]").click()
    cloud.hold()
    cloud.wait(f"c.dataset.selected === '' && {ANSWERED}")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_a_lasso_selects_is_what_is_exported(shared_site: Site, page: Page, tmp_path: Path) -> None:
    """The ids in both files are those selected, with the numbers of the frame; the page is not drawn again for them."""
    run = sample_runs(shared_site.store())["similarity_dissimilarity"]
    page.goto(f"{shared_site.url}/?run={run.id}")
    page.get_by_role("link", name="Map").click(timeout=60_000)
    expect(page.get_by_role("heading", name=OF_MAP)).to_be_visible(timeout=60_000)  # the cloud of Train is gone
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    draw(page, cloud, STAR, keys="Shift")
    cloud.wait(ANSWERED)
    ids, step = sorted(selected(page) or ()), int(cloud.data("step"))
    assert 20 < len(ids) < 280
    page.locator("[class*=st-key-map-download] button").first.click()
    expect(page.get_by_text(f"The {len(ids)} selected items")).to_be_visible()
    rows = np.searchsorted(run.watched_items().ids, ids)
    for name, read in (("CSV", pd.read_csv), ("Parquet", pd.read_parquet)):
        with page.expect_download() as waited:
            page.get_by_role("button", name=name, exact=True).first.click()
        waited.value.save_as(tmp_path / waited.value.suggested_filename)
        assert waited.value.suggested_filename == f"{run.id}-selected-{step}.{name.lower()}"
        table = read(tmp_path / waited.value.suggested_filename)
        assert table["id"].tolist() == ids
        assert np.array_equal(table["z3"].to_numpy(np.float32), run.frame(step).z[rows, 3])
        assert np.array_equal(table["x"].to_numpy(np.float32), run.map("pca", step).xy[rows, 0])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_lasso_outlasts_a_frame(shared_site: Site, page: Page) -> None:
    """A frame arrives while the button is down: the lasso stays where it was drawn, and takes what lies inside now."""
    run = sample_runs(shared_site.store())["similarity_dissimilarity"]
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{shared_site.url}/?run={run.id}")
    page.get_by_role("link", name="Map").click(timeout=60_000)
    expect(page.get_by_role("heading", name=OF_MAP)).to_be_visible(timeout=60_000)  # the cloud of Train is gone
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    page.locator(".tools [data-tool=lasso]").click()
    draw(page, cloud, STAR[:3], release=False)
    window, newest = cloud.data("view"), cloud.data("step")
    page.locator("input.slider").focus()
    page.keyboard.press("ArrowLeft")
    cloud.wait("c.dataset.step !== a", newest)
    assert cloud.data("view") == window
    box = cloud.canvas.bounding_box()
    assert box is not None
    for x, y in STAR[3:]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
    page.mouse.up()
    sure, close = inside(cloud, run, STAR)
    found = selected(page)
    assert found is not None
    assert sure - close <= found <= sure | close
    cloud.wait(ANSWERED)
    assert selected(page) == found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_clicked_points_card_stays(shared_site: Site, page: Page) -> None:
    """A click makes a point the anchor; its card stays while others are crossed; its buttons work; Escape ends it."""
    run = sample_runs(shared_site.store())["similarity_dissimilarity"]
    page.goto(f"{shared_site.url}/?run={run.id}")
    page.get_by_role("link", name="Map").click(timeout=60_000)
    expect(page.get_by_role("heading", name=OF_MAP)).to_be_visible(timeout=60_000)  # the cloud of Train is gone
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    anchor, other = (int(run.watched_items().ids[row]) for row in (17, 80))
    before = cloud.data("anchor")
    page.mouse.click(*cloud.place_of(anchor))
    cloud.wait("c.dataset.anchor !== a", before)
    chosen = cloud.data("anchor")
    card = page.locator(".pinned")
    expect(card).to_be_visible()
    text = card.locator(".words").inner_text()
    page.mouse.move(*cloud.place_of(other))
    expect(page.locator(".card")).to_be_visible()
    assert card.locator(".words").inner_text().split("\n")[0] == text.split("\n")[0]
    card.get_by_role("button", name="select", exact=True).click()
    expect(page.locator(".tools .words")).to_have_text("1 of 300 selected")
    expect(card.get_by_role("button", name="unselect")).to_be_visible()
    card.get_by_role("button", name="show neighbours").click()
    expect(page.locator(".notes")).to_contain_text("of its 15 neighbours in the embedding are among its 15 nearest")
    cloud.wait("c.dataset.neighbours === '15'")
    cloud.canvas.press("Escape")
    expect(card).to_be_hidden()
    assert cloud.data("anchor") == chosen

    # by keyboard alone: the next point joins the selection, and leaves it again
    cloud.canvas.press("ArrowLeft")
    cloud.canvas.press(" ")
    expect(page.locator(".tools .words")).to_have_text("2 of 300 selected")
    cloud.canvas.press(" ")
    expect(page.locator(".tools .words")).to_have_text("1 of 300 selected")


CLOUDS = """[...globalThis[Symbol.for("mlcl.cloud")].clouds.values()].filter((c) => c.host.isConnected)"""
# of each cloud on the page: its window as part of the box in which all points lie, the item hovered, the selection
LINKED = f"""() => {CLOUDS}.map(({{ view, items, hover, canvas }}) => {{
  const [left, bottom, right, top] = view.fitted;
  const window = [(view.x - left) / (right - left), (view.y - bottom) / (top - bottom), view.zoomed()];
  return {{ window, id: hover < 0 ? -1 : items.ids[hover], selected: canvas.selectedIds() }};
}})"""
IN_SIGHT = f"""() => {{ const [c] = {CLOUDS};
  const inside = ({{ x, y }}) => x > 40 && x < c.view.width - 40 && y > 60 && y < c.view.height - 40;
  return [...c.items.ids].map((id) => c.placeOf(id)).find(inside); }}"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_linked_clouds(shared_site: Site, page: Page) -> None:
    """On Compare both maps show the same part, hovered item, anchor and selection at once; the answer keeps them."""
    sample_runs(shared_site.store())
    page.goto(shared_site.url)
    page.get_by_role("link", name="Compare").click(timeout=60_000)
    maps = page.locator("canvas.cloud:not([data-points='0'])[data-points]")
    expect(maps).to_have_count(2)
    a, b = maps.nth(0), maps.nth(1)
    page.wait_for_function(f"() => {{ const all = ({LINKED})(); return all.length === 2 && all[0].window[2] > 0; }}")
    box = a.bounding_box()
    assert box is not None
    before = page.evaluate(LINKED)[0]["window"]
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.wheel(0, -300)
    first, second = page.evaluate(LINKED)
    assert first["window"][2] > 1.2 * before[2]
    assert second["window"] == pytest.approx(first["window"], abs=1e-6)

    place = page.evaluate(IN_SIGHT)
    page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])
    first, second = page.evaluate(LINKED)
    assert first["id"] == second["id"] >= 0
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] - 8)

    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 20, box["y"] + 50)
    page.mouse.down()
    for x, y in ((0.9, 0.2), (0.9, 0.9), (0.1, 0.9)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    first, second = page.evaluate(LINKED)
    assert first["selected"]
    assert first["selected"] == second["selected"]
    page.wait_for_function(f"() => {ANSWERED}")
    assert [one["selected"] for one in page.evaluate(LINKED)] == [first["selected"]] * 2
    assert a.get_attribute("data-selected") == b.get_attribute("data-selected") == str(len(first["selected"]))
