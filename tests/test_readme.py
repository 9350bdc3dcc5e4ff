"""The README's tables of rules and losses are those of the registries, and its Python example runs."""

import pytest
import torch

from tests.readme_tables import README, TABLES, row, with_tables

TEXT = README.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_registries() -> None:
    """Row by row: names, words and sources; what is experimental says so. Else: python -m tests.readme_tables."""
    assert with_tables(TEXT) == TEXT


@pytest.mark.parametrize("header", TABLES)
def test_a_missing_or_changed_row_would_be_seen(header: str) -> None:
    """The proof that the test above sees."""
    first = row(next(iter(TABLES[header].values()))) + "\n"
    assert TEXT.count(first) == 1
    for other in ("", first.replace("`", "``")):
        assert with_tables(TEXT.replace(first, other)) == TEXT
    with pytest.raises(ValueError, match="has no table"):
        with_tables(TEXT.replace(header, ""))


def test_the_python_example_runs() -> None:
    """As printed: a loss, its gradient, its pairs."""
    code = TEXT.split("```python\n", 1)[1].split("```", 1)[0]
    names: dict = {}
    exec(code, names)
    assert torch.isfinite(names["z"].grad).all()
    assert names["pairs"].force.shape == (32, 32)
