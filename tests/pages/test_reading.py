"""How a file was read, in words: the columns in a line, the notes, the rows that were left out."""

import csv
import json

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts.data.reading import columns_in_words
from dashboard.parts.upload.roles import with_role
from mlcl_core.cli import main
from mlcl_core.data.look import look
from tests.data.cases import HERE
from tests.pages.upload_dialog import said

PROVES = {
    "test_left_out_rows_are_those_of_the_file": (
        "Rows are counted from 0, the names of the columns aside.",
        "Never looked at where empty: {}.",
    ),
    "test_forms_are_named": ("vectors of 0 and 1",),
}


def test_left_out_rows_are_those_of_the_file(home, capsys):
    """Row 12 of Label Studio's export, counted without the header, has no annotation; its column says so."""
    with (HERE / "labelstudio.csv").open(newline="") as file:
        ids = [cells[0] for cells in csv.reader(file)][1:]
    assert main(["data", str(HERE / "labelstudio.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = (one["row"] for one in found["left_out"])
    assert [number for number, cell in enumerate(ids) if not cell] == [row]
    words = columns_in_words(found["schema"]["columns"], found["kind"])
    assert r"Never looked at where empty: **annotation\_id**." in words
    assert "Labels: **topic**, lists." in words

    def content(left_out):
        from dashboard.parts.data.reading import show_said

        show_said((), left_out)

    app = AppTest.from_function(content, args=([(row, "why")],), default_timeout=30).run()
    assert app.dataframe[0].value.row.tolist() == [row]
    assert "counted from 0" in said(app)


@pytest.mark.parametrize(
    ("cell", "separator", "words"),
    [
        ("vector", "", "**a**, vectors of 0 and 1."),
        ("separated", " ", "**a**, separated by `blank`."),
        ("separated", "`", r"**a**, separated by \`."),
        ("one", "", "**a**, one label a cell."),
    ],
)
def test_forms_are_named(cell, separator, words):
    """The form of label cells stands behind their columns; a separator cannot end its own quotes."""
    column = {"name": "a", "role": "label", "cell": cell, "separator": separator}
    assert columns_in_words([column], "text") == f"Labels: {words}"


TABLE = {"id": "name", "plot": "text", "kind": "label", "sea": "ignored", "sun": "ignored"}


@pytest.mark.parametrize(
    ("name", "role", "options", "expected"),
    [
        ("sea", "label", {}, {"labels": "kind,sea"}),
        ("kind", "ignored", {}, {"labels": "", "ignore": "kind"}),
        ("sea", "ignored", {}, {}),
        ("plot", "feature", {}, {"text": "none", "picture": "none"}),
        ("plot", "label", {"text": "plot"}, {"text": "", "labels": "plot,kind"}),
        ("sea", "feature", {"ignore": "s*"}, {"ignore": "sun", "text": "none", "picture": "none"}),
        ("sun", "name", {"ignore": "s*"}, {"ignore": "sea", "names": "sun"}),
        ("id", "group", {"names": "id"}, {"names": "", "group": "id"}),
        ("kind", "text", {"labels": "kind"}, {"labels": "", "text": "kind", "picture": ""}),
    ],
)
def test_a_role_is_options(name, role, options, expected):
    """A role by hand changes the options of the old role and of the new one, and nothing else."""
    assert with_role(TABLE, options, name, role) == expected


def test_a_role_by_hand_is_the_role_in_the_schema(tmp_path):
    """Each role that a column is given is what the next look finds, with names that hold commas and quotes."""
    path = tmp_path / "films.csv"
    rows = [f'"one two three four {row}","{"xy"[row % 2]}",{row % 2},"n{row}"' for row in range(20)]
    path.write_text("\n".join(['plot,"kind, ""old""",b,who', *rows]) + "\n")
    options: dict[str, str] = {}
    for name, role in (
        ('kind, "old"', "label"),
        ("b", "ignored"),
        ("who", "name"),
        ("b", "label"),
        ("who", "group"),
        ('kind, "old"', "ignored"),
        ("plot", "text"),
    ):
        roles = {column.name: column.role for column in look(path, options).columns}
        options = {key: value for key, value in {**options, **with_role(roles, options, name, role)}.items() if value}
        assert {column.name: column.role for column in look(path, options).columns}[name] == role


def test_a_wide_table_is_previewed_at_both_ends(tmp_path):
    """Of 40 columns the first 15 and the last 15 are shown, each with its own cells."""
    path = tmp_path / "wide.csv"
    rows = [",".join(f"{row}.{column:02}" for column in range(40)) for row in range(1, 6)]
    path.write_text("\n".join([",".join(f"c{column}" for column in range(40)), *rows]) + "\n")
    found = look(path, {"labels": "c39", "threshold": "0.5"})
    assert found.header == (*(f"c{column}" for column in range(15)), *(f"c{column}" for column in range(25, 40)))
    assert [float(cell) for cell in found.preview[0]] == [float(f"1.{name[1:].zfill(2)}") for name in found.header]
    assert len(found.columns) == 40
