"""Bringing data of one's own: a file dropped or named, questions answered, columns corrected, kept, found again."""

import json

import numpy as np
import pytest
from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.testing.v1 import AppTest

from mlcl_core.cli import main
from mlcl_core.data import load_data
from mlcl_core.data.uploads import uploads
from tests.pages.conftest import words
from tests.pages.upload_dialog import (
    BORDER,
    COLUMN,
    HOSTILE,
    LABELS,
    LONG,
    SEPARATOR,
    UNKNOWN,
    click,
    drop,
    headline,
    named,
    opened_form,
    pick,
    said,
    table_of,
)


@pytest.fixture
def dialog(home):
    """What stands in the dialog, by itself: a test's page can't keep a dialog open from one click to the next."""

    def content():
        from dashboard.parts.upload.upload import show_upload

        show_upload()

    app = AppTest.from_function(content, default_timeout=60).run()
    assert not app.exception
    return app


def copies(home) -> list:
    """What lies in the folder of files in hand."""
    folder = home / "cache" / "uploads"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_from_the_file_to_the_set(dialog, home):
    """A clean file asks nothing: one line, the first items as read, Save; the copy of the file is deleted."""
    assert "200 MB" in dialog.file_uploader[0].label
    assert "A table of texts" in words(dialog)
    drop(dialog, table_of())
    assert headline(dialog) == "40 items, 3 labels, 1.7 an item: <b>sea</b>, =1+1, sky"
    assert "The items are the texts in **what happens**. Labels: **topics**, separated by `;`." in words(dialog)
    assert not list(dialog.selectbox)
    first, raw = (table.value for table in dialog.dataframe[:2])
    assert [list(labels) for labels in first.labels[:4]] == [
        ["<b>sea</b>"],
        ["\u2060=1+1"],
        ["sky"],
        ["<b>sea</b>", "\u2060=1+1"],
    ]
    assert first.text[0] == f"{HOSTILE[0]} no. 0"
    assert list(raw) == ["what happens · item: a text", "topics · label"]
    assert raw.iloc[3, 1] == "<b>sea</b>;\u2060=1+1"
    assert "of the pairs are disjoint" in words(dialog)
    copy = copies(home)
    assert len(copy) == 1
    assert (copy[0].suffix, "films" in copy[0].name) == (".csv", False)
    assert pick(dialog, "Name of the data set").value == "films"
    dialog.button(key="upload.keep").click().run()
    assert not dialog.exception
    assert "**films** is saved: 40 texts, 3 labels." in words(dialog)
    assert 'mlcl train text --set data.name="films"' in dialog.code[0].value
    assert copies(home) == []
    assert load_data("films").label_names == LABELS
    assert load_data("films").items[0] == f"{HOSTILE[0]} no. 0"


@pytest.mark.parametrize(
    ("content", "place", "expected", "options"),
    [
        (UNKNOWN, 0, "24 items, 2 labels, 0.8 an item: sea, sun", {"unknown": "no"}),
        (UNKNOWN, 1, "24 items, 2 labels, 0.8 an item: sea, sun", {"unknown": "yes"}),
        (UNKNOWN, 2, "23 items, 2 labels, 0.8 an item: sea, sun", {"unknown": "drop_item"}),
        (SEPARATOR, 0, "20 items, 3 labels, 1.5 an item: a b, c d, e f", {"separator": ";"}),
        (SEPARATOR, 1, "20 items, 4 labels, 1.0 an item: a b, a b;c d, c d;e f, e f", {"cell": "one"}),
        (COLUMN, 0, "24 items, 2 labels, 1.0 an item: a, b", {"labels": "tags"}),
        (COLUMN, 1, "24 items, 3 labels, 1.0 an item: x, y, z", {"labels": "genres"}),
        (LONG, 0, "12 items, 3 labels, 2.0 an item: fog, sea, sun", {"rows": "item_label"}),
        (LONG, 1, "24 items, 3 labels, 1.0 an item: fog, sea, sun", {"rows": "item"}),
    ],
)
def test_a_question_is_answered_and_asked_again(dialog, tmp_path, content, place, expected, options):
    """Each reading stands beside the other with what results from it; the answer is an option, and can be changed."""
    drop(dialog, content)
    assert headline(dialog) == "films.csv: 1 question before it is read"
    assert not [box for box in dialog.button if box.key == "upload.keep"]
    # the rows of the file are there all the same
    assert len(dialog.dataframe[-1].value) == 8
    assert expected in said(dialog)
    click(dialog, "Take this", place)
    assert headline(dialog) == expected
    assert dialog.session_state["upload.told"].options == options
    path = tmp_path / "films.csv"
    path.write_text(content)
    data = load_data(path, **options)
    assert expected.startswith(f"{len(data)} items, {len(data.label_names)} labels")
    click(dialog, "Change")
    assert headline(dialog) == "films.csv: 1 question before it is read"
    assert dialog.session_state["upload.told"].options == {}


