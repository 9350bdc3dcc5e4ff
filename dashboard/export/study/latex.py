"""A study as LaTeX: booktabs tables in a file that is compiled by itself, or whose tables are taken out of it."""

from collections.abc import Iterator

from dashboard.export.study.build import study_document
from dashboard.export.study.document import MARKS, Block, Cell, Document, Facts, Picture, Sentences, Table, Verbatim
from dashboard.export.study.record import StudyFormat
from dashboard.figures.formatting import one_line

HEAD = r"""% Compiles with pdflatex, xelatex and lualatex; letters of other scripts need one of the last two and a font.
\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage{textcomp}
\usepackage[utf8]{inputenc}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs,adjustbox}
\setlength{\parindent}{0pt}
\begin{document}
"""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "{-}",  # two or three of them would be a dash, and ?` an upside-down mark
    # what pdflatex does not know by itself
    "−": "$-$",
    "≈": r"$\approx$",
    "★": r"$\star$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "τ": r"$\tau$",
    "→": r"$\rightarrow$",
    "↓": r"$\downarrow$",
    "·": r"$\cdot$",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "“": "``",
    "”": "''",
    "’": "'",
    "\u00a0": "~",
    "\u202f": "~",
    "\u2060": "",
}
LEVELS = {1: "section*", 2: "subsection*", 3: "subsubsection*"}
_TABLE = str.maketrans(SPECIAL)


def in_latex(document: Document) -> str:
    """The document. Pictures are left out: the tables beside them hold the same numbers."""
    lines = [HEAD, rf"{{\LARGE {text_of(document.title)}\par}}"]
    for section in document.sections:
        lines += ["", rf"\{LEVELS[section.depth]}{{{text_of(section.title)}}}"]
        for block in section.blocks:
            lines += ["", *_lines(block)]
    return "\n".join([*lines, "", r"\end{document}", ""])


def text_of(text: str) -> str:
    """User text: all of it is printed, and none of it is a command."""
    return one_line(text).translate(_TABLE)


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Sentences):
        yield r"\begin{itemize}"
        yield from (rf"  \item {{}}{text_of(line)}" for line in block.lines)
        yield r"\end{itemize}"
    elif isinstance(block, Facts):
        yield r"\begin{description}"
        yield from (rf"  \item[{{{text_of(name)}}}] {text_of(value)}" for name, value in block.rows)
        yield r"\end{description}"
    elif isinstance(block, Verbatim):
        yield r"{\ttfamily\footnotesize\raggedright"
        yield from (rf"{_indented(line)}\par" for line in block.text.splitlines())
        yield "}"
    elif isinstance(block, Table):
        yield from _table(block)
    else:
        assert isinstance(block, Picture)


def _indented(line: str) -> str:
    words = text_of(line)
    space = len(line) - len(line.lstrip(" "))
    return rf"\hspace*{{{0.5 * space:g}em}}{words}" if words else r"\strut"


def _table(table: Table) -> Iterator[str]:
    yield r"\begin{table}[ht]"
    yield r"\centering"
    if table.caption:
        yield rf"\caption{{{text_of(table.caption)}}}"
    yield r"\begin{adjustbox}{max width=\textwidth}"
    yield rf"\begin{{tabular}}{{l{'r' * (len(table.headings) - 1)}}}"
    yield r"\toprule"
    yield _row([text_of(heading) for heading in table.headings])
    yield r"\midrule"
    yield from (_row([_cell(cell) for cell in row]) for row in table.rows)
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield r"\end{adjustbox}"
    if table.notes:
        yield r"\par\smallskip"
        yield rf"{{\footnotesize {' '.join(map(text_of, table.notes))}\par}}"
    yield r"\end{table}"


def _cell(cell: Cell) -> str:
    text = text_of(cell.text)
    if cell.stands == "best":
        return rf"\textbf{{{text}}} {SPECIAL[MARKS['best']]}"
    mark = MARKS[cell.stands]
    return f"{text} {SPECIAL.get(mark, mark)}".rstrip()


def _row(cells: list[str]) -> str:
    # braces: a cell that begins with a bracket or a star would be an option of the line before
    return f"{' & '.join(f'{{{cell}}}' for cell in cells)} \\\\"


LATEX = StudyFormat(
    "tex",
    "LaTeX",
    "The same with booktabs tables; for a paper.",
    "application/x-tex",
    lambda folder, metrics: in_latex(study_document(folder, metrics)).encode(),
)
