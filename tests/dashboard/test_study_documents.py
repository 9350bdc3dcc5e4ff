"""A document as Markdown, LaTeX and HTML: everything is there, and text of users acts in none of them."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from dashboard.export.study.document import (
    Cell,
    Document,
    Facts,
    Picture,
    Section,
    Sentences,
    Table,
    Verbatim,
)
from dashboard.export.study.html import in_html
from dashboard.export.study.latex import SPECIAL, in_latex
from dashboard.export.study.latex import text_of as latex
from dashboard.export.study.markdown import in_markdown
from dashboard.export.study.markdown import text_of as markdown
from dashboard.export.study.svg import inline_svg
from dashboard.figures.forest import ForestRow
from dashboard.figures.formatting import JOINER
from dashboard.figures.print_study import forest_sheet
from tests.pages.test_inert import ACTIVE, NASTY

BAD = f"{NASTY} </pre> <script>alert(1)</script> \\input{{x}} ``` | 50% #1 & \" ' \u202e\n# new"
SHEET = forest_sheet([ForestRow(BAD, 0.4, 0.3, 0.5, BAD)], BAD, [BAD], {BAD: 0.2}, {"name": BAD})


def document(text: str) -> Document:
    """One of each block, with a text in every place that can hold one."""
    table = Table(
        (text, "macro-F1"),
        (
            (Cell(text), Cell("0.431", "best")),
            (Cell("ALL"), Cell("0.420", "close")),
            (Cell("ANY"), Cell("0.100")),
            (Cell("b"), Cell("0.3", "open")),
        ),
        text,
        (text,),
    )
    blocks = (Sentences((text,)), table, Facts(((text, text),)), Verbatim(f"  {text}\nsecond"), Picture(SHEET, text))
    return Document(text, (Section(text, blocks), Section(text, (), depth=2)))


class Tags(HTMLParser):
    """What a browser makes of a page: its tags, attributes and text."""

    def __init__(self, page: str):
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        """One tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """One text."""
        self.words += data


def test_html_has_no_script_and_text_is_text() -> None:
    """The tags are ours whatever the text; no style outside the sheet whose digest the policy names, no address."""
    page = in_html(document(BAD))
    plain, found = Tags(in_html(document("plain"))), Tags(page)
    assert [tag for tag, _ in found.tags if tag != "text"] == [tag for tag, _ in plain.tags if tag != "text"]
    assert "script" not in {tag for tag, _ in found.tags}
    assert not [attributes for _, attributes in found.tags if "style" in attributes or "onclick" in attributes]
    assert not [attributes for _, attributes in found.tags if not str(attributes.get("href", "#")).startswith("#")]
    assert "<script>alert(1)</script>" in found.words
    (policy,) = (attributes["content"] for tag, attributes in found.tags if "http-equiv" in attributes)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert '<strong>0.431</strong> <span title="best">★</span>' in page
    assert '0.420 <span title="not distinguishable from the best">≈</span>' in page
    assert '0.3 <span title="nothing can be said">?</span>' in page


def test_a_figure_becomes_an_element() -> None:
    """Styles are attributes, names are its own and refer to each other; no metadata, no title of a window."""
    text = inline_svg(SHEET.file("svg"), "what it <shows>")
    root = ElementTree.fromstring(text)
    assert (root.tag, root.get("role"), root.get("aria-label")) == ("svg", "img", "what it <shows>")
    elements = list(root.iter())
    assert not [one.tag for one in elements if one.tag in ("style", "metadata", "title") or "style" in one.attrib]
    assert [one for one in elements if one.tag == "text" and one.get("font-size")]
    ids = [one.get("id") for one in elements if one.get("id")]
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', text))
    assert used == set(ids)
    assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize("one", [*ACTIVE, "a | b", "# x", "1. x", "- x", "\\", "~~~", "&lt;", "a\n\n# b", "=1"])
def test_markdown_text_is_inert(one: str) -> None:
    """Every character that acts has a backslash; what GitHub finds without signs is broken; all of it is read."""
    made = markdown(one)
    assert re.sub(r"\\(.)", r"\1", made).replace(JOINER, "") == " ".join(one.split("\n\n")).strip()
    assert re.search(r"(?<!\\)[`*_\[\]<>|~$]|\n|https?://|www\.|\w@\w|:\w+:", made) is None
    assert not re.match(r"#|\d+[.)]\s|[-+]\s", made)


def test_markdown_holds_all_of_it() -> None:
    """Headings, sentences, a table of as many cells in each line, marks, a fence longer than any in the text."""
    lines = in_markdown(document("a ``` b")).splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        *("# a \\`\\`\\` b", "## a \\`\\`\\` b", "### a \\`\\`\\` b")
    ]
    table = [line for line in lines if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {3}
    assert table[2].endswith("| **0.431** ★ |")
    assert table[3] == "| ALL | 0.420 ≈ |"
    assert table[5] == "| b | 0.3 ? |"
    assert [line for line in lines if line.startswith("````")] == ["````text", "````"]


def test_latex_text_is_inert() -> None:
    """Each special character is a command that prints it; a line of a table may begin with a bracket."""
    made = latex(BAD)
    assert "\n" not in made
    left = re.sub(r"\\(textbackslash|text[a-z]+|dots)\{\}|\\[{}$&#%_]|\{-\}", "", made)
    assert not re.search(r"[\\{}$&#%_^~<>|\"`]", left)
    assert latex("\\input{x}") == r"\textbackslash{}input\{x\}"
    assert latex("a--b?`") == r"a{-}{-}b?\textasciigrave{}"
    page = in_latex(document(BAD))
    assert page.count("\\begin{") == page.count("\\end{")
    rows = [line for line in in_latex(document("[x]")).splitlines() if line.endswith("\\\\")]
    assert rows == [
        r"{[x]} & {macro{-}F1} \\",
        r"{[x]} & {\textbf{0.431} $\star$} \\",
        r"{ALL} & {0.420 $\approx$} \\",
        r"{ANY} & {0.100} \\",
        r"{b} & {0.3 ?} \\",
    ]
    assert all(value.isascii() for value in SPECIAL.values())