def test_readings_are_shown_where_they_differ(dialog):
    """Of three readings of an unknown cell in row 3, the item of row 3 is shown, or missing where it is left out."""
    drop(dialog, UNKNOWN)
    no, yes, left_out = (
        {text: list(labels) for text, labels in zip(table.value.text, table.value.labels, strict=True)}
        for table in dialog.dataframe[:3]
    )
    assert (no["one two three four 3"], yes["one two three four 3"]) == (["sea"], ["sea", "sun"])
    assert "one two three four 3" not in left_out
    assert [len(no), len(yes), len(left_out)] == [3, 3, 2]


def test_where_labels_begin_takes_any_number(dialog):
    """Beside the proposed borders, another number of labels is typed in."""
    drop(dialog, BORDER)
    assert "where do the labels begin?" in said(dialog)
    next(box for box in dialog.number_input if box.label == "Another number of labels").set_value(2).run()
    click(dialog, "Take this number")
    assert headline(dialog) == "24 items, 2 labels, 0.6 an item: sea, sun"
    assert "labels = 2" in said(dialog)


def test_a_role_is_corrected(dialog):
    """Other labels, numbers instead of texts, a column left out: what is read follows at once; a step can be undone."""
    drop(
        dialog,
        "plot,kind,a,b\n" + "".join(f"one two three four {row},{'xy'[row % 2]},{row},{row % 2}\n" for row in range(20)),
    )
    if "question" in headline(dialog):
        click(dialog, "Take this")
    opened_form(dialog)
    pick(dialog, "kind").set_value("label").run()
    pick(dialog, "b").set_value("ignored").run()
    assert headline(dialog) == "20 items, 2 labels, 1.0 an item: x, y"
    pick(dialog, "a").set_value("feature").run()
    assert "The items are the numbers in **a**. Labels: **kind**" in words(dialog)
    pick(dialog, "plot").set_value("text").run()
    assert "The items are the texts in **plot**. Labels: **kind**" in words(dialog)
    assert dialog.session_state["upload.told"].options["text"] == "plot"


def test_a_refusal_stands_beside_what_mends_it(dialog):
    """A column of splits that holds other words: its role is offered beside the error, and the last change back."""
    rows = "".join(
        f"f{row},one two three four {row},{'ab'[row % 2]},{'dev' if row > 15 else 'oops'}\n" for row in range(20)
    )
    drop(dialog, "id,text,labels,split\n" + rows)
    assert "split of row 0 is 'oops'" in dialog.error[0].value.replace("\\", "")
    pick(dialog, "split").set_value("ignored").run()
    assert not dialog.error
    assert headline(dialog) == "20 items, 2 labels, 1.0 an item: a, b"


