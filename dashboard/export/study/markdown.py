"""A study as Markdown (CommonMark with the tables of GitHub)."""

import re
from collections.abc import Iterator

from dashboard.export.study.build import study_document
from dashboard.export.study.document import MARKS, Block, Cell, Document, Facts, Picture, Sentences, Table, Verbatim
from dashboard.export.study.record import StudyFormat
from dashboard.figures.formatting import JOINER, one_line

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>|~$&#])")
_AT_START = re.compile(r"^(\d*)([-+=.)])(?=\s|$)")  # a list, or a line that makes a heading of the one before
# GitHub makes links of these without any sign around them, and names of emoji and of people of some others
_LINKED = re.compile(r"(?<=\w):(?=//)|www(?=\.)|@(?=\w)|:(?=\w+:)", re.IGNORECASE)


def in_markdown(document: Document) -> str:
    """The document. Pictures are left out: the tables beside them hold the same numbers."""
    lines = [f"# {text_of(document.title)}"]
    for section in document.sections:
        lines += ["", f"{'#' * (section.depth + 1)} {text_of(section.title)}"]
        for block in section.blocks:
            lines += ["", *_lines(block)]
    return "\n".join(_single_blanks(lines)) + "\n"


def text_of(text: str) -> str:
    """User text: all of it is read, and none of it acts as markup."""
    words = _LINKED.sub(rf"\g<0>{JOINER}", one_line(text))
    return _AT_START.sub(r"\1\\\2", _ACTIVE.sub(r"\\\1", words))


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Sentences):
        yield from (f"* {text_of(line)}" for line in block.lines)
    elif isinstance(block, Facts):
        yield from (f"* **{text_of(name)}**: {text_of(value)}" for name, value in block.rows)
    elif isinstance(block, Verbatim):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
        yield from (f"{fence}text", *block.text.splitlines(), fence)
    elif isinstance(block, Table):
        yield from _table(block)
    else:
        assert isinstance(block, Picture)


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield from (f"**{text_of(table.caption)}**", "")
    yield _row([text_of(heading) for heading in table.headings])
    yield _row(["---", *["---:"] * (len(table.headings) - 1)])
    yield from (_row([_cell(cell) for cell in row]) for row in table.rows)
    for note in table.notes:
        yield from ("", text_of(note))


def _cell(cell: Cell) -> str:
    text = text_of(cell.text)
    if cell.stands == "best":
        return f"**{text}** {MARKS['best']}"
    return f"{text} {MARKS[cell.stands]}".rstrip()


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _single_blanks(lines: list[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        if line or (place and lines[place - 1]):
            yield line


MARKDOWN = StudyFormat(
    "md",
    "Markdown",
    "Answer, tables, and how it was made; for a README or a wiki.",
    "text/markdown",
    lambda folder, metrics: in_markdown(study_document(folder, metrics)).encode(),
)
