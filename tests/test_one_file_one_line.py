"""One file, one line, one test: the examples of CONTRIBUTING.md, added to a copy of the packages, are at work there."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# tests of whole registries, which new records have to pass
REGISTRIES = (
    "tests/maps/test_registry.py",
    "tests/metrics/test_registry.py",
    "tests/engine/test_map_fields.py",
    "tests/engine/test_schema.py::test_a_file_of_version_1_keeps_its_values",
    "tests/dashboard/test_sentences.py::test_every_sentence_names_its_check",
)
KINDS = (
    "rule",
    "loss",
    "sampler",
    "table format",
    "metric",
    "map",
    "preset",
    "lesson",
    "question of the quiz",
    "colouring",
    "page",
)
CODE = r"`([\w/.]+\.py)`\n\n```python\n(.*?)```"
LINE = re.compile(r"and in `([\w/.]+)`, (above|below) `([^`]+)`:\n\n```python\n(.*?\n)```", re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A worked example: two new files, and one line in a registry."""

    kind: str
    files: tuple[tuple[str, str], ...]
    registry: str
    place: str
    beside: str
    line: str


def examples() -> list[Example]:
    """The worked examples of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = []
    for section in re.split(r"\n### An? ", text.split("\n## Names", 1)[0])[1:]:
        files = tuple(re.findall(r"\n" + CODE, section, re.DOTALL))
        ((registry, place, beside, line),) = LINE.findall(section)
        found.append(Example(section.split("\n", 1)[0], files, registry, place, beside, line))
    return found


def add_line(text: str, example: Example) -> str:
    """The registry's text with the example's line; the line beside it is there once."""
    lines = text.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if line.rstrip("\n") == example.beside]
    assert len(at) == 1, f"{example.registry} has {len(at)} lines {example.beside!r}"
    lines.insert(at[0] + (example.place == "below"), example.line)
    return "".join(lines)


def test_there_is_an_example_of_each_kind():
    """Each of two files, the second one a test, and one line."""
    found = examples()
    assert [example.kind for example in found] == list(KINDS)
    for example in found:
        (path, _), (test, _) = example.files
        assert not (ROOT / path).exists()
        assert test.startswith("tests/")
        assert example.line.count("\n") == 1


@pytest.mark.slow
def test_each_is_found_without_any_other_change(tmp_path):
    """In `mlcl`, in the form, on the pages of a copy; they pass ruff, their own tests and those of the registries."""
    skipped = shutil.ignore_patterns("__pycache__", "golden", "homes")
    for name in ("mlcl_core", "dashboard", "pages", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skipped)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / name, tmp_path / name)
    tests = []
    for example in examples():
        for path, code in example.files:
            assert not (tmp_path / path).exists()
            (tmp_path / path).write_text(code, encoding="utf-8")
        tests.append(example.files[1][0])
        registry = tmp_path / example.registry
        registry.write_text(add_line(registry.read_text(encoding="utf-8"), example), encoding="utf-8")
    written = [path for example in examples() for path, _ in example.files]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "MLCL_HOME": str(tmp_path / "home")}
    written += [example.registry for example in examples()]
    for command in (
        ["ruff", "check", "--no-cache", *written],
        ["ruff", "format", "--no-cache", "--check", *written],
        ["pytest", "-q", "-p", "no:cacheprovider", "tests/pages/found_in_a_copy.py", *REGISTRIES, *tests],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
