"""Lists in text cells, as programs print them."""

import json
from contextlib import suppress

import pytest

from mlcl_core.data.tables.cells import look_at_cells, read_cells
from mlcl_core.data.tables.cells.record import CellReading
from mlcl_core.errors import InputError
from tests.data.tables.cells.columns import PATH, column_of, looked, read_sets, sets_of

LISTS = {
    "Python list": (["['sea', 'fog']", "['sun']", "[]"], [{"sea", "fog"}, {"sun"}, set()]),
    "Python quotes of both kinds": (
        ['["it\'s", \'a "b"\']', "['it\\'s \"x\"']"],
        [{"it's", 'a "b"'}, {'it\'s "x"'}],
    ),
    "Python escapes": (["['a\\\\b', 'c\\nd']", "['\\x07', '\\u200b']"], [{"a\\b", "c\nd"}, {"\x07", "\u200b"}]),
    "Python tuple": (["('sea', 'fog')", "('sun',)", "()"], [{"sea", "fog"}, {"sun"}, set()]),
    "Python set": (["{'sea', 'fog'}", "set()", "{'sun'}"], [{"sea", "fog"}, set(), {"sun"}]),
    "Python frozenset": (["frozenset({'sea', 'fog'})", "frozenset()"], [{"sea", "fog"}, set()]),
    "None and nan": (["['sea', None]", "[nan]", "[None]"], [{"sea"}, set(), set()]),
    "class numbers": (["[0, 3, 5]", "[3]", "(2, 4)"], [{"0", "3", "5"}, {"3"}, {"2", "4"}]),
    "numpy numbers": (
        ["[ 2 14]", "[3]", "[ 1  2\n 30]", "[2. 3.]"],
        [{"2", "14"}, {"3"}, {"1", "2", "30"}, {"2", "3"}],
    ),
    "numpy words": (["['sea' 'fog']", "['two words'\n 'sun']"], [{"sea", "fog"}, {"two words", "sun"}]),
    "numpy repr": (["array(['sea', 'fog'], dtype=object)", "[np.str_('sun')]"], [{"sea", "fog"}, {"sun"}]),
    "numpy integers": (["[np.int64(3), np.int64(5)]", "[np.int64(4)]"], [{"3", "5"}, {"4"}]),
    "JSON": (['["sea", "f\\u00f6g"]', '["a\\"b"]', "null"], [{"sea", "fög"}, {'a"b'}, set()]),
    "JSON without blanks": (['["sea","fog"]', "[]"], [{"sea", "fog"}, set()]),
    "DuckDB": (
        ["[sea, 'tea, black']", "[None, NULL]", "['it\\'s']", "[a\nb]", "[two words]"],
        [{"sea", "tea, black"}, {"None"}, {"it's"}, {"a\nb"}, {"two words"}],
    ),
    "DuckDB before 1.2": (
        ["[sea, it's]", "[, sea]", "[Sci-Fi (old), sea]"],
        [{"sea", "it's"}, {"sea"}, {"Sci-Fi (old)", "sea"}],
    ),
    "Postgres": (['{sea,"two words"}', '{"a\\"b",NULL}', "{}"], [{"sea", "two words"}, {'a"b'}, set()]),
    "Scala": (["List(sea, two words)", "Set(sun)", "List()"], [{"sea", "two words"}, {"sun"}, set()]),
    "Julia": (['String["sea", "fog"]', 'Any["sun"]', "String[]"], [{"sea", "fog"}, {"sun"}, set()]),
    "R": (['c("sea", "fog")', 'c("sun", "x")', "character(0)", "sun"], [{"sea", "fog"}, {"sun", "x"}, set(), {"sun"}]),
    "TMDB": (
        ['[{"id": 28, "name": "Action"}, {"id": 1, "name": "War"}]', "[]"],
        [{"Action", "War"}, set()],
    ),
    "TMDB in Python": (["[{'id': 28, 'name': 'Action'}]", "[{'id': 1, 'name': \"It's\"}]"], [{"Action"}, {"It's"}]),
    "DuckDB structs": (["[{'name': Action, 'id': 28}]", "[{'name': 'A, b', 'id': 3}]"], [{"Action"}, {"A, b"}]),
    "Label Studio": (['{"choices":["Sea","Fog"]}', "Sun", ""], [{"Sea", "Fog"}, {"Sun"}, set()]),
    "dict of true and false": (["{'sea': True, 'fog': False}", '{"sea": false, "fog": true}'], [{"sea"}, {"fog"}]),
    "a word among lists": (["['sea']", "unknown", "['fog']", "nan"], [{"sea"}, {"unknown"}, {"fog"}, set()]),
    "words in round brackets among lists": (["['sea']", "(none)", "['fog']"], [{"sea"}, {"(none)"}, {"fog"}]),
    "bars are text": (["['a|b', 'c']", "['c']"], [{"a|b", "c"}, {"c"}]),
    "brackets in words": (["['[x]', '{y}', '(z)']", "['a]']"], [{"[x]", "{y}", "(z)"}, {"a]"}]),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_as_programs_print_them(name: str) -> None:
    """Each program's lists are read as their labels, without a question."""
    cells, right = LISTS[name]
    assert looked(cells).cell == "list"
    assert read_sets(cells) == right


def test_words_that_stand_only_together_are_asked() -> None:
    """A comma in a word without quotes could part two labels: a question, not a guess."""
    cells = ["[tea, black, milk]", "[milk]", "[tea, black]", "[sugar, milk]", "[sugar]"]
    (question,) = looked(cells).questions
    assert "'tea' and 'black'" in question.line()
    assert sets_of(cells, looked(cells, cell="list"))[2] == {"tea", "black"}


@pytest.mark.parametrize(
    ("cells", "row", "words"),
    [
        (["['a']", "['b'", "['b']", "['a']"], 1, "not closed"),
        (["['a']", "['b'] x]", "['b']", "['a']"], 1, "text stands behind"),
        (["['a']", "['b']", "[['a'], ['b']]", "['a']"], 2, "lists stand in lists"),
        (["['a']", "['b']", "['a']", "[0.5]"], 3, "0.5 is no class number"),
        (["['a']", "['b']", "['a']", "{'x': 3}"], 3, "an object without any of"),
    ],
)
def test_a_cell_that_is_no_list_is_refused(cells: list[str], row: int, words: str) -> None:
    """The error names file, row and column, and how lists are written."""
    with pytest.raises(InputError, match=words) as error:
        read_cells(column_of(cells), "labels", CellReading("list"), PATH)
    assert str(error.value).startswith(f"a.csv: column 'labels', row {row} is ")


@pytest.mark.parametrize("program", ["json", "Arrow"])
def test_labels_with_scores_are_asked(program: str) -> None:
    """A classifier's output names every label with its score: not each is carried."""
    values = [[{"label": "joy", "score": 0.98}, {"label": "fear", "score": 0.02}], [{"label": "fear", "score": 0.75}]]
    cells = [json.dumps(value) for value in values] if program == "json" else values
    (question,) = looked(cells).questions
    assert "labels have scores" in question.line()
    assert sets_of(cells, looked(cells, **question.choices[0].options)) == [{"joy", "fear"}, {"fear"}]


@pytest.mark.parametrize(
    "cell",
    [
        *("[" * 100_000, "['" + "\\'" * 100_000, "[" + "(" * 100_000, "{" * 100_000 + '"', "[a" + ",a" * 500),
        *('"a;' * 10_000, "&amp;" + ";a" * 10_000, "0" + " " * 100_000 + "x", '"' * 100_001, "['" + "''" * 100_000),
        *('["\\ud800"]', "['\\ud800']", '{"a": ' * 50_000, "set(" * 50_000, "[" + "1 " * 100_000 + "x]"),
    ],
    ids=range(15),
)
def test_hostile_cells_end(cell: str) -> None:
    """Long and nested cells are refused, or read, in time that grows with their length."""
    cells = ["['a', 'b']", cell, "['b']", "a;b"]
    with suppress(InputError):
        look_at_cells(column_of(cells), "labels")
    for reading in (CellReading("list"), CellReading("separated", ";"), CellReading("vector"), CellReading("one")):
        with suppress(InputError):
            _, names, _ = read_cells(column_of([cell]), "labels", reading, PATH)
            "".join(names).encode()


@pytest.mark.parametrize("cell", ["[0.12, 0.5]", "[1.5 -2.]", "(0.1, 2)", "{0.5,1}", "array([1.5, 2.0])"])
def test_embeddings_are_no_labels(cell: str) -> None:
    """Lists of fractions, however they are printed."""
    assert look_at_cells(column_of([cell, cell.replace("5", "7")]), "a") is None


@pytest.mark.parametrize(
    "cell", ["{'sea': 3, 'fog': 0}", "[['sea'], ['fog']]", '[{"x": 1}, {"x": 2}]', "['sea', 'fog'"]
)
def test_printed_cells_without_labels_are_refused(cell: str) -> None:
    """Objects without a name and lists in lists are not cut at their commas: the first cell is named."""
    cells = [cell, cell.replace("sea", "sun")]
    with pytest.raises(InputError, match="column 'labels', row 0 is "):
        read_cells(column_of(cells), "labels", looked(cells), PATH)


@pytest.mark.parametrize(
    "cells",
    [
        ["(no genres listed)", "Drama", "Action", "Drama"],
        ["[x];[y]", "[x]", "[y];[z]", "[z]"],
    ],
)
def test_brackets_that_are_no_lists(cells: list[str]) -> None:
    """Names in brackets and embeddings are not taken for lists of labels."""
    assert looked(cells).cell != "list"
