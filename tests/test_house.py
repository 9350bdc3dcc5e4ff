"""The limits of the house: sizes, cycles, names and language, held by the script that counts them."""

import pytest

from tests import house
from tests.house import MAX_CLASS_LINES, MAX_FILE_LINES, MAX_FUNCTION_LINES, Counts
from tests.sources import PRODUCT, ROOT, Source, Sources

pytestmark = pytest.mark.slow

# Larger than the limit, in lines of code; none of them may grow.
LARGER: dict[str, int] = {
    "tests/dashboard/test_sentences.py": 560,
    "tests/dashboard/test_statements.py": 450,
    "tests/test_cli.py": 520,
}


@pytest.fixture(scope="module")
def counts() -> Counts:
    """Everything counted in this checkout."""
    return house.count(ROOT)


@pytest.mark.parametrize("folders", [PRODUCT, ("tests",)], ids=["product", "tests"])
def test_files_are_small(folders: tuple[str, ...]) -> None:
    """A file can be read at once: its lines of code, without blank lines, comments and docstrings."""
    sizes = house.file_sizes(ROOT, Sources(ROOT, folders), folders)
    assert {path: size for path, size in sizes.items() if size > LARGER.get(path, MAX_FILE_LINES)} == {}


@pytest.mark.parametrize("group", ["product", "tests"])
def test_classes_are_small(counts: Counts, group: str) -> None:
    """No class is a file of its own."""
    row = f"{group}: largest class"
    assert int(counts.numbers[row]) <= MAX_CLASS_LINES, counts.places[row]


def test_functions_are_short(counts: Counts) -> None:
    """No function of the product is longer than a screen; a test in a browser may tell a long story."""
    assert counts.places[f"product: functions over {MAX_FUNCTION_LINES} lines"] == []


@pytest.mark.parametrize(
    "row", ["import cycles, lazy imports counted", "names that nothing uses", "retired names", "persons"]
)
def test_none_is_left(counts: Counts, row: str) -> None:
    """No two modules import each other, also lazily; nothing is dead; names and language are those of the field."""
    assert not counts.places[row]


def test_lines_of_code_are_counted(tmp_path) -> None:
    """Blank lines, comments and docstrings are none; every line of a text in several is one."""
    path = tmp_path / "one.py"
    path.write_text(
        '"""Docstring\nof two lines."""\n\n# comment\nx = """a\nb"""  # beside\n\n\n'
        'def f():\n    """Docstring."""\n    # comment\n    return (\n        x\n    )\n'
    )
    source = Source(path)
    assert source.code_lines == [5, 6, 9, 12, 13, 14]
    assert source.size(source.tree.body[2]) == 4


def test_cycles_and_repetitions_are_found(tmp_path) -> None:
    """A lazy import counts, a chain over a third module too; eight equal lines in two files are a repetition each."""
    lines = "".join(f"x{number} = {number}\n" for number in range(8))
    package = tmp_path / "mlcl_core"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text(f"import mlcl_core.b\n{lines}")
    (package / "b.py").write_text("def f():\n    from mlcl_core import c\n")
    (package / "c.py").write_text(f"from mlcl_core.a import x1\n{lines}y = 1\n")
    sources = Sources(tmp_path)
    assert sources.cycles() == [["mlcl_core.a", "mlcl_core.b", "mlcl_core.c"]]
    assert house.repetitions(sources) == ["mlcl_core/c.py:2: 8", "mlcl_core/a.py:2: 8"]


def test_the_real_sources_are_read() -> None:
    """The proof that limits are about something."""
    modules = Sources(ROOT, PRODUCT).modules
    assert {"mlcl_core.cli", "dashboard.app", "pages.train"} <= modules.keys()
