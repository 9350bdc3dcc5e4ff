"""Response times of the dashboard in a real Chromium: from a click until the page is repainted.

The peer is an empty Streamlit page in the same browser, asked in turns with ours, so that a busy machine slows both: a
button in a fragment that writes a number, and a button outside one, which reruns the whole page.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from mlcl_core.bench.cloud_page import chromium
from mlcl_core.bench.servers import serving
from mlcl_core.errors import RunFailed

SECONDS = 60  # until a page that does not answer is given up
LESSON = "five_relations"
PEER = """import streamlit as st
def counted(name):
    held = st.session_state.setdefault("held", {})
    held[name] = held.get(name, 0) + st.button(name, key=name)
    st.write(f"{name} {held[name]}")
counted("whole")
st.fragment(lambda: counted("part"), key="f")()
"""
# Clicks a node and waits, frame by frame, until what it changes is drawn; the frame after that is on the screen.
CLICK = """async ({find, told, seconds}) => {
  const all = function* (root) {
    for (const node of root.querySelectorAll("*")) { yield node; if (node.shadowRoot) yield* all(node.shadowRoot); }
  };
  const first = (selector) => {
    for (const node of all(document)) if (node.matches(selector)) return node;
    return null;
  };
  const read = new Function("first", `return ${told}`);
  const frame = () => new Promise(requestAnimationFrame);
  const before = read(first);
  const target = first(find);
  if (!target || before === null || before === undefined) return null;
  const begun = performance.now();
  target.click();
  for (;;) {
    await frame();
    const now = read(first);
    if (now !== null && now !== undefined && now !== before) break;
    if (performance.now() - begun > 1000 * seconds) return null;
  }
  await frame();
  return (performance.now() - begun) / 1000;
}"""
IDLE = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
TOGGLE = ".batch tbody tr:nth-child(4) td:nth-child(3) .toggle"
MATRICES = "first('[data-matrix=\"relation\"]')?.querySelector('tbody tr').textContent && [...first('.panels')"
MATRICES += ".querySelectorAll('td')].map((cell) => cell.getAttribute('aria-label')).join()"
NEXT = ".st-key-learn-next button"
# the address names the card; while the page is still being drawn there is no answer
CARD = "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning' ? location.search : null"


def in_browser(url: str, folder: Path, repeats: int) -> dict[str, Any]:
    """Seconds of a toggle on Relations and of a step from card to card on Learn, each beside its peer in turns.

    Args:
        url: Of the dashboard.
        folder: For the peer's script.
        repeats: Number of toggles and of cards, of which the median is taken after a first, unmeasured round.

    Returns:
        ``toggle`` and ``card``: seconds (median, and the slowest), those of the peer, and the ratio of both medians.

    Raises:
        InputError: There is no Chromium.
        RunFailed: A page shows an error or does not answer.
    """
    script = folder / "peer.py"
    script.write_text(PEER, encoding="utf-8")
    peer = ("streamlit", "run", str(script))
    with serving(peer, folder, environment={}) as bare, sync_playwright() as playwright:
        browser = chromium(playwright)
        with _tab(browser, bare.url, "part 0") as empty:
            with _tab(browser, f"{url}/relations", "") as page:
                page.locator(".relations[data-settled]").wait_for(timeout=1000 * SECONDS)
                toggle = _in_turns(lambda: _click(page, TOGGLE, MATRICES), _again(empty, "part"), repeats)
            with _tab(browser, f"{url}/learn?lesson={LESSON}", "") as page:
                page.locator(NEXT).wait_for(timeout=1000 * SECONDS)
                card = _in_turns(lambda: _next_card(page), _again(empty, "whole"), repeats)
        browser.close()
    return {"toggle": toggle, "card": card}


@contextmanager
def _tab(browser: Browser, url: str, text: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    if text:
        page.get_by_text(text, exact=True).wait_for(timeout=1000 * SECONDS)
    yield page
    page.close()
    if errors:
        raise RunFailed(f"the page {url} reports: {errors[0]}")


def _in_turns(ours: Callable[[], float], peer: Callable[[], float], repeats: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {"seconds": [], "peer_seconds": []}
    for turn in range(2 * repeats):
        for name, ask in (("seconds", ours), ("peer_seconds", peer)):
            taken = ask()
            if turn >= repeats:
                found[name].append(taken)
    return {
        **{name: round(median(values), 3) for name, values in found.items()},
        "slowest": round(max(found["seconds"]), 3),
        "ratio": round(median(found["seconds"]) / median(found["peer_seconds"]), 1),
    }


def _again(page: Page, name: str) -> Callable[[], float]:
    """A click on one button of the peer."""
    texts = "[...document.querySelectorAll('[data-testid=stMarkdown]')].map((node) => node.textContent)"
    return lambda: _click(page, f".st-key-{name} button", f"{texts}.find((text) => text.startsWith('{name}'))")


def _next_card(page: Page) -> float:
    return _click(page, NEXT, CARD)


def _click(page: Page, find: str, told: str) -> float:
    page.wait_for_function(IDLE, timeout=1000 * SECONDS)
    taken = page.evaluate(CLICK, {"find": find, "told": told, "seconds": SECONDS})
    if taken is None:
        raise RunFailed(f"the page {page.url} does not answer a click on {find}")
    return float(taken)


__all__ = ["in_browser"]