def test_another_delimiter(dialog):
    """Columns with a wrong delimiter are parted anew; a refused change is taken back with one click."""
    drop(dialog, "a|b,text,labels\n" + "".join(f"x|y,one two three four {row},{'pq'[row % 2]}\n" for row in range(12)))
    assert headline(dialog) == "12 items, 2 labels, 1.0 an item: p, q"
    opened_form(dialog)
    pick(dialog, "Columns are separated by").set_value("|").run()
    assert not dialog.exception
    assert len(dialog.dataframe[-1].value.columns) == 2
    pick(dialog, "Columns are separated by").set_value("").run()
    assert headline(dialog) == "12 items, 2 labels, 1.0 an item: p, q"
    pick(dialog, "Encoding").set_value("utf-16").run()
    assert dialog.error
    click(dialog, "Take back the last change")
    assert headline(dialog) == "12 items, 2 labels, 1.0 an item: p, q"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "films.csv is empty; a line with the names of the columns is needed"),
        ("text,labels\n", "films.csv names columns but has no rows"),
        (table_of() + "1,2,3,4\n", "films.csv: line 42 has 4 cells; the header has 2"),
        (
            "a,sea,sun\n1.5,1,0\n,0,1\n" + "2,1,0\n" * 9,
            "films.csv: features hold a value that is NaN at row 1, column 0 (a)",
        ),
        ("text,labels\none two,a\n", "films.csv: 1 item; at least 4 needed"),
    ],
)
def test_what_is_wrong_is_one_sentence(dialog, home, content, message):
    """The error names row or line and the file's own name; nothing can be saved."""
    drop(dialog, content)
    assert [message in error.value.replace("\\", "") for error in dialog.error] == [True]
    assert str(home) not in dialog.error[0].value
    assert not [one for one in dialog.button if one.key == "upload.keep"]


def test_no_column_of_labels(dialog):
    """The refusal asks which one it is."""
    drop(dialog, "a,b,who\n" + "".join(f"{row},{row * 0.5},n{row}\n" for row in range(30)))
    assert "has no column of labels" in dialog.error[0].value
    opened_form(dialog)
    pick(dialog, "who").set_value("label").run()
    assert headline(dialog).startswith("30 items, 30 labels, 1.0 an item")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks(dialog, encoding):
    """A byte order mark and UTF-16 are read."""
    drop(dialog, table_of().encode(encoding))
    assert headline(dialog).startswith("40 items, 3 labels")


def test_items_without_labels(dialog):
    """Items without labels are allowed, and counted."""
    drop(dialog, table_of() + '"one more of them",\n')
    assert headline(dialog).startswith("41 items, 3 labels")
    assert "**1** item without a label" in words(dialog)


def test_a_path_for_what_is_large(dialog, tmp_path, home):
    """A file given by its path is not copied, and stays."""
    path = tmp_path / "vectors.npz"
    np.savez(path, X=np.random.default_rng(0).normal(size=(30, 3)), Y=np.tile([[1, 0], [1, 1]], (15, 1)))
    named(dialog, tmp_path / "none.npz")
    assert "there is no file" in dialog.error[0].value
    named(dialog, path)
    assert headline(dialog).startswith("30 items, 2 labels")
    assert copies(home) == []
    dialog.button(key="upload.keep").click().run()
    assert path.exists()
    assert [(one.name, one.kind, one.source) for one in uploads()] == [("vectors", "features", "vectors.npz")]


