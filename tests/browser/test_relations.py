"""The Relations page in a real Chromium: one hover for six matrices, keyboard, edits, light and dark."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.toy_run import NASTY, toy_run

MATRICES = ("relation", "weight A", "weight B", "cosine", "force A", "force B")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """One dashboard for all tests of this file, over a home directory with one run."""
    folder = tmp_path_factory.mktemp("relations")
    toy_run(folder / "home")
    with serving(folder) as site:
        yield site.url


def open_relations(page: Page, address: str) -> None:
    """Through the menu, until the matrices have measured the page for the last time."""
    page.goto(address)
    page.get_by_role("link", name="Relations").click(timeout=60_000)
    settled(page)


def settled(page: Page) -> None:
    """Wait until the matrices have measured the page for the last time."""
    page.locator(".relations[data-settled]").wait_for(timeout=60_000)


@pytest.fixture
def lab(page, address):
    """A session of its own."""
    open_relations(page, address)
    return page


@pytest.fixture(scope="module")
def still(browser: Browser, address):
    """One session for the tests that change nothing."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    open_relations(page, address)
    yield page
    page.close()
    assert not found


def cell(page, matrix, i, j):
    """The cell of anchor i and other j, counted from 0."""
    return page.locator(f'[data-matrix="{matrix}"] tbody tr').nth(i).locator("td").nth(j)


def toggle(page, item, label):
    """The toggle of an item (counted from 0) and a label."""
    return page.get_by_role("checkbox", name=f"item {item + 1}: {label}", exact=True)


def says(page, matrix, i, j):
    """What a cell tells a screen reader."""
    return cell(page, matrix, i, j).get_attribute("aria-label")


def marked(page, matrix):
    """Row and column that a matrix marks."""
    frame = page.locator(f'[data-matrix="{matrix}"] .frame')
    return tuple(int(frame.evaluate(f"node => node.style.getPropertyValue('--{axis}')")) for axis in "ij")


def test_one_hover_marks_all_matrices_without_asking_the_server(page, address):
    """Hovering a cell marks its row and column six times, describes the pair, and sends nothing."""
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_relations(page, address)
    before = len(sent)
    for matrix in MATRICES:
        cell(page, matrix, 0, 2).hover()
        assert {marked(page, name) for name in MATRICES} == {(0, 2)}
        cell(page, matrix, 4, 6).hover()
        assert {marked(page, name) for name in MATRICES} == {(4, 6)}
    assert len(sent) == before
    words = page.locator(".pair").inner_text()
    for part in (
        "more labels contains the anchor's",
        "S = {sea, beach}",
        "T = {sky, sea, beach, boat, sunset}",
        "S ⊂ T (subset); in both {sea, beach}, in T alone {sky, boat, sunset}",
        "Kˢ = |S ∩ T| / |S| = 2/2 = 1: proportion of shared labels",
        "Kᵈ = 1 / (1 + |T ∖ S|) = 1/(1+3) = 0.25: extraneous labels of T",
        "Kˢ × Kᵈ = weight 0.25",
    ):
        assert part in " ".join(words.split())
    assert "other way round (anchor 7): weight A 0.4, B 1" in words


def test_arrow_keys_move_the_pair(still):
    """From a focused cell arrow keys move, Home and End jump, and the edge stops both."""
    cell(still, "weight A", 0, 1).focus()
    for key, place in (
        ("ArrowRight", (0, 2)),
        ("ArrowDown", (1, 2)),
        ("End", (1, 7)),
        ("ArrowRight", (1, 7)),
        ("Home", (1, 0)),
    ):
        still.keyboard.press(key)
        assert marked(still, "force B") == place
    assert still.evaluate("document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')").startswith(
        "anchor 2, other 1"
    )


def test_toggling_a_label_changes_the_matrices(lab):
    """{sky} becomes {sky, sea}: superset becomes equal, its weight 1; the pair stays marked and nothing moves."""
    assert says(lab, "relation", 0, 3) == "anchor 1, other 4: fewer labels (superset)"
    cell(lab, "relation", 0, 3).hover()
    before = [lab.locator(f'[data-matrix="{name}"]').bounding_box() for name in MATRICES]
    toggle(lab, 3, "sea").click()
    lab.wait_for_function(
        "node => node.getAttribute('aria-label') === 'anchor 1, other 4: same labels (equal)'",
        arg=cell(lab, "relation", 0, 3).element_handle(),
        timeout=60_000,
    )
    assert says(lab, "weight A", 0, 3) == "anchor 1, other 4: weight 1"
    assert marked(lab, "force A") == (0, 3)
    assert [lab.locator(f'[data-matrix="{name}"]').bounding_box() for name in MATRICES] == before


