"""ARFF files: equal to .npz, whichever way the labels are given, and every way in which a file can be wrong."""

import os
import time

import numpy as np
import pytest
import torch

from mlcl_core.data import load_data
from mlcl_core.data.files import build_dataset
from mlcl_core.data.readers.arff import ARFF, grammar, mulan_xml, read_arff
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options
from tests.data.test_files import arrays

NAMES = ["sea", "sun", "fog", "ice"]
XML = "http://mulan.sourceforge.net/labels"


def labels_xml(names=NAMES) -> str:
    """Mulan's file of labels."""
    inside = "".join(f'<label name="{name}"></label>\n' for name in names)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<labels xmlns="{XML}">\n{inside}</labels>\n'


def document(x, y, *, sparse=False, relation="mine", labels_first=False) -> str:
    """An ARFF file of numbers, with its labels at either end."""
    features = [f"@attribute {name} numeric" for name in "pqrstu"[: x.shape[1]]]
    labels = [f"@attribute {name} {{0,1}}" for name in NAMES]
    rows = []
    for values, carried in zip(x.tolist(), y.tolist(), strict=True):
        row = carried + values if labels_first else values + carried
        pairs = ", ".join(f"{at} {value!r}" for at, value in enumerate(row) if value)
        rows.append(f"{{{pairs}}}" if sparse else ",".join(map(repr, row)))
    declared = labels + features if labels_first else features + labels
    return "\n".join([f"@relation {relation}", "", *declared, "", "@data", *rows, ""])


@pytest.fixture
def save(tmp_path):
    """Write a text (and the XML file beside it); the path."""

    def write(text: str | bytes, xml: str | bytes | None = None):
        path = tmp_path / "mine.arff"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if xml is not None:
            path.with_suffix(".xml").write_bytes(xml if isinstance(xml, bytes) else xml.encode())
        return path

    return write


WAYS = {
    "an XML file beside it": ({}, labels_xml(), {}),
    "XML in another order": ({}, labels_xml(NAMES[::-1]), {}),
    "a count": ({}, None, {"labels": "4"}),
    "a count at the other end": ({"labels_first": True}, None, {"labels": "-4"}),
    "MEKA's header": ({"labels_first": True, "relation": "'mine: -C 4'"}, None, {}),
    "MEKA's header, the other end": ({"relation": "'mine: -V -C -4 -split 3'"}, None, {}),
    "a count before all else": ({"relation": "'mine: -C 2'"}, labels_xml(["p"]), {"labels": "4"}),
    "XML before MEKA's header": ({"relation": "'mine: -C 2'"}, labels_xml(), {}),
}


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("case", WAYS)
def test_gives_what_npz_gives(save, tmp_path, case, sparse):
    """Both formats give equal features, labels and names, whichever way the labels are given."""
    how, xml, params = WAYS[case]
    x, y = arrays()["X"], arrays()["Y"]
    x[np.random.default_rng(1).random(x.shape) < 0.3] = 0
    np.savez(tmp_path / "mine.npz", X=x, Y=y, label_names=np.array(NAMES))
    path = save(document(x, y, sparse=sparse, **how), xml)
    loaded = read_arff(path, **params)
    data, other = build_dataset(loaded, path, 0), load_data(tmp_path / "mine.npz")
    assert torch.equal(data.items, other.items)
    assert torch.equal(data.labels.dense(), other.labels.dense())
    assert data.label_names == other.label_names
    assert data.split.tolist() == other.split.tolist()
    assert loaded.feature_names == tuple("pqrstu")


def test_xml_by_name(save, tmp_path):
    """The option names an XML file in the folder of the .arff or in a sub-folder."""
    path = save(document(arrays()["X"], arrays()["Y"]))
    (tmp_path / "down").mkdir()
    (tmp_path / "down" / "all.xml").write_text(labels_xml(["fog"]))
    loaded = read_arff(path, xml="down/all.xml")
    assert loaded.label_names == ("fog",)
    assert loaded.feature_names == (*"pqrstu", "sea", "sun", "ice")


def test_nested_labels(save):
    """A hierarchy of labels gives all of its labels, with and without a name space."""
    xml = '<labels><label name="sea"><label name="fog"><label name="ice"/></label></label></labels>'
    assert read_arff(save(document(arrays()["X"], arrays()["Y"]), xml)).label_names == ("sea", "fog", "ice")


