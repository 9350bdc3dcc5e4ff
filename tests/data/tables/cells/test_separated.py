"""Labels with a separator between them in one cell."""

import random

import pyarrow as pa
import pytest

from mlcl_core.data.tables.cells import label_counts, look_at_cells, read_cells
from mlcl_core.data.tables.cells.record import CellReading
from mlcl_core.data.tables.cells.splitting import Split
from mlcl_core.errors import InputError
from tests.data.tables.cells.columns import PATH, column_of, looked, read_sets, sets_of

NAMES = ("sea", "fog", "sun", "dune")
SETS = [
    *(["sea"], ["fog", "sun"], ["sea", "dune"], ["sea", "fog", "sun"], ["dune"], [], ["sun", "dune"], ["fog", "sea"]),
    *(["fog"], ["sun"], ["dune", "fog"], ["sea", "sun"]),
]


@pytest.mark.parametrize("separator", [";", "|", ",", "#", " ", "\t", "\n", "; ", ", ", " | "])
def test_a_separator_that_repeats_is_taken_and_said(separator: str) -> None:
    """Four labels in eleven different cells: each separator is found, the labels of each row are right, and said."""
    cells = [separator.join(found) for found in SETS]
    reading = looked(cells)
    assert (reading.cell, reading.separator) == ("separated", separator.strip() or separator)
    assert read_sets(cells) == [set(found) for found in SETS]
    assert reading.said[0].endswith("(4 labels: dune, fog, sea, sun)")
    assert reading.strength > 0.5


def test_tags_in_angle_brackets() -> None:
    """Of Stack Exchange: the outer brackets belong to the form, and a single tag is one too."""
    cells = ["<c#><java>", "<java>", "", "<c++><.net><->>", "<c#>"]
    assert read_sets(cells) == [{"c#", "java"}, {"java"}, set(), {"c++", ".net", "->"}, {"c#"}]
    with pytest.raises(InputError, match="row 1 is 'java': tags are written <one><two>"):
        read_cells(column_of(["<c#>", "java"]), "labels", CellReading("separated", "><"), PATH)


def test_names_in_angle_brackets_are_names() -> None:
    """Without two tags in a cell, nothing says that the brackets are no part of the names."""
    assert read_sets(["<unk>", "<pad>", "<unk>", "<pad>"])[0] == {"<unk>"}


def test_quotes_in_cells_are_those_of_csv() -> None:
    """A name in quotes may hold the separator and doubled quotes; this is said."""
    cells = ['"tea, black",milk', "milk,sugar", '"tea, black"', '"5"" disk",milk', "sugar", '"5"" disk",sugar', "milk"]
    cells += ["sugar,milk", '"tea, black",sugar']
    assert read_sets(cells)[:4] == [{"tea, black", "milk"}, {"milk", "sugar"}, {"tea, black"}, {'5" disk', "milk"}]
    assert "quotes around a label are no part of it" in looked(cells).said[0]


def test_quotes_within_names_stay() -> None:
    """A quote that does not stand around a whole piece is part of a name."""
    cells = ['5" disk;sea', "sea", 'Weird "Al"', 'Weird "Al";sea', '5" disk', '5" disk;Weird "Al"', "sea;fog", "fog"]
    reading = looked(cells)
    assert reading.cell == "unquoted"
    assert sets_of(cells, reading)[0] == {'5" disk', "sea"}


def test_quotes_that_nothing_needs_are_asked() -> None:
    """Quotes around some names that hold no separator: of CSV, or part of the names."""
    cells = [
        '"rock";jazz',
        "jazz;blues",
        '"rock"',
        "blues",
        "jazz",
        '"rock";blues',
        "blues;jazz;pop",
        "pop;jazz",
        "pop",
    ]
    (question,) = looked(cells).questions
    first, second = question.choices
    assert first.options == {"cell": "separated", "separator": ";"}
    assert '"rock"' in second.reading
    assert sets_of(cells, looked(cells, **first.options))[0] == {"rock", "jazz"}
    assert sets_of(cells, looked(cells, **second.options))[0] == {'"rock"', "jazz"}


