"""Words of people and files in which everything acts that Markdown has: on no page does any of it."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from dashboard.figures.formatting import JOINER, cell, escaped
from mlcl_core.runs.run import Run
from mlcl_core.studies.folder import StudyFolder
from tests import made_runs
from tests.pages.conftest import _walk
from tests.studies.made import failed_result, made_file, made_study

ACTIVE = (
    *(":material/bug_report:", ":smile:", "$x^2$", "[in](http://evil.example)", "http://evil.example", ":red[red]"),
    *(
        "www.evil.example",
        "me@evil.example",
        "**bold**",
        "`code`",
        "<b>html</b>",
        "~~gone~~",
        "![p](http://p.q)",
        " -> ",
    ),
)
NASTY = " ".join(ACTIVE)
PAGES = ("learn", "relations", "data", "train", "runs", "map", "anchor", "compare", "study")
PANELS = ("Numbers", "Health", "Result", "New run", "Change", "Runs")
# drawn as text nodes or values by what receives them, never as Markdown: kind of element, field; alt texts and charts
PLAIN = {
    *(("text_input", "value"), ("text_input", "default"), ("text_area", "value"), ("text_area", "default")),
    *(("selectbox", "options"), ("selectbox", "raw_value"), ("multiselect", "options"), ("multiselect", "raw_values")),
    *(("code", "code_text"), ("text", "body"), ("bidi_component", "json"), ("bidi_component", "bytes")),
    *(("bidi_component", "js_content"), ("bidi_component", "css_content")),
}


def texts(message: Message, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in an element, with the name of its field."""
    for field, value in message.ListFields():
        for one in value if isinstance(value, Iterator | list) or hasattr(value, "append") else [value]:
            if isinstance(one, Message):
                yield from texts(one, field.name)
            elif isinstance(one, str):
                yield field.name, one


def acting(app: AppTest) -> list[str]:
    """What would act on the page: kind of element, field and text."""
    found = []
    for element in _walk(app._tree):
        proto = getattr(element, "proto", None)
        if not isinstance(proto, Message):
            continue
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(proto).__name__).lower()
        for field, text in texts(proto):
            if (kind, field) not in PLAIN and field not in ("id", "alt", "spec") and any(one in text for one in ACTIVE):
                found.append(f"{kind}.{field}: {text[:300]}")
    return found


def test_what_acts_is_found() -> None:
    """The search finds bare words in a caption, a button and an option of a control."""

    def page() -> None:
        import streamlit as st

        from tests.pages.test_inert import NASTY

        st.caption(NASTY)
        st.button(NASTY, key="b")
        st.segmented_control("x", ["a", NASTY])
        st.selectbox("fine", [NASTY])

    found = acting(AppTest.from_function(page).run())
    assert {line.partition(":")[0] for line in found} == {
        "markdown.body",
        "button.label",
        "button_group.content",
        "button_group.content_icon",
    }


@pytest.mark.parametrize("one", ACTIVE)
def test_words_are_made_inert(one: str) -> None:
    """Each of them alone, inside a text and twice; the visible text stays the same."""
    for text in (one, f"a {one} b", one + one, f"({one})"):
        made = escaped(text)
        assert one.strip() not in made
        assert re.sub(r"\\(.)", r"\1", made).replace(JOINER, "") == text.strip()
        assert re.search(r"(?<!\\)[*_`$\[\]<>~]", made) is None
        # what is looked for after the backslashes are gone
        left = re.sub(r"\\(.)", r"\1", made)
        assert re.search(r":[\w+/-]+:|https?://|www\.|\w@\w|->|--|<-", left, re.IGNORECASE) is None


def test_control_characters_are_blanks() -> None:
    """Line ends, escapes and characters that change the writing direction are removed."""
    assert escaped("a\r\nb\x1b[2Jc\u202ed\u2028e  ") == r"a b \[2Jcd e"


