"""The replay file in a real browser: opened from disk with the network off, it plays, and shows the app's numbers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard import loaders
from dashboard.export.replay import replay
from dashboard.figures.colourings.relation import by_relation
from dashboard.figures.pair_table import pair_table
from mlcl_core.demo_runs.make import FOLDER, SAMPLES
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run
from tests.browser.conftest import Cloud
from tests.toy_run import NASTY, toy_run

RUN = Run(FOLDER / SAMPLES["similarity_dissimilarity"][0])


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page without a network; any request but for the file itself, and any message on the console, fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page, seen = context.new_page(), []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: seen.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    yield page
    context.close()
    assert len(seen) == 1, seen
    assert seen[0].startswith("file://")


def opened(page: Page, folder: Path, content: bytes) -> Cloud:
    """The cloud of a replay that is opened from disk."""
    (folder / "replay.html").write_bytes(content)
    page.goto((folder / "replay.html").as_uri())
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    return cloud


def rows(page: Page) -> list[dict[str, float]]:
    """The table as its numbers, row by row."""
    return page.evaluate(
        "[...document.querySelectorAll('#rows tr')].map((row) => "
        "Object.fromEntries(Object.entries(row.dataset).map(([key, text]) => [key, Number(text)])))"
    )


def shows(page: Page, step: int, item: int) -> None:
    """The table shows the strongest pairs of an item at a step as the app's functions do, three digits each."""
    watched, pairs = RUN.watched_items(), loaders.pairs(RUN, step, item, "anchor")
    table = pair_table(pairs, watched.ids, watched.names, watched.labels, watched.label_names, shown=10)
    shown = rows(page)
    assert [row["other"] for row in shown] == table["row"].tolist()
    assert [row["relation"] for row in shown] == pairs.relation[table["row"]].tolist()
    for key in ("weight", "cosine", "force"):
        assert [row[key] for row in shown] == [float(f"{value:.3g}") for value in table[key]]
    words = [page.locator("#rows tr").nth(at).locator("td").first.inner_text() for at in (0, len(shown) - 1)]
    assert words == [table["relation"].iloc[0], table["relation"].iloc[-1]]


def counts(page: Page) -> list[int]:
    """The numbers of points in the legend."""
    return [int(text.replace(",", "")) for text in page.locator(".legend .count").all_inner_texts()]


@pytest.mark.slow
def test_a_replay_plays_from_disk_and_shows_the_numbers_of_the_app(offline: Page, tmp_path: Path) -> None:
    """It plays to the end; a click, a row and the search choose the anchor; the table says at which step it stands.
    Axe finds nothing.
    """
    page, watched = offline, RUN.watched_items()
    steps, first = RUN.map_steps("pca"), loaders.default_anchor(RUN)
    cloud = opened(page, tmp_path, replay(RUN, steps[0]).html)
    expect(page.locator("#title")).to_have_text(RUN.name)
    cloud.wait("c.dataset.step === String(a)", steps[0])
    shows(page, steps[0], first)
    assert counts(page) == list(by_relation(loaders.pairs(RUN, steps[0], first, "anchor")).counts().values())

    # it plays to its end
    page.locator(".timeline .rate").click(click_count=2)
    page.locator(".timeline .play").click()
    cloud.wait("c.dataset.step === String(a)", steps[-1])
    expect(page.locator("#stands")).to_contain_text(f"Table and map stand at step {steps[-1]:,}.")
    shows(page, steps[-1], first)

    # by keyboard, where no control has the focus
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowLeft")
    cloud.wait("c.dataset.step === String(a)", steps[-2])
    expect(page.locator("#stands")).to_contain_text(
        f"The table stands at step {steps[0]:,}, the map at step {steps[-2]:,}."
    )
    expect(page.locator("#trust")).to_contain_text(
        f"Trustworthiness {RUN.map('pca', steps[-2]).scores['trustworthiness']:.2f}"
    )
    page.locator("#steps button").last.click()
    cloud.wait("c.dataset.step === String(a)", steps[-1])

    # another anchor: by a row, by a click on the map, by the search
    row = page.locator("#rows tr").nth(2)
    other = int(row.get_attribute("data-other") or -1)
    row.locator("button").click()
    cloud.wait("c.dataset.anchor === String(a)", int(watched.ids[other]))
    shows(page, steps[-1], other)
    page.mouse.click(*cloud.place_of(int(watched.ids[5])))
    cloud.wait("c.dataset.anchor === String(a)", int(watched.ids[5]))
    shows(page, steps[-1], 5)
    assert counts(page) == list(by_relation(loaders.pairs(RUN, steps[-1], 5, "anchor")).counts().values())
    page.locator("#find").fill(watched.names[17].upper())
    page.locator("#find").press("Enter")
    cloud.wait("c.dataset.anchor === String(a)", int(watched.ids[17]))
    expect(page.locator("#name")).to_have_text(watched.names[17])

    page.locator("summary").click()
    assert not [found["help"] for found in Axe().run(page).response["violations"]]
    page.locator("#colour").select_option("split")
    expect(page.locator(".legend .name").first).to_have_text("train")
    assert counts(page)[0] == int(np.sum(watched.split == "train"))


@pytest.mark.slow
def test_markup_in_names_is_shown_as_text(offline: Page, tmp_path: Path) -> None:
    """A run, a label and a mark that look like markup make no element, and run nothing."""
    run = toy_run(tmp_path / "home")
    append_line(run.path / "events.jsonl", {"event": "alarm", "step": 50, "at": 0, "text": f"</script>{NASTY}"})
    cloud = opened(offline, tmp_path, replay(run).html)
    expect(offline.locator("#title")).to_have_text(NASTY)
    offline.locator("#find").fill("<img")
    expect(offline.locator("#found button").first).to_contain_text(NASTY)
    offline.locator("#found button").first.click()
    cloud.wait("c.dataset.anchor !== ''")
    expect(offline.locator("#labels")).to_contain_text(NASTY)
    assert offline.locator("img").count() == 0
