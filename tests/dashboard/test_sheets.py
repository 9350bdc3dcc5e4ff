"""Teacher's sheets: all that a lesson asks and answers, in text that acts as nothing."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from dashboard.export import sheets as module
from dashboard.export.sheets import export_sheets, sheets
from dashboard.lessons import LESSONS, Recorded, filled
from mlcl_core.__main__ import main
from mlcl_core.errors import InputError

TAGS = re.compile(r"<[^>]*>")
MARKS = re.compile(r"[*`\\]")


@pytest.fixture(scope="module")
def page(recorded: Recorded) -> str:
    """The sheets of all lessons."""
    return sheets(list(LESSONS), recorded)


def words(text: str) -> str:
    """A text without markup and without the breaks of its lines."""
    return " ".join(MARKS.sub("", unescape(TAGS.sub("", text))).split())


def test_a_sheet_holds_the_whole_lesson(page: str, recorded: Recorded) -> None:
    """Aim, minutes, texts, questions, usual answers, the answer with its numbers; the right option alone is marked."""
    parts = page.split('<section class="sheet">')[1:]
    assert len(parts) == len(LESSONS)
    for part, lesson in zip(parts, LESSONS.values(), strict=True):
        shown = words(part.replace("</p>", "</p> "))
        assert f"{lesson.minutes} minutes" in shown
        right = []
        for card in lesson.cards:
            numbers = card.numbers(recorded) if card.numbers else {}
            texts = [*card.text.split("\n\n")]
            if card.question:
                texts += [card.question.ask, card.question.usually, card.question.reveal]
                right += [card.question.options[card.question.right(numbers)]]
            for text in texts:
                assert words(filled(text, numbers).replace("<", "&lt;")) in shown, text
        for text in (lesson.aim, lesson.take_home):
            assert words(filled(text, numbers)) in shown
        assert [unescape(one) for one in re.findall(r'<li class="right">(.*?) ✓</li>', part)] == right


def test_texts_act_as_nothing(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags, links and pictures in a lesson's texts and numbers are read, not followed; the page fetches nothing."""
    lesson = next(iter(LESSONS.values()))
    bad = "<script>alert(1)</script> ![x](https://x.example/p.png) [y](javascript:z) **bold** {name}"
    card = replace(lesson.cards[0], text=bad, numbers=lambda _: {"name": "\\<img src\\=x\\>"}, question=None)
    made = replace(lesson, cards=(card,), aim="<b>a</b>", take_home="<i>b</i>", title="<u>t</u>")
    monkeypatch.setattr(module, "LESSONS", {lesson.name: made})
    page = sheets([lesson.name], recorded)
    assert not re.search(r"<(script|img|a|b|i|u)\b", page)
    assert "<strong>bold</strong>" in page
    assert "&lt;img src=x&gt;" in page
    assert "default-src 'none'" in page


def test_the_command_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file for all lessons; another ending, a run, and a file that exists are refused in a line."""
    home, file = ["--home", str(tmp_path / "home")], tmp_path / "sheets.html"
    assert main(["export", "--what", "sheets", "--to", str(file), *home]) == 0
    assert f"{len(LESSONS)} items" in capsys.readouterr().out
    assert file.read_text().count('<section class="sheet">') == len(LESSONS)
    for more, said in (
        ([str(file)], "exists already"),
        ([str(tmp_path / "a.pdf")], "sheets are written as .html"),
        ([str(tmp_path / "b.html"), "a-run"], "leave RUN out"),
    ):
        assert main(["export", "--what", "sheets", "--to", *more, *home]) == 2
        assert said in capsys.readouterr().err
    with pytest.raises(InputError, match="no folder"):
        export_sheets(tmp_path / "none" / "c.html", home=tmp_path / "home")
