"""Columns of a table: their roles, lists of labels, and equal data in every format."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mlcl_core.data.readers.table import MAX_LABELS, TABLE_PARAMS, TableOptions, loaded_from_table, roles_of

from mlcl_core.data import load_data
from mlcl_core.data.files import build_dataset
from mlcl_core.data.readers.csv import read_csv
from mlcl_core.data.readers.npz import read_npz
from mlcl_core.data.readers.parquet import read_parquet
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options


def read(tmp_path, columns: dict, **params) -> LoadedData:
    """The data of a table with these columns."""
    table, path = pa.table(columns), tmp_path / "mine.parquet"
    options = checked_options("the table", TABLE_PARAMS, params)
    roles = roles_of(table.column_names, path, TableOptions(**options))
    return loaded_from_table(table.select(roles.needed), roles, path, options["separator"])


def sets(loaded: LoadedData) -> list[set]:
    """The label names of each row."""
    rows = loaded.y.toarray()
    return [{name for name, carried in zip(loaded.label_names, row, strict=True) if carried} for row in rows]


def refused(tmp_path, columns: dict, message: str, **params) -> None:
    """Check that a table is refused in one line that names the file."""
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, columns, **params)
    assert "\n" not in str(caught.value)
    assert "mine.parquet" in str(caught.value)


X = {"p": [0.5, -1.5, 2.0, 0.0], "q": [4, 5, 6, 7]}
ONES = {"sea": [1, 0, 1, 0], "sun": [0, 0, 1, 1]}


class TestRoles:
    """The roles of columns."""

    def test_labels_at_the_end(self, tmp_path):
        """Without options, the columns of 0 and 1 at the end are labels, and those before them features."""
        loaded = read(tmp_path, {"early": [0, 1, 0, 1], **X, **ONES})
        assert loaded.feature_names == ("early", "p", "q")
        assert loaded.label_names == ("sea", "sun")
        assert loaded.y.toarray().tolist() == [[1, 0], [0, 0], [1, 1], [0, 1]]
        assert loaded.x.tolist() == [[0, 0.5, 4], [1, -1.5, 5], [0, 2, 6], [1, 0, 7]]

    @pytest.mark.parametrize(
        "labels", ["sea,sun", " sun , sea ", "sun\nsea\n", "s*", "s[eu]?", "sea,s*", '"sea","sun"']
    )
    def test_labels_by_name_or_pattern(self, tmp_path, labels):
        """Named columns are labels at any position, in the order of the file."""
        loaded = read(tmp_path, {**ONES, **X}, labels=labels)
        assert loaded.label_names == ("sea", "sun")
        assert loaded.feature_names == ("p", "q")

    @pytest.mark.parametrize("labels", ["sea, sun", '"sea, sun"', "sea*"])
    def test_a_name_with_a_comma(self, tmp_path, labels):
        """An option that equals a column's name is that column; in a list such a name is quoted."""
        assert read(tmp_path, {"sea, sun": [1, 0, 1, 0], **X}, labels=labels).label_names == ("sea, sun",)

    @pytest.mark.parametrize("name", ["labels", "Label", "TAGS", "genres", "Classes"])
    def test_a_list_column_by_its_name(self, tmp_path, name):
        """A column called labels, label, tags, genres or classes holds lists, whatever the last columns hold."""
        loaded = read(tmp_path, {name: ["a;b", "b", None, "a"], **X, **ONES})
        assert sets(loaded) == [{"a", "b"}, {"b"}, set(), {"a"}]
        assert loaded.feature_names == ("p", "q", "sea", "sun")

    def test_split_and_names(self, tmp_path):
        """The split and the first of id, name, title, item are no features, in any case."""
        columns = {"Title": ["x", None, " z", "w"], "SPLIT": [" train", "test", "val", None], **X, **ONES}
        loaded = read(tmp_path, columns)
        assert loaded.item_names == ("x", "row 1", "z", "w")
        assert loaded.split.tolist() == ["train", "test", "val", ""]
        assert loaded.feature_names == ("p", "q")
        assert read(tmp_path, {"item": [4, 3, 2, 1], "ID": [7, 8, 9, 0], **ONES}).item_names == ("7", "8", "9", "0")

    def test_no_names_no_split(self, tmp_path):
        """Names and splits that the table does not have are None."""
        loaded = read(tmp_path, X | ONES)
        assert loaded.item_names is None
        assert loaded.split is None

    def test_an_index_is_no_feature(self, tmp_path):
        """The index that pandas saves names the items, unless a column does."""
        index = {"__index_level_0__": ["k", "l", "m", "n"]}
        assert read(tmp_path, {**X, **ONES, **index}).item_names == ("k", "l", "m", "n")
        assert read(tmp_path, {"name": list("abcd"), **X, **ONES, **index}).item_names == tuple("abcd")
        assert read(tmp_path, {"": [0, 1, 2, 3], **X, **ONES}).feature_names == ("p", "q")

    @pytest.mark.parametrize("ignore", ["note,year", "note,y*", "[ny]*"])
    def test_ignored_columns(self, tmp_path, ignore):
        """Ignored columns may hold anything."""
        columns = {"note": ["a", "b", "c", "d"], "year": [1, 2, 3, 4], **X, **ONES}
        assert read(tmp_path, columns, ignore=ignore).feature_names == ("p", "q")

    def test_only_needed_columns_are_read(self, tmp_path):
        """Ignored columns, and an index beside names, are not read."""
        roles = roles_of(["__index_level_0__", "id", "a", "b", "split", "tags"], tmp_path, TableOptions(ignore="b"))
        assert roles.needed == ["id", "split", "tags", "a"]
        assert roles.as_written == ["id", "split", "tags"]


