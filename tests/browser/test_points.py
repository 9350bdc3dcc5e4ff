"""The points of the cloud in a real Chromium, without a server: both renderers, picks, lost contexts."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from dashboard.figures.anchor import anchor_pairs
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.colouring import Colouring
from dashboard.figures.colourings.relation import by_relation
from dashboard.figures.colours import COUNT_MARKS, Mark
from dashboard.figures.wire import unpack
from mlcl_core.bench.cloud_page import blank, show
from mlcl_core.losses import build_loss

pytestmark = pytest.mark.slow
POINTS = 400
SCRIPT = Path(__file__).with_name("points.js")


def frame(
    xy: np.ndarray, *, step: int = 1, code: np.ndarray | None = None, marks: tuple[Mark, ...] = COUNT_MARKS
) -> bytes:
    """A message with points of all marks and sizes."""
    n = len(xy)
    codes = np.arange(n) % len(COUNT_MARKS) if code is None else code
    colouring = Colouring("count", marks, codes.astype(np.uint8), (np.arange(n) * 37 % 256).astype(np.uint8))
    return CloudFrame(xy, colouring, items="i", run="r", step=step, map_name="pca", status="", alt="").message()


def places(seed: int = 0, n: int = POINTS) -> np.ndarray:
    """Points of a normal distribution."""
    return np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)


@pytest.fixture
def bare(browser: Browser) -> Iterator[Page]:
    """A page that can draw clouds; an error in it fails the test."""
    with blank(browser) as page:
        complaints: list[str] = []

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error":
                complaints.append(message.text)

        page.on("console", heard)
        page.add_script_tag(path=SCRIPT)
        yield page
        assert not complaints, complaints


@pytest.mark.parametrize("ratio", [1, 2])
def test_both_renderers_draw_the_same(browser: Browser, ratio: int) -> None:
    """All shapes and sizes, a class that is greyed out, points that are not selected: the same picture to the eye."""
    with blank(browser, ratio=ratio) as page:
        page.add_script_tag(path=SCRIPT)
        show(page, frame(places()), renderer="2d")
        mask = [int(i % 3 > 0) for i in range(POINTS)]
        for chosen, off in ((None, []), (mask, [2])):
            apart, mean, drawn = page.evaluate("compared", [chosen, off])
            assert drawn > 0.01
            assert apart < 2e-4
            assert mean < 0.1


@pytest.mark.parametrize("renderer", ["2d", "webgl2"])
def test_other_marks_replace_those_drawn_before(bare: Page, renderer: str) -> None:
    """With a selection the marks change: a renderer that drew before shows what a fresh one does."""
    show(bare, frame(places()), renderer="2d")
    changed, stale = bare.evaluate("keptAndFresh", renderer)
    assert changed > 1000
    assert stale == 0


def test_the_first_class_of_the_legend_lies_on_top_and_grey_points_beneath(bare: Page) -> None:
    """At one place: the class that stands first in the legend, whatever the index; a grey point under all others."""
    xy = np.zeros((3, 2), dtype=np.float32)
    xy[2] = 1  # so that the map has an extent
    show(bare, frame(xy, code=np.array([4, 1, 4])), renderer="2d")
    for renderer in ("2d", "webgl2"):
        red, green, _ = bare.evaluate("colourAt", [renderer, None, 0])
        assert red > 190 > 120 > green  # vermillion, of code 4, whose index is lower
        red, _, blue = bare.evaluate("colourAt", [renderer, [0, 1, 1], 0])
        assert blue > 200 > 120 > red  # sky blue, of code 1: code 4 is not selected


@pytest.mark.parametrize("renderer", ["2d", "webgl2"])
def test_other_colours_and_another_theme_are_drawn_at_once(bare: Page, renderer: str) -> None:
    """After another legend, other points, and a dark page: as if drawn for the first time."""
    show(bare, frame(places()), renderer=renderer)
    turned = tuple(
        replace(mark, colour=other.colour) for mark, other in zip(COUNT_MARKS, COUNT_MARKS[::-1], strict=True)
    )
    show(bare, frame(places(4), step=2, marks=turned))
    bare.wait_for_function("() => !globalThis.cloud.from")
    assert bare.evaluate("remembered", renderer) == [0, [255, 255, 255]]
    dark = "style.setProperty('--st-background-color', '#112233'); style.setProperty('--st-text-color', '#ddeeff')"
    bare.evaluate(f"() => {{ const {{ style }} = document.body; {dark}; }}")
    show(bare, frame(places(5), step=3, marks=turned))
    bare.wait_for_function("() => !globalThis.cloud.from")
    assert bare.evaluate("remembered", renderer) == [0, [0x11, 0x22, 0x33]]


def test_the_nearest_point_and_the_points_in_a_polygon(bare: Page) -> None:
    """As by a loop over all points and by the browser's own filling, at rest and in motion, crossing lassos too."""
    show(bare, frame(places(n=3000)))
    show(bare, frame(places(1, n=3000), step=2))
    for moving in (True, False):
        assert bare.evaluate("wrongPicks", moving) == [[], 0, -1, moving]


def test_a_message_is_read_as_it_was_packed(bare: Page) -> None:
    """Codes, sizes and numbers of pairs of 1,500 points, which go as places in lists of few values, and cosines."""
    z = np.random.default_rng(2).normal(size=(1500, 6))
    pairs = anchor_pairs(build_loss("weighted_supcon"), z, np.random.default_rng(3).random((1500, 9)) < 0.3, 7)
    drawn = CloudFrame(z[:, :2], by_relation(pairs), "i", "r", 1, "pca", "", "", pairs=pairs, sentence=True)
    show(bare, drawn.message())
    _, arrays = unpack(drawn.message())
    shown = bare.evaluate("() => Object.entries(globalThis.cloud.arrays).map(([name, array]) => [name, [...array]])")
    assert [name for name, _ in shown] == list(arrays)
    for name, values in shown:
        np.testing.assert_array_equal(np.array(values), arrays[name].astype(np.float64), err_msg=name)


def test_a_lost_context_leaves_the_points_on_a_2d_canvas(bare: Page) -> None:
    """The points stay, on one canvas, and no error is reported."""
    assert show(bare, frame(places())) == "2d"  # WebGL in software, as here, is slower
    bare.reload()
    bare.wait_for_function("() => globalThis.ready")
    bare.add_script_tag(path=SCRIPT)
    assert show(bare, frame(places()), renderer="webgl2").startswith("webgl2: ")
    assert bare.evaluate("loseContext") == [1, str(POINTS)]
    apart, _, drawn = bare.evaluate("compared", [None, []])
    assert drawn > 0.01
    assert apart < 2e-4


def test_clouds_that_come_and_go_hold_no_contexts(bare: Page) -> None:
    """Forty clouds, one after the other: the browser never takes a context away, and the registry is empty."""
    warned: list[str] = []
    bare.on("console", lambda message: warned.append(message.text))
    assert bare.evaluate("mountMany", [b64encode(frame(places(n=50))).decode(), 40, False]) == [0, 0]
    assert not [text for text in warned if "Too many active WebGL contexts" in text]


def test_more_clouds_than_contexts_all_show_points(bare: Page) -> None:
    """Twenty clouds at once: those whose context was taken away are drawn without one."""
    assert bare.evaluate("mountMany", [b64encode(frame(places(n=50))).decode(), 20, True]) == [20, 20]
