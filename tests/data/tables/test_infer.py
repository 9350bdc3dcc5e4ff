"""The schema of a table: what each column is taken for, what is said, and what is asked."""

import csv
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlcl_core.data.readers import READERS
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.data.tables.reader import schema_of
from mlcl_core.errors import InputError

SENTENCES = ("A cat sleeps under the table", "Rain falls on the old harbour", "The robot looks at an empty road")
TAGS = ("animal", "sea", "city", "calm")


@pytest.fixture
def save(tmp_path):
    """Write columns as CSV or Parquet; the path."""

    def write(columns, name="mine.csv"):
        path = tmp_path / name
        if name.endswith(".parquet"):
            pq.write_table(pa.table(columns), path)
            return path
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
        path.write_text(text.getvalue(), encoding="utf-8")
        return path

    return write


def schema(path, **options):
    """The schema of a file with options."""
    format, file = READERS[path.suffix[1:]].locate(path)
    return schema_of(format, file, format.options(**options))[1]


def roles(path, **options) -> dict[str, str]:
    """The role of each column."""
    return {column.name: column.role for column in schema(path, **options).columns}


def films(count: int = 60) -> dict[str, list]:
    """Films: a number, a sentence, one to three topics, a year and a maker each."""
    rows = range(count)
    return {
        "no": [row * 3 % 7 for row in rows],
        "what happens": [f"{SENTENCES[row % 3]} number {row}" for row in rows],
        "topics": [";".join(sorted({TAGS[row % 4], TAGS[row * row % 3], TAGS[row // 7 % 4]})) for row in rows],
        "year": [1990 + row % 30 for row in rows],
        "made by": [f"Maker {row % 9}" for row in rows],
    }


def test_texts_and_lists_by_their_cells(save):
    """Long and different cells are the text, cells whose pieces recur are labels; the rest is not used."""
    found = schema(save(films()))
    assert found.kind == "text"
    assert {column.name: column.role for column in found.columns} == {
        "no": "ignored",
        "what happens": "text",
        "topics": "label",
        "year": "ignored",
        "made by": "ignored",
    }
    assert found.of_role("label")[0].separator == ";"
    assert not found.questions


def test_names_of_columns_come_first(save):
    """text, labels, id and split are what they are called."""
    columns = {
        "id": range(40),
        "text": ["yes", "no"] * 20,
        "labels": ["a;b", "b;c", "a", "c;a"] * 10,
        "split": ["train"] * 30 + ["test"] * 10,
        "what": films(40)["what happens"],
    }
    path = save(columns)
    assert roles(path, separator=";", rows="item") == {
        "id": "name",
        "text": "text",
        "labels": "label",
        "split": "split",
        "what": "ignored",
    }


def ones(count: int, seed: int = 0) -> list[int]:
    """Zeros and ones."""
    return np.random.default_rng(seed).integers(0, 2, count).tolist()


def numbers(count: int, seed: int = 0) -> list[float]:
    """Numbers with four digits."""
    return np.random.default_rng(seed).normal(size=count).round(4).tolist()


def test_labels_at_the_end_of_numbers(save):
    """Columns of 0 and 1 after numbers are labels; one before them is a feature, which is said."""
    path = save({"male": ones(20), "age": numbers(20), "sea": ones(20, 1), "sun": ones(20, 2)})
    found = schema(path)
    assert {column.name: column.role for column in found.columns} == {
        "male": "feature",
        "age": "feature",
        "sea": "label",
        "sun": "label",
    }
    assert any("1 column of 0 and 1 is a feature, not labels: male" in sentence for sentence in found.said)
    assert any("at the end (2), from 'sea' on" in sentence for sentence in found.said)


def test_where_labels_begin_among_zeros_and_ones_is_asked(save):
    """Beside a name, columns of 0 and 1 alone: a number of labels or all; the answer is taken."""
    columns = {"id": [f"x{row}" for row in range(20)]} | {f"w{k}": [0, 0, 0, 1] * 5 for k in range(6)}
    path = save(columns | {"sea": [1, 1, 0, 1] * 5, "sun": [1, 0, 1, 1] * 5})
    (question,) = schema(path).questions
    assert [dict(choice.options) for choice in question.choices] == [{"labels": "2"}, {"labels": "8"}]
    assert list(roles(path, labels="2").values()).count("label") == 2
    assert not schema(path, labels="2").questions
    assert [column.name for column in schema(path, labels="-1").of_role("label")] == ["w0"]
    with pytest.raises(InputError, match=r"labels is 40; it must name columns, or be 1 to 8 \(-1 to -8\)"):
        schema(path, labels="40")


def test_labels_that_are_not_at_the_end_are_asked_about(save):
    """Columns of 0 and 1 with a number behind them do not silently become features."""
    path = save({"p": numbers(20), "sea": ones(20), "sun": ones(20, 1), "score": numbers(20, 1)})
    (question,) = schema(path).questions
    assert question.choices[0].options == {"labels": "sea,sun"}
    assert roles(path, labels="sea,sun")["score"] == "feature"


@pytest.mark.parametrize("cell", ["", "NA", "-1", "0.5", "?"])
@pytest.mark.parametrize("beside", ["text", "numbers"])
def test_one_unknown_cell_makes_no_label_column_vanish(save, cell, beside):
    """Beside texts and beside numbers, all three columns stay labels, and what the cell counts as is asked."""
    items = {"text": films(30)["what happens"]} if beside == "text" else {"p": numbers(30), "q": numbers(30, 1)}
    columns = items | {"sea": ones(30), "sun": [str(one) for one in ones(30, 1)], "fog": ones(30, 2)}
    columns["sun"][4] = cell
    found = schema(save(columns))
    assert [column.name for column in found.of_role("label")] == ["sea", "sun", "fog"]
    (question,) = found.questions
    assert "row 4, column 'sun'" in question.text
    assert {"unknown": "no"} in [dict(choice.options) for choice in question.choices]


def test_an_unknown_cell_after_the_first_rows_is_asked_about(save):
    """A blank beyond the rows that the schema is inferred from is the same question, by reading."""
    columns = {"p": numbers(12_000), "sea": ones(12_000), "sun": [str(one) for one in ones(12_000, 1)]}
    columns["sun"][11_000] = ""
    path = save(columns)
    assert not schema(path).questions
    with pytest.raises(QuestionError, match="row 11000, column 'sun'"):
        READERS["csv"].read(path)
    loaded = READERS["csv"].read(path, unknown="drop_item")
    assert loaded.left_out == ((11_000, "a label is unknown (unknown=drop_item)"),)
    assert len(loaded.x) == loaded.y.shape[0] == 11_999
    # rows are called as in the file
    assert loaded.item_names[10_999:11_001] == ("row 10999", "row 11001")


def test_fractions_are_labels_only_when_told(save):
    """Columns of probabilities are labels where threshold says from which number on."""
    path = save({"text": films(20)["what happens"], "sea": [0.9, 0.1] * 10, "sun": [0.4, 0.6] * 10})
    assert roles(path)["sea"] == "ignored"
    loaded = READERS["csv"].read(path, labels="sea,sun", threshold="0.5")
    assert loaded.y.toarray()[:2].tolist() == [[1, 0], [0, 1]]
    with pytest.raises(InputError, match=r"threshold is '7'; it must be a number from 0 to 1"):
        READERS["csv"].read(path, labels="sea,sun", threshold="7")


def test_ids_are_no_features_and_titles_may_be_texts(save):
    """MovieLens: movieId is a name, the titles are the items, and it is said."""
    genres = ["Comedy|Drama", "Drama", "Action|Comedy", "Action|Drama|Thriller", "Comedy", "Thriller|Action"] * 10
    titles = [f"Film number {row} (19{row:02d})" for row in range(60)]
    path = save({"movieId": range(60), "title": titles, "genres": genres})
    assert roles(path) == {"movieId": "ignored", "title": "text", "genres": "label"} or roles(path) == {
        "movieId": "name",
        "title": "text",
        "genres": "label",
    }


def test_titles_beside_few_numbers_are_asked_about(save):
    """A title and a year: the items are either."""
    genres = ["a|b", "b", "a|c", "b|c|d", "c", "d|a"] * 10
    path = save(
        {"title": [f"The film {row}" for row in range(60)], "year": [1950 + row for row in range(60)], "genres": genres}
    )
    (question,) = [one for one in schema(path).questions if "are the items" in one.text]
    assert [dict(choice.options) for choice in question.choices] == [{"text": "title"}, {"text": "none"}]
    assert schema(path, text="title").kind == "text"
    assert schema(path, text="none").kind == "features"


def test_a_column_of_different_words_is_the_items_name(save):
    """662 proteins in 662 rows are names, no features; said."""
    path = save(
        {"protein": [f"P{row:04d}X" for row in range(30)], "p": numbers(30), "q": numbers(30, 1), "sea": ones(30)}
    )
    found = schema(path)
    assert found.first("name") == "protein"
    assert any("'protein' holds the items' names" in sentence for sentence in found.said)


def test_a_repeating_id_keeps_items_together(save):
    """Beside a unique name, a repeating id is the group; group=none draws items one by one."""
    path = save(
        {"image_id": [f"i{row}" for row in range(30)], "patient_id": [f"p{row // 3}" for row in range(30)]}
        | {"p": numbers(30), "q": numbers(30, 1), "sea": ones(30)}
    )
    assert roles(path)["patient_id"] == "group"
    assert roles(path, group="none")["patient_id"] != "group"
    path = save({"group": [row // 3 for row in range(30)], "p": numbers(30), "q": numbers(30, 1), "sea": ones(30)})
    assert roles(path)["group"] == "group"


def test_a_number_with_a_word_in_it_is_refused(save):
    """A column of numbers with one word is damaged, and no column of words: row and cell are named."""
    columns = {"p": [*map(str, numbers(20)), "4x"], "sea": ones(21)}
    with pytest.raises(InputError, match=r"column 'p' holds text \('4x' at row 20\), not numbers; leave out"):
        schema(save(columns))


def test_several_candidates_are_a_question(save):
    """Two columns that are both called so, and both look like labels: which?"""
    columns = films() | {
        "tags": ["x;y", "y", "x", "y;z", "z;x", "z"] * 10,
        "categories": ["k;l", "l", "k", "m;l", "m", "k;m"] * 10,
    }
    questions = schema(save(columns)).questions
    assert any({"labels": "tags"} in [dict(one.options) for one in question.choices] for question in questions)
    assert not schema(save(columns), labels="tags").questions


def test_typed_columns_of_parquet(save):
    """Embeddings, lists, booleans and categories have the roles that their types allow."""
    columns = {
        "key": [f"k{row}" for row in range(20)],
        "embedding": [[float(row), -0.5, 0.25] for row in range(20)],
        "labels": [["a", "b"], ["b"], [], ["c", "a"]] * 5,
    }
    found = schema(save(columns, "mine.parquet"))
    assert [column.role for column in found.columns] == ["name", "feature", "label"]
    loaded = READERS["parquet"].read(save(columns, "mine.parquet"))
    assert loaded.x.shape == (20, 3)
    assert loaded.label_names == ("a", "b", "c")


def test_what_options_tell_is_taken(save):
    """ignore, names, split and group name columns; what they do not fit is refused with the columns there are."""
    path = save(films())
    assert roles(path, ignore="year,no", names="made by")["made by"] == "name"
    for option in ("labels", "names", "split", "group", "ignore", "text"):
        with pytest.raises(InputError, match=rf"no column 'story' \(option {option}\); its columns are no, what"):
            schema(path, **{option: "story"})
    with pytest.raises(InputError, match="option names fits"):
        schema(path, names="*e*")
