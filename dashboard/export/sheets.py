"""Teacher's sheets: each lesson on a page to print, with questions, answers, and their numbers as of this version."""

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from dashboard.export.origin import versions
from dashboard.export.page import html_page
from dashboard.export.write import refuse_path, write_new
from dashboard.lessons import LESSONS, Card, Lesson, Question, Recorded, filled
from dashboard.lessons.lesson import Numbers
from mlcl_core.demo_runs.make import sample_runs
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store

STYLE = Path(__file__).with_name("sheets.css")
# texts of lessons have paragraphs, emphasis and code; names in them are escaped, and nothing in them is markup
_markdown = MarkdownIt("zero", {"html": False}).enable(["emphasis", "backticks", "escape", "entity"])


def sheets(names: Sequence[str], recorded: Recorded) -> str:
    """The sheets of some lessons as one HTML page without scripts, which fetches nothing; a page of paper each.

    Args:
        names: Keys of ``LESSONS``, in the order of the pages.
        recorded: The runs that the lessons' functions compute all numbers from, as on the Learn page.

    Raises:
        InputError: A recorded run is damaged.
    """
    what = LESSONS[names[0]].title if len(names) == 1 else f"{len(names)} lessons"
    lines = [line for name in names for line in _sheet(LESSONS[name], recorded)]
    return html_page(f"MLCL Lab, for the teacher: {what}", STYLE, lines)


def export_sheets(path: Path, *, home: Path | None = None, force: bool = False) -> dict[str, Any]:
    """Write the sheets of all lessons as one page.

    Args:
        path: The file, which ends in ``.html``.
        home: The home directory, into which the recorded runs are copied where they are missing.
        force: Replace a file that exists.

    Returns:
        ``files``, their ``bytes``, ``items`` (sheets), ``what`` in words, and ``said``, which is empty.

    Raises:
        InputError: Another ending, a damaged recorded run, a file that cannot be written.
    """
    if path.suffix.lower() != ".html":
        raise InputError(f"{path}: the ending {path.suffix!r} is no page; sheets are written as .html")
    refuse_path(path, force=force)
    recorded = Recorded(sample_runs(Store(home_directory(home))), _icons)
    page = sheets(list(LESSONS), recorded).encode()
    write_new({path: lambda file: file.write(page)}, force=force)
    return {
        "files": [str(path)],
        "bytes": len(page),
        "items": len(LESSONS),
        "what": "a page of paper for each lesson",
        "said": [],
    }


@cache
def _icons() -> tuple[Any, dict[str, Any]]:
    from mlcl_core.data import load_data, statistics

    data = load_data("icons")
    return data, statistics(data)


def _sheet(lesson: Lesson, recorded: Recorded) -> Iterator[str]:
    numbers = [card.numbers(recorded) if card.numbers else {} for card in lesson.cards]
    yield '<section class="sheet">'
    number = list(LESSONS).index(lesson.name) + 1
    yield f"<header><h1>{number} · {escape(lesson.title)}</h1><p>{lesson.minutes} minutes</p></header>"
    yield f'<div class="aim">{_text(f"**Aim.** {lesson.aim}", numbers[-1])}</div>'
    yield '<div class="cards">'
    for place, (card, found) in enumerate(zip(lesson.cards, numbers, strict=True)):
        yield from _card(place + 1, card, found)
    yield "</div>"
    yield f'<div class="home">{_text(f"**To take home.** {lesson.take_home}", numbers[-1])}</div>'
    yield f'<p class="origin">{escape(_origin(lesson, recorded))}</p>'
    yield "</section>"


def _card(number: int, card: Card, numbers: Numbers) -> Iterator[str]:
    keys = ["A", "→"] if card.question else ["→"]
    pressed = " then ".join(f"<kbd>{key}</kbd>" for key in keys)
    guess = f"<kbd>1</kbd>–<kbd>{len(card.question.options)}</kbd> then " if card.question else ""
    yield f'<div class="card"><h2>Card {number} <span class="press">{guess}{pressed}</span></h2>'
    yield _text(card.text, numbers)
    if card.question:
        yield from _question(card.question, numbers)
    yield "</div>"


def _question(question: Question, numbers: Numbers) -> Iterator[str]:
    right = question.right(numbers)
    yield f'<div class="question">{_text(f"**Ask.** {question.ask}", numbers)}<ol>'
    for place, option in enumerate(question.options):
        mark, said = (' class="right"', " ✓") if place == right else ("", "")
        yield f"<li{mark}>{escape(option)}{said}</li>"
    yield "</ol>"
    if question.usually:
        yield _text(f"**Usually said.** {question.usually}", numbers)
    yield f"{_text(f'**Answer.** {question.reveal}', numbers)}</div>"


def _text(template: str, numbers: Numbers) -> str:
    """Markdown of a lesson, with its numbers, as paragraphs."""
    return "".join(f"<p>{_markdown.renderInline(part)}</p>" for part in filled(template, numbers).split("\n\n"))


def _origin(lesson: Lesson, recorded: Recorded) -> str:
    found: dict[str, Any] = versions()
    runs = ", ".join(run.id for run in recorded.runs.values())
    return (
        f"Computed by MLCL Lab {found.get('mlcl-lab', '')} (torch {found['torch']}) from the recorded runs {runs}. "
        f"In the Lab: Learn, lesson {lesson.name}. Keys: → and ← between cards, a number for a guess, A for the "
        "answer, F for the full screen, Esc to leave."
    )