ODD = r"""% by José
@RELATION 'odd: one'

@Attribute 'two words'	REAL % why not
@attribute "it's \"so\"" integer
@attribute colour {red, 'dark blue', green}
@attribute 'don\'t {do}' {0, 1}
@attribute on{1,0} % also why
@ATTRIBUTE carried numeric
@DATA
 1.5 , -2,red,0,1,1
% between
2e3,"3", 'dark blue',1,0,0

{}
{0 1, 2 green,4 0 , 3 '1',5 1}
"""


def test_reads_by_hand(save):
    """Quotes, escapes, comments, blanks and capitals; what a sparse row omits is 0, or the first nominal value."""
    loaded = read_arff(save(ODD.encode("latin-1")), labels="1")
    assert loaded.feature_names == (
        "two words",
        'it\'s "so"',
        "colour=red",
        "colour=dark blue",
        "colour=green",
        "don't {do}",
        "on",
    )
    assert loaded.x.tolist() == [
        [1.5, -2, 1, 0, 0, 0, 1],
        [2000, 3, 0, 1, 0, 1, 0],
        [0, 0, 1, 0, 0, 0, 1],
        [1, 0, 0, 0, 1, 1, 0],
    ]
    assert loaded.y.toarray().tolist() == [[1], [0], [0], [1]]


def rows(*data: str, head: str = "@attribute a numeric\n@attribute b {0,1}\n@attribute c {x,y}\n", **_) -> str:
    """A file of three attributes; the first is a label."""
    return f"@relation 'mine: -C 1'\n{head}@data\n" + "\n".join(data)


