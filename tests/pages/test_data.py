"""The Data page: shipped sets and a file of one's own, in every state of a run."""

import numpy as np
import pytest

from dashboard.figures.formatting import JOINER
from mlcl_core.data import SAMPLERS
from tests.made_runs import made_run
from tests.pages.conftest import words


def items(app):
    """The table of items."""
    return next(frame.value for frame in app.dataframe if "labels" in frame.value)


@pytest.fixture
def own_file(tmp_path):
    """A feature file of thirty rows whose names and labels look like markup and formulas."""
    rng = np.random.default_rng(0)
    y = rng.random((30, 3)) < 0.4
    y[0] = True
    np.savez(
        tmp_path / "mine.npz",
        X=rng.normal(size=(30, 8)),
        Y=y,
        label_names=np.array(["<script>alert(1)</script>", "=cmd", "**bold**"]),
        item_names=np.array([f"row <b>{row}</b>" for row in range(30)]),
    )
    return tmp_path / "mine.npz"


@pytest.mark.parametrize("state", [None, "running", "finished"])
def test_opens_on_the_icons(opened, home, state):
    """In every state of the run: sizes, and the first page of items with pictures and labels."""
    if state:
        made_run(home, state)
    app = opened("data")
    assert "**1,558** items" in words(app)
    assert "cardinality **2.02**" in words(app)
    table = items(app)
    assert len(table) == 50
    assert table["picture"].str.startswith("data:image/png;base64,").all()
    assert {len(labels) for labels in table["labels"]} <= set(range(1, 10))


def test_items_are_searched_and_filtered(opened):
    """Name, labels and split narrow the table down, together."""
    app = opened("data")
    app.text_input(key="view.search").set_value("BELL").run()
    assert items(app)["item"].str.contains("bell").all()
    app.multiselect(key="data.labels.icons").set_value(["Alert"]).run()
    found = items(app)
    assert len(found)
    assert all("Alert" in labels for labels in found["labels"])
    app.selectbox(key="data.split").set_value("train").run()
    assert set(items(app)["split"]) <= {"train"}
    app.text_input(key="view.search").set_value("nothing is called so").run()
    assert not app.exception
    assert "0 of 1,558 items" in words(app)


@pytest.mark.parametrize("view", ["Labels", "Pairs and batches"])
def test_the_other_views_say_in_words_what_they_draw(opened, view):
    """Bands and relations are shown as text too."""
    app = opened("data")
    app.session_state["data.view"] = view
    app.run()
    assert not app.exception
    if view == "Labels":
        assert "2 head, 40 medium, 26 tail" in words(app)
    else:
        assert "In a batch of 256 an anchor meets about" in words(app)


def test_samplers_stand_side_by_side(opened):
    """One line each; the sampler of positives gives more anchors a positive of equal sets; four are harder to get."""
    app = opened("data")
    app.session_state["data.view"] = "Pairs and batches"
    app.run()
    table = app.dataframe[0].value
    assert list(table["sampler"])[:3] == ["Uniform", "Labels in turn", "Positives for each anchor"]
    assert list(table["sampler"]) == [sampler.title for sampler in SAMPLERS.values()]
    uniform, _, positives = table["anchors with a positive"][:3]
    assert positives > uniform + 20
    assert table["items with a rarer label"][1] > table["items with a rarer label"][0]
    assert table["different items"][0] == 100
    relations = table[["equal", "superset", "subset", "overlap", "disjoint"]]
    assert relations.sum(axis=1).tolist() == pytest.approx([100] * len(SAMPLERS))
    app.number_input(key="data.sampler.least").set_value(4).run()
    assert app.dataframe[0].value["anchors with 4 positives"][0] < uniform
    app.selectbox(key="data.sampler.rule").set_value("hamming").run()
    app.selectbox(key="data.sampler.size.icons").set_value(16).run()
    assert not app.exception
    assert app.dataframe[0].value["anchors with 4 positives"].tolist() == [100] * len(SAMPLERS)
    assert "Over all 68 batches of an epoch" in words(app)


