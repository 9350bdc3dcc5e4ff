"""JSON lines: by pyarrow where every key has one type, by Python elsewhere, with the same result."""

import gzip
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcl_core.data.readers.json_rows import arrow_lines
from mlcl_core.data.readers.json_rows import format as json_format
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError
from tests.data.readers.json_rows.reading import TEXT, labels_of, read, saved

ROWS = [
    {"id": f"i{k}", "text": f"{TEXT} {k}", "labels": labels}
    for k, labels in enumerate([["sea"], ["sea", "fog"], [], ["sun"], ["fog"], None])
]
SETS = [["sea"], ["fog", "sea"], [], ["sun"], ["fog"], []]


def lines(rows, **options) -> bytes:
    """One object a line."""
    return "".join(json.dumps(row, **options) + "\n" for row in rows).encode()


@pytest.fixture
def save(tmp_path):
    """Write bytes; the path."""

    def write(content, name="mine.jsonl"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def only_python(monkeypatch):
    """pyarrow reads nothing."""
    monkeypatch.setattr(json_format, "read_lines", lambda *arguments: None)


def check_sound(loaded) -> None:
    """Check that ``ROWS`` were read."""
    assert labels_of(loaded) == SETS
    assert list(loaded.x) == [row["text"] for row in ROWS]
    assert loaded.item_names == tuple(row["id"] for row in ROWS)


@pytest.mark.parametrize("name", ["mine.jsonl", "mine.ndjson", "mine.json"])
def test_reads_a_sound_file(save, name):
    """Texts, lists of labels and ids are read whatever the ending; null and an empty list are no label."""
    check_sound(read(save(lines(ROWS), name)))


def test_python_reads_the_same(save, only_python):
    """What pyarrow reads, Python reads equally."""
    check_sound(read(save(lines(ROWS))))


def test_sound_files_are_read_by_pyarrow(save, monkeypatch):
    """A file whose keys have one type each is never parsed whole by Python."""
    monkeypatch.setattr(json_format, "_all_rows", None)
    check_sound(read(save(lines(ROWS))))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + lines(ROWS),
        lines(ROWS).replace(b"\n", b"\r\n"),
        b"\n\n" + lines(ROWS).replace(b"\n", b"\n\n  \n"),
        lines(ROWS).rstrip(b"\n"),
        lines(ROWS, indent=2),
        lines(ROWS).replace(b"\n", b""),
        lines(ROWS).decode().encode("utf-16"),
    ],
    ids=["a mark", "CR LF", "empty lines", "no last line end", "over several lines", "in one line", "UTF-16"],
)
def test_lines_may_end_in_any_way(save, content):
    """A byte order mark, line ends of any kind, empty lines, objects over several lines or in one: all the same."""
    check_sound(read(save(content)))


def test_packed(save):
    """A file packed by gzip is read; a damaged one is refused."""
    packed = gzip.compress(lines(ROWS))
    check_sound(read(save(packed, "mine.jsonl.gz")))
    with pytest.raises(InputError, match=r"mine.jsonl.gz is damaged or no gzip file"):
        read(save(packed[:-12], "mine.jsonl.gz"))


def test_a_packed_file_may_not_unpack_to_more_than_its_size_allows(save, monkeypatch):
    """A small file that unpacks to more than its limit is refused before it is parsed."""
    monkeypatch.setattr("mlcl_core.data.limits.FLOOR", 1000)
    monkeypatch.setattr("mlcl_core.data.limits.PER_BYTE", 1)
    with pytest.raises(InputError, match=r"mine\.jsonl\.gz unpacks to about [\d,]+ bytes"):
        read(save(gzip.compress(lines(ROWS * 100)), "mine.jsonl.gz"))


MIXED = {
    "a word beside lists": (["sea", ["sea", "fog"], [], "sun", ["fog"], None], SETS),
    "an empty text beside lists": ([["sea"], ["sea", "fog"], "", ["sun"], ["fog"], None], SETS),
    "null first": ([None, ["sea", "fog"], [], ["sun"], ["fog"], None], [[], *SETS[1:]]),
    "choices beside words": (
        ["sea", {"choices": ["sea", "fog"]}, None, "sun", "fog", None],
        SETS,
    ),
    "objects with a name": (
        [
            [{"id": 1, "name": "sea"}],
            [{"id": 1, "name": "sea"}, {"id": 2, "name": "fog"}],
            [],
            [{"name": "sun"}],
            [{"name": "fog", "more": "x"}],
            None,
        ],
        SETS,
    ),
    "numbers": ([[0], [0, 1], [], [2], [1], None], [["0"], ["0", "1"], [], ["2"], ["1"], []]),
    "numbers beside lists": ([0, [0, 1], [], 2, 1, None], [["0"], ["0", "1"], [], ["2"], ["1"], []]),
    "numbers and words": ([["a"], ["a", 1], [], [2], [1], None], [["a"], ["1", "a"], [], ["2"], ["1"], []]),
}


