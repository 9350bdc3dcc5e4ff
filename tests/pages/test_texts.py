"""Items that are texts: the anchor's own whole, and the first column of every table."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.loaders.batches import NO_TEXT
from mlcl_core.runs.write import MAX_TEXT
from tests.made_runs import ITEMS, made_run
from tests.pages.conftest import words

TEXTS = tuple(f"{'*long* ' * (10 * row)}text {row}"[:MAX_TEXT] for row in range(ITEMS))


@pytest.fixture
def run(home):
    """A paused run on texts; what its names are is the beginning of each."""
    found = made_run(home, "paused")
    file = found.path / "probe.parquet"
    table = pq.read_table(file)
    place = table.column_names.index("name")
    table = table.set_column(place, "name", pa.array([f"{text[:80]}…" if len(text) > 80 else text for text in TEXTS]))
    pq.write_table(table.drop_columns(["picture"]).append_column("text", pa.array(TEXTS)), file)
    return found


def table_of(app):
    """The page's table."""
    assert not app.exception
    return app.dataframe[0].value


def test_the_anchors_text_is_whole(opened, run) -> None:
    """All of it, inert, without repeating its beginning; a text of the maximal length says that it may be cut."""
    app = opened("anchor")
    for item in (5, 39):
        app.session_state["anchor.item"] = item
        app.run()
        said = words(app).replace("\\", "").split("\n")
        assert TEXTS[item] in said
        assert ("A run keeps the first 2,000 characters of a text." in said) == (len(TEXTS[item]) >= MAX_TEXT)
        assert not any(line.startswith("**") and line.endswith("…**") for line in said)


def test_texts_come_first(opened, run) -> None:
    """Among the watched items, in the batch and beside the map, the first column is the whole text."""
    app = opened("anchor")
    table = table_of(app)
    assert table.columns[1] == "text"
    assert set(table["text"]) <= set(TEXTS)
    app.session_state["anchor.source"] = "batch just trained on"
    app.run()
    assert "text" in table_of(app).columns[:3]  # behind the button and a picture, if any
    assert set(table_of(app)["text"]) <= {*TEXTS, NO_TEXT}
    app.switch_page("../pages/map.py").run()
    app.toggle(key="map.table").set_value(True).run()
    assert table_of(app).columns[1] == "text"
    assert tuple(table_of(app)["text"]) == TEXTS
