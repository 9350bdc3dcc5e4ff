"""Bringing data of one's own: the file dropped or named, the guess corrected, problems told, kept, found everywhere."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mlcl_core.data import load_data
from mlcl_core.data.files import reader_of
from mlcl_core.data.uploads import keep_upload, uploads
from tests.made_runs import made_run
from tests.pages.conftest import words

HOSTILE = (
    "<script>alert(1)</script> is a text",
    "=cmd|' /C calc'!A0 is a text",
    "**bold** [x](y) `z` :red[w]",
    "مرحبا بالعالم",
)


def table_of(count: int = 40, separator: str = ";") -> str:
    """Texts that look like code, and labels that do."""
    rows = [
        f'"{HOSTILE[row % 4]} no. {row}",{separator.join(["<b>sea</b>", "=1+1", "sky"][: 1 + row % 3])}'
        for row in range(count)
    ]
    return "\n".join(["what happens,topics", *rows]) + "\n"


@pytest.fixture
def dialog(home):
    """What stands in the dialog, by itself: a test's page can't keep a dialog open from one click to the next."""

    def content():
        from dashboard.parts.upload.upload import show_upload

        show_upload()

    app = AppTest.from_function(content, default_timeout=60).run()
    assert not app.exception
    return app


def drop(app, content: str | bytes, name: str = "films.csv"):
    """Drop a file into the dialog."""
    raw = content.encode() if isinstance(content, str) else content
    app.file_uploader[0].set_value((name, raw, "text/csv")).run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def pick(app, label: str):
    """The widget of a label."""
    return next(
        box for kind in ("selectbox", "multiselect", "text_input") for box in getattr(app, kind) if box.label == label
    )


def copies(home) -> list:
    """What lies in the folder of files in hand."""
    folder = home / "cache" / "uploads"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_from_the_file_to_the_set(dialog, home):
    """Guess, preview, numbers; Save stores, and the copy of the file goes."""
    assert "200 MB" in dialog.file_uploader[0].label
    assert "A table of texts" in words(dialog)
    drop(dialog, table_of())
    assert "The items are the texts in **what happens**. Labels: **topics**." in words(dialog)
    shown = dialog.dataframe[0].value
    assert list(shown) == ["what happens · text", "topics · label"]
    assert shown.iloc[0, 0] == f"{HOSTILE[0]} no. 0"
    assert "**40** items, **3** labels" in words(dialog)
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
    assert load_data("films").label_names == ("<b>sea</b>", "=1+1", "sky")
    assert load_data("films").items[0] == f"{HOSTILE[0]} no. 0"


def test_the_guess_is_corrected(dialog):
    """Other labels, another separator, numbers in place of texts: what is read follows at once."""
    drop(dialog, "plot,kind,a,b\n" + "".join(f"one two three four {row},x|y,{row},{row % 2}\n" for row in range(20)))
    assert pick(dialog, "in the column").value == "plot"
    assert pick(dialog, "which is").value == "b"
    pick(dialog, "which is").set_value("kind").run()
    assert "**20** items, **2** labels" in words(dialog)
    assert pick(dialog, "Labels are separated by").value == "|"
    pick(dialog, "Labels are separated by").set_value("nothing: one label per cell").run()
    assert not dialog.exception
    assert "**20** items, **1** labels" in words(dialog)
    pick(dialog, "Items are").set_value("features").run()
    assert not dialog.exception
    assert "The items are the numbers in **a**, **b**." in words(dialog)
    assert "Not used: **plot**." in words(dialog)
    assert "**20** items, **1** labels" in words(dialog)


def test_names_and_split_can_be_left_out(dialog):
    """A column that is known by its name is offered, and may be refused."""
    rows = "".join(f"f{row},one two three four {row},a;b,{'dev' if row > 15 else 'oops'}\n" for row in range(20))
    drop(dialog, "id,text,labels,split\n" + rows)
    assert "split of row 0 is 'oops'" in dialog.error[0].value.replace("\\", "")
    pick(dialog, "Train, validation, test are in").set_value("none").run()
    assert not dialog.error
    pick(dialog, "Names are in").set_value("none").run()
    assert "Not used: **id**, **split**." in words(dialog)
    assert "**20** items" in words(dialog)


def test_another_delimiter(dialog):
    """Columns that were parted wrongly are parted anew."""
    drop(dialog, "a|b,text,labels\n" + "".join(f"x|y,one two three four {row},p;q\n" for row in range(12)))
    assert pick(dialog, "Columns are separated by").value == ","
    pick(dialog, "Columns are separated by").set_value("|").run()
    assert not dialog.exception
    assert len(dialog.dataframe[0].value.columns) == 2
    pick(dialog, "Columns are separated by").set_value(",").run()
    assert "**12** items, **2** labels" in words(dialog)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "films.csv is empty; a line with the names of the columns is needed"),
        ("text,labels\n", "films.csv names columns but has no rows"),
        (table_of() + "1,2,3,4\n", "films.csv: line 42 has 4 cells; the header has 2"),
        (
            "id,a,labels\n" + "".join(f"{row % 9},{row},x\n" for row in range(20)),
            "films.csv: id '0' stands at rows 0 and 9",
        ),
        (
            "a,sea,sun\n1,1,0\n,0,1\n" + "2,1,0\n" * 9,
            "films.csv: features hold a value that is NaN at row 1, column 0 (a)",
        ),
        ("text,labels\n" + "one two three,\n" * 9, "films.csv: column 'labels' holds no label"),
        ("text,labels\none two,a\n", "films.csv: 1 item; at least 4 needed"),
        (b"text,labels\n\xff\xff,a\n" * 9, "films.csv: line 2 (byte 12) is no UTF-8"),
    ],
)
def test_what_is_wrong_is_one_sentence(dialog, home, content, message):
    """By row or line, with the name that people know; nothing can be kept."""
    drop(dialog, content)
    assert [message in error.value.replace("\\", "") for error in dialog.error] == [True]
    assert str(home) not in dialog.error[0].value
    assert not [one for one in dialog.button if one.key == "upload.keep"]


def test_no_column_of_labels(dialog):
    """The dialog asks which one it is."""
    drop(dialog, "a,b,who\n" + "".join(f"{row},{row * 0.5},n{row}\n" for row in range(30)))
    assert "No column looks like labels" in words(dialog)
    pick(dialog, "which is").set_value("who").run()
    assert "**30** items, **30** labels" in words(dialog)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks(dialog, encoding):
    """A byte order mark and UTF-16 are read."""
    drop(dialog, table_of().encode(encoding))
    assert "**40** items, **3** labels" in words(dialog)


def test_items_without_labels(dialog):
    """They are allowed, and counted."""
    drop(dialog, table_of() + '"one more of them",\n')
    assert "**41** items, **3** labels" in words(dialog)
    assert "**1** items without a label" in words(dialog)


def test_a_path_for_what_is_large(dialog, tmp_path, home):
    """Named, not dropped: nothing is copied, and the file stays."""
    path = tmp_path / "vectors.npz"
    np.savez(path, X=np.random.default_rng(0).normal(size=(30, 3)), Y=np.tile([[1, 0], [1, 1]], (15, 1)))
    pick(dialog, "Or the path of a larger file").set_value(str(tmp_path / "none.npz")).run()
    assert "there is no file" in dialog.error[0].value
    pick(dialog, "Or the path of a larger file").set_value(str(path)).run()
    assert not dialog.exception
    assert "**30** items, **2** labels" in words(dialog)
    assert copies(home) == []
    dialog.button(key="upload.keep").click().run()
    assert path.exists()
    assert [(one.name, one.kind, one.source) for one in uploads()] == [("vectors", "features", "vectors.npz")]


def test_a_name_that_cannot_be_taken(dialog):
    """Said beside the field, before anything is written."""
    drop(dialog, table_of())
    for name, message in (("../x", "can't be taken"), ("icons", "is the Lab's own"), ("", "can't be taken")):
        pick(dialog, "Name of the data set").set_value(name).run()
        assert message in dialog.error[0].value
        assert dialog.button(key="upload.keep").disabled
    assert uploads() == []


def test_another_file_begins_anew(dialog, home):
    """Nothing of the first is left, its copy neither."""
    drop(dialog, table_of())
    drop(dialog, "a,sea,sun\n" + "1,1,0\n2,0,1\n" * 9, "other.csv")
    assert "**18** items, **2** labels" in words(dialog)
    assert len(copies(home)) == 1
    dialog.file_uploader[0].clear().run()
    assert copies(home) == []


@pytest.fixture
def kept(home, tmp_path):
    """An upload of texts, and one of numbers."""
    path = tmp_path / "films.csv"
    path.write_text(table_of())
    keep_upload("my films", reader_of(path).read(path, text="what happens", labels="topics"), source="films.csv")
    np.savez(tmp_path / "v.npz", X=np.random.default_rng(0).normal(size=(30, 3)), Y=np.tile([[1, 0], [1, 1]], (15, 1)))
    keep_upload("points", reader_of(tmp_path / "v.npz").read(tmp_path / "v.npz"), source="v.npz")


@pytest.mark.parametrize("state", [None, "running"])
def test_the_data_page_lists_uploads(opened, kept, home, state):
    """Chosen there like a shipped set; the button of the dialog is beside it."""
    if state:
        made_run(home, state)
    app = opened("data")
    assert app.button(key="data.upload")
    box = app.selectbox(key="data.source")
    assert box.options[-3:] == ["my films (yours)", "points (yours)", "A file of your own, by its path"]
    box.set_value("my films").run()
    assert not app.exception
    assert "**40** items" in words(app)
    assert "40 texts, 3 labels, from films\\.csv, saved" in words(app)
    app.button(key="data.train").click().run()
    assert not app.exception
    assert app.selectbox(key="setup.preset").value == "text"
    assert app.selectbox(key="setup.data.name").value == "my films"


def test_renamed_and_deleted_on_the_page(opened, kept):
    """Under its new name it stays chosen; a name that can't be is told; deleted, the page shows another."""
    app = opened("data")
    app.selectbox(key="data.source").set_value("my films").run()
    app.text_input(key="data.rename.my films").set_value("points").run()
    app.button(key="data.rename").click().run()
    assert "there is a data set 'points' already" in app.error[0].value.replace("\\", "")
    app.text_input(key="data.rename.my films").set_value("better films").run()
    app.button(key="data.rename").click().run()
    assert not app.exception
    assert app.selectbox(key="data.source").value == "better films"
    assert "**40** items" in words(app)
    app.button(key="data.delete").click().run()
    assert not app.exception
    assert app.selectbox(key="data.source").value == "icons"
    assert [one.name for one in uploads()] == ["points"]