@pytest.mark.parametrize("view", ["Items", "Labels", "Pairs and batches"])
def test_a_file_of_ones_own(opened, own_file, view):
    """By its path, in every view; text that looks like markup is inert."""
    app = opened("data")
    app.selectbox(key="data.source").set_value("a file of your own").run()
    assert "Enter the path of a file above" in words(app)
    app.text_input(key="data.path").set_value(str(own_file)).run()
    app.session_state["data.view"] = view
    app.run()
    assert not app.exception
    assert "**30** items" in words(app)
    if view == "Items":
        table = items(app)
        assert table["item"][3] == "row <b>3</b>"
        assert list(table["labels"][0]) == ["<script>alert(1)</script>", JOINER + "=cmd", "**bold**"]
        assert "picture" not in table
        assert table["values (standardised)"][0].endswith("…")


def test_a_bad_file_is_one_line(opened, tmp_path):
    """The error of a file is shown on the page."""
    (tmp_path / "bad.npz").write_bytes(b"not a zip")
    app = opened("data")
    app.selectbox(key="data.source").set_value("a file of your own").run()
    app.text_input(key="data.path").set_value(str(tmp_path / "bad.npz")).run()
    assert not app.exception
    assert "bad" in app.error[0].value
    app.text_input(key="data.path").set_value(str(tmp_path / "none.npz")).run()
    assert "there is no file" in app.error[0].value


def test_copies_and_unseen_labels_are_told(opened, tmp_path):
    """A file with test rows that are also training rows, and with a label without training items: one line each."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)), np.zeros((30, 3))
    y[:, 0], y[25, 1] = 1, 1
    y[3] = 0
    x[28], x[29] = x[0], x[1]
    split = np.array(["train"] * 20 + ["validation"] * 4 + ["test"] * 6)
    np.savez(tmp_path / "leaky.npz", X=x, Y=y, split=split, label_names=np.array(["sea", "sun", "_fog_"]))
    app = opened("data")
    app.selectbox(key="data.source").set_value("a file of your own").run()
    app.text_input(key="data.path").set_value(str(tmp_path / "leaky.npz")).run()
    assert "**2** items outside the training split are also inside it" in words(app)
    told = words(app).replace("\\", "")
    assert "2 of 3 labels have no training item: sun, _fog_." in told
    assert "validation has 4 items, fewer than 30: what is chosen on them is uncertain." in told
    assert "test has 6 items, fewer than 30: scores on them are uncertain." in told
    app.selectbox(key="data.split").set_value("copies of training items").run()
    assert items(app)["item"].tolist() == ["row 28", "row 29"]
    app.selectbox(key="data.split").set_value("copies of each other").run()
    assert items(app)["item"].tolist() == ["row 0", "row 1", "row 28", "row 29"]
    app.selectbox(key="data.split").set_value("without a label").run()
    assert items(app)["item"].tolist() == ["row 3"]


def test_texts_are_shown_and_searched(opened):
    """Films: a column of texts, and the search looks into them."""
    app = opened("data")
    app.selectbox(key="data.source").set_value("movies").run()
    assert "**17,029** items" in words(app)
    app.text_input(key="view.search").set_value("directed by agnès varda").run()
    for word in ("directed", "agnès", "varda"):  # in any order
        assert items(app)["text"].str.lower().str.contains(word).all()
    assert len(items(app)) > 5


def test_the_page_follows_the_run_until_another_set_is_chosen(opened, home, own_file):
    """It opens on the run's data and says so; a choice stays while runs change; one click leads back; files too."""
    films = made_run(home, "finished", name="films", data__name="movies")
    mine = made_run(home, "finished", name="mine", data__name="file", data__path=str(own_file))
    app = opened("data")
    app.session_state["run.id"] = films.id
    app.run()
    assert app.selectbox(key="data.source").value == "movies"
    assert "The data of the run **films**" in words(app)
    app.selectbox(key="data.source").set_value("digits").run()
    app.session_state["run.id"] = mine.id
    app.run()
    assert app.selectbox(key="data.source").value == "digits"
    assert "The data of the run" not in words(app)
    app.button(key="data.follow").click().run()
    assert not app.exception
    assert app.text_input(key="data.path").value == str(own_file)
    assert "**30** items" in words(app)
    app.session_state["run.id"] = films.id
    app.run()
    assert app.selectbox(key="data.source").value == "movies"
