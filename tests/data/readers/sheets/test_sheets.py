"""Workbooks: values, sheets, headers, and every way in which a small file may claim a large table."""

import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcl_core.bench.workbooks import ods, ods_cell, xlsx, zipped
from mlcl_core.data.readers import READERS
from mlcl_core.data.readers.sheets import SHEETS
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options
from tests.data.readers.json_rows.reading import TEXT, labels_of

SETS = [["sea"], ["fog", "sea"], [], ["sun"], ["fog"], ["sun"]]
ROWS = [["id", "text", "labels"], *([f"i{k}", f"{TEXT} {k}", json.dumps(one)] for k, one in enumerate(SETS))]
WRITERS = {".xlsx": xlsx, ".ods": ods}


def read(path, **options):
    """A file as ``mlcl data`` reads it, without a process."""
    reader = READERS[SHEETS.name]
    return reader.read(path, **checked_options("the file", reader.params, options))


@pytest.fixture
def save(tmp_path):
    """Write bytes; the path."""

    def write(raw, ending=".xlsx"):
        path = tmp_path / f"mine{ending}"
        path.write_bytes(raw)
        return path

    return write


@pytest.fixture(params=WRITERS)
def written(request, save):
    """Write sheets in each of the formats; the path."""

    def write(sheets, **options):
        return save(WRITERS[request.param](sheets, **options), request.param)

    return write


def test_reads_a_sound_file(written):
    """Texts, ids and labels, in both formats."""
    loaded = read(written({"Sheet1": ROWS}))
    assert labels_of(loaded) == SETS
    assert list(loaded.x) == [row[1] for row in ROWS[1:]]
    assert loaded.item_names == tuple(row[0] for row in ROWS[1:])


def test_a_workbook_with_macros_is_read_for_its_values(save):
    """Nothing in it is run, as only cells are read."""
    assert labels_of(read(save(xlsx({"Sheet1": ROWS}, macros=True), ".xlsm"))) == SETS


def test_numbers(written):
    """Whole numbers are labels of 0 and 1, true and false too; others are features."""
    rows = [["p", "q", "sea", "sun"], *([0.5 * k + 0.25, -k, k % 2, k % 3 == 0] for k in range(8))]
    loaded = read(written({"Sheet1": rows}))
    assert loaded.x.tolist() == [row[:2] for row in rows[1:]]
    assert loaded.y.toarray().tolist() == [[bool(one) for one in row[2:]] for row in rows[1:]]
    assert loaded.feature_names == ("p", "q")


def test_numbers_are_written_as_they_are_shown(written):
    """A whole number beside words is written without a point."""
    rows = [["id", "text", "labels"], *([7 if k else "x", f"{TEXT} {k}", "a" if k % 2 else 3] for k in range(6))]
    loaded = read(written({"Sheet1": rows}), group="none", rows="item", names="none")
    assert loaded.label_names == ("3", "a")


def test_dates_are_texts(save):
    """A number in the format of a date."""
    cells = "".join(
        f'<row r="{k + 2}"><c r="A{k + 2}" s="1"><v>{46024 + k}</v></c><c r="B{k + 2}" t="str"><v>{TEXT} {k}</v></c>'
        f'<c r="C{k + 2}" t="str"><v>{"sea" if k % 2 else "sun"}</v></c></row>'
        for k in range(6)
    )
    names = (
        f'<c r="{place}" t="str"><v>{name}</v></c>' for place, name in zip(("A1", "B1", "C1"), ROWS[0], strict=True)
    )
    head = f'<row r="1">{"".join(names)}</row>'
    assert read(save(xlsx({"S": head + cells}))).item_names[:2] == ("2026-01-02", "2026-01-03")


def test_empty_rows_and_columns(written):
    """Empty rows above, between and below, and empty columns without a name, count for nothing."""
    rows = [[None], *([None, *row, None, " "] for row in ROWS)]
    rows = [*rows[:4], [None], [None, None], *rows[4:], [None], [""]]
    loaded = read(written({"Sheet1": rows}))
    assert labels_of(loaded) == SETS
    assert [column["name"] for column in loaded.schema["columns"]] == ROWS[0]


