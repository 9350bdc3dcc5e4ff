"""ARFF as programs write it: words for 0 and 1, stale counts, names among the attributes, unknown labels, weights."""

import numpy as np
import pytest

from mlcl_core.data.readers.arff import read_arff
from mlcl_core.data.tables.question import QuestionError
from mlcl_core.errors import InputError


@pytest.fixture
def save(tmp_path):
    """Write a text; the path."""

    def write(text: str, name: str = "mine.arff"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def document(labels: str, rows, *, relation="mine", features=("@attribute a real",)) -> str:
    """A file whose last attributes are the labels sea and sun, of one type."""
    declared = [*features, f"@attribute sea {labels}", f"@attribute sun {labels}"]
    return "\n".join([f"@relation {relation}", *declared, "@data", *rows, ""])


TWO = ("@attribute b real", "@attribute a real")
RIGHT = [[1, 0], [0, 1], [1, 1]]  # sea, sun of three rows
WORDS = {
    "{FALSE,TRUE}": ("FALSE", "TRUE"),
    "{TRUE,FALSE}": ("FALSE", "TRUE"),
    "{no,yes}": ("no", "yes"),
    "{N, Y}": ("N", "Y"),
    "{0,1}": ("0", "1"),
    "{1,0}": ("0", "1"),
    "{-1,1}": ("-1", "1"),
    "{1,-1}": ("-1", "1"),
    "{'0','1'}": ("'0'", '"1"'),
    "{0.0,1.0}": ("0.0", "1.0"),
    "{negative,positive}": ("negative", "positive"),
    "numeric": ("0", "1"),
    "real": ("0.0", "1.0"),
    "integer": ("-1", "1"),
}


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("sparse", [False, True])
def test_words_of_labels(save, kind, sparse):
    """The words decide what is carried, not their order; what a sparse row leaves out is the first value."""
    first = kind.strip("{}").split(",")[0] if kind.startswith("{") else "0"
    rows = []
    for number, carried in enumerate(RIGHT):
        values = [str(number), *(WORDS[kind][one] for one in carried)]
        if not sparse:
            rows.append(",".join(values))
            continue
        left_out = ("0", first, first)
        pairs = [f"{at} {value}" for at, value in enumerate(values) if value != left_out[at]]
        rows.append("{" + ", ".join(pairs) + "}")
    loaded = read_arff(save(document(kind, rows)), labels="2")
    assert loaded.y.toarray().tolist() == RIGHT
    assert loaded.first_numbers(9).ravel().tolist() == [0, 1, 2]
    assert loaded.label_names == ("sea", "sun")
    assert ("labels are -1 and 1; -1 is taken for no" in loaded.said) == (kind == "integer")


@pytest.mark.parametrize("kind", ["{red,blue}", "{yes,true}", "{no}x", "{0,1,2}", "{no,maybe,yes}"])
def test_other_words_are_no_labels(save, kind):
    """Values that are no pair of yes and no are refused, never numbered."""
    value = kind.strip("{}x").split(",")[0]
    with pytest.raises(InputError, match=r"mine\.arff"):
        read_arff(save(document(kind, [f"1,{value},{value}"])), labels="2")


def test_labels_by_name(save):
    """The option takes names and patterns too; the others are features."""
    path = save(document("{0,1}", ["3,1,0", "4,0,1"]))
    loaded = read_arff(path, labels="su*")
    assert (loaded.label_names, loaded.feature_names) == (("sun",), ("a", "sea"))
    assert loaded.x.tolist() == [[3, 1], [4, 0]]


STALE = "weka.filters.unsupervised.attribute.Reorder-R2-last,1"
RELATIONS = {
    f"'x: -C -2-{STALE}'": "may have moved the labels",
    f"'x: -C 2 -split 3-{STALE}-weka.filters.unsupervised.instance.Randomize-S42'": "may have moved the labels",
    f"'x: -C 9-{STALE}'": "give labels=COUNT",
    "'x: -weka.filters.unsupervised.attribute.NominalToString -C 2'": "as an option of a Weka filter",
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_stale_count_is_refused(save, relation):
    """Behind a filter of attributes MEKA's count may point at others: labels= is asked for."""
    with pytest.raises(InputError, match=f"mine.arff.*{RELATIONS[relation]}") as caught:
        read_arff(save(document("{0,1}", ["3,1,0"], relation=relation)))
    assert "labels=" in str(caught.value)


def test_a_stale_count_is_a_question(save):
    """Both ends are offered, with the attributes that each would take."""
    path = save(document("{0,1}", ["3,1,0"], relation=f"'x: -C 2-{STALE}'"))
    with pytest.raises(
        QuestionError, match=r"--set labels=2: the last 2: sea, sun; --set labels=-2: the first 2: a, sea"
    ):
        read_arff(path)
    assert read_arff(path, labels="2").label_names == ("sea", "sun")


@pytest.mark.parametrize(
    "relation",
    [
        "'x-weka.filters.unsupervised.attribute.Remove-R1: -C -2'",
        "'x-weka.filters.Tokens-delimiters .,;:?!: -C -2'",
        "'x: -C -2-weka.filters.unsupervised.instance.RemovePercentage-P50.0'",
    ],
)
def test_a_count_that_is_not_stale(save, relation):
    """A filter before the count, or one of rows, leaves it right."""
    assert read_arff(save(document("{0,1}", ["3,1,0"], relation=relation))).label_names == ("sea", "sun")


def test_labels_untold_are_a_question(save):
    """The runs of 0/1 attributes at both ends are offered; numbers that are 0 and 1 count by their values."""
    rows = ["3,1,0", "0.5,0,1"]
    last = save(document("real", rows))
    with pytest.raises(QuestionError, match=r"--set labels=2: the last 2, all of 0 and 1: sea, sun$"):
        read_arff(last)
    both = save(document("{no,yes}", ["1,3,no,yes", "0,4,yes,no"], features=("@attribute w real", *TWO[1:])))
    with pytest.raises(
        QuestionError, match=r"labels=2: the last 2, .*: sea, sun; --set labels=-1: the first 1, .*: w$"
    ):
        read_arff(both)
    # words as numbers of 0 and 1 before labels with declared values, as in enron
    words = save(document("{0,1}", ["1,0,?", "0,1,1"]))
    with pytest.raises(QuestionError, match=r"labels=2: the last 2, all of 0 and 1: sea, sun$"):
        read_arff(words)
    nothing = save(document("{0,1}", ["1,0,1"], features=("@attribute a {0,1}",)))
    with pytest.raises(InputError, match="nothing tells which attributes are labels, and all 3 hold 0 and 1 only"):
        read_arff(nothing)


@pytest.mark.parametrize("name", ["X-train", "X-test", "X_train", "Xtrain", "X.validation", "X-train-3", "X"])
def test_one_xml_file_for_all_parts(save, name):
    """The XML file of the whole set is found for each of its parts, and said where its name differs."""
    path = save(document("{0,1}", ["1,0,1"]), f"{name}.arff")
    save('<labels><label name="sun"/></labels>', "X.xml")
    loaded = read_arff(path)
    assert loaded.label_names == ("sun",)
    assert loaded.said == (() if name == "X" else ("the labels are those in X.xml",))


def test_the_own_xml_file_comes_first(save):
    """An XML file of exactly the same name is preferred; a name that is nothing but the part stands for itself."""
    path = save(document("{0,1}", ["1,0,1"]), "X-train.arff")
    save('<labels><label name="sun"/></labels>', "X.xml")
    save('<labels><label name="sea"/></labels>', "X-train.xml")
    assert read_arff(path).label_names == ("sea",)
    with pytest.raises(QuestionError, match="nothing tells"):
        read_arff(save(document("{0,1}", ["1,0,1", "2,0,1"]), "train.arff"))


PROTEINS = [f"P{number:05}" for number in range(20)]


@pytest.mark.parametrize("kind", ["nominal", "string", "string, 19 of 20"])
def test_names_are_no_features(save, kind):
    """An attribute of nearly as many values as rows names the items: as features it would hide copies of items."""
    names = [*PROTEINS[:19], PROTEINS[0]] if kind.endswith("20") else PROTEINS
    declared = f"{{{','.join(PROTEINS)}}}" if kind == "nominal" else "string"
    rows = [f"{name},{number % 3},1,0" for number, name in enumerate(names)]
    path = save(document("{0,1}", rows, features=(f"@attribute protein {declared}", "@attribute a real")))
    loaded = read_arff(path, labels="2")
    assert loaded.item_names == tuple(names)
    assert loaded.feature_names == ("a",)
    assert loaded.x.shape == (20, 1)
    different = len(set(names))
    said = f"attribute 'protein' has {different} different values in 20 rows: it names the items and is no feature"
    assert loaded.said == (said,)
    roles = {column["name"]: column["role"] for column in loaded.schema["columns"]}
    assert roles == {"protein": "name", "a": "feature", "sea": "label", "sun": "label"}
    left = read_arff(path, labels="2", ignore="pro*")
    assert (left.item_names, left.feature_names, left.said) == (None, ("a",), ())


def test_numbers_called_id_are_names(save):
    """Different whole numbers called id name the items; other numbers, however different, are features."""
    features = ("@attribute ID numeric", "@attribute a real")
    rows = [f"{100 - number},{number},1,0" for number in range(12)]
    loaded = read_arff(save(document("{0,1}", rows, features=features)), labels="2")
    assert loaded.item_names == tuple(str(100 - number) for number in range(12))
    assert loaded.feature_names == ("a",)


def test_few_values_are_features(save):
    """A nominal attribute of some values gives a feature for each; `names` makes it the names."""
    rows = [f"{'red' if number % 2 else 'blue'},{number},1,0" for number in range(12)]
    path = save(document("{0,1}", rows, features=("@attribute colour {blue,red}", "@attribute a real")))
    assert read_arff(path, labels="2").feature_names == ("colour=blue", "colour=red", "a")
    assert read_arff(path, labels="2", names="colour").feature_names == ("a",)


def test_texts_are_items(save):
    """A text of several words beside labels alone is the item."""
    rows = [f"'rain over the harbour, {number}',{number % 2},1" for number in range(12)]
    loaded = read_arff(save(document("{0,1}", rows, features=("@attribute words string",))), labels="2")
    assert loaded.x[3] == "rain over the harbour, 3"
    assert loaded.item_names is None
    assert loaded.y.toarray()[:, 0].tolist() == [number % 2 for number in range(12)]
    assert loaded.said == ("attribute 'words' holds the texts of the items",)


UNKNOWN = {
    "no": ([[1, 0], [0, 0], [0, 0]], "2 of 6 labels are unknown and count as no"),
    "yes": ([[1, 0], [1, 0], [0, 1]], "2 of 6 labels are unknown and count as yes"),
    "drop_item": ([[1, 0]], "2 of 6 labels are unknown; 2 items are left out"),
}


@pytest.mark.parametrize("decided", UNKNOWN)
@pytest.mark.parametrize("rows", [["3,1,0", "4,?,0", "5,0,?"], ["{0 3,1 1}", "{0 4,1 ?}", "{0 5, 2 ?}"]], ids=len)
@pytest.mark.parametrize("kind", ["{0,1}", "numeric", "{0,1,-1}", "numeric, -1"])
def test_unknown_labels(save, decided, rows, kind):
    """What an unknown label counts as is asked, and then done and said."""
    if "-1" in kind:
        rows = [row.replace("?", "-1") for row in rows]
    path = save(document(kind.split(", ")[0], rows))
    with pytest.raises(QuestionError, match=r"2 of 6 labels are unknown \(the first: row 1, label sea\); .*unknown=no"):
        read_arff(path, labels="2")
    right, said = UNKNOWN[decided]
    loaded = read_arff(path, labels="2", unknown=decided)
    assert loaded.y.toarray().tolist() == right
    assert loaded.said == (said,)
    left_out = ((1, "label sea is unknown"), (2, "label sun is unknown")) if decided == "drop_item" else ()
    assert loaded.left_out == left_out
    assert loaded.first_numbers(9).ravel().tolist() == [3, 4, 5][: len(right)]


def test_weights_are_left_out(save):
    """Weights of rows and of attributes are read over, and said."""
    features = ("@attribute a real {2.5}", "@attribute b {x,y} {0.5}")
    dense = read_arff(save(document("{0,1}", ["3,y,1,0, {4}", "5,x,0,1"], features=features)), labels="2")
    sparse = read_arff(save(document("{0,1}", ["{0 3, 1 y, 2 1}, {4}", "{0 5, 3 1}"], features=features)), labels="2")
    for loaded in (dense, sparse):
        assert loaded.first_numbers(9).tolist() == [[3, 0, 1], [5, 1, 0]]
        assert loaded.y.toarray().tolist() == [[1, 0], [0, 1]]
        assert [one for one in loaded.said if "weights, which are left out" in one]


def test_the_order_of_sparse_pairs_is_free(save):
    """Pairs in any order, and single values of a long row, are found at their places."""
    features = [f"@attribute f{number} numeric" for number in range(200)]
    rows = ["{150 2.5, 3 -1, 201 1}", "{200 1}", "{}"]
    loaded = read_arff(save(document("{0,1}", rows, features=features)), labels="2")
    expected = np.zeros((3, 200))
    expected[0, [3, 150]] = [-1, 2.5]
    assert np.array_equal(loaded.first_numbers(9), expected)
    assert loaded.y.toarray().tolist() == [[0, 1], [1, 0], [0, 0]]
