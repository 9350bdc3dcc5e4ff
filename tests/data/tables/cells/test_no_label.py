"""Words that say "no label"."""

import pytest

from mlcl_core.data.tables.cells import no_label_words, read_cells
from mlcl_core.data.tables.cells.record import CellReading
from tests.data.tables.cells.columns import PATH, column_of, sets_of

READING = CellReading("separated", "|")


@pytest.mark.parametrize(
    "word",
    [
        *(
            "No Finding",
            "(no genres listed)",
            "none",
            "None",
            "no label",
            "no_label",
            "unlabeled",
            "Unlabelled",
            "[]",
            "{}",
        ),
        *("nothing", "no classes", "untagged", "N/A", "none of the above", "No Findings", "No category found"),
    ],
)
def test_words_that_stand_alone(word: str) -> None:
    """Such a word is offered where it never stands beside another label, and then is none in any case."""
    cells = ["sea", word, "sea|fog", word]
    assert no_label_words(read_cells(column_of(cells), "a", READING, PATH)) == (word,)
    assert sets_of(cells, READING, no_label=[word.upper()]) == [{"sea"}, set(), {"sea", "fog"}, set()]
    beside = ["sea", word, f"sea|{word}"]
    assert no_label_words(read_cells(column_of(beside), "a", READING, PATH)) == ()


@pytest.mark.parametrize("word", ["notes", "unknown", "normal", "other", "northern", "no entry sign", "nonesuch"])
def test_other_words_are_labels(word: str) -> None:
    """Words that mean something else."""
    assert no_label_words(read_cells(column_of(["sea", word]), "a", READING, PATH)) == ()


def test_the_only_label_stays() -> None:
    """A column would hold no label at all without it."""
    assert no_label_words(read_cells(column_of(["none", "none"]), "a", READING, PATH)) == ()
