"""Pages with one point cloud each, without a server: ours, drawn by the dashboard's own code, or a peer's."""

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, Route

from dashboard.components.cloud import drawing_code
from mlcl_core.errors import InputError, RunFailed

ORIGIN = "http://bench.invalid"  # answered by the bench itself; no request leaves the browser
WIDTH, HEIGHT = 1200, 650  # of a canvas, in CSS pixels
PEERS = Path(__file__).parent / "cloud_peers"
DRIVER = Path(__file__).parent / "cloud_page.js"
INSTALL_SECONDS = 300
STYLE = (
    "margin: 0; --st-background-color: #ffffff; --st-text-color: #222222; --st-border-color: #cccccc; "
    f"--cloud-height: {HEIGHT}px"
)
MODULES = {
    "pub-sub-es": "pub-sub-es/dist/index.js",
    "regl": "regl/dist/regl.js",
    "regl-scatterplot": "regl-scatterplot/dist/regl-scatterplot.esm.js",
}
SHOW = """(text) => {
  const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const parentElement = document.getElementById("root");
  globalThis.component ??= { parentElement, setTriggerValue: (name, value) => { globalThis.sent = value; } };
  globalThis.component.data = data;
  const registry = globalThis[Symbol.for("mlcl.cloud")];
  registry.show(globalThis.component);
  globalThis.cloud = registry.clouds.get(parentElement);
  return globalThis.cloud.canvas.dataset.renderer;
}"""


def peers_folder(cache: Path) -> Path:
    """Folder of the installed peers; ``npm ci`` installs them where they are not.

    Raises:
        InputError: npm is missing.
        RunFailed: It does not succeed.
    """
    lock = (PEERS / "package-lock.json").read_bytes()
    held = cache / "package-lock.json"
    modules = cache / "node_modules"
    if modules.is_dir() and held.exists() and held.read_bytes() == lock:
        return modules
    npm = shutil.which("npm")
    if npm is None:
        raise InputError("the bench cloud needs npm, which installs the peer regl-scatterplot; install Node.js")
    cache.mkdir(parents=True, exist_ok=True)
    held.unlink(missing_ok=True)
    shutil.copy(PEERS / "package.json", cache)
    shutil.copy(PEERS / "package-lock.json", held)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=cache,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        held.unlink(missing_ok=True)
        raise RunFailed(f"npm ci does not install the peer regl-scatterplot: {done.stderr.strip()[-300:]}")
    return modules


def chromium(playwright: Playwright, *arguments: str) -> Browser:
    """A Chromium without a limit on its frame rate: the system's, else Playwright's.

    Raises:
        InputError: There is none.
    """
    from playwright.sync_api import Error

    system = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    flags = ["--no-sandbox", "--disable-frame-rate-limit", "--disable-gpu-vsync", *arguments]
    try:
        return playwright.chromium.launch(executable_path=system, args=flags)
    except Error:
        raise InputError("this bench needs Chromium: install it, or run `playwright install chromium`") from None


@contextmanager
def blank(browser: Browser, peers: Path | None = None, *, ratio: float = 1) -> Iterator[Page]:
    """A page that knows how to draw and to measure clouds, and shows none yet; errors in it end the bench.

    Args:
        browser: The browser.
        peers: From :func:`peers_folder`.
        ratio: Pixels for each CSS pixel.

    Raises:
        RunFailed: The page reports an error.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=ratio)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    parts = "\nglobalThis.picks = picks;\nglobalThis.ready = true;\n"
    html = _html(DRIVER.read_text(encoding="utf-8"), drawing_code() + parts)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0].lstrip("/")
        if not path:
            route.fulfill(body=html, content_type="text/html")
        elif peers is not None and (peers / path).is_file():
            text = (peers / path).read_text(encoding="utf-8")
            if path == MODULES["regl"]:  # a module of Node's, as a bundler would wrap it
                text = f"const exports = {{}}, module = {{ exports }};\n{text}\nexport default module.exports;"
            route.fulfill(body=text, content_type="text/javascript")
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(ORIGIN)
    page.wait_for_function("() => globalThis.ready")
    yield page
    page.close()
    if errors:
        raise RunFailed(f"the page of a cloud reports: {errors[0]}")


def _html(driver: str, code: str) -> str:
    modules = json.dumps({"imports": {name: f"{ORIGIN}/{path}" for name, path in MODULES.items()}})
    return (
        f'<!doctype html><meta charset="utf-8"><script type="importmap">{modules}</script><script>{driver}</script>'
        f'<body style="{STYLE}"><div id="root" style="width: {WIDTH + 2}px"></div>'
        f'<script type="module">{code}</script>'
    )


def show(page: Page, message: bytes, *, renderer: str = "") -> str:
    """Draw a frame of ours; returns by what: ``webgl2: NAME`` or ``2d``.

    Args:
        page: From :func:`blank`.
        message: From ``CloudFrame.message``.
        renderer: ``webgl2`` or ``2d``; "": what the cloud chooses.
    """
    if renderer:
        page.evaluate("(name) => { globalThis[Symbol.for('mlcl.cloud')].renderer = name; }", renderer)
    return str(page.evaluate(SHOW, b64encode(message).decode()))


def measure_ours(page: Page, plan: dict[str, Any]) -> dict[str, Any]:
    """Times of pan, hover and lasso of the cloud on the page."""
    return dict(page.evaluate("(plan) => measure(ours(globalThis.cloud), plan)", plan))


def measure_arrival(page: Page, message: bytes) -> dict[str, Any]:
    """Milliseconds until a new frame of ours is drawn, and of the frames in which points move to it."""
    script = "(text) => arrival(globalThis.cloud, text)"
    return dict(page.evaluate(script, b64encode(message).decode()))


def measure_peer(page: Page, points: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """The same of regl-scatterplot with the same points, which it draws first."""
    script = """async ([points, plan]) => {
      const canvas = document.createElement("canvas");
      canvas.style.cssText = `display: block; width: ${points.width}px; height: ${points.height}px`;
      document.getElementById("root").replaceChildren(canvas);
      return measure(await peer(canvas, points), plan);
    }"""
    return dict(page.evaluate(script, [points, plan]))