def test_answers_are_saved_and_taken_up(dialog, tmp_path, capsys):
    """Saved beside the file, the answers hold for the next look and for ``mlcl data``; this is said, and changeable."""
    path = tmp_path / "films.csv"
    path.write_text(SEPARATOR)
    named(dialog, path)
    click(dialog, "Take this")
    line, train = dialog.code[0].value.splitlines()
    assert line == f"mlcl data {path} --set 'separator=;'"
    assert train == f"mlcl train text --set data.path={path} --set 'data.params.separator=;'"
    click(dialog, "Save them beside the file")
    assert "is saved; the file is read by it from now on" in words(dialog)
    assert json.loads((tmp_path / "films.csv.schema.json").read_text())["options"] == {"separator": ";"}
    assert dialog.code[0].value.splitlines()[0] == f"mlcl data {path}"
    assert main(["data", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["labels"] == 3
    assert found["said"][0] == "read by the answers saved in films.csv.schema.json"
    # another session begins with them
    named(dialog, "")
    named(dialog, path)
    assert headline(dialog) == "20 items, 3 labels, 1.5 an item: a b, c d, e f"
    assert "read by the answers saved in films.csv.schema.json" in said(dialog)
    opened_form(dialog)
    pick(dialog, "Labels in a cell are").set_value("one").run()
    pick(dialog, "Labels are separated by").set_value("").run()
    assert headline(dialog).startswith("20 items, 4 labels")
    assert dialog.code[0].value.splitlines()[0] == f"mlcl data {path} --set separator= --set cell=one"


def test_answers_are_dropped_beside_a_file(dialog):
    """What was saved for a dropped file answers its questions the next time; damaged answers change nothing."""
    drop(dialog, SEPARATOR)
    opened_form(dialog)
    dialog.file_uploader[1].set_value(("films.csv.schema.json", b"{", "application/json")).run()
    assert "films.csv.schema.json can't be read" in said(dialog)
    assert headline(dialog) == "films.csv: 1 question before it is read"
    answers = {"version": 1, "options": {"cell": "one"}, "schema": None}
    dialog.file_uploader[1].set_value(("a.schema.json", json.dumps(answers).encode(), "application/json")).run()
    assert not dialog.exception
    assert headline(dialog).startswith("20 items, 4 labels")
    drop(dialog, json.dumps(answers), "films.csv.schema.json")
    assert "these are answers about a file" in said(dialog)


def test_a_hostile_question_is_inert(dialog):
    """Names in a question, its readings and the help of its buttons act as no markup."""
    names = ("**a**;`b`", "**a**", "`b`;<i>c</i>", "<i>c</i>")
    drop(dialog, "text,topics\n" + "".join(f"one two three four {row},{names[row % 4]}\n" for row in range(20)))
    assert "question" in headline(dialog)
    assert r"\*\*a\*\*" in words(dialog)
    assert "**a**" not in words(dialog).replace("**a**;", "")
    for button in dialog.button:
        assert "`" not in button.proto.help.replace("\\`", "")


def test_a_saved_set_keeps_how_it_was_read(dialog, opened):
    """What was said, what was left out and the schema stay with an upload, and stand on the Data page."""
    drop(dialog, UNKNOWN)
    click(dialog, "Take this", 2)
    dialog.button(key="upload.keep").click().run()
    data = load_data("films")
    assert [row for row, _ in data.left_out] == [3]
    assert {one["name"]: one["role"] for one in data.schema["columns"]} == {
        "text": "text",
        "sea": "label",
        "sun": "label",
    }
    app = opened("data")
    app.selectbox(key="data.source").set_value("films").run()
    assert not app.exception
    assert "Labels: **sea**, **sun**, 0 or 1." in words(app)
    assert "1 row left out: a label is unknown" in said(app)


PAIRS = "id,label\n" + "".join(f"i{row // 2},{('sea', 'sun', 'fog')[row % 3]}\n" for row in range(24))
TEXTS = "id,text\n" + "".join(f"i{row},one two three four {row}\n" for row in range(13))


def test_labels_without_items_are_described_and_not_saved(dialog, tmp_path):
    """A table of ids and labels: what is missing is named; with the path of a table of items it can be saved."""
    (tmp_path / "labels.csv").write_text(PAIRS)
    (tmp_path / "texts.csv").write_text(TEXTS)
    named(dialog, tmp_path / "labels.csv")
    assert headline(dialog) == "12 items, 3 labels, 2.0 an item: fog, sea, sun"
    assert "Labels without items" in words(dialog)
    assert not [one for one in dialog.button if one.key == "upload.keep"]
    pick(dialog, "The items are in the file").set_value("texts.csv").run()
    assert not dialog.error, dialog.error[0].value
    assert headline(dialog) == "12 items, 3 labels, 2.0 an item: fog, sea, sun"
    dialog.button(key="upload.keep").click().run()
    assert [(one.name, one.kind) for one in uploads()] == [("labels", "text")]


def test_the_items_of_labels_are_dropped_beside_them(dialog, home):
    """A second file holds the items; it goes by its own name, and is let go with the first."""
    drop(dialog, PAIRS, "labels.csv")
    dialog.file_uploader[1].set_value(("texts.csv", TEXTS.replace("i3,", "j3,").encode(), "text/csv")).run()
    assert "texts.csv has no row for 1 of 12 items of labels.csv" in dialog.error[0].value.replace("\\", "")
    dialog.file_uploader[1].set_value(("texts.csv", TEXTS.encode(), "text/csv")).run()
    assert not dialog.error, dialog.error[0].value
    assert "1 items of texts.csv have no row of labels and are left out" in said(dialog)
    assert "mlcl data labels.csv --set items=texts.csv" in dialog.code[0].value
    dialog.button(key="upload.keep").click().run()
    assert not dialog.exception
    assert load_data("labels").items[0] == "one two three four 0"
    assert copies(home) == []


def test_a_name_that_cannot_be_taken(dialog):
    """The reason is shown beside the field, before anything is written."""
    drop(dialog, table_of())
    for name, message in (("../x", "can't be taken"), ("icons", "is the Lab's own"), ("", "can't be taken")):
        pick(dialog, "Name of the data set").set_value(name).run()
        assert message in dialog.error[0].value
        assert dialog.button(key="upload.keep").disabled
    assert uploads() == []


def test_another_file_begins_anew(dialog, home):
    """Nothing of the first file remains, nor its copy, nor what was told about it."""
    drop(dialog, SEPARATOR)
    click(dialog, "Take this")
    drop(dialog, "a,sea,sun\n" + "".join(f"{row}.5,{row % 2},{row // 2 % 2}\n" for row in range(18)), "other.csv")
    assert headline(dialog).startswith("18 items, 2 labels")
    assert dialog.session_state["upload.told"].options == {}
    assert len(copies(home)) == 1
    dialog.file_uploader[0].clear().run()
    assert copies(home) == []


def test_what_a_format_asks(dialog):
    """An ARFF file that does not say which attributes are labels is a question; a number answers it."""
    header = "@relation a\n@attribute p numeric\n@attribute sea {0,1}\n@attribute sun {0,1}\n@data\n"
    drop(dialog, header + "".join(f"{row},{row % 2},1\n" for row in range(20)), "a.arff")
    assert "Nothing tells which attributes are labels" in said(dialog)
    next(box for box in dialog.number_input if box.label == "Another number of labels").set_value(1).run()
    click(dialog, "Take this number")
    assert headline(dialog) == "20 items, 1 label, 1.0 an item: sun"
    click(dialog, "Change")
    click(dialog, "Take this")
    assert headline(dialog) == "20 items, 2 labels, 1.5 an item: sun, sea"
    opened_form(dialog)
    pick(dialog, "sun").set_value("ignored").run()
    assert headline(dialog) == "20 items, 1 label, 0.5 an item: sea"


def test_a_closed_tab_lets_its_file_go(home):
    """When the connection ends, copy and arrays are gone though the session is kept; the dropped bytes go before."""

    def content():
        import weakref

        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        from dashboard.parts.upload.hand import hand
        from dashboard.parts.upload.upload import show_upload

        show_upload()
        context = get_script_run_ctx()
        files = context.uploaded_file_mgr.file_storage[context.session_id].values()
        st.session_state["test.sizes"] = [len(file.data) for file in files]
        parsed = hand().values.get("parsed")
        st.session_state["test.data"] = parsed and weakref.ref(parsed[1].vectors)

    app = drop(AppTest.from_function(content, default_timeout=60).run(), table_of())
    assert headline(app).startswith("40 items, 3 labels")
    assert app.session_state["test.sizes"] == [0]
    assert app.session_state["test.data"]() is not None
    assert len(copies(home)) == 1
    clear_session_resource_cache("test session id")  # as Streamlit does when a tab closes
    assert app.session_state["test.data"]() is None
    assert copies(home) == []
    # the connection comes back: the field still names the file
    app.run()
    assert "it was let go when the connection ended; choose it again" in app.error[0].value
    drop(app, table_of(60))
    assert headline(app).startswith("60 items")


def test_saving_what_was_let_go_is_refused(dialog, home):
    """A connection that ends before Save keeps nothing half, and says what to do."""
    drop(dialog, table_of())
    clear_session_resource_cache("test session id")
    dialog.button(key="upload.keep").click().run()
    assert not dialog.exception
    assert "choose it again" in dialog.error[0].value
    assert not uploads()
