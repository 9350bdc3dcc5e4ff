"""CSV: encodings, delimiters, quotes, and every way in which a line can be wrong."""

import codecs
from contextlib import suppress

import numpy as np
import pytest

from mlcl_core.data.files import build_dataset
from mlcl_core.data.readers import READERS
from mlcl_core.data.readers import csv as reader
from mlcl_core.data.readers import text_file as text_files
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options

CSV = READERS["csv"]
read_csv = CSV.read

SOUND = "id,p,q,sea,sun\na,0.5,4,1,0\nb,-1.5,5,0,0\nc,2,6,1,1\nd,0,7,0,1\n"


@pytest.fixture
def save(tmp_path):
    """Write text or bytes; the path."""

    def write(content, name="mine.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def check_sound(loaded) -> None:
    """Check that the contents of ``SOUND`` were read."""
    assert loaded.x.tolist() == [[0.5, 4], [-1.5, 5], [2, 6], [0, 7]]
    assert loaded.y.toarray().tolist() == [[1, 0], [0, 0], [1, 1], [0, 1]]
    assert (loaded.feature_names, loaded.label_names) == (("p", "q"), ("sea", "sun"))
    assert loaded.item_names == ("a", "b", "c", "d")


def test_reads_a_sound_file(save):
    """Features, labels and names are read, and make a data set."""
    path = save(SOUND)
    check_sound(read_csv(path))
    data = build_dataset(read_csv(path), path, 0)
    assert (data.name, data.kind, len(data)) == ("mine", "features", 4)
    assert data.labels[:].tolist() == [[True, False], [False, False], [True, True], [False, True]]


def test_the_record(save):
    """The default parameters read a sound file; the endings are .csv and .tsv, packed by gzip or not."""
    check_sound(CSV.read(save(SOUND), **checked_options("the file", CSV.params, {})))
    assert CSV.suffixes == (".csv", ".tsv", ".csv.gz", ".tsv.gz")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["mine.csv", "mine.tsv"])
def test_the_delimiter_is_guessed(save, delimiter, name):
    """Comma, semicolon, tab or bar is guessed from the header, whatever the ending."""
    check_sound(read_csv(save(SOUND.replace(",", delimiter), name)))


@pytest.mark.parametrize(("word", "delimiter"), [("tab", "\t"), ("\\t", "\t"), ("\t", "\t"), (";", ";")])
def test_the_delimiter_may_be_given(save, word, delimiter):
    """A given delimiter is used even if the header has more of another."""
    path = save(f"a,b,c,d{delimiter}e,f{delimiter}label\n1{delimiter}2{delimiter}x\n")
    assert read_csv(path, delimiter=word).feature_names == ("a,b,c,d", "e,f")


def test_a_tab_comes_first_in_a_tsv(save):
    """In a .tsv whose header has a tab, the tab is the delimiter; elsewhere the number of columns decides."""
    content = "p,q\tlabel,x\n1\tu\n"
    assert read_csv(save(content, "mine.tsv"), labels='"label,x"').feature_names == ("p,q",)
    with pytest.raises(InputError, match="line 2 has 1 cell; the header has 3"):
        read_csv(save(content))


@pytest.mark.parametrize("delimiter", [",,", "x", " ", "tabs"])
def test_refuses_a_delimiter(save, delimiter):
    """Any other delimiter is refused, as an option and as an argument."""
    with pytest.raises(InputError, match=r"must be one of , ; \| tab|at most 3"):
        checked_options("the file", CSV.params, {"delimiter": delimiter})
    with pytest.raises(InputError, match=r"must be one of , ; \| tab"):
        read_csv(save(SOUND), delimiter=delimiter)


ENCODED = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16, low byte first": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16, high byte first": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
}


@pytest.mark.parametrize("chunk", [1 << 24, 7])
@pytest.mark.parametrize("encoding", ENCODED)
def test_encodings(save, monkeypatch, encoding, chunk):
    """UTF-8 and UTF-16 are read, wherever the chunks for decoding end."""
    text = SOUND.replace("id", "name").replace("\na,", "\nçà 日本 😀,").replace("sun", "soleil é")
    path = save(ENCODED[encoding](text))
    monkeypatch.setattr(text_files, "CHUNK", chunk)
    assert text_files.text_file(path).lines == 5
    monkeypatch.undo()
    loaded = read_csv(path)
    assert loaded.item_names[0] == "çà 日本 😀"
    assert loaded.label_names == ("sea", "soleil é")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", "\n\r\n"])
def test_line_ends(save, end):
    """Line ends of any system; empty lines are ignored, and the last line needs no line end."""
    check_sound(read_csv(save(end + SOUND.replace("\n", end))))
    check_sound(read_csv(save(SOUND.strip().replace("\n", end))))


def test_white_space(save):
    """White space around names, numbers and labels is ignored."""
    check_sound(read_csv(save(SOUND.replace(",", " , "))))