VALUES = ",".join(f"v{number}" for number in range(100_001))
BAD_ROWS = {
    "missing": (rows("1,0,x", "1,?,y"), r"row 1 \(line 7\) has no value of attribute 'b'; every value must be given"),
    "missing number": (rows("1,?,x"), "row 0 .*no value of attribute 'b'; .* or the attribute left out .ignore=b"),
    "missing, sparse": (rows("{0 1, 2 ?}"), r"row 0 \(line 6\) has no value of attribute 'c'"),
    "empty": (rows("1,,x"), "no value of attribute 'b'"),
    "no number": (rows("one,0,x"), "has 'one' for attribute 'a'; it must be a number"),
    "1_000": (rows("1_000,0,x"), "has '1_000' for attribute 'a'; it must be a number"),
    "neither 0 nor 1": (rows("1,2,x"), "has '2' for attribute 'b'; it must be one of '0, 1'"),
    "neither 0 nor 1, sparse": (rows("{1 2}"), "has '2' for attribute 'b'; it must be one of '0, 1'"),
    "an unknown value": (rows("1,0,z"), "has 'z' for attribute 'c'; it must be one of 'x, y'"),
    "too few": (rows("1,0"), "row 0 .*has 2 values; it must have 3, one of each attribute"),
    "too many": (rows("1,0,x,y"), "has 4 values; it must have 3"),
    "an open quote": (rows("1,0,'x"), r"is \"1,0,'x\"; it must be values between commas"),
    "an open quote after blanks": (rows("1,0,   'x"), "it must be values between commas"),
    "a cut sparse row": (rows("{0 1, 1"), r"is '{0 1, 1'; it must read {index value, index value, ...}"),
    "a sparse row without values": (rows("{0, 1}"), "it must read {index value"),
    "a negative index": (rows("{-1 1}"), "it must read {index value"),
    "an index too far": (rows("{3 1}"), "has index 3; the last attribute is 2"),
    "an index without end": (rows("{%s 1}" % ("9" * 5000)), "it must read {index value"),
    "an index twice": (rows("{0 1, 0 1}"), "has index 0 twice; it must stand once"),
    "a weight of words": (rows("{0 1}, {heavy}"), "it must read {index value"),
    "two rows in a line": (rows("{0 1}, {0 1}"), "it must read {index value"),
    "a label of 2": (rows(*["2,0,x"] * 9), r"label at row 0, column 0 \(a\) is 2; every label must be 0 or 1"),
    "NaN": (
        rows(*["1,0,x"] * 9, head="@attribute a numeric\n@attribute b numeric\n@attribute c {x,y}\n").replace(
            "1,0,x", "1,nan,x", 1
        ),
        r"NaN at row 0, column 0 \(b\)",
    ),
    "no rows": (rows(), "0 items; at least 4 needed"),
    "binary rows": (rows().encode() + b"\xff\xfe\x00\x01", r"row 0 .*has 1 values; it must have 3"),
    "a long text": (rows("1,0," + "z" * 10**6), "has 'zzz.{1,90}' for attribute 'c'"),
}
BAD_HEADS = {
    "nothing": ("", "has no @data line; it is cut off or not an ARFF file"),
    "cut off": ("@relation a\n@attribute b numeric\n", "has no @data line"),
    "a table": ("a,b\n1,2\n", "line 1 is 'a,b'; it must begin with @relation"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "line 1 is .*; it must begin with @relation"),
    "UTF-16": (rows("1,0,x").encode("utf-16"), "line 1 is .*; it must begin with @relation"),
    "no relation": ("@attribute a numeric\n", "line 1 .*must begin with @relation"),
    "no attributes": ("@relation a\n@data\n1\n", "line 2 is '@data'; it must begin with @attribute"),
    "texts that repeat": (
        rows(*["1,why not,2"] * 12, head="@attribute a {0,1}\n@attribute t string\n@attribute n real\n"),
        r"attribute 't' holds texts or dates \(1 different ones in 12 rows\), which are no features; give ignore=t",
    ),
    "dates that repeat": (
        rows(*["1,2020-01-02,2"] * 12, head="@attribute a {0,1}\n@attribute d date 'yyyy-MM-dd'\n@attribute n real\n"),
        "attribute 'd' holds texts or dates .* give ignore=d to leave it out, or names=d",
    ),
    "a label of texts": (
        rows("why,1", head="@attribute a string\n@attribute b real\n"),
        "label 'a' has the values 'texts'",
    ),
    "bags": (rows(head="@attribute r relational\n"), "line 2: attribute 'r' is relational: several rows an item"),
    "an unknown type": (rows(head="@attribute r complex\n"), "line 2: attribute 'r' is of type 'complex'; it must be"),
    "no type": (rows(head="@attribute a\n"), "attribute 'a' is of type ''"),
    "no name": (rows(head="@attribute\n"), "line 2 is '@attribute'; it must read @attribute name type"),
    "an open quote": (rows(head="@attribute 'a numeric\n"), "it must read @attribute name type, a name with spaces"),
    "a name twice": (rows(head="@attribute a numeric\n@attribute 'a' real\n"), "line 3 declares 'a' again"),
    "a value twice": (rows(head="@attribute a {x,y,x}\n"), "the values of 'a' are '{x,y,x}'; they must be"),
    "no values": (rows(head="@attribute a {}\n"), "the values of 'a' are '{}'"),
    "open values": (rows(head="@attribute a {x,y\n"), "the values of 'a' are '{x,y'"),
    "not UTF-8": (
        rows(head="@attribute José numeric\n").encode("latin-1"),
        "line 2 holds bytes that are no text in UTF",
    ),
    "a control character": (rows(head="@attribute 'a\x0bb' numeric\n"), "line 2 holds bytes"),
    "too many values": (
        rows("1,v1", head=f"@attribute a {{0,1}}\n@attribute b {{{VALUES}}}\n"),
        "has more than 100,000 columns .* ignore leaves attributes out",
    ),
    "a label of words": (
        rows("x,1", head="@attribute a {x,y}\n@attribute b numeric\n"),
        "label 'a' has the values 'x, y'; a label must have 0 and 1",
    ),
    "-C of all": (
        rows().replace("-C 1", "-C 3"),
        "-C in its @relation line is 3; of 3 attributes 1 to 2 can be labels",
    ),
    "-C of none": (rows().replace("-C 1", "-C 0"), "-C in its @relation line is 0"),
    "labels untold": (
        rows().replace(": -C 1", ""),
        r"nothing tells which attributes are labels; .* --set labels=-2: the first 2, all of 0 and 1: a, b",
    ),
}


@pytest.mark.parametrize("case", [*BAD_ROWS, *BAD_HEADS])
def test_refuses(save, case):
    """Every wrong file is refused in one short line that names the file, the position and what is needed."""
    text, message = {**BAD_ROWS, **BAD_HEADS}[case]
    path = save(text)
    with pytest.raises(InputError, match=message) as caught:
        build_dataset(read_arff(path), path, 0)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500
    assert "mine.arff" in str(caught.value)