def test_quotes_around_whole_cells_are_asked() -> None:
    """Where no separator stands between labels, quotes around cells are a question too."""
    cells = ['"New York"', "Chicago", '"New York"', "Chicago"]
    (question,) = looked(cells).questions
    assert [choice.options["cell"] for choice in question.choices] == ["separated", "one"]
    assert sets_of(cells, looked(cells, **question.choices[0].options)) == [{"New York"}, {"Chicago"}] * 2


def test_entities_are_resolved_before_splitting() -> None:
    """The semicolon of ``&amp;`` is no separator, nor is one that an entity stands for; unknown ones are as written."""
    cells = [
        "R&amp;B;Soul",
        "R&amp;B",
        "Soul;Jazz",
        "Jazz",
        "R&amp;B;Jazz",
        "A&X;Jazz",
        "A&X",
        "Q&#59;A",
        "Q&#59;A;Soul",
    ]
    reading = looked(cells, separator=";")
    assert "HTML entities" in reading.said[0]
    found = sets_of(cells, reading)
    assert [found[0], found[5], found[8]] == [{"R&B", "Soul"}, {"A&X", "Jazz"}, {"Q;A", "Soul"}]


def test_an_entity_alone_is_no_separator() -> None:
    """Where semicolons stand only in entities, each cell is one label."""
    assert read_sets(["R&amp;B", "Soul", "R&amp;B", "Soul"])[0] == {"R&B"}


@pytest.mark.parametrize(
    ("cells", "passes"),
    [
        (["a;b", "a", "b", "a;b;c", "c", "b;c"], True),
        # 3 pieces of 5 different cells
        (["a;b", "a", "b", "a;b;c", "c", "c"], False),
        # the separator stands in one cell
        (["a;b", "a", "b", "a", "b"], False),
        # one piece of four occurs once
        (["a;b", "a", "b", "a;b;c", "c", "b;c", "d;a;c", "b;a"], False),
    ],
)
def test_the_rule_of_separators(cells: list[str], passes: bool) -> None:
    """Two cells, at most half as many pieces as different cells, nine in ten pieces in two cells or more."""
    counts = {cell: cells.count(cell) for cell in cells}
    assert Split(";", counts).passes is passes


def test_two_separators_that_pass_are_asked() -> None:
    """Semicolons and commas that both repeat and split differently: both readings, each with its option."""
    cells = [f"{one},{other};{third}" for one in "abc" for other in "xyz" for third in "pqr"]
    (question,) = looked(cells).questions
    assert {"separator": ";"} in [choice.options for choice in question.choices]
    assert {"separator": ","} in [choice.options for choice in question.choices]


@pytest.mark.parametrize("cells", [["New York", "Los Angeles", "Chicago"] * 4, ["New York", "Los Angeles"] * 2])
def test_names_of_two_words_that_repeat_are_one_label(cells: list[str]) -> None:
    """Few different cells with blanks in them are names; that is said."""
    reading = looked(cells)
    assert reading.cell == "one"
    assert "blanks stand in some" in reading.said[0]


def test_names_of_two_words_are_asked() -> None:
    """Pieces that stand only next to one another look like names of two words."""
    parts = [["New York"], ["Los Angeles"], ["Rome"], ["New York", "Rome"], ["Los Angeles", "Rome"], ["Oslo", "Rome"]]
    parts += [["New York", "Oslo"], ["Oslo"], ["Los Angeles", "Oslo"], ["New York", "Los Angeles"]]
    parts += [["Rome", "New York", "Oslo"], ["Oslo", "Los Angeles", "Rome"], ["Oslo", "New York", "Los Angeles"]]
    cells = [" ".join(found) for found in parts]
    (question,) = looked(cells).questions
    assert "'New' and 'York'" in question.line()
    assert question.choices[0].options == {"cell": "one"}


def test_a_name_that_holds_the_separator_is_asked() -> None:
    """``tea, black`` without quotes; where a blank behind the comma tells them apart, that separator is offered."""
    rows = [["tea,black", "milk"], ["milk"], ["sugar"], ["tea,black", "sugar"], ["milk", "sugar"], ["tea,black"]]
    rows += [["lemon"], ["lemon", "milk"], ["lemon", "sugar"], ["lemon", "tea,black"], ["milk", "lemon", "sugar"]]
    cells = [", ".join(found) for found in rows]
    (question,) = looked(cells).questions
    assert question.choices[0].options == {"separator": ", "}
    assert sets_of(cells, looked(cells, separator=", ")) == [set(found) for found in rows]


