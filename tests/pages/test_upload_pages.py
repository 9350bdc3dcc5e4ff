"""Data of one's own on the other pages: listed, asked about by its path, renamed, deleted, offered for training."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mlcl_core.data.files import reader_of
from mlcl_core.data.uploads import keep_upload, uploads
from tests.made_runs import made_run
from tests.pages.conftest import words
from tests.pages.upload_dialog import SEPARATOR, click, headline, said, table_of


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
    """Uploads are chosen like shipped data sets; the button of the dialog is beside them."""
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
    """Under its new name it stays chosen; an invalid name is reported; after deleting, the page shows another."""
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
    """A run on an upload has data.name and no path; a run on a file has its path."""

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
    """The damage is reported on the page; the upload can still be deleted there."""
    (home / "data" / "my films" / "about.json").write_text("{")
    app = opened("data")
    app.selectbox(key="data.source").set_value("my films").run()
    assert not app.exception
    assert "is damaged" in app.error[0].value
    app.button(key="data.delete").click().run()
    assert [one.name for one in uploads()] == ["points"]


def test_a_file_by_its_path_is_asked_about_on_the_page(opened, tmp_path):
    """The question stands on the Data page; its answer holds there, and in the dialog that is opened from it."""
    (tmp_path / "films.csv").write_text(SEPARATOR)
    app = opened("data")
    app.selectbox(key="data.source").set_value("a file of your own").run()
    app.text_input(key="data.path").set_value(str(tmp_path / "films.csv")).run()
    assert not app.exception
    assert "does ';' separate labels" in said(app)
    click(app, "Take this")
    assert "**20** items" in words(app)
    assert "**3** labels" in words(app)
    assert "Labels: **topics**, separated by `;`." in words(app)
    app.button(key="data.change").click().run()
    assert not app.exception
    assert app.session_state["upload.told"].options == {"separator": ";"}
    assert headline(app).startswith("20 items, 3 labels, 1.5 an item") or "20 items, 3 labels" in said(app)


def test_labels_without_items_are_described_on_the_page(opened, tmp_path):
    """A table of ids and labels by its path: items, labels and relations are shown; it cannot be trained on."""
    (tmp_path / "labels.csv").write_text(
        "id,label\n" + "".join(f"i{row // 2},{('sea', 'sun', 'fog')[row % 3]}\n" for row in range(24))
    )
    app = opened("data")
    app.selectbox(key="data.source").set_value("a file of your own").run()
    app.text_input(key="data.path").set_value(str(tmp_path / "labels.csv")).run()
    assert not app.exception
    assert "labels without items" in said(app)
    assert "**12** items" in words(app)
    assert "rows with the same 'id' are one item" in said(app)
    app.selectbox(key="data.split").set_value("copies of each other").run()
    assert not app.exception
    assert "0 of 12 items." in said(app)
    app.segmented_control(key="data.view").set_value("Pairs and batches").run()
    assert not app.exception