TENFOLD = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">\n' for n in range(1, 10))
BOMB = f"""<?xml version="1.0"?>
<!DOCTYPE labels [
<!ENTITY e0 "ha">
{TENFOLD}]>
<labels><label name="&e9;"/></labels>"""
BAD_XML = {
    "entities": (BOMB, r"line 2 declares a document type; it must hold <labels>"),
    "entities in UTF-16": (
        BOMB.replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"),
        "declares a document type",
    ),
    "an entity of another file": (
        '<!DOCTYPE labels [<!ENTITY a SYSTEM "file:///etc/passwd">]><labels><label name="p">&a;</label></labels>',
        "declares a document type",
    ),
    "a document type elsewhere": ('<!DOCTYPE labels SYSTEM "labels.dtd"><labels/>', "declares a document type"),
    "an unknown entity": ("<labels><label name='&a;'/></labels>", "no sound XML file: undefined entity"),
    "an unknown encoding": ("<?xml version='1.0' encoding='klingon'?><labels/>", "no sound XML file"),
    "an encoding of several bytes": ("<?xml version='1.0' encoding='euc-jp'?><labels/>", "no sound XML file"),
    "no attribute": (
        labels_xml(["sea", "moon"]),
        r"label 'moon' is no attribute of mine\.arff; every label must be one",
    ),
    "a label twice": (labels_xml(["sea", "sun", "sea"]), "label 'sea' stands twice; it must stand once"),
    "no label": (labels_xml([]), "names no label"),
    "a label without a name": ("<labels><label/></labels>", "line 1 has a label without a name"),
    "another root": ("<html/>", "line 1 has <html>; it must hold <labels>"),
    "other elements": ("<labels>\n<tag name='sea'/></labels>", "line 2 has <tag>"),
    "cut off": (labels_xml()[:-5], "no sound XML file"),
    "empty": ("", "no sound XML file: no element found"),
    "no XML": ("sea\nsun\n", "no sound XML file"),
}


@pytest.mark.parametrize("case", BAD_XML)
def test_refuses_xml(save, case):
    """Only labels are read from the XML file; entities are never resolved."""
    xml, message = BAD_XML[case]
    begun = time.process_time()
    with pytest.raises(InputError, match=message) as caught:
        read_arff(save(document(arrays()["X"], arrays()["Y"]), xml))
    assert len(str(caught.value).splitlines()) == 1
    assert "mine.xml" in str(caught.value)
    assert time.process_time() - begun < 2


def test_deep_xml(save):
    """A hundred thousand nested labels are read like any others."""
    deep = "<labels>" + "<label name='moon'>" * 100_000 + "</label>" * 100_000 + "</labels>"
    with pytest.raises(InputError, match="label 'moon' is no attribute"):
        read_arff(save(document(arrays()["X"], arrays()["Y"]), deep))


def test_refuses_long_xml(save, monkeypatch):
    """A file larger than the limit is refused unread."""
    monkeypatch.setattr(mulan_xml, "MAX_XML", 50)
    with pytest.raises(InputError, match="bytes long; a file of labels has at most 50"):
        read_arff(save(document(arrays()["X"], arrays()["Y"]), labels_xml()))


OUTSIDE = ["../all.xml", "down/../../all.xml", "/etc/passwd", "..\\all.xml", "C:\\all.xml", "C:all.xml", "\\all.xml"]


@pytest.mark.parametrize("xml", OUTSIDE)
def test_stays_in_the_folder(save, tmp_path, xml):
    """Absolute paths and steps up are refused, in POSIX and Windows notation."""
    (tmp_path.parent / "all.xml").write_text(labels_xml())
    path = save(document(arrays()["X"], arrays()["Y"]))
    with pytest.raises(InputError, match="it must be a path inside the folder of the file, without"):
        read_arff(path, xml=xml)