def test_quotes(save):
    """Quoted cells hold delimiters, line breaks and quotes; a quote inside a cell is itself."""
    path = save('"p","the\nname",name,tags\n1,2,"one,\n\ntwo ""three""","a;\nb"\n3,4,5" disk,c\n')
    loaded = read_csv(path, separator=";")
    assert loaded.item_names == ('one,\n\ntwo "three"', '5" disk')
    assert loaded.feature_names == ("p", "the\nname")
    assert loaded.label_names == ("a", "b", "c")


def test_names_are_text(save):
    """An id of digits keeps its zeros; NA, nan and null are ordinary names and labels."""
    content = "id,p,tags\n007,1,NA;null\nNA,2,nan\ntrue,3,1.50\n"
    loaded = read_csv(save(content), separator=";", no_label="none")
    assert loaded.item_names == ("007", "NA", "true")
    assert loaded.label_names == ("1.50", "NA", "nan", "null")


def test_numbers(save):
    """All notations of numbers are read; empty and missing values are NaN; true and false are 1 and 0."""
    loaded = read_csv(
        save("p,q,r,s,sea\n1,-2e3,true,1\n".replace("1\n", "9,1\n") + "+1.5,NaN,false,,0\n0003,NA,true,8,0\n")
    )
    wanted = [[1, -2000, 1, 9], [1.5, np.nan, 0, np.nan], [3, np.nan, 1, 8]]
    assert np.array_equal(loaded.x, wanted, equal_nan=True)


def test_an_index_names_the_items(save):
    """The nameless first column that pandas writes holds the items' names and is no feature."""
    loaded = read_csv(save(",p,sea\nx,5,1\ny,6,0\n"))
    assert (loaded.item_names, loaded.feature_names) == (("x", "y"), ("p",))
    assert read_csv(save(",name,p,sea\n0,u,5,1\n1,v,6,0\n")).item_names == ("u", "v")


def test_columns_numbered_from_0(save):
    """A header of 0, 1, 2 is accepted, as pandas writes it."""
    assert read_csv(save("0,1,2\n5,6,1\n7,8,0\n")).feature_names == ("0", "1")


def test_a_row_longer_than_a_block(save, monkeypatch):
    """A cell longer than a block is read at the second attempt."""
    monkeypatch.setattr(reader, "CHUNK", 1000)
    path = save("p,note,tags\n1,,u\n2," + "x" * 200_000 + ",v\n" + "3,,u\n" * 500)
    assert len(read_csv(path, ignore="note").x) == 502


def test_text_in_the_last_of_many_blocks(save, monkeypatch):
    """All cells decide a column's type: a wrong cell in the last block is found, and so is a short row."""
    monkeypatch.setattr(reader, "CHUNK", 1000)
    rows = "1,2,0\n3,4,1\n" * 1000
    with pytest.raises(InputError, match=r"column 'q' holds text \('4x' at row 2000\)"):
        read_csv(save("p,q,sea\n" + rows + "1,4x,0\n"))
    with pytest.raises(InputError, match="line 2002 has 2 cells; the header has 3"):
        read_csv(save("p,q,sea\n" + rows + "1,0\n"))


HEAD = "id,p,sea\n"
BAD = {
    "nothing": (b"", "is empty; a line with the names of the columns is needed"),
    "a mark only": (codecs.BOM_UTF8, "is empty"),
    "a mark of UTF-16 only": (codecs.BOM_UTF16_LE, "is empty"),
    "empty lines": (b"\n\r\n\n", "is empty"),
    "a header": (HEAD, "names columns but has no rows"),
    "a header without line end": (HEAD.strip(), "names columns but has no rows"),
    "a header of a list column": ("p,tags\n\n", "names columns but has no rows"),
    "a header of numbers": ("0.5,1.5,1\n2.5,3,0\n", r"is the first row \(0.5, 1.5, 1\) an item .* header=no: .*=yes"),
    "a column twice": ("p,q, p,sea\n1,2,3,0\n", "column 'p' stands twice"),
    "a column without name": ("p,,sea\n1,2,0\n", r"column 1 \(counted from 0\) has no name"),
    "a row too short": (HEAD + "a,1,0\nb,1\n", "line 3 has 2 cells; the header has 3"),
    "a row too long": (HEAD + "a,1,0\n\nb,1,0,0\n", "line 4 has 4 cells; the header has 3"),
    "a row too long after quoted lines": (HEAD + '"a\nb\nc",1,0\nb,1,0,0\n', "line 5 has 4 cells"),
    "one cell": (HEAD + "a,1,0\n  \n", "line 3 has 1 cell; the header has 3"),
    "an open quote at the end": (HEAD + 'a,1,0\n"b,1,0\nc,1,0\n', "begins in line 3 has a quote that isn't closed"),
    "an open quote in the last cell": (HEAD + 'a,1,0\nb,1,"0', "begins in line 3 has a quote that isn't closed"),
    "an open quote in the header": ('id,"p,sea\na,1,0\n', "begins in line 1 has a quote"),
    "an open quote in a long header": ('id,"p' + "x" * 200_000, "begins in line 1 has a quote"),
    "quotes that join lines": ('p,name,sea\n1,"u,0\n2,"v,0\n', "begins in line 2 has a quote .* followed by text"),
    "Latin-1 after a mark": (codecs.BOM_UTF8 + b"p,\xe9", r"line 1 \(byte 5\) is no UTF-8"),
    "UTF-8 cut": ("p,sea\n1,é".encode()[:-1], r"line 2 \(byte 8\) is no UTF-8"),
    "UTF-16 cut": (codecs.BOM_UTF16_LE + "p,sea\n1,0".encode("utf-16-le")[:-1], r"line 2 \(byte 18\) is no UTF-16"),
    "UTF-16 without mark": ("p,sea\n1,0\n".encode("utf-16-le"), "line 1 holds a zero byte"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), r"line 1 \(byte 0\) is no UTF-8"),
    "a zip": (b"PK\x03\x04" + bytes(30), "line 1 holds a zero byte"),
    "prose": ("Once upon a time\nthere was\n", "no column of labels; its columns are Once upon a time"),
    "text among numbers": (HEAD + "a,1,0\nb,one,1\n", r"column 'p' holds text \('one' at row 1\)"),
    "an id twice": (HEAD + "a,1,0\nb,2,1\na,3,0\n", "id 'a' stands at rows 0 and 2"),
    "an id twice with other labels": (HEAD + "a,1,0\nb,2,1\na,3,1\n", "'id' repeats with other labels .* rows=item:"),
}


