"""A real Chromium before a real server, on a home directory of its own; errors in the page fail the test."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, TimeoutError, expect, sync_playwright

from mlcl_core.home_directory import home_directory
from mlcl_core.runs import control
from mlcl_core.runs.store import Store

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",  # as where there is none: clouds choose a 2-D canvas
    "--enable-unsafe-swiftshader",  # WebGL in software, for the tests that ask for it
]
SECONDS_TO_START = 120
expect.set_options(timeout=60_000)  # the journey is under test, not the machine
# finds the cloud's canvas through the component's shadow root
CANVAS = """() => {
  const search = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches("canvas.cloud")) return node;
      const inside = node.shadowRoot && search(node.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  return (window.theCanvas = search(document)) !== null;
}"""


@dataclass
class Site:
    """The running dashboard: where it listens and where its runs are."""

    url: str
    home: Path

    def store(self) -> Store:
        """Its run store."""
        return Store(home_directory(self.home))


def launched(playwright: Playwright) -> Browser:
    """The system's Chromium or Chrome, else Playwright's own, fetched where it is missing."""
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if system:
        return playwright.chromium.launch(executable_path=system, args=ARGUMENTS)
    try:
        return playwright.chromium.launch(args=ARGUMENTS)
    except Error:
        installed = subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, text=True, check=False
        )
    try:
        return playwright.chromium.launch(args=ARGUMENTS)
    except Error as error:
        pytest.fail(
            "no Chromium to test the pages in: install chromium or google-chrome, "
            "or run `playwright install --with-deps chromium`.\n"
            f"{installed.stderr[-500:]}\n{error}"
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium or Chrome, else Playwright's own."""
    with sync_playwright() as playwright:
        chromium = launched(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The dashboard on a home directory of its own."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One dashboard for the tests of a file that leave nothing behind that disturbs the next one."""
    with serving(tmp_path_factory.mktemp("shared")) as running:
        yield running


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Site]:
    """`streamlit run dashboard/app.py` on a free port; whatever it started is stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home, log = folder / "home", folder / "server.log"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "dashboard/app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "MLCL_HOME": str(home), **environment}, stdout=output, stderr=output
        )
    try:
        wait_for_server(f"http://localhost:{port}/_stcore/health", server, log)
        yield Site(f"http://localhost:{port}", home)
        assert "Traceback" not in log.read_text(), log.read_text()[-4000:]
    finally:
        _tell(home, log)
        _stop_runs(home)
        server.terminate()
        server.wait(timeout=20)


def wait_for_server(url: str, server: subprocess.Popen, log: Path) -> None:
    """Return once a server answers; one that ends or takes too long fails the test."""
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}")


def _tell(home: Path, log: Path) -> None:
    # pytest shows this when the test failed
    words = [f"load {os.getloadavg()[0]:.1f}", f"server: {log.read_text()[-2000:]}"]
    for run in Store(home).runs() if (home / "runs").is_dir() else []:
        maps = {name: run.map_steps(name)[-3:] for name in run.map_names()}
        words += [f"{run.status()}", f"frames {run.frame_steps()[-3:]}, maps {maps}"]
        words += [path.read_text()[-2000:] for path in run.path.glob("log.txt")]
    sys.stdout.write("\n".join(words))


def _stop_runs(home: Path) -> None:
    if not (home / "runs").is_dir():
        return
    runs = Store(home).runs()
    for run in runs:
        if run.status().alive:
            control.request(run, "stop")
    end = time.monotonic() + 30
    while any(run.status().alive for run in runs) and time.monotonic() < end:
        time.sleep(0.2)


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A window of 1280 x 800, whose tabs share what was fetched: Streamlit's scripts are megabytes."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext) -> Iterator[Page]:
    """A fresh tab; page errors, console errors and requests that leave this machine fail the test."""
    tab = window.new_page()
    tab.set_default_timeout(60_000)  # as for expect
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
    tab.on(
        "console", lambda message: complaints.append(f"console: {message.text}") if message.type == "error" else None
    )
    tab.on(
        "request",
        lambda request: complaints.append(f"left the machine: {request.url}") if _leaves(request.url) else None,
    )
    yield tab
    tab.close()
    assert not complaints, complaints


def _leaves(url: str) -> bool:
    return url.startswith(("http", "ws")) and not url.split("/")[2].startswith(("localhost:", "127.0.0.1:"))


class Cloud:
    """The cloud on a page, as a test handles it."""

    def __init__(self, page: Page):
        """Take the page; the cloud may come later."""
        self.page = page
        self.canvas = page.locator("canvas.cloud")

    def first_frame(self, seconds: float = 120) -> None:
        """Wait until a canvas on the page shows points; what stood there while nothing was to be seen may go."""
        try:
            self.page.locator("canvas.cloud:not([data-points='0'])[data-points]").wait_for(timeout=1000 * seconds)
        except TimeoutError:
            held = self.page.evaluate(f"() => ({CANVAS})() && ({{...window.theCanvas.dataset}})")
            pytest.fail(f"no points after {seconds} s; the canvas: {held}; the page: {self.page.inner_text('body')}")

    def hold(self) -> None:
        """Keep hold of the canvas as it is now."""
        # between two reruns a page has no cloud for a moment
        self.page.wait_for_function(CANVAS, timeout=60_000)

    def same_node(self) -> bool:
        """Whether the canvas held is still the one on the page."""
        return self.page.evaluate("() => window.theCanvas.isConnected") and self.canvas.count() == 1

    def data(self, name: str) -> str:
        """One of its data attributes."""
        return self.canvas.get_attribute(f"data-{name}") or ""

    def wait(self, condition: str, argument: Any = None, seconds: float = 180) -> None:
        """Wait until a JavaScript condition on the held canvas ``c`` and the argument ``a`` holds."""
        try:
            self.page.wait_for_function(
                f"(a) => {{ const c = window.theCanvas; return {condition}; }}", arg=argument, timeout=1000 * seconds
            )
        except TimeoutError:
            held = self.page.evaluate("() => ({...window.theCanvas.dataset, there: window.theCanvas.isConnected})")
            pytest.fail(
                f"{seconds} s, and not {condition} with {argument!r}: {held}; {self.canvas.count()} on the page"
            )

    def place_of(self, item: int) -> tuple[float, float]:
        """Where an item's point stands on the screen."""
        place = self.page.evaluate("(id) => window.theCanvas.placeOf(id)", item)
        box = self.canvas.bounding_box()
        assert place is not None
        assert box is not None
        return box["x"] + place["x"], box["y"] + place["y"]