def test_a_title_above_the_header(written):
    """Rows of one cell above the names are a title, which is said; the option header names another row."""
    path = written({"Sheet1": [["Harbour stories"], [], ["made by hand"], *ROWS]})
    loaded = read(path)
    assert labels_of(loaded) == SETS
    assert any("the names of the columns are in row 4; above it stands 'Harbour stories" in one for one in loaded.said)
    assert labels_of(read(path, header="4")) == SETS
    with pytest.raises(InputError, match="has 10 rows; header is 11"):
        read(path, header="11")
    with pytest.raises(InputError, match="header is 'x'; it must be no, yes, or the number of a row"):
        read(path, header="x")


def test_without_a_header(written):
    """A first row that looks like an item is asked about."""
    path = written({"Sheet1": ROWS[1:]})
    with pytest.raises(QuestionError, match=r"is the first row .* an item or the names.*header=no.*header=yes"):
        read(path)
    assert labels_of(read(path, header="no")) == SETS


def test_several_sheets(written):
    """The only sheet with rows is read, which is said; of several, the option chooses."""
    path = written({"About": [["made by hand"]], "Data": ROWS, "Empty": []})
    loaded = read(path)
    assert labels_of(loaded) == SETS
    assert "sheet 'Data' is read; the others have no rows: About, Empty" in loaded.said
    more = [["text", "labels"], *([f"{TEXT} {k} again", "sea" if k % 2 else "sun"] for k in range(4))]
    path = written({"Data": ROWS, "More!3": more})
    with pytest.raises(QuestionError, match=r"which sheet is the table, Data, More!3\?.*sheet=Data: 6 rows: id, "):
        read(path)
    assert labels_of(read(path, sheet="Data")) == SETS
    assert labels_of(read(path, sheet="More!3")) == [["sun"], ["sea"]] * 2
    with pytest.raises(InputError, match=r"has no sheet 'data' .*its sheets are Data, More!3"):
        read(path, sheet="data")


def test_hidden_sheets(save):
    """A hidden sheet is not read, which is said, unless it is named."""
    path = save(xlsx({"Data": ROWS, "Old": ROWS[:4]}, hidden=["Old"]))
    loaded = read(path)
    assert labels_of(loaded) == SETS
    assert "sheet 'Old' is hidden and not read (sheet=... reads it)" in loaded.said
    assert labels_of(read(path, sheet="Old")) == SETS[:3]
    with pytest.raises(InputError, match=r"has no sheet with a header and rows: Old; Old are hidden"):
        read(save(xlsx({"Old": ROWS}, hidden=["Old"])))


name = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text.isprintable() and "_x" not in text
)


