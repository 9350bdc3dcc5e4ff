"""Links and the search in a real browser: a recorded run, one server for both tests."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mlcl_core.demo_runs.make import sample_runs
from mlcl_core.runs.run import Run
from tests.browser.conftest import CANVAS, Cloud, Site

pytestmark = pytest.mark.slow
SEARCH = "Search: name, text, label, id"


@pytest.fixture(scope="module")
def runs(shared_site: Site) -> dict[str, Run]:
    """The recorded runs, by their rules."""
    return sample_runs(shared_site.store())


@pytest.fixture
def second(browser: Browser) -> Iterator[Page]:
    """A page of a browser without a past."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    # no console: below the address of a page, Streamlit first asks for its server where there is none (404)
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()
    assert not complaints, complaints


def cloud_of(page: Page) -> Cloud:
    """The cloud of a page, once it has points."""
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    return cloud


def hit(page: Page, place: int) -> Locator:
    """The button of one of the first hits; Streamlit keeps a second one, for screens without a pointer."""
    return page.locator(f".st-key-search-hit-{place} button").first


def wait(page: Page, condition: str, argument: object = None) -> None:
    """Wait until a condition on the page's own cloud ``c``, which may have been replaced, and the argument ``a``."""
    page.wait_for_function(
        f"(a) => {{ if (!({CANVAS})()) return false; const c = window.theCanvas; return {condition}; }}",
        arg=argument,
        timeout=60_000,
    )


def test_from_a_search_to_the_anchor(shared_site: Site, runs: dict[str, Run], page: Page) -> None:
    """Two actions: typing and a click on a hit; or typing and Enter. Hits are marked while one types."""
    page.goto(shared_site.url)
    page.get_by_role("link", name="Map").click(timeout=60_000)
    field = page.get_by_placeholder(SEARCH)
    field.press_sequentially("automotive ca", delay=30)
    expect(hit(page, 0)).to_contain_text("car-burst")
    wait(page, "c.dataset.marked === '2'")
    expect(field).to_be_focused()
    hit(page, 1).click()
    watched = next(iter(runs.values())).watched_items()
    ids = {name: int(item) for name, item in zip(watched.names, watched.ids, strict=True)}
    wait(page, "c.dataset.anchor === String(a)", ids["car-tunnel (solid)"])
    field.fill("car-burst")
    field.press("Enter")
    wait(page, "c.dataset.anchor === String(a)", ids["car-burst (solid)"])
    expect(page).to_have_url(re.compile(rf"anchor={ids['car-burst (solid)']}\b"))


def test_a_link_in_another_browser(shared_site: Site, runs: dict[str, Run], page: Page, second: Page) -> None:
    """Page, run, step, anchor, map, colour and selection; then reload, Back and Forward."""
    run = runs["any_shared"]
    watched, step = run.watched_items(), run.map_steps("umap")[3]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{shared_site.url}/?run={run.id}&step={step}&map=umap&colour=label:Arrows")
    cloud_of(page)
    page.get_by_role("link", name="Map").click(timeout=60_000)
    page.get_by_placeholder(SEARCH).fill("arrows up")
    expect(hit(page, 0)).to_be_visible()
    page.locator(".st-key-search-select button").click()
    hit(page, 0).click()
    expect(page).to_have_url(re.compile(r"anchor=\d+.*items="))
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link == page.url
    named = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
    assert (named["run"], named["step"], named["map"], named["colour"]) == (run.id, str(step), "umap", "label:Arrows")
    cloud_of(page)
    selected = page.evaluate("() => window.theCanvas.selectedIds()")
    assert 0 < len(selected) < len(watched.ids)

    def restored(there: Page) -> None:
        cloud_of(there)
        wait(there, "c.dataset.step === a", str(step))
        wait(there, "JSON.stringify(c.selectedIds()) === JSON.stringify(a)", selected)
        assert there.url == link
        expect(there.get_by_text(re.compile(f"UMAP · step {step:,}"))).to_be_visible()
        expect(there.locator(".legend")).to_contain_text("with: Arrows")
        expect(there.get_by_role("combobox", name="Run", exact=True)).to_have_value(f"✓ {run.name}")

    second.goto(link)
    restored(second)
    second.reload()
    restored(second)

    second.get_by_role("link", name="Anchor").click()
    expect(second).to_have_url(re.compile(rf"/anchor\?.*anchor={named['anchor']}\b"))
    second.get_by_placeholder(SEARCH).fill("emoji")
    hit(second, 0).click()
    expect(second).not_to_have_url(re.compile(rf"anchor={named['anchor']}\b"))
    wait(second, "c.dataset.anchor !== a", named["anchor"])
    other = second.url
    second.go_back()
    expect(second).to_have_url(re.compile(rf"/anchor\?.*anchor={named['anchor']}\b"))
    wait(second, "c.dataset.anchor === a", named["anchor"])
    second.go_back()
    restored(second)
    second.go_forward()
    # a second step while a page is on its way is one for Streamlit (1.67) to lose
    wait(second, "c.dataset.anchor === a && location.pathname === '/anchor'", named["anchor"])
    expect(second.get_by_text("What pulls and pushes this item, and why?")).to_be_visible()
    second.go_forward()
    expect(second).to_have_url(other)