def nasty_run(home: Path, state: str) -> Run:
    """A run with such words wherever people and files put some: name, note, labels, items, status, requests, events."""
    plain = made_runs.made_data()
    labels = tuple(f"{NASTY} {place}" for place in range(made_runs.LABELS))
    items = tuple(f"{NASTY} no. {place}" for place in range(made_runs.ITEMS))
    data = replace(plain, label_names=labels, item_names=items)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made_runs, "made_data", lambda: data)
        run = made_runs.made_run(home, state)
    (run.path / "meta.json").write_text(
        json.dumps({**json.loads((run.path / "meta.json").read_text()), "name": NASTY[:100], "note": NASTY})
    )
    status = json.loads((run.path / "status.json").read_text())
    status |= {"device": NASTY, "error": NASTY if state == "failed" else None}
    status |= {"phase": NASTY, "ready": 0.5, "waiting_for": NASTY} if state == "queued" else {}
    (run.path / "status.json").write_text(json.dumps(status))
    asked = [
        {"id": "1", "at": 1.0, "action": NASTY},
        {"id": "2", "at": 2.0, "action": "set", "settings": {NASTY: 0.5}},
        {"id": "3", "at": 3.0, "action": NASTY, "settings": {}},
    ]
    (run.path / "requests.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked))
    events = [
        {"event": "acknowledged", "step": 2, "at": 2.0, "request": "2", "action": "set", "settings": {NASTY: 0.5}},
        {"event": "acknowledged", "step": 2, "at": 3.0, "request": "3", "action": NASTY, "result": NASTY},
        {"event": "alarm", "step": 2, "at": 3.0, "text": NASTY},
        {"event": "failed", "step": 2, "at": 3.0, "error": NASTY},
    ]
    with (run.path / "events.jsonl").open("a") as file:
        file.writelines(json.dumps(one) + "\n" for one in events)
    return run


def nasty_study(home: Path, **changes: Any) -> StudyFolder:
    """A study with such words as title, names of data, methods and an axis, and in the error of a failed cell."""
    names = [" ".join(ACTIVE[place : place + 2]) for place in range(0, len(ACTIVE), 2)]
    methods = [
        {"name": name, "loss.rule": rule} for name, rule in zip(names, ("jaccard", "any_shared") * 4, strict=False)
    ]
    grid = {"data": [{"name": names[0], "preset": "icons"}, "icons"], "method": methods}
    grid[ACTIVE[-3]] = [{"name": names[1], "training.epochs": 1}, {"name": "plain", "training.epochs": 2}]
    file = made_file(title=NASTY[:200], grid=grid, **changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.studies.made.failed_result", lambda cell: replace_error(failed_result(cell)))
        return made_study(home, file=file, failed=[0])


def replace_error(result: Any) -> Any:
    """The row of a failed cell, with such words as its error."""
    return replace(result, row={**result.row, "error": NASTY})


@pytest.mark.slow
@pytest.mark.parametrize("state", ["finished", "failed", "queued"])
def test_nothing_acts_on_any_page(opened: Callable[[str], AppTest], home: Path, state: str) -> None:
    """All pages and panels of a finished run; of any other run the page with its panels."""
    nasty_run(home, state)
    found: list[str] = []
    for page in PAGES if state == "finished" else ("train",):
        app = opened(page)
        found += acting(app)
        for panel in PANELS if page == "train" else ():
            app.session_state["train.panel"] = panel
            app.run()
            assert not app.exception
            found += [f"{panel}: {line}" for line in acting(app)]
    assert found == []


ICON = re.compile(r"^\s*:material/\w+:")
FORMULA = re.compile(r"(?:^|[;,|\"'\t\r\n])\s*[=+\-@]")


@pytest.mark.slow
def test_no_option_of_a_select_box_begins_with_an_icon(opened: Callable[[str], AppTest], home: Path) -> None:
    """A select box takes an icon code in front of an option for an icon: names of labels and of columns have none."""
    nasty_run(home, "finished")
    seen = 0
    for page in PAGES:
        app = opened(page)
        app.session_state["view.colour"] = "label"
        app.run()
        for box in [*app.selectbox, *app.multiselect]:
            assert not [option for option in box.options if ICON.match(option)]
            seen += sum("bug_report" in option for option in box.options)
    assert seen > made_runs.LABELS


@pytest.mark.parametrize(
    "text",
    [
        *(
            "=1+1",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "\uff1d1",
            "a;=1+1",
            'a"; =1',
            "a\n-1",
            "a,@b",
            "a\t+1",
        ),
        *("=cmd|' /C calc'!A0", "\u202e=1", "''=1"),
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    """At the start of a cell, after blanks, or after a character that some spreadsheet reads as the end of a cell."""
    assert not FORMULA.search(cell(text))
    assert cell(text).replace(JOINER, "") == text.replace("\u202e", "")


@pytest.mark.parametrize(
    "text", ["", "a", "sea; sky", "1 - 2", "a=b", "x@y", "2026-11-27", "{a, b}", "data:image/png;base64,aa="]
)
def test_other_cells_stay_as_they_are(text: str) -> None:
    """Other texts are not changed."""
    assert cell(text) == text


def test_tables_go_one_way() -> None:
    """Tables are drawn only in table.py, which treats headings, cells and lists in cells; files only in download.py."""
    root = Path(made_runs.__file__).parents[1]
    called = {
        (path.name, node.attr)
        for path in [*(root / "dashboard").rglob("*.py"), *(root / "pages").glob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("dataframe", "data_editor", "table", "download_button")
        if ast.unparse(node.value) != "pa"  # a table in Arrow's memory is not drawn
    }
    assert called == {("table.py", "dataframe"), ("download.py", "download_button")}

    def page() -> None:
        from dashboard.parts.frame.table import inert_table

        rows = [{"=head": "=1", "list": ["+1", "a"], "number": -1.5, "picture": "data:image/png;base64,+a"}]
        inert_table(rows, pictures="picture")

    (shown,) = (one.value for one in AppTest.from_function(page).run().dataframe)
    assert list(shown.columns) == [JOINER + "=head", "list", "number", "picture"]
    (row,) = shown.to_numpy().tolist()
    assert [row[0], list(row[1]), *row[2:]] == [JOINER + "=1", [JOINER + "+1", "a"], -1.5, "data:image/png;base64,+a"]


def settings(**given: Any) -> dict[str, Any]:
    """What a session has chosen, by key."""
    return {key.replace("__", "."): value for key, value in given.items()}


@pytest.mark.parametrize(
    ("page", "chosen"),
    [
        ("anchor", settings(anchor__source="batch just trained on")),
        ("anchor", settings(anchor__role="reference", anchor__item=7)),
        ("map", settings(view__colour="label", map__table=True)),
        ("relations", settings(relations__source="run")),
    ],
)
def test_nothing_acts_where_more_is_shown(
    opened: Callable[[str], AppTest], home: Path, page: str, chosen: dict[str, Any]
) -> None:
    """The batch, the pairs, the table, the run's items on the Relations page."""
    nasty_run(home, "finished")
    app = opened(page)
    for key, value in chosen.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    assert acting(app) == []


def test_nothing_acts_on_the_page_of_a_study(opened: Callable[[str], AppTest], home: Path) -> None:
    """Answer, all panels, a failed cell; and the same in the list of studies."""
    nasty_study(home, seeds=[0, 1, 2])
    app = opened("study")
    found = acting(app)
    for panel in app.button_group(key="study.panel").options:
        app.session_state["study.panel"] = panel
        app.run()
        assert not app.exception
        found += [f"{panel}: {line}" for line in acting(app)]
    assert found == []


def test_nothing_acts_in_a_file(home: Path, tmp_path: Path) -> None:
    """A table with such words as columns, texts and labels, in the dialog and by its path on the Data page."""
    rows = "".join(f'"{NASTY} {row}","{NASTY};other {row % 3}"\n' for row in range(30))
    path = tmp_path / "a :smile: b.csv"
    path.write_text(f'"text {NASTY}","{NASTY}"\n{rows}')

    def content() -> None:
        from dashboard.parts.upload.upload import show_upload

        show_upload()

    app = AppTest.from_function(content, default_timeout=60).run()
    next(box for box in app.text_input if "path" in box.label).set_value(str(path)).run()
    assert not app.exception
    assert acting(app) == []
    whole = AppTest.from_file(str(Path(made_runs.__file__).parents[1] / "dashboard" / "app.py"), default_timeout=60)
    whole.run()
    whole.switch_page("../pages/data.py").run()
    whole.session_state["data.source"] = "a file of your own"
    whole.session_state["data.path"] = str(path)
    for view in ("Items", "Labels", "Pairs and batches"):
        whole.session_state["data.view"] = view
        whole.run()
        assert not whole.exception
        assert acting(whole) == []