def test_quick_edits_lose_nothing(lab):
    """Six toggles faster than the server answers all arrive."""
    wanted = []
    for name in ("sky", "sea", "beach", "boat", "sunset", "people"):
        button = toggle(lab, 7, name)
        wanted.append("false" if button.get_attribute("aria-checked") == "true" else "true")
        button.click()
    lab.wait_for_timeout(1500)
    assert [
        node.get_attribute("aria-checked") for node in lab.locator(".batch tbody tr").nth(7).locator(".toggle").all()
    ] == wanted
    assert says(lab, "relation", 7, 0).endswith("(superset)")


def test_an_edit_and_a_replaced_batch_come_back(lab):
    """Undo takes back the last edit; after a question, another example; and the fields name the batch that is back."""
    back = lab.get_by_role("button", name="undo", exact=True)
    assert back.is_disabled()
    toggle(lab, 3, "sea").click()
    expect(cell(lab, "relation", 0, 3)).to_have_attribute("aria-label", re.compile("same labels"))
    expect(back).to_have_attribute("title", "undo the last edit")
    choose_example(lab, "One label each")
    lab.get_by_text("One label each instead?").wait_for()
    assert says(lab, "relation", 0, 3).endswith("same labels (equal)")
    lab.get_by_role("button", name="Replace it").click()
    expect(cell(lab, "relation", 0, 1)).to_have_attribute("aria-label", re.compile("same labels"))
    expect(cell(lab, "relation", 0, 3)).to_have_attribute("aria-label", re.compile("none shared"))
    expect(back).to_have_attribute("title", "undo the choice of another batch")
    back.click()
    expect(cell(lab, "relation", 0, 3)).to_have_attribute("aria-label", re.compile("same labels"))
    expect(back).to_have_attribute("title", "undo the last edit")
    back.click()
    expect(cell(lab, "relation", 0, 3)).to_have_attribute("aria-label", re.compile("fewer labels"))
    expect(back).to_be_disabled()
    lab.get_by_role("button", name="Batch", exact=True).click()
    expect(lab.get_by_role("combobox", name="Example")).to_have_value("All five relations")


def choose_example(page, title):
    """Choose an example behind the button of the batch, and close it."""
    page.get_by_role("button", name="Batch", exact=True).click()
    page.get_by_test_id("stSelectbox").filter(has_text="Example").click()
    page.get_by_role("option", name=title).click()
    page.keyboard.press("Escape")


def test_settings_come_back(lab):
    """The lesson's button, and back: at first nothing was chosen, so nothing is asked."""
    lab.get_by_role("button", name="Show me: weights inside the logarithm").click()
    lab.get_by_role("button", name="Back to my settings").click()
    lab.get_by_role("button", name="Show me: weights inside the logarithm").wait_for()
    expect(lab.get_by_role("combobox", name="Where the weight stands")).to_have_value("outside")


def test_items_come_and_go(lab):
    """Up to 12 items can be added; removing an item removes its row and column."""
    for count in range(9, 13):
        lab.get_by_role("button", name="+ item").click()
        lab.locator('[data-matrix="force B"] tbody tr').nth(count - 1).wait_for(timeout=60_000)
    assert lab.get_by_role("button", name="+ item").is_disabled()
    lab.get_by_role("button", name="remove item 1", exact=True).click()
    lab.wait_for_function(
        "node => node.rows.length === 12",
        arg=lab.locator('[data-matrix="force B"] table').element_handle(),
        timeout=60_000,
    )
    assert lab.locator('[data-matrix="force B"] tbody th').first.inner_text() == "2"


def test_a_refused_rule_leaves_the_other_one_standing(lab):
    """Placement inside with the inclusive threshold 0: A is refused, B is shown, and undoing it restores A."""
    lab.get_by_test_id("stSelectbox").nth(1).click()
    lab.get_by_role("option", name="overlap · Jaccard overlap").click()
    lab.wait_for_timeout(800)
    lab.get_by_test_id("stPopover").filter(has_text="more_vert").first.get_by_role("button").first.click()
    lab.get_by_text("inclusive", exact=True).click()
    lab.keyboard.press("Escape")
    lab.get_by_test_id("stSelectbox").nth(3).click()
    lab.get_by_role("option", name="inside", exact=True).click()
    lab.get_by_text("takes the logarithm of each positive's weight").wait_for(timeout=60_000)
    lab.locator('[data-matrix="weight A"] .refusal').wait_for(timeout=60_000)
    assert says(lab, "weight B", 0, 1).endswith("weight 1")