def test_a_separator_that_is_not_taken_is_asked() -> None:
    """Pieces that do not repeat, in cells that do not either; names that repeat (``Portland, Oregon``) are labels."""
    cells = ["a;b", "c;d", "e;f", "g"]
    (question,) = looked(cells).questions
    assert [choice.options for choice in question.choices] == [{"separator": ";"}, {"cell": "one"}]
    assert "--set 'separator=;'" in question.line()
    assert looked(["Portland, Oregon", "Paris, France", "Rome"] * 5).cell == "one"


def test_a_doubled_mark_is_part_of_a_name() -> None:
    """``C#`` before a separator ``#`` leaves nothing between two of them."""
    rows = [
        ["C#", "sea"],
        ["sea"],
        ["C#"],
        ["fog", "C#"],
        ["fog"],
        ["sea", "fog"],
        ["sun", "sea"],
        ["sun"],
        ["sun", "fog"],
    ]
    assert looked(["#".join(found) for found in rows]).questions


def test_control_characters_are_escaped_in_options() -> None:
    """A question stays one line: tabs and line breaks are written with a backslash, and read back so."""
    cells = ["a\tb", "c\td", "e"]
    (question,) = looked(cells).questions
    assert "\t" not in question.line()
    assert question.choices[0].options == {"separator": "\\t"}
    assert sets_of(cells, looked(cells, separator="\\t"))[0] == {"a", "b"}


@pytest.mark.parametrize("separator", ["/", " + ", " & ", "~"])
def test_rarer_marks_are_asked(separator: str) -> None:
    """Marks that names hold too are never taken, but asked about where they would pass."""
    cells = [separator.join(found) for found in SETS]
    (question,) = looked(cells).questions
    assert question.choices[0].options == {"separator": separator.strip()}
    assert sets_of(cells, looked(cells, **question.choices[0].options)) == [set(found) for found in SETS]
    assert looked(["and/or", "sea", "fog"] * 3).questions == ()


def test_numbers_in_text_are_no_labels() -> None:
    """Embeddings with blanks or commas between their numbers."""
    rows = [[row / 8, 1.5, -0.25 * row] for row in range(9)]
    for separator in (" ", ",", ";", ", "):
        assert look_at_cells(column_of([separator.join(map(str, row)) for row in rows]), "a") is None


def test_any_text_may_separate() -> None:
    """A separator that is given is taken without a question."""
    cells = ["sea and fog", "sun", "fog and sun"]
    assert read_sets(cells, separator=" and ") == [{"sea", "fog"}, {"sun"}, {"fog", "sun"}]


def test_empty_pieces_and_repetitions() -> None:
    """Blanks and empty pieces are no labels, and a repeated label counts once; null and blank cells have none."""
    cells = ["|sea|fog|", "sea||sea", None, " ", " fog | sea "]
    assert sets_of(cells, CellReading("separated", "|")) == [{"sea", "fog"}, {"sea"}, set(), set(), {"sea", "fog"}]


def test_sentences_are_no_labels() -> None:
    """A column of texts has next to no strength; a column of tags has much."""
    rng = random.Random(0)
    words = [f"w{place}" for place in range(30)]
    texts = [" ".join(rng.choices(words, k=12)) for _ in range(40)]
    assert looked(texts).strength < 0.05
    assert looked(texts).questions == ()
    prose = [f"{text}, {text[::-1]}; {row}" for row, text in enumerate(texts)]
    assert looked(prose).strength < 0.05
    names = [f"machine learning {row}, natural language processing, vision {row}" for row in range(9)]
    assert looked(names).questions
    assert looked([" ".join(rng.sample(words[:6], rng.randint(1, 3))) for _ in range(80)]).strength > 0.9


def test_tables_of_texts_types_of_arrow() -> None:
    """Strings, large strings, views, dictionaries, and bytes that are UTF-8 are read alike."""
    cells = [";".join(found) or None for found in SETS]
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int8(), pa.string())):
        encoded = pa.array(cells, pa.string()).cast(kind)
        assert label_counts(column_of(encoded), "labels", looked(encoded)) == {"dune": 4, "fog": 5, "sea": 5, "sun": 5}
    assert look_at_cells(column_of([b"\xff\xd8", b"\xff\xd9"]), "labels") is None