def test_the_set_up_offers_what_fits(opened, kept):
    """Texts for the preset text, numbers for vectors; the configuration names the upload, not a path."""
    app = opened("train")
    app.selectbox(key="setup.preset").set_value("text").run()
    assert app.selectbox(key="setup.data.name").options == ["my films", "A file, by its path"]
    app.selectbox(key="setup.preset").set_value("vectors").run()
    assert not app.exception
    assert app.selectbox(key="setup.data.name").options == ["points", "A file, by its path"]
    app.selectbox(key="setup.data.name").set_value("a file of your own").run()
    assert app.text_input(key="setup.data.path")
    app.selectbox(key="setup.preset").set_value("pictures").run()
    assert not [box for box in app.selectbox if box.key == "setup.data.name"]
    assert app.text_input(key="setup.data.path")


def test_the_configuration_names_the_upload(kept):
    """What is started is data.name, without a path; by its path as before."""

    def content():
        import streamlit as st

        from dashboard.parts.train.run_setup import chosen_config, set_up_for

        if "seen" not in st.session_state:
            set_up_for("my films", "text")
        config, _ = chosen_config()
        st.session_state["seen"] = (config.preset, config.data.name, config.data.path)

    app = AppTest.from_function(content, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["seen"] == ("text", "my films", None)
    app.session_state["setup.data.name"] = "a file of your own"
    app.session_state["setup.data.path"] = "/a/b.csv"
    app.run()
    assert app.session_state["seen"] == ("text", "file", "/a/b.csv")


def test_a_damaged_set_is_one_line(opened, kept, home):
    """Said on the page; it can still be deleted there."""
    (home / "data" / "my films" / "about.json").write_text("{")
    app = opened("data")
    app.selectbox(key="data.source").set_value("my films").run()
    assert not app.exception
    assert "is damaged" in app.error[0].value
    app.button(key="data.delete").click().run()
    assert [one.name for one in uploads()] == ["points"]


def test_what_a_format_asks(dialog):
    """How many attributes of an ARFF file are labels: refused until it is said."""
    head = "@relation a\n@attribute p numeric\n@attribute sea {0,1}\n@attribute sun {0,1}\n@data\n"
    drop(dialog, head + "".join(f"{row},{row % 2},1\n" for row in range(20)), "a.arff")
    assert "nothing tells which attributes are labels" in dialog.error[0].value
    dialog.number_input[0].set_value(2).run()
    assert not dialog.exception
    assert not dialog.error
    assert "**20** items, **2** labels" in words(dialog)
