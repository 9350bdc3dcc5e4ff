"""Words in which everything acts that Markdown has, before a real browser: it shows them letter by letter."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from mlcl_core.bench.session_client import Refused, SessionClient
from tests.browser.conftest import Site, serving
from tests.pages.test_inert import nasty_run

PAGES = ("relations", "train", "runs", "map", "anchor", "compare", "study")  # on which a run's words stand
# what any of the words would have become, looked for through the components' shadow roots too
ACTED = r"""() => {
  const found = [];
  const search = (root) => {
    for (const node of root.querySelectorAll("*")) {
      const href = node.getAttribute("href") || node.getAttribute("src") || "";
      if (/evil|p\.q/.test(href)) found.push(`address ${href}`);
      if (node.getAttribute("aria-label") === "bug_report icon") found.push("icon");
      if (node.matches("[data-testid=stIconMaterial]") && node.textContent === "bug_report") found.push("icon");
      if (node.matches("del, annotation") && /^(gone|x\^2)$/.test(node.textContent)) found.push(node.tagName);
      if (node.matches("strong, b, code") && /^(bold|html|code)$/.test(node.textContent)) found.push(node.tagName);
      if (node.matches(".stMarkdownColoredText") && node.textContent === "red") found.push("colour");
      if (node.shadowRoot) search(node.shadowRoot);
    }
  };
  search(document);
  if (/\u{1F604}/u.test(document.body.innerText)) found.push("emoji");
  return found;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose newest run is full of such words."""
    folder = tmp_path_factory.mktemp("inert")
    nasty_run(folder / "home", "finished")
    with serving(folder) as served:
        yield served


@pytest.mark.slow
def test_no_word_acts_in_a_browser(site: Site, page: Page) -> None:
    """Pages of a run, the list of labels, the panel of the runs; and what is looked for is found where it is put."""
    page.goto(site.url)
    for name in PAGES:
        page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"{name.capitalize()}$")).click()
        page.wait_for_url(re.compile(rf"/{'' if name == 'train' else name}(\?|$)"))
        page.locator(".st-key-run-progress").last.wait_for()
        page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')")
        assert page.evaluate(ACTED) == [], name
        if name == "train":
            page.get_by_test_id("stButtonGroup").get_by_text("Runs", exact=True).click()
            page.locator("[class*=st-key-train-runs]").wait_for()
            assert page.evaluate(ACTED) == []
        if name == "map":
            page.get_by_role("combobox", name="Colour by").click()
            page.get_by_role("option", name="colour: one label").click()
            page.get_by_role("combobox", name="Label").click()
            page.get_by_role("option").first.wait_for()
            assert "bug_report" in page.get_by_role("option").first.inner_text()
            assert page.evaluate(ACTED) == []
    page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<a href=\"/evil\">x</a><strong>bold</strong>')")
    assert len(page.evaluate(ACTED)) == 2


@pytest.mark.slow
def test_a_page_elsewhere_cannot_drive_the_lab(site: Site) -> None:
    """`streamlit run dashboard/app.py`: asked under this machine's names it answers, under any other it does not.

    A page elsewhere comes with its own origin; one whose name was made to point here with its own name as well.
    """
    port = site.url.rpartition(":")[2]
    for own in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        SessionClient(site.url, host=own, headers={"Origin": f"http://{own}"}).close()
    for name in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "198.51.100.1"):
        foreign = f"{name}:{port}"
        for host, origin in (
            (foreign, None),
            (foreign, f"http://{foreign}"),
            (None, f"http://{foreign}"),
            (None, "null"),
        ):
            with pytest.raises(Refused):
                SessionClient(site.url, host=host, headers={"Origin": origin} if origin else None)
