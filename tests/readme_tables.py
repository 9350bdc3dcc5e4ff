"""The README's tables of rules and losses, made from the registries; ``python -m tests.readme_tables`` writes them."""

import re
from collections.abc import Mapping
from pathlib import Path

from mlcl_core.losses import LOSSES, LossRecord
from mlcl_core.pairs import RULES, Rule

README = Path(__file__).parents[1] / "README.md"
# the header of a table -> what its rows are made of
TABLES: dict[str, Mapping[str, Rule | LossRecord]] = {
    "| rule | what a pair weighs | source |": RULES,
    "| loss | what it does | source |": LOSSES,
}


def row(record: Rule | LossRecord) -> str:
    """The row of a record: name, title with summary, source."""
    experimental = " Experimental." if getattr(record, "experimental", False) else ""
    cells = (f"`{record.name}`", f"**{record.title}.** {record.summary}{experimental}", record.source)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def with_tables(readme: str) -> str:
    """The text of the README with every table made anew.

    Raises:
        ValueError: A table is missing.
    """
    for header, records in TABLES.items():
        found = re.search(rf"^{re.escape(header)}\n(\|.*\n)*", readme, re.MULTILINE)
        if found is None:
            raise ValueError(f"the README has no table {header}")
        table = "\n".join([header, "| --- | --- | --- |", *map(row, records.values())]) + "\n"
        readme = readme[: found.start()] + table + readme[found.end() :]
    return readme


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
