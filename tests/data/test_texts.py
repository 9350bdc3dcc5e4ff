"""Texts of items in Arrow, in memory and mapped from a file."""

from pathlib import Path

import pyarrow as pa
import torch

from mlcl_core.data import Texts, digest

ODD = ["", "a\nb", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "שלום עולם", "🎈" * 200, "plain"]


def test_texts_are_unchanged() -> None:
    """Any texts are returned unchanged, by row, by rows and by slice."""
    texts = Texts.of(ODD)
    assert len(texts) == len(ODD)
    assert texts.shape == (len(ODD),)
    assert [texts[row] for row in range(len(ODD))] == ODD
    assert texts.some(slice(1, 3)) == ODD[1:3]
    assert texts.some(torch.tensor([6, 0, 6])) == [ODD[6], ODD[0], ODD[6]]


def test_mapped_from_a_file(tmp_path: Path) -> None:
    """Texts of an Arrow file are mapped from the disk: none of their bytes are copied into memory."""
    path = tmp_path / "texts.arrow"
    table = pa.table({"text": pa.array(["x" * 1000] * 20_000, pa.large_string())})
    with pa.ipc.new_file(str(path), table.schema) as sink:
        sink.write_table(table)
    del table
    before = pa.total_allocated_bytes()
    texts = Texts.mapped(path, "text")
    assert texts[19_999] == "x" * 1000
    assert pa.total_allocated_bytes() - before < 100_000


def test_names_are_beginnings() -> None:
    """A name is one line of at most 80 characters; for an empty text it is the row."""
    names = Texts.of(ODD).names()
    assert names[0] == "row 0"
    assert names[1] == "a b"
    assert len(names[5]) == 80
    assert names[5].endswith("…")
    assert names[6] == "plain"


def test_digests_of_different_contents_differ() -> None:
    """Other texts, another order or other borders between texts give another digest."""
    assert digest(["ab", "c"]) == digest(["ab", "c"])
    assert len({digest(texts) for texts in (["ab", "c"], ["c", "ab"], ["a", "bc"], ["abc"], ["abc", ""])}) == 5