@pytest.mark.parametrize("xml", ["", "mine.xml"])
def test_follows_no_link_out_of_the_folder(save, tmp_path_factory, xml):
    """An XML file that is a link out of the folder is not read, whether it is named or found beside the file."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "all.xml"
    elsewhere.write_text(labels_xml())
    path = save(document(arrays()["X"], arrays()["Y"]))
    try:
        path.with_suffix(".xml").symlink_to(elsewhere)
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(InputError, match="a link that leads out of the folder"):
        read_arff(path, xml=xml)


@pytest.mark.parametrize("xml", ["gone.xml", "a\0b", "a\nb", "x" * 400], ids=lambda xml: ascii(xml[:4]))
def test_refuses_a_missing_xml_file(save, xml):
    """A missing XML file that the option names is one error line."""
    with pytest.raises(InputError, match=r"mine\.arff") as caught:
        read_arff(save(document(arrays()["X"], arrays()["Y"])), xml=xml)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"labels": "10"}, r"labels is 10; of 10 attributes 1 to 9 can be labels \(-1 to -9: the other end\)"),
        ({"labels": "-10"}, "labels is -10; of 10 attributes"),
        ({"labels": "1.5"}, r"has no attribute '1.5' \(option labels\); there are p, q"),
        ({"labels": "sea,moon"}, "has no attribute 'moon'"),
        ({"labels": "sea", "ignore": "s?a"}, "sea in ignore, but also among the labels; one of them"),
        ({"labels": "sea", "names": "moon"}, "has no attribute 'moon' .option names.; there are p, q"),
        ({"labels": "2", "xml": "all.xml"}, "both xml and labels are given"),
    ],
)
def test_refuses_parameters(save, params, message):
    """An impossible count is refused, and so are a count and an XML file together."""
    with pytest.raises(InputError, match=message):
        read_arff(save(document(arrays()["X"], arrays()["Y"])), **params)


def test_refuses_too_many_attributes(save, monkeypatch):
    """Attributes are counted as they are read; nothing after the last allowed one is read."""
    assert grammar.MAX_COLUMNS == 100_000
    monkeypatch.setattr(grammar, "MAX_COLUMNS", 1000)
    many = "".join(f"@attribute a{number} numeric\n" for number in range(1001))
    with pytest.raises(InputError, match=r"has more than 1,000 attributes; at most 1,000 can be read"):
        read_arff(save(rows(head=many + "never read\n")))


def test_refuses_more_than_can_be_held(save, monkeypatch):
    """Sparse rows of two bytes each could take gigabytes: they are counted before they are allocated."""
    monkeypatch.setenv("MLCL_READ_GB", "3e-7")
    path = save(document(arrays()["X"], arrays()["Y"]), labels_xml())
    with pytest.raises(
        InputError,
        match=r"4 rows x 10 attributes and perhaps more, .* 320 bytes .*at most 300 are read",
    ):
        read_arff(path)


@pytest.mark.parametrize("begun", ["", "'", '"', "'a' "], ids=repr)
@pytest.mark.parametrize("part", [":", " -C", "'", '"', "\\", ",", " ", "'a", '"a,', "{", "0 1,"], ids=repr)
def test_long_lines_take_no_longer(save, begun, part):
    """Long lines of odd characters take linear time: no pattern backtracks."""
    line = begun + part * 20_000
    started = time.process_time()
    for text in (
        f"@relation {line}\n@attribute a numeric\n@data\n",
        rows(head=f"@attribute {line}\n"),
        rows(head=f"@attribute a {{{line}}}\n"),
        rows(line),
        rows(f"{{{line}}}"),
    ):
        with pytest.raises(InputError):
            build_dataset(read_arff(save(text)), save(text), 0)
    assert time.process_time() - started < 5


def refusal(path) -> str:
    """The reader's error for a file; empty if the file is read."""
    try:
        read_arff(path)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("sparse", [False, True])
def test_cut_anywhere(save, sparse):
    """A file cut at any byte is read or refused in one line; nothing else is raised."""
    whole = document(arrays()["X"][:2], arrays()["Y"][:2], sparse=sparse).encode()
    path = save(whole, labels_xml())
    for length in reversed(range(len(whole))):
        os.truncate(path, length)
        assert len(refusal(path).splitlines()) <= 1


def test_refuses_a_folder(tmp_path):
    """A path that can't be opened is one error line."""
    with pytest.raises(InputError, match="can't be read"):
        read_arff(tmp_path)


def test_record():
    """The format is recognised by its ending, and its parameters are checked."""
    assert (ARFF.name, ARFF.suffixes, ARFF.read) == ("arff", (".arff",), read_arff)
    assert checked_options("arff", ARFF.params, {}) == dict.fromkeys(
        ("xml", "labels", "names", "ignore", "unknown"), ""
    )
    for wrong in ({"labels": True}, {"unknown": "perhaps"}, {"xml": True}):
        with pytest.raises(InputError):
            checked_options("arff", ARFF.params, wrong)