NUMBERS = {
    "float16": pa.array(np.array([1.5, 2], np.float16)),
    "float32": pa.array([1.5, 2], pa.float32()),
    "int8": pa.array([1, 2], pa.int8()),
    "beyond 2^53": pa.array([2**60 + 1, 2], pa.int64()),
    "uint64": pa.array([2**64 - 1, 2], pa.uint64()),
    "bool": pa.array([True, False]),
    "decimal": pa.array([1, 2], pa.decimal128(5, 2)),
    "text": pa.array([" 1.5", "2e0 "]),
    "category": pa.array(["1.5", "2"]).dictionary_encode(),
    "nothing": pa.nulls(2),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_any_type(tmp_path, kind):
    """Any type of number is a feature; an empty cell is NaN."""
    column = NUMBERS[kind]
    given_numbers = [np.nan if value is None else float(value) for value in column.to_pylist()]
    x = read(tmp_path, {"p": column, "label": ["a", "b"]}).x
    assert np.array_equal(x[:, 0], given_numbers, equal_nan=True)
    assert x.dtype == np.float64


class TestLists:
    """One column that holds several labels in a cell."""

    @pytest.mark.parametrize("mark", [";", "|", ",", " ; ", "|  "])
    def test_the_separator_is_guessed(self, tmp_path, mark):
        """Semicolon, bar or comma, with or without white space."""
        loaded = read(tmp_path, {"p": [1, 2, 3], "tags": [f"a{mark}b", "c", f"c{mark}a{mark}b"]})
        assert sets(loaded) == [{"a", "b"}, {"c"}, {"a", "b", "c"}]

    def test_commas_in_names(self, tmp_path):
        """Commas inside every name do not hide the semicolons between names."""
        cells = ["Lem, S.;Dick, P.", "Lem, S.", "Dick, P."] * 3
        assert read(tmp_path, {"p": range(9), "tags": cells}).label_names == ("Dick, P.", "Lem, S.")

    def test_a_rare_semicolon_in_a_name(self, tmp_path):
        """A semicolon in one cell of forty is part of a name."""
        loaded = read(tmp_path, {"p": range(40), "tags": ["R&amp;B,Jazz"] + ["Jazz,Soul"] * 39})
        assert loaded.label_names == ("Jazz", "R&amp;B", "Soul")

    def test_a_given_separator(self, tmp_path):
        """With a given separator, other marks are part of the names."""
        loaded = read(tmp_path, {"p": [1, 2], "topics": ["a;b c", "c"]}, labels="topics", separator=" ")
        assert sets(loaded) == [{"a;b", "c"}, {"c"}]
        loaded = read(tmp_path, {"p": [1, 2], "topics": ["a::b", "0"]}, labels="topics", separator="::")
        assert sets(loaded) == [{"a", "b"}, {"0"}]

    def test_what_is_ignored(self, tmp_path):
        """White space, empty entries and repetitions are ignored; a cell of nothing else has no labels."""
        cells = [" b ;a\t", "a;;b;", "a;a; a", "", None, " ; ;", "  "]
        assert sets(read(tmp_path, {"p": range(7), "tags": cells})) == [{"a", "b"}, {"a", "b"}, {"a"}] + [set()] * 4

    def test_names_are_sorted(self, tmp_path):
        """Label names are sorted, whatever the order in the file."""
        loaded = read(tmp_path, {"p": [1, 2], "tags": ["z;é;b", "B;a"]})
        assert loaded.label_names == ("B", "a", "b", "z", "é")

    def test_one_class_a_row(self, tmp_path):
        """Whole numbers other than 0 and 1 are a label each, in text, integers, or floats with gaps."""
        for cells in (["3", "12", "", "3"], [3, 12, None, 3], [3.0, 12.0, None, 3.0]):
            assert sets(read(tmp_path, {"p": range(4), "label": cells})) == [{"3"}, {"12"}, set(), {"3"}]

    @pytest.mark.parametrize("cells", [[1, 0, 1], ["1", "0", " 1"], [1.0, 0.0, 1.0], [True, False, True]])
    def test_a_single_column_of_zero_and_one(self, tmp_path, cells):
        """A single column of 0 and 1 is one label; with a given separator, it is a list column."""
        columns = {"p": range(3), "rain": cells}
        loaded = read(tmp_path, columns, labels="rain")
        assert (loaded.label_names, loaded.y.toarray().tolist()) == (("rain",), [[1], [0], [1]])
        assert len(read(tmp_path, columns, labels="rain", separator=";").label_names) == 2

    KINDS = (
        pa.list_(pa.string()),
        pa.large_list(pa.large_string()),
        pa.list_view(pa.string()),
        pa.large_list_view(pa.string()),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
        pa.list_(pa.binary()),
    )

    @pytest.mark.parametrize("kind", KINDS, ids=str)
    def test_lists_of_any_type(self, tmp_path, kind):
        """Lists in several chunks are read; their labels are not split any further."""
        values = [["b", " a;c "], None, [], ["b", None, "", "b"], ["a;c"]]
        column = pa.chunked_array([pa.array(values[:3], kind), pa.array(values[3:], kind)])
        loaded = read(tmp_path, {"p": range(5), "tags": column})
        assert sets(loaded) == [{"b", "a;c"}, set(), set(), {"b"}, {"a;c"}]

    def test_null_lists_with_entries(self, tmp_path):
        """A null list has no labels, even if the file holds entries for it."""
        hidden = pa.array([False, True, False])
        column = pa.ListArray.from_arrays(pa.array([0, 2, 3, 5]), pa.array(list("abcde")), mask=hidden)
        assert sets(read(tmp_path, {"p": range(3), "tags": column})) == [{"a", "b"}, set(), {"d", "e"}]

    def test_text_of_any_type(self, tmp_path):
        """Plain, large and categorical text, bytes, and several chunks are read."""
        plain = pa.array(["a;b", "b", None])
        for column in (plain, plain.cast(pa.large_string()), plain.dictionary_encode(), plain.cast(pa.binary())):
            loaded = read(tmp_path, {"p": range(6), "tags": pa.chunked_array([column, column])})
            assert sets(loaded) == [{"a", "b"}, {"b"}, set()] * 2

    def test_as_many_labels_as_allowed(self, tmp_path):
        """A hundred thousand labels are read; one more is refused, with the column and the number."""
        cells = [";".join(map(str, range(0, MAX_LABELS, 2))), ";".join(map(str, range(1, MAX_LABELS, 2)))]
        assert read(tmp_path, {"p": [1, 2], "tags": cells}).y.shape == (2, MAX_LABELS)
        refused(tmp_path, {"p": [1, 2], "tags": [*cells[:1], cells[1] + ";x"]}, "'tags' holds 100,001 different labels")


BAD = {
    "no labels": (X, {}, "no column of labels; its columns are p, q; name the columns of 0 and 1"),
    "only labels": (ONES, {}, "no column of labels; its columns are sea, sun"),
    "text at the end": ({**X, "kind": list("abab")}, {}, "no column of labels; its columns are p, q, kind"),
    "all ignored": (X, {"ignore": "*"}, "no column of labels; its columns are none"),
    "many columns": ({f"c{i}": [2] for i in range(40)}, {}, "c10, c11 and 28 more; name the columns"),
    "no rows": ({"p": [], "sea": []}, {"labels": "sea"}, "has no rows"),
    "an unknown label": (X | ONES, {"labels": "sea,sky"}, r"no column 'sky' \(option labels\); its columns are p, q"),
    "an unknown pattern": (X | ONES, {"labels": "label_*"}, r"no column 'label_\*'"),
    "an unknown column to ignore": (X | ONES, {"ignore": "sky"}, r"no column 'sky' \(option ignore\)"),
    "a label ignored": (X | ONES, {"labels": "sea", "ignore": "sea"}, "no column 'sea'"),
    "a label of a half": (X | ONES | {"sun": [0, 0.5, 1, 1]}, {"labels": "s*"}, "row 1, column 'sun' is 0.5; every"),
    "a label of 2": (X | ONES | {"sun": [0, 0, 1, 2]}, {"labels": "s*"}, "row 3, column 'sun' is 2; every"),
    "a label of yes": (X | ONES | {"sun": ["0", "yes", "1", "x"]}, {"labels": "s*"}, "row 1, column 'sun' is 'yes'; e"),
    "a label of 0.5 as text": (X | {"sun": ["0", "0", "1", "0.5"]}, {"labels": "sun"}, "row 3, column 'sun' is '0.5'"),
    "a label of 0.5 alone": (X | {"sun": [0, 0, 0.5, 1]}, {"labels": "sun"}, "row 2, column 'sun' is 0.5"),
    "an empty label": (X | ONES | {"sun": [0, None, 1, 1]}, {"labels": "s*"}, "row 1, column 'sun' is empty"),
    "a list among columns": (X | ONES | {"sun": [["a"]] * 4}, {"labels": "s*"}, "'sun' holds list<.*>; where there"),
    "an empty list column": (X | {"tags": ["", None, ";", " "]}, {}, "column 'tags' holds no label"),
    "empty lists": (X | {"tags": [[], None, [None], []]}, {}, "column 'tags' holds no label"),
    "lists of numbers": (X | {"tags": [[1], [2, 3], [], []]}, {}, "'tags' holds lists of int64; lists of text"),
    "lists of bytes": (X | {"tags": [[b"a"], [b"\xff"], [], []]}, {}, "lists of binary, which is no text in UTF-8"),
    "lists of lists": (X | {"tags": [[["a"]], [], [], []]}, {}, "'tags' holds lists of list<"),
    "labels are dates": (X | {"tags": [{"a": 1}] * 4}, {}, "'tags' holds struct<.*>, which is no text"),
    "lists in brackets": (
        X | {"tags": ["['a', 'b']", "[]", None, "['b']"]},
        {},
        r"""'tags' holds lists in brackets \("\['a', 'b'\]" at row 0\); write them as a;b""",
    ),
    "text": (
        {"director": ["Lang", "Wong", "Lang", "3"], "p": [1, 2, 3, 4], "a,b": list("abcd"), **ONES},
        {},
        r"column 'director' holds text \('Lang' at row 0\), not numbers; .*ignore=director,\"a,b\", or name",
    ),
    "one word among numbers": (X | ONES | {"p": ["1", "2", "n/a", "4"]}, {}, r"'p' holds text \('n/a' at row 2\)"),
    "a line break in a cell": (X | ONES | {"p": ["a\nb", "2", "n/a", "4"]}, {}, r"'p' holds text \('a\\nb' at row 0\)"),
    "a line break in a name": ({"p\nq": list("abcd"), **ONES}, {}, r"column 'p\\nq' holds text .*ignore=p q, or"),
    "a long cell": (X | ONES | {"p": ["a" * 999, "2", "3", "4"]}, {}, r"holds text \('a{56}\.\.\. at row 0\)"),
    "vectors in cells": ({"p": [[1.0, 2.0]] * 4, **ONES}, {}, "column 'p' holds list<.*>, not numbers"),
    "a date": ({"p": pa.array([1, 2, 3, 4], pa.date32()), **ONES}, {}, r"column 'p' holds date32\[day\], not numbers"),
    "an id twice": ({"Id": ["a", "b", "c", "b"], **X, **ONES}, {}, "Id 'b' stands at rows 1 and 3; every item needs"),
    "a numeric id twice": ({"id": [5, 5, 5, 6], **X, **ONES}, {}, "id '5' stands at rows 0 and 1"),
    "names of lists": ({"name": [["a"]] * 4, **X, **ONES}, {}, "column 'name' holds list<"),
    "bytes": ({"name": [b"\xff"] * 4, **X, **ONES}, {}, "column 'name' holds binary, which is no text in UTF-8"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(tmp_path, case):
    """Every wrong table is refused in one line that names file, column and row and says what is needed."""
    columns, params, message = BAD[case]
    refused(tmp_path, columns, message, **params)


@pytest.mark.parametrize(("names", "message"), [("aba", "'a' stands twice"), (["a", "", "b"], "column 1 .* no name")])
def test_refuses_names_of_columns(tmp_path, names, message):
    """Repeated names of columns are refused, and so are empty ones except for an index."""
    with pytest.raises(InputError, match=message):
        roles_of(list(names), tmp_path, TableOptions())


def test_titles_may_be_repeated(tmp_path):
    """Only an id has to be unique."""
    assert read(tmp_path, {"title": ["a", "a", "b", "b"], **X, **ONES}).item_names == ("a", "a", "b", "b")


def write_csv(path, columns: dict) -> None:
    """A table as the standard library writes it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def test_the_same_data_in_every_format(tmp_path):
    """Columns of 0 and 1 and a list column, in CSV and in Parquet, and .npz give identical tensors."""
    generator = np.random.default_rng(3)
    names = ["fog", "ice", "sea", "sun"]
    x, y = generator.normal(2, 9, (40, 3)), generator.random((40, 4)) < 0.4
    split = ["train"] * 25 + ["val"] * 5 + ["test"] * 10
    ids = [f"item {row}" for row in range(40)]
    plain = {"id": ids, "split": split, **{f"f{column}": x[:, column].tolist() for column in range(3)}}
    carried = [[name for name, one in zip(names, row, strict=True) if one] for row in y]
    ones = {name: y[:, column].astype(int).tolist() for column, name in enumerate(names)}

    npz, ones_csv, ones_parquet = tmp_path / "a.npz", tmp_path / "b.csv", tmp_path / "b.parquet"
    list_csv, list_parquet = tmp_path / "c.csv", tmp_path / "c.parquet"
    np.savez(npz, X=x, Y=y, split=split, label_names=names, item_names=ids)
    write_csv(ones_csv, plain | ones)
    pq.write_table(pa.table(plain | ones), ones_parquet)
    write_csv(list_csv, plain | {"tags": ["|".join(row) for row in carried]})
    pq.write_table(pa.table(plain | {"tags": carried}), list_parquet)

    wanted = build_dataset(read_npz(npz), npz, 0)
    for path in (ones_csv, ones_parquet, list_csv, list_parquet):
        loaded = read_csv(path) if path.suffix == ".csv" else read_parquet(path)
        found = build_dataset(loaded, path, 0)
        assert torch.equal(found.items, wanted.items)
        assert torch.equal(found.labels[:], wanted.labels[:])
        assert (found.label_names, found.item_names) == (wanted.label_names, wanted.item_names)
        assert found.split.tolist() == wanted.split.tolist()
        assert loaded.feature_names == ("f0", "f1", "f2")


NASTY = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    'a "quoted" one',
    "'",
    '"',
    "שלום עולם",
    "العربية",
    "日本語",
)
NASTY += (
    "Ελληνικά",
    "\u202egnal\u202c",
    "a\nb",
    "a,b",
    "a\r\nb",
    "NA",
    "null",
    "nan",
    "true",
    "007",
    "[x]",
    "👩‍👩‍👧",
    "\\",
    "#",
)
LABEL = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=";\0"), min_size=1, max_size=8
).filter(lambda text: text == text.strip())


@given(rows=st.lists(st.sets(LABEL, max_size=4), min_size=1, max_size=6).filter(any))
def test_label_sets_survive(tmp_path_factory, rows):
    """Labels in any script, with quotes, line breaks, formulas and markup, are read unchanged from CSV and Parquet."""
    folder = tmp_path_factory.mktemp("labels")
    numbers = {"p": list(range(len(rows)))}
    write_csv(folder / "a.csv", numbers | {"tags": [" ; ".join(sorted(row)) for row in rows]})
    pq.write_table(pa.table(numbers | {"tags": [sorted(row) for row in rows]}), folder / "a.parquet")
    names = tuple(sorted(set().union(*rows)))
    for loaded in (read_csv(folder / "a.csv", separator=";"), read_parquet(folder / "a.parquet")):
        assert loaded.label_names == names
        assert sets(loaded) == rows


class TestChosenColumns:
    """Names, splits and groups in columns of any name."""

    COLUMNS = {"who": ["ann", "bob", "ann", "eve"], "fold": ["train", "train", "test", "train"]} | X | ONES

    def test_names_and_split(self, tmp_path):
        """Options name the columns of names and splits, which are then no features."""
        loaded = read(tmp_path, self.COLUMNS, names="who", split="fold")
        assert loaded.item_names == ("ann", "bob", "ann", "eve")
        assert loaded.split.tolist() == ["train", "train", "test", "train"]
        assert loaded.feature_names == ("p", "q")

    def test_groups(self, tmp_path):
        """Equal cells are one group, each empty cell is a group; names may be groups as well."""
        cells = ["ann", "bob", "ann", ""]
        groups = read(tmp_path, {**self.COLUMNS, "who": cells}, group="who", names="who", ignore="fold").groups
        assert groups[0] == groups[2]
        assert len(set(groups.tolist())) == 3

    def test_several(self, tmp_path):
        """Each option must name one existing column."""
        refused(tmp_path, self.COLUMNS, "option group fits who, fold; it must name one column", group="who,fold")
        refused(tmp_path, self.COLUMNS, r"no column 'patient' \(option group\)", group="patient")

    @pytest.mark.parametrize("given", [False, True])
    def test_a_group_falls_into_one_split(self, tmp_path, given):
        """Random splits, and validation rows drawn from the training rows, keep groups together."""
        rng = np.random.default_rng(0)
        who = rng.integers(0, 25, 200)
        columns = {
            "who": who,
            "p": rng.normal(size=200),
            "sea": rng.integers(0, 2, 200),
            "sun": rng.integers(0, 2, 200),
        }
        if given:
            columns["split"] = np.where(who < 5, "test", "train")
        pq.write_table(pa.table(columns), tmp_path / "mine.parquet")
        data = load_data(tmp_path / "mine.parquet", group="who", labels="sea,sun")
        for one in range(25):
            assert len(set(data.split[who == one].tolist())) == 1
        assert set(data.split.tolist()) == {"train", "validation", "test"}
