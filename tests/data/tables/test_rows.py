"""Long tables: one row per item and label, or per item and annotator, joined after a question."""

import pytest

from mlcl_core.data import load_data
from mlcl_core.data.readers import READERS
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError

TEXTS = [f"The harbour was quiet before storm number {row} came" for row in range(8)]
LABELS = [["sea", "fog"], ["sun"], ["fog"], ["sea", "sun"], ["sea"], ["fog", "sun"], ["sun"], ["sea", "fog", "sun"]]


@pytest.fixture
def save(tmp_path):
    """Write a text; the path."""

    def write(text, name="long.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def long_table(order=range(8)) -> str:
    """A row for each item and label."""
    rows = [f"{row},{TEXTS[row]},{label}" for row in order for label in LABELS[row]]
    return "id,text,label\n" + "\n".join(rows) + "\n"


def test_rows_of_one_item_are_joined_after_a_question(save):
    """Repeating ids with other labels: 8 items of 13 rows, or 13; each answer is taken."""
    path = save(long_table())
    with pytest.raises(
        QuestionError, match=r"'id' repeats .*rows=item_label: 8 items, one for each 'id'.*rows=item: 13"
    ):
        load_data(path)
    data = load_data(path, rows="item_label")
    assert data.words.some(slice(None)) == TEXTS
    names = [{data.label_names[place] for place in row.nonzero()[:, 0].tolist()} for row in data.labels[:].int()]
    assert names == [set(own) for own in LABELS]


def test_rows_of_one_item_need_not_stand_together(save):
    """Items are in the order in which they first occur, wherever their rows are."""
    text = long_table()
    header, *rows = text.splitlines()
    path = save("\n".join([header, *sorted(rows, key=lambda row: row[-1])]) + "\n")
    data = load_data(path, rows="item_label")
    assert len(data) == 8
    assert sorted(data.item_names) == [str(row) for row in range(8)]
    place = data.item_names.index("7")
    assert data.labels[:][place].all()


def test_rows_of_one_item_that_contradict_are_refused(save):
    """Two texts for one id: both rows are named."""
    path = save(long_table().replace(TEXTS[0], "Another text altogether", 1))
    with pytest.raises(InputError, match=r"column 'text' is 'Another text altogether' at row 0 and .* at row 1, which"):
        load_data(path, rows="item_label")


def annotators(answers) -> str:
    """A row for each item and annotator with columns of 0 and 1."""
    rows = [
        f'{item},"{TEXTS[item]}",{who},{",".join(map(str, answer))}'
        for item, given in enumerate(answers)
        for who, answer in enumerate(given)
    ]
    return "id,text,rater_id,sea,sun\n" + "\n".join(rows) + "\n"


ANSWERS = [[(1, 0), (1, 1), (0, 0)], [(0, 1), (0, 1), (0, 1)], [(0, 0), (1, 0), (0, 1)]] * 2


def test_annotators_are_joined_by_their_agreement(save):
    """A label is carried where the share of annotators reaches the threshold: 2 of 3 by default, all with 1."""
    path = save(annotators(ANSWERS))
    with pytest.raises(QuestionError, match=r"rows=annotator --set threshold=0.5: 6 items"):
        load_data(path)
    half = load_data(path, rows="annotator").labels[:].int().tolist()
    assert half == [[1, 0], [0, 1], [0, 0]] * 2
    every = READERS["csv"].read(path, rows="annotator", threshold="1").y.toarray().astype(int).tolist()
    assert every == [[0, 0], [0, 1], [0, 0]] * 2
    third = READERS["csv"].read(path, rows="annotator", threshold="0.3").y.toarray().astype(int).tolist()
    assert third == [[1, 1], [0, 1], [1, 1]] * 2


def test_a_confidence_of_0_is_verified_absence(save):
    """Rows with confidence 0 give no label, and an item of such rows alone stays, without labels; it is said."""
    text = "ImageID,LabelName,Confidence\n" + "".join(
        f"i{row},{label},{int((row, label) != (0, 'fog') and row != 2)}\n" for row in range(8) for label in LABELS[row]
    )
    loaded = READERS["csv"].read(save(text))
    assert loaded.item_names == tuple(f"i{row}" for row in range(8))
    carried = [{loaded.label_names[c] for c in row.nonzero()[0]} for row in loaded.y.toarray()]
    assert carried == [{"sea"}, {"sun"}, set(), *map(set, LABELS[3:])]
    assert any("verified absent: 2 such rows" in sentence for sentence in loaded.said)


def test_fractions_of_confidence_ask_for_a_threshold(save):
    """Confidences between 0 and 1 say nothing until a threshold does."""
    text = "ImageID,LabelName,Confidence\n" + "".join(
        f"i{row},{label},{0.9 if label == 'sea' else 0.3}\n" for row in range(8) for label in LABELS[row]
    )
    path = save(text)
    with pytest.raises(QuestionError, match=r"from which 'Confidence' on is a label carried\? --set threshold=0.5"):
        READERS["csv"].read(path)
    assert READERS["csv"].read(path, threshold="0.5").y.sum() == sum("sea" in own for own in LABELS)


def test_a_second_table_holds_the_items(save):
    """items=FILE joins texts by id; items without labels are left out, and missing ones are refused by name."""
    labels = "id,label\n" + "".join(f"{row},{label}\n" for row in range(8) for label in LABELS[row])
    path = save(labels)
    save(
        "id,text\n"
        + "".join(f'{row},"{text}"\n' for row, text in reversed([*enumerate(TEXTS), (9, "Never seen at all here")])),
        "items.csv",
    )
    data = load_data(path, items="items.csv")
    assert (data.kind, data.words.some(slice(None))) == ("text", TEXTS)
    assert any("1 items of items.csv have no row of labels" in sentence for sentence in data.said)
    save("id,text\n" + "".join(f'{row},"{text}"\n' for row, text in enumerate(TEXTS[:-1])), "few.csv")
    with pytest.raises(InputError, match=r"few\.csv has no row for 1 of 8 items of .*long\.csv, the first is '7'"):
        load_data(path, items="few.csv")
    with pytest.raises(InputError, match="there is no file"):
        load_data(path, items="gone.csv")
    with pytest.raises(InputError, match="holds labels only: no column holds items"):
        load_data(path)


def test_an_empty_id_is_refused(save):
    """Every row of a long table names its item."""
    path = save(long_table().replace("\n3,", "\n,", 1))
    with pytest.raises(InputError, match="id is empty at row 4; every row must name its item"):
        load_data(path, rows="item_label")


def test_a_table_with_unique_ids_is_not_long(save):
    """Texts that differ under ids that differ are items, whatever repeats beside them."""
    rows = "".join(f'{row},u{row % 2},"{text}",{LABELS[row][0]}\n' for row, text in enumerate(TEXTS))
    loaded = READERS["csv"].read(save("id,user_id,text,label\n" + rows))
    assert len(loaded.x) == 8
    assert loaded.groups is not None
    assert any("same 'user_id' fall into the same split" in sentence for sentence in loaded.said)