@pytest.mark.parametrize("values", MIXED.values(), ids=MIXED)
@pytest.mark.parametrize("name", ["mine.jsonl", "mine.json"])
def test_one_key_may_hold_several_types(tmp_path, values, name):
    """Labels of several types under one key give the sets that they say, line by line or in an array."""
    held, right = values
    rows = [row | {"labels": labels} for row, labels in zip(ROWS, held, strict=True)]
    assert labels_of(read(saved(tmp_path, rows, name))) == right


def test_a_type_may_change_behind_the_first_rows(save, monkeypatch):
    """Where the first rows hold one type and later ones another, Python reads what is beyond doubt."""
    monkeypatch.setattr(json_format, "rows_of_head", lambda columns: 3)
    rows = [row | {"more": k if k < 4 else "x"} for k, row in enumerate(ROWS)]
    check_sound(read(save(lines(rows))))
    rows = [row | {"labels": row["labels"] if k < 4 else "fog"} for k, row in enumerate(ROWS)]
    assert labels_of(read(save(lines(rows)))) == [*SETS[:4], ["fog"], ["fog"]]
    rows = [row | {"labels": row["labels"] if k < 4 else {"a": ["b"]}} for k, row in enumerate(ROWS)]
    with pytest.raises(InputError, match=r"key 'labels' holds lists in the first rows and .*at row 4"):
        read(save(lines(rows)))


@pytest.mark.parametrize("python", [False, True])
def test_no_label_comes_late_without_a_word(save, monkeypatch, python):
    """A key of 0 and 1 that first stands behind the first rows is refused; one of numbers counts for nothing."""
    monkeypatch.setattr(json_format, "rows_of_head", lambda columns: 3)
    if python:
        monkeypatch.setattr(json_format, "read_lines", lambda *arguments: None)
    rows = [{"text": f"{TEXT} {k}", "sea": k % 2, "sun": 1 - k % 2} for k in range(5)]
    late = [*rows[:4], rows[4] | {"fog": 1}]
    with pytest.raises(InputError, match="key 'fog' stands first at row 4"):
        read(save(lines(late)))
    assert read(save(lines([*rows[:4], rows[4] | {"length": 17}]))).label_names == ("sea", "sun")


def test_keys_that_rows_lack_are_unknown(save):
    """Columns of 0 and 1 whose keys some rows lack are labels, and what a lacking key means is asked."""
    rows = [{"text": f"{TEXT} {k}", "sea": k % 2} | ({"sun": 1} if k % 3 else {}) for k in range(8)]
    with pytest.raises(QuestionError, match=r"3 cells .*'sun'.*unknown=no"):
        read(save(lines(rows)))
    loaded = read(save(lines(rows)), unknown="no")
    assert loaded.y.toarray().sum(0).tolist() == [4, 5]


def test_objects_of_numbers_are_columns(save):
    """An object of 0 and 1, or of true and false, holds a label for each of its keys."""
    rows = [{"text": f"{TEXT} {k}", "labels": {"sea": k % 2, "sun": int(k > 2)}} for k in range(6)]
    loaded = read(save(lines(rows)))
    assert loaded.label_names == ("sea", "sun")
    assert labels_of(loaded) == [[], ["sea"], [], ["sea", "sun"], ["sun"], ["sea", "sun"]]
    truths = [{"text": row["text"], "labels": {key: bool(one) for key, one in row["labels"].items()}} for row in rows]
    assert labels_of(read(save(lines(truths)))) == labels_of(loaded)


def test_objects_of_fractions_need_a_threshold(save):
    """An object called labels or cats whose numbers are scores holds labels from a number on that is told."""
    rows = [{"text": f"{TEXT} {k}", "cats": {"sea": k / 6, "sun": 1 - k / 8}} for k in range(6)]
    path = save(lines(rows))
    with pytest.raises(InputError, match=r"label at row 1, column 'sea' is 0.16.*threshold= from which number on"):
        read(path)
    assert labels_of(read(path, threshold="0.5")) == [["sun"]] * 3 + [["sea", "sun"]] * 2 + [["sea"]]


def test_embeddings_are_features(save):
    """A list of fractions in each row is the item."""
    rows = [{"vector": [0.5 * k, -1.0, 2], "tags": ["a" if k % 2 else "b"]} for k in range(6)]
    loaded = read(save(lines(rows)))
    assert loaded.x.tolist() == [[0.5 * k, -1.0, 2.0] for k in range(6)]
    assert loaded.label_names == ("a", "b")


