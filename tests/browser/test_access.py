"""Accessibility: no finding of axe on any page in either theme, the whole app by keyboard, phones, a class."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from mlcl_core.runs.run import Run
from tests.browser.conftest import Site, serving
from tests.made_runs import STEPS, made_run
from tests.studies.made import made_study

PAGES = ("learn", "lesson", "relations", "data", "train", "runs", "map", "anchor", "compare", "study")
TOKEN = "the-teacher-has-this"
BEGIN = ".st-key-learn-begin-pull_and_push button"
# the element that has the focus, inside the components too
FOCUSED = """() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    """One server for the module, in class mode, with a finished run and a study; a token makes the teacher."""
    folder = tmp_path_factory.mktemp("lab")
    run = made_run(folder / "home", "finished", name="a run")
    made_study(folder / "home", failed=[3])
    with serving(folder, MLCL_CLASS="1", MLCL_TEACHER=TOKEN) as site:
        yield site, run


@pytest.fixture(scope="module")
def tab(browser: Browser, lab: tuple[Site, Run]) -> Iterator[Page]:
    """The teacher's tab, in a browser that asks for little motion; errors of its scripts fail the last test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(60_000)
    page.goto(f"{lab[0].url}/?teacher={TOKEN}")
    page.locator("canvas.cloud").wait_for(timeout=60_000)
    page.wait_for_function("() => document.cookie.includes('mlcl_teacher=')")  # kept: reloads are the teacher's too
    yield page
    context.close()
    assert not complaints, complaints


def show(page: Page, name: str) -> None:
    """Go to a page through the menu and wait until what it is about is there."""
    title = "Learn" if name == "lesson" else name.capitalize()
    page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"{title}$")).click()
    page.wait_for_url(re.compile(rf"/{'' if name == 'train' else title.lower()}(\?|$)"))
    if name == "lesson":
        page.locator(BEGIN).click()
    there(page, name)


def there(page: Page, name: str) -> None:
    """Wait until what a page is about is there."""
    marks = {"learn": BEGIN, "relations": ".relations .frame td", "data": "[data-testid=stDataFrame]"}
    marks |= {"runs": marks["data"], "study": ".st-key-study-answer"}
    page.locator(marks.get(name, "canvas.cloud")).first.wait_for(timeout=60_000)
    page.locator(".st-key-run-progress").last.wait_for()
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')")


def findings(page: Page, **options: Any) -> list[str]:
    """What axe finds serious or critical, a line each."""
    asked = {"resultTypes": ["violations"], **options}
    found: list[dict[str, Any]] = Axe().run(page, options=asked).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(tab: Page, name: str) -> None:
    """No serious or critical finding, no rule left out; Streamlit's own widgets are looked at like ours.

    The dark theme is asked for its contrast alone: nothing else of a page changes with it.
    """
    wear(tab, "light")
    show(tab, name)
    assert findings(tab) == []
    wear(tab, "dark")
    assert findings(tab, runOnly=["color-contrast"]) == []
    if name == "lesson":
        tab.get_by_role("button", name="All lessons").click()  # back to the run that was looked at before
        tab.locator(BEGIN).wait_for()


def wear(page: Page, scheme: Any) -> None:
    """Put a theme on, as the machine's setting does, and wait until the page wears it."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        "(s) => getComputedStyle(document.querySelector('.stApp')).colorScheme === s", arg=scheme, timeout=60_000
    )


@pytest.mark.slow
def test_axe_would_find_something(tab: Page) -> None:
    """axe finds a picture without text and pale text, also inside a component."""
    show(tab, "map")
    tab.evaluate(
        """() => { const root = document.querySelector("[data-testid=stMain]");
          root.insertAdjacentHTML("beforeend", "<img src='data:,'><p style='color:#ccc;background:#fff'>pale</p>");
          root.lastElementChild.scrollIntoView(); }"""  # contrast is seen in the window only
    )
    assert {line.partition(":")[0] for line in findings(tab)} >= {"image-alt", "color-contrast"}
    assert {line.partition(":")[0] for line in findings(tab, runOnly=["color-contrast"])} == {"color-contrast"}


def tab_to(page: Page, condition: str, most: int = 90) -> None:
    """Press Tab until the focused element ``n`` meets a JavaScript condition."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"() => {{ const n = ({FOCUSED})(); return Boolean(n && ({condition})); }}"):
            return
    pytest.fail(f"Tab never reached {condition}")


@pytest.mark.slow
def test_the_whole_app_by_keyboard(tab: Page) -> None:
    """Tab, Enter and arrows alone: every page, Start, the timeline, a point and the anchor, the table of the points."""
    wear(tab, "light")
    show(tab, "train")
    tab_to(tab, "n.textContent.includes('Start') && n.tagName === 'BUTTON' && !n.disabled")
    for name in ("Learn", "Relations", "Data", "Anchor", "Map"):
        tab.evaluate("() => document.activeElement.blur()")
        tab_to(tab, f"n.tagName === 'A' && n.textContent.endsWith('{name}')")
        tab.keyboard.press("Enter")
        tab.wait_for_url(re.compile(rf"/{name.lower()}(\?|$)"))
        tab.wait_for_function("() => !document.querySelector('[data-stale=true]')")
    canvas = tab.locator("canvas.cloud")
    expect(canvas).to_have_attribute("data-step", str(STEPS[-1]))

    tab_to(tab, "n.matches('input.slider')")
    tab.keyboard.press("Home")
    expect(canvas).to_have_attribute("data-step", str(STEPS[0]))
    tab.keyboard.press("End")
    expect(canvas).to_have_attribute("data-step", str(STEPS[-1]))

    tab_to(tab, "n.matches('canvas.cloud')")
    before = canvas.get_attribute("data-anchor")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight"):
        tab.keyboard.press(key)
    hovered = int(canvas.get_attribute("data-hover") or -1)
    assert hovered >= 0
    expect(tab.locator(".said")).to_contain_text(f"item no. {hovered}")
    if str(hovered) == before:
        tab.keyboard.press("ArrowRight")
        hovered = int(canvas.get_attribute("data-hover") or -1)
    tab.keyboard.press("Enter")
    expect(canvas).to_have_attribute("data-anchor", str(hovered))

    tab_to(tab, "n.matches('input[type=checkbox]')")
    tab.keyboard.press("Space")
    expect(tab.locator("[data-testid=stDataFrame]")).to_be_visible()
    tab_to(tab, "n.closest('[data-testid=stDataFrame]')")


@pytest.mark.slow
def test_a_viewer_watches_and_a_phone_shows_all(lab: tuple[Site, Run], browser: Browser) -> None:
    """Without the token: read only, the cloud is there, a file is saved; at 390 pixels all stands in one column."""
    site, run = lab
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    for name in ("train", "anchor", "relations"):
        page.goto(f"{site.url}/{'' if name == 'train' else name}")
        there(page, name)
        expect(page.get_by_text("Read only: the teacher steers this run")).to_be_visible()
        expect(page.locator(".st-key-bar-start")).to_have_count(0)
        wide = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth; }"
        )
        assert wide <= 390, name
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click(timeout=60_000)
    assert saved.value.suggested_filename == "matrices.csv"
    assert run.requests() == []
    context.close()
