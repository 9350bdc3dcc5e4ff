"""The README's tables of rules and losses are those of the registries, and its Python example runs."""

import re
from pathlib import Path

import pytest
import torch

from mlcl_core.losses import LOSSES, LossRecord
from mlcl_core.pairs import RULES, Rule

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
TABLES = {"rule": RULES, "loss": LOSSES}
CELLS = re.compile(r"(?<!\\)\|")  # a bar that is not escaped
EVERYTHING = [(table, name) for table, records in TABLES.items() for name in records]


def rows(table: str) -> dict[str, list[str]]:
    """The rows of the table whose header begins with that word: name -> the other cells."""
    lines = README.split(f"\n| {table} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    cells = [[cell.strip() for cell in CELLS.split(line)[1:-1]] for line in lines]
    names = [cell[0].strip("`") for cell in cells]
    assert len(set(names)) == len(names), f"a row of the README's {table} table stands there twice"
    return {name: rest for name, (_, *rest) in zip(names, cells, strict=True)}


def row(record: Rule | LossRecord) -> str:
    """The row of a record, to be pasted; what stands in the middle may be said better."""
    name, title, source = (text.replace("|", "\\|") for text in (record.name, record.title, record.source))
    return f"| `{name}` | {title} | {source} |"


@pytest.mark.parametrize(("table", "name"), EVERYTHING)
def test_everything_in_the_registries_has_its_row(table, name):
    """Name, words, and the record's source; what is experimental says so."""
    record = TABLES[table][name]
    expected = row(record)
    found = rows(table).get(name)
    assert found is not None, f"the README's {table} table misses a row:\n{expected}"
    assert len(found) == 2, f"the README's row of {name} needs three cells:\n{expected}"
    assert found[0], f"the README's row of {name} says nothing:\n{expected}"
    assert found[1] == record.source.replace("|", "\\|"), f"the README's row of {name} has another source:\n{expected}"
    if getattr(record, "experimental", False):
        assert "after the abstract of" in found[0], f"the README's row of {name} hides what it knows:\n{expected}"


@pytest.mark.parametrize(("table", "records"), TABLES.items(), ids=TABLES)
def test_every_row_is_in_the_registries(table, records):
    """No row without a name that can be built."""
    assert set(rows(table)) <= set(records)


def test_a_missing_row_would_be_seen():
    """The proof that the test sees: the table is read row by row, escaped bars and all."""
    assert rows("rule")["jaccard"] == [r"\|S∩T\|/\|S∪T\|", RULES["jaccard"].source]
    assert "nobody" not in rows("loss")


def test_the_python_example_runs():
    """As printed: a loss, its gradient, its pairs."""
    code = README.split("```python\n", 1)[1].split("```", 1)[0]
    names: dict = {}
    exec(code, names)
    assert torch.isfinite(names["z"].grad).all()
    assert names["pairs"].force.shape == (32, 32)