def test_large_whole_numbers_keep_their_digits(save):
    """Ids beyond 64 bits, which pyarrow would round, stay different."""
    rows = [row | {"id": 10**20 + k} for k, row in enumerate(ROWS)]
    assert read(save(lines(rows))).item_names == tuple(str(10**20 + k) for k in range(6))


def test_dates_stay_texts(save):
    """pyarrow would make times of them."""
    rows = [row | {"id": f"2026-01-0{k + 1}"} for k, row in enumerate(ROWS)]
    assert read(save(lines(rows))).item_names[0] == "2026-01-01"


name = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text.isprintable()
)


@given(names=st.lists(name, min_size=2, max_size=5, unique=True), draw=st.integers(0, 1000))
@settings(max_examples=8, deadline=None)
def test_names_come_back_identical(tmp_path_factory, names, draw):
    """Any names of labels come back as they are, from lines and from an array, by pyarrow and by Python."""
    import unicodedata

    names = list(dict.fromkeys(unicodedata.normalize("NFC", one) for one in names))
    generator = np.random.default_rng(draw)
    sets = [[one for one in names if generator.random() < 0.5] for _ in range(4)] + [[one] for one in names]
    rows = [{"text": f"{TEXT} {k}", "labels": one} for k, one in enumerate(sets)]
    folder = tmp_path_factory.mktemp("names")
    for path in (saved(folder, rows), saved(folder, rows, "mine.jsonl")):
        assert labels_of(read(path, no_label="none")) == [sorted(one) for one in sets]


BROKEN = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "no object": (b'"text"\n', "is no JSON: it begins with"),
    "a list in a line": (lines(ROWS[:3]) + b"[1]\n", "line 4 is a list; it must be an object"),
    "a number in a line": (lines(ROWS[:3]) + b"7\n", "line 4 is a number; it must be an object"),
    "cut off": (lines(ROWS[:3]) + b'{"id": "i4", "te', r"line 4 is no JSON \(cut off\?\)"),
    "a comma too many": (lines(ROWS[:3]) + b'{"id": "i4",}\n' + lines(ROWS[4:]), "line 4 is no JSON"),
    "a key twice": (lines(ROWS[:3]) + b'{"labels": ["a"], "labels": ["b"]}\n', "line 4: key 'labels'"),
    "nested": (lines(ROWS[:3]) + b'{"labels":' + b"[" * 10_000 + b"]" * 10_000 + b"}\n", "line 4 is nested too deep"),
    "nested objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"\n", "nested too deep"),
    "half a character": (lines(ROWS[:3]) + b'{"labels": ["\\ud800"]}\n', r"key 'labels' holds half a character.*row 3"),
    "digits": (lines(ROWS[:3]) + b'{"n": ' + b"9" * 5000 + b"}\n", "line 4 holds a number of more than"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_broken_files_are_refused(save, broken):
    """The message names the line and what is wrong."""
    content, message = broken
    with pytest.raises(InputError, match=message):
        read(save(content))


def test_other_encodings(save):
    """A file that is no UTF-8 is read in the encoding that is found, which is said, or told; else its line is named."""
    rows = [row | {"labels": ["brücke", "fluß"] if k % 2 else ["bäche"]} for k, row in enumerate(ROWS)]
    path = save(lines(rows, ensure_ascii=False).decode().encode("cp1252"))
    assert read(path, encoding="cp1252").label_names == ("brücke", "bäche", "fluß")
    assert any("no UTF-8" in text for text in read(path).said)
    with pytest.raises(InputError, match=r"line 1 \(byte \d+\) is no UTF-8"):
        read(path, encoding="utf-8")


@pytest.mark.parametrize("pieces", [1, 2])
def test_deep_lines_never_reach_pyarrow(tmp_path, pieces):
    """A line with more open brackets than pyarrow's parser stands is left to Python, wherever a piece of it ends."""
    deep = b'{"a":' + b'[{"b":' * 500 + b"1" + b"}]" * 500 + b"}\n"

    def read_all(size):
        with arrow_lines._Shallow(deep) as file:
            while file.read(size):
                pass

    with pytest.raises(ValueError, match="too deeply"):
        read_all(-(-len(deep) // pieces))
    flat = b'{"a":[' + b",".join([b"[1]"] * 500) + b"]}\n"
    with arrow_lines._Shallow(flat) as file:
        assert file.read() == flat
    assert arrow_lines.read_lines(deep, pa.schema([]), ["a"]) is None