def test_other_peoples_words_are_text(lab):
    """A label that looks like markup is shown unchanged."""
    lab.get_by_role("button", name="Batch", exact=True).click()
    lab.get_by_text("From the run").click()
    lab.locator(".batch img").nth(7).wait_for(timeout=60_000)
    shown = lab.locator(".batch thead th").all_inner_texts()
    assert NASTY in shown
    assert lab.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_readable_without_scrolling(still, scheme, size):
    """All six matrices end above the fold, and every number has a contrast of at least 4.5 to its cell."""
    still.set_viewport_size({"width": size[0], "height": size[1]})
    still.emulate_media(color_scheme=scheme)
    still.wait_for_function(
        "([node, light]) => (getComputedStyle(node).getPropertyValue('--st-background-color') === '#FFFFFF') === light",
        arg=[still.locator(".panels").element_handle(), scheme == "light"],
    )
    still.wait_for_timeout(500)
    for name in MATRICES:
        box = still.locator(f'[data-matrix="{name}"] table').bounding_box()
        assert box["y"] + box["height"] <= size[1]
        assert box["x"] + box["width"] <= size[0]
    contrasts = still.locator(".panels").evaluate(CONTRASTS)
    assert len(contrasts) == 5 * 56
    assert min(contrasts) >= 4.5
    for part in (".batch", ".pair"):
        box = still.locator(part).bounding_box()
        assert box["y"] + box["height"] <= size[1]
    assert still.locator(".relations").evaluate(SCROLLERS) == []
    letters = still.locator(".panels").evaluate("node => parseFloat(getComputedStyle(node).getPropertyValue('--size'))")
    assert letters >= 10


CONTRASTS = """panels => {
  const channel = value => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(channel);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...panels.querySelectorAll('td:not(.self)')].filter(cell => cell.textContent).map(cell => {
    const style = getComputedStyle(cell);
    const [low, high] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
}"""


def test_a_lesson_shows_a_part(page, address):
    """Lesson 2: one anchor with the others, a row at a time; after Reveal one matrix with both cells of the pair."""
    page.goto(address)
    page.get_by_role("link", name="Learn").click(timeout=60_000)
    page.locator(".st-key-learn-begin-five_relations button").click(timeout=60_000)
    pair = page.locator(".pair")
    expect(pair).to_have_attribute("data-pair", "0,2")
    expect(pair).to_contain_text("S = {sky, sea}")
    expect(pair).to_contain_text("S ⊂ T: T has all labels of S, and more; S is a subset of T.")
    assert page.locator(".panel:visible").count() == 0
    page.locator(".batch tbody tr").nth(3).hover()
    expect(pair).to_have_attribute("data-pair", "0,3")
    expect(pair).to_contain_text("fewer labels: inside the anchor's")
    page.mouse.move(5, 5)

    page.locator(".st-key-learn-next button").click()
    expect(page.get_by_text("card 2 of")).to_be_visible()
    expect(pair).to_have_attribute("data-pair", "2,0")
    expect(pair).not_to_contain_text("superset")
    page.get_by_role("radiogroup").locator("label").first.click()
    page.mouse.move(5, 5)
    page.get_by_role("button", name="Reveal").click()
    expect(page.locator(".panel:visible")).to_have_count(1)
    expect(pair).to_have_attribute("data-pair", "2,0")
    expect(pair).to_contain_text("S is a superset of T")
    expect(pair).to_contain_text("The other way round (anchor 1, item 3): more labels")
    assert says(page, "relation", 2, 0).endswith("(superset)")
    assert "mirror" in cell(page, "relation", 0, 2).get_attribute("class")
    toggle(page, 2, "boat").click()  # item 3 becomes {sky, sea}
    expect(pair).to_contain_text("exactly the anchor's")


SCROLLERS = """host => [...host.querySelectorAll("*")].filter(node => {
  const larger = node.scrollHeight > node.clientHeight || node.scrollWidth > node.clientWidth;
  return larger && /auto|scroll/.test(getComputedStyle(node).overflow);
}).map(node => node.className)"""


def test_a_phone_reads_from_top_to_bottom(still):
    """At 390 pixels: the batch, the matrices, the legend; the pair's words stay in view; nothing is cut at the side."""
    still.set_viewport_size({"width": 390, "height": 844})
    still.wait_for_timeout(500)
    order = [still.locator(part).first.bounding_box()["y"] for part in (".batch", ".panels", ".legend", ".list")]
    assert order == sorted(order)
    cell(still, "force B", 0, 1).scroll_into_view_if_needed()
    still.wait_for_timeout(200)
    words, touched = still.locator(".pair").bounding_box(), cell(still, "force B", 0, 1).bounding_box()
    assert words["y"] + words["height"] <= 844
    assert 0 <= touched["y"] <= 844
    assert still.evaluate("document.documentElement.scrollWidth") <= 390
    assert still.locator(".relations").evaluate(SCROLLERS) == []