@given(names=st.lists(name, min_size=2, max_size=4, unique=True), draw=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_names_come_back_identical(tmp_path_factory, names, draw):
    """Any names of label columns come back as they are, in both formats."""
    y = [*np.random.default_rng(draw).integers(0, 2, (4, len(names))).tolist(), [1] * len(names)]
    rows = [["the text", *names], *([f"{TEXT} {k}", *row] for k, row in enumerate(y))]
    folder = tmp_path_factory.mktemp("names")
    for ending, write in WRITERS.items():
        path = folder / f"mine{ending}"
        path.write_bytes(write({"Sheet1": rows}))
        loaded = read(path, text="the text", labels=f"{len(names)}", header="1")
        assert loaded.label_names == tuple(names)
        assert loaded.y.toarray().tolist() == [[bool(one) for one in row] for row in y]


def formulas(value):
    """Rows of a sheet whose last column is a formula with a value in XML."""
    cells = [
        f'<row r="{k}"><c r="A{k}"><v>{k}.5</v></c><c r="B{k}"><f>MOD(A{k},2)</f>{value(k)}</c></row>'
        for k in range(2, 8)
    ]
    head = '<row r="1"><c r="A1" t="str"><v>p</v></c><c r="B1" t="str"><v>label</v></c></row>'
    return head + "".join(cells)


def test_formulas(save):
    """The value that a program kept is read; a formula without one is refused, with its cell."""
    loaded = read(save(xlsx({"S": formulas(lambda k: f"<v>{k % 2}</v>")})))
    assert loaded.y.toarray()[:, 0].tolist() == [False, True] * 3
    for value in (lambda k: "<v></v>", lambda k: "<v/>", lambda k: "" if k == 2 else "<v>1</v>"):
        with pytest.raises(InputError, match="sheet 'S', cell B2 holds a formula that was not calculated"):
            read(save(xlsx({"S": formulas(value)})))
    calculated = xlsx({"S": formulas(lambda k: "<v>0</v>")}, more='<calcPr calcId="1" fullCalcOnLoad="1"/>')
    with pytest.raises(InputError, match="sheet 'S', cell B2 holds a formula that was not calculated"):
        read(save(calculated))
    formula = '<table:table-cell table:formula="of:=1+1"/>'
    rows = f"<table:table-row>{ods_cell('p')}{ods_cell('label')}</table:table-row>"
    rows += f"<table:table-row>{ods_cell(0.5)}{formula}</table:table-row>" * 3
    with pytest.raises(InputError, match="sheet 'S', cell B2 holds a formula that was not calculated"):
        read(save(ods({"S": rows}), ".ods"))


def test_merged_cells(save):
    """Merged cells among rows are refused; those of a title are not."""
    with pytest.raises(InputError, match="sheet 'S': cells A3:A4 are merged"):
        read(save(xlsx({"S": ROWS}, merged="A3:A4")))
    assert labels_of(read(save(xlsx({"S": [["A title"], *ROWS]}, merged="A1:C1")))) == SETS
    wide = f'<table:table-cell table:number-columns-spanned="2" {ods_cell("a")[18:]}'
    rows = f"<table:table-row>{ods_cell('p')}{ods_cell('label')}</table:table-row>"
    rows += f"<table:table-row>{wide}<table:covered-table-cell/></table:table-row>" * 3
    with pytest.raises(InputError, match="sheet 'S': cells A2:B2 are merged"):
        read(save(ods({"S": rows}), ".ods"))


def cell(place):
    """A row with one cell."""
    return f'<row r="{place.lstrip("XFD")}"><c r="{place}"><v>1</v></c></row>'


def test_far_cells_are_refused(save):
    """Two cells claim 17 billion; rows that are formatted and empty claim nothing."""
    with pytest.raises(InputError, match="sheet 'S' claims 1,048,576 rows and 16,384 columns"):
        read(save(xlsx({"S": cell("D1") + cell("XFD1048576")})))
    empty = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    sound = xlsx({"S": ROWS})
    with zipfile.ZipFile(save(sound)) as archive:
        files = {one: archive.read(one).decode() for one in archive.namelist()}
    files["xl/worksheets/sheet1.xml"] = files["xl/worksheets/sheet1.xml"].replace(
        "</sheetData>", f"{empty}</sheetData>"
    )
    assert labels_of(read(save(zipped(files)))) == SETS
    row = f'<table:table-row table:number-rows-repeated="1000000">{ods_cell(1)}</table:table-row>'
    many = row.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="16384"')
    with pytest.raises(InputError, match="sheet 'S' claims 1,000,000 rows and 16,384 columns"):
        read(save(ods({"S": many}), ".ods"))


def test_what_unpacks_to_too_much_is_refused(save, monkeypatch):
    """By the sizes that the archive declares, before anything is unpacked."""
    monkeypatch.setattr("mlcl_core.data.limits.PER_BYTE", 2)
    monkeypatch.setattr("mlcl_core.data.limits.FLOOR", 2000)
    with pytest.raises(InputError, match=r"unpacks to [\d,]+ bytes"):
        read(save(xlsx({"S": ROWS * 100})))


SOUND = xlsx({"S": ROWS})
BROKEN = {
    "empty": (b"", "is no workbook of Excel or LibreOffice"),
    "a text": (b"text,labels\na,b\n", "is no workbook of Excel or LibreOffice"),
    "cut": (SOUND[:-300], "is damaged"),
    "a zip": (zipped({"a.txt": "a"}), "is a zip file and no workbook"),
    "a binary one": (zipped({"xl/workbook.bin": "a"}), r"is a binary workbook \(.xlsb\)"),
    "no XML": (zipped({"xl/workbook.xml": "<a", "xl/_rels/workbook.xml.rels": "<a/>"}), "is damaged"),
    "entities": (
        zipped({"content.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "is damaged: it declares a document type",
    ),
    "an old one": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is damaged or no workbook"),
    "no rows": (xlsx({"S": ROWS[:1]}), "has no sheet with a header and rows: S"),
    "no cells": (xlsx({"S": []}), "has no sheet with a header and rows: S"),
    "a name twice": (xlsx({"S": [["a", "a"], [1, 2]]}), "column 'a' stands twice"),
    "no name": (xlsx({"S": [["a", None, None, "b"], [1, 2, 3, 4]]}), r"column \d \(counted from 0\) has no name"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_broken_files_are_refused(save, broken):
    """The message names the file and what is wrong."""
    raw, message = broken
    with pytest.raises(InputError, match=message) as error:
        read(save(raw))
    assert "\n" not in str(error.value)
