"""The examples in docstrings print what they say."""

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "mlcl_core").rglob("*.py"))
WITH_EXAMPLES = [path for path in SOURCES if ">>> " in path.read_text(encoding="utf-8")]


def module_name(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=module_name)
def test_examples(path):
    """Every example of a module runs, with torch and np at hand, and gives the printed numbers."""
    outcome = doctest.testmod(importlib.import_module(module_name(path)), extraglobs={"torch": torch, "np": np})
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_pairs_have_examples():
    """The relations and factors are explained by example."""
    assert "mlcl_core.pairs.relations" in map(module_name, WITH_EXAMPLES)