@pytest.mark.parametrize("case", BAD)
def test_refuses(save, case):
    """Every wrong file is refused in one line that names the file, the line or row, and what is needed."""
    content, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        read_csv(save(content))
    assert "\n" not in str(caught.value)
    assert "mine.csv" in str(caught.value)


@pytest.mark.parametrize("value", ["0.5", "", "NA"])
def test_asks_what_an_unknown_label_is(save, value):
    """The question about an unknown cell among 0 and 1 names its row, counted from 0, its column and its value."""
    said = f"'{value}'" if value else "empty"
    with pytest.raises(QuestionError, match=f"the first: {said} at row 1, column 'sun'.*unknown=no"):
        read_csv(save(f"p,sea,sun\n1,0,0\n2,1,{value}\n3,1,1\n"), labels="s*")


@pytest.mark.parametrize("value", ["maybe", "2"])
def test_refuses_labels(save, value):
    """The error for a label other than 0 and 1 names its row, counted from 0, its column and its value."""
    with pytest.raises(InputError, match=f"row 12000, column 'sun' is '{value}'"):
        read_csv(save("p,sea,sun\n" + "1,0,0\n2,1,1\n" * 6000 + f"2,1,{value}\n"), labels="s*")


def test_other_encodings_are_found_and_said(save):
    """What is no UTF-8 is read in the encoding that its bytes look like, which is said; or in the one that is told."""
    text = "name,p,sea\n" + "".join(f"café à la crème {row},{row},{row % 2}\n" for row in range(40))
    loaded = read_csv(save(text.encode("cp1252")))
    assert loaded.item_names[0] == "café à la crème 0"
    assert any("no UTF-8; it is read as cp1252, as in 'café'" in sentence for sentence in loaded.said)
    assert read_csv(save("name,p,sea\nплан,1,0\nдом,2,1\n".encode("koi8-r")), encoding="koi8-r").item_names == (
        *("план", "дом"),
    )
    with pytest.raises(InputError, match="encoding is 'klingon'; it must be one such as"):
        read_csv(save(text), encoding="klingon")


def test_decimal_commas(save):
    """Numbers with decimal commas are read where another mark parts the columns; in option decimal= as it says."""
    content = "p;q;sea\n1,5;2;0\n2,5;3;1\n"
    assert read_csv(save(content)).x.tolist() == [[1.5, 2], [2.5, 3]]
    assert read_csv(save(content), decimal=",").schema["decimal"] == ","


def test_a_line_that_names_the_delimiter(save):
    """Excel's first line sep=; is no header."""
    check_sound(read_csv(save("sep=;\n" + SOUND.replace(",", ";"))))


def test_columns_that_are_no_numbers_are_left_out_and_said(save):
    """Beside numbers, a column of dates is no feature; it is said."""
    loaded = read_csv(save("p,day,sea\n1,2020-01-01,0\n2,2020-01-01,1\n"))
    assert loaded.feature_names == ("p",)
    assert any("day" in sentence and "not used" in sentence for sentence in loaded.said)


def test_a_first_row_that_is_an_item(save):
    """header=no reads the first row as an item."""
    loaded = read_csv(save("0.5,1.5,1\n2.5,3,0\n"), header="no")
    assert loaded.x.tolist() == [[0.5, 1.5], [2.5, 3]]
    assert loaded.label_names == ("column 2",)


def test_refuses_a_missing_file(tmp_path):
    """The reader itself refuses a missing file."""
    with pytest.raises(InputError, match=r"gone\.csv can't be read"):
        read_csv(tmp_path / "gone.csv")


def test_any_truncation(save):
    """A file cut at any byte is read as far as it goes or refused; no other exception is raised."""
    whole = SOUND.replace("\na,", '\n"a ""é""\n",').encode()
    for length in range(len(whole)):
        with suppress(InputError):
            read_csv(save(whole[:length]))
