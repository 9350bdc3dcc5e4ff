"""Every word of the glossary is in the code under the name that it gives, and no word has two entries."""

import importlib
import re
from pathlib import Path

import pytest

from tests.house import PERSONS, RETIRED
from tests.sources import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^\* \*\*(.+?)\*\*: (.+?)(?=^\* |^#|\Z)", GLOSSARY, re.MULTILINE | re.DOTALL)
IDENTIFIER = re.compile(r"`([a-zA-Z_]\w*(?:\.\w+)*)`\s*\Z")


def found(name: str) -> object:
    """What a dotted name below ``mlcl_core`` is: a module, or something in one."""
    parts = ["mlcl_core", *name.split(".")]
    for end in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            value = getattr(value, part)
        return value
    raise AssertionError(name)


@pytest.mark.parametrize(("word", "text"), ENTRIES, ids=[word for word, _ in ENTRIES])
def test_every_word_is_in_the_code(word: str, text: str) -> None:
    """An entry ends with an identifier that exists."""
    named = IDENTIFIER.search(text)
    assert named, f"{word}: the entry ends with no identifier"
    assert found(named[1]) is not None


def test_words_stand_once() -> None:
    """One entry a word, none with a name that was given up, none about persons."""
    words = [word for word, _ in ENTRIES]
    assert len(words) > 40
    assert len(set(words)) == len(words)
    assert not set(re.findall(r"\w+", GLOSSARY)) & RETIRED
    assert not PERSONS.search(GLOSSARY)


def test_a_wrong_name_would_be_seen() -> None:
    """The proof that names are looked up."""
    with pytest.raises(AttributeError):
        found("pairs.NoSuchRule")
    assert Path(str(getattr(found("home_directory"), "__file__", ""))).name == "home_directory.py"
