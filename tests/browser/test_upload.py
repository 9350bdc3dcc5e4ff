"""Bringing data of one's own, in a real browser: drop a file, see what it is taken for, keep it, train on it."""

import json
import random
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import Cloud, Site
from tests.browser.test_journey import fill, settled
from tests.data.cases import HERE
from tests.pages.upload_dialog import SEPARATOR

ITEMS = 120
WHO = {"A cat": "animal", "The old dog": "animal", "My neighbour": "people", "A tall robot": "machine"}
WHERE = {"in the blue sea": "sea", "near a burning house": "fire", "on the empty road": "city"}


def write_table(path: Path) -> None:
    """120 sentences whose words are their labels; one of the labels is markup."""
    random.seed(0)
    lines = ["no,what happens,topics"]
    for row in range(ITEMS):
        (who, first), (where, second) = random.choice([*WHO.items()]), random.choice([*WHERE.items()])
        labels = [first, second, *(["<b>late</b>"] if row % 5 == 0 else [])]
        lines.append(f"{row},{who} waits {where} for the {row}th time,{';'.join(labels)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def drop(page: Page, path: Path) -> None:
    """Drop a file into the dialog; one that is just being drawn again may take its field away meanwhile."""
    for left in (2, 1, 0):
        try:
            page.get_by_role("dialog").locator("input[type=file]").set_input_files(path)
            return
        except Error:
            if not left:
                raise
            page.wait_for_timeout(2000)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_drop_keep_train(site: Site, page: Page, tmp_path: Path) -> None:
    """A file that is left is let go; an export of Label Studio is dropped, understood, saved, and trained on."""
    write_table(tmp_path / "my films.csv")
    page.goto(site.url)
    page.get_by_role("link", name="Data").click(timeout=60_000)
    page.get_by_role("button", name="Bring your own data").click(timeout=60_000)
    dialog = page.get_by_role("dialog")
    settled(page)
    drop(page, tmp_path / "my films.csv")
    expect(dialog.get_by_text(f"{ITEMS} items, 7 labels, 2.2 an item")).to_be_visible()
    assert dialog.locator("b").count() == 0
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Bring your own data").click()
    expect(dialog.get_by_text("A table of texts, one item per row:")).to_be_visible()
    # a dialog that was left keeps no copy of the file
    assert not list((site.home / "cache" / "uploads").iterdir())
    settled(page)
    drop(page, HERE / "labelstudio.csv")
    expect(dialog.get_by_text("12 items, 3 labels, 1.3 an item: Sea, Fog, Sun")).to_be_visible()
    expect(dialog.get_by_text("1 row left out: never looked at: its annotation_id is empty")).to_be_visible()
    dialog.get_by_text("The same without a browser, and next time").click()
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Save these answers").click()
    assert saved.value.suggested_filename == "labelstudio.csv.schema.json"
    assert json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))["options"] == {}
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("labelstudio is saved: 12 texts, 3 labels.")).to_be_visible()
    assert not list((site.home / "cache" / "uploads").iterdir())

    dialog.get_by_role("button", name="Look at it").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("12 texts, 3 labels, from labelstudio.csv")).to_be_visible()
    expect(page.get_by_text("Never looked at where empty: annotation_id")).to_be_visible()

    page.get_by_role("button", name="Train on it").click()
    expect(page.get_by_text("Your data", exact=True)).to_be_visible()
    settled(page)
    fill(page, "Batch size", "4")
    fill(page, "Epochs", "3")
    page.locator(".st-key-setup-start button").click()
    cloud = Cloud(page)
    cloud.first_frame()
    cloud.hold()
    assert cloud.data("points") == "12"
    config = site.store().runs()[0].config()
    assert (config.preset, config.data.name, config.data.path) == ("text", "labelstudio", None)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_question_in_the_browser(site: Site, page: Page, tmp_path: Path) -> None:
    """A question shows both readings and the rows of the file; the answer reads it, a role by hand reads it anew."""
    (tmp_path / "films.csv").write_text(SEPARATOR)
    page.goto(site.url)
    page.get_by_role("link", name="Data").click(timeout=60_000)
    page.get_by_role("button", name="Bring your own data").click(timeout=60_000)
    dialog = page.get_by_role("dialog")
    settled(page)
    drop(page, tmp_path / "films.csv")
    expect(dialog.get_by_text("20 items, 3 labels, 1.5 an item: a b, c d, e f")).to_be_visible()
    expect(dialog.get_by_text("20 items, 4 labels, 1.0 an item")).to_be_visible()
    dialog.get_by_role("button", name="Take this").first.click()
    expect(dialog.locator("strong", has_text="20 items, 3 labels, 1.5 an item: a b, c d, e f")).to_be_visible()
    dialog.get_by_text("Change what columns mean").click()
    expect(dialog.get_by_text("Labels in a cell are")).to_be_visible()
    settled(page)
    dialog.get_by_role("button", name="Change", exact=True).click()
    expect(dialog.get_by_text("films.csv: 1 question before it is read")).to_be_visible()
