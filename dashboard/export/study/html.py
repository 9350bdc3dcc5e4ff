"""A study as one HTML page for an appendix: no script, nothing fetched, figures as SVG, ready to print."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from dashboard.export.page import html_page
from dashboard.export.study.build import study_document
from dashboard.export.study.document import MARKS, Block, Cell, Document, Facts, Sentences, Table, Verbatim
from dashboard.export.study.record import StudyFormat
from dashboard.export.study.svg import inline_svg
from dashboard.figures.formatting import one_line

STYLE = Path(__file__).with_name("page.css")


def in_html(document: Document) -> str:
    """The page. Texts of users are escaped, and stand as text wherever they are."""
    lines = [f"<h1>{text_of(document.title)}</h1>"]
    for section in document.sections:
        level = section.depth + 1
        lines += [f"<section><h{level}>{text_of(section.title)}</h{level}>"]
        for block in section.blocks:
            lines += _lines(block)
        lines += ["</section>"]
    return html_page(one_line(document.title), STYLE, lines)


def text_of(text: str) -> str:
    """User text: all of it is read, and none of it is markup."""
    return escape(one_line(text))


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Sentences):
        yield "<ul>"
        yield from (f"<li>{text_of(line)}</li>" for line in block.lines)
        yield "</ul>"
    elif isinstance(block, Facts):
        yield "<dl>"
        yield from (f"<dt>{text_of(name)}</dt><dd>{text_of(value)}</dd>" for name, value in block.rows)
        yield "</dl>"
    elif isinstance(block, Verbatim):
        text = "\n".join(escape(_kept(line)) for line in block.text.splitlines())
        yield f'<pre tabindex="0">{text}</pre>'
    elif isinstance(block, Table):
        yield from _table(block)
    else:
        yield f"<figure>{inline_svg(block.sheet.file('svg'), one_line(block.alt))}</figure>"


def _kept(line: str) -> str:
    """A line with the blanks at its beginning."""
    return " " * (len(line) - len(line.lstrip(" "))) + one_line(line)


def _table(table: Table) -> Iterator[str]:
    yield "<table>"
    if table.caption:
        yield f"<caption>{text_of(table.caption)}</caption>"
    heads = "".join(f'<th scope="col">{text_of(heading)}</th>' for heading in table.headings)
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for name, *cells in table.rows:
        yield f'<tr><th scope="row">{_cell(name)}</th>{"".join(f"<td>{_cell(cell)}</td>" for cell in cells)}</tr>'
    yield "</tbody></table>"
    for note in table.notes:
        yield f'<p class="note">{text_of(note)}</p>'


def _cell(cell: Cell) -> str:
    text = text_of(cell.text)
    if cell.stands == "best":
        return f'<strong>{text}</strong> <span title="best">{MARKS["best"]}</span>'
    said = {"close": "not distinguishable from the best", "open": "nothing can be said"}.get(cell.stands)
    return f'{text} <span title="{said}">{MARKS[cell.stands]}</span>' if said else text


HTML = StudyFormat(
    "html",
    "HTML page",
    "The same with figures, in one page without scripts; for an appendix.",
    "text/html",
    lambda folder, metrics: in_html(study_document(folder, metrics)).encode(),
)
