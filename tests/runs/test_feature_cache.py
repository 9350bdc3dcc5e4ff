"""Features of frozen encoders on the disk."""

from pathlib import Path

import pytest
import torch

from mlcl_core.runs.feature_cache import FeatureCache


def test_what_was_put_is_found(tmp_path: Path) -> None:
    """The same bits come back, also to another run; nothing is found under another key."""
    value = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    FeatureCache(tmp_path).put("a", value)
    assert torch.equal(FeatureCache(tmp_path).get("a"), value)
    assert FeatureCache(tmp_path).get("b") is None


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    """Cut off or of another making: as if it weren't there, and it can be put again."""
    cache = FeatureCache(tmp_path)
    cache.put("a", torch.ones(100, 3))
    path = next(cache.folder.iterdir())
    for raw in (path.read_bytes()[:50], b"", b"x" * 300):
        path.write_bytes(raw)
        assert cache.get("a") is None
    cache.put("a", torch.ones(2, 2))
    assert cache.get("a") is not None


def test_a_full_disk_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be kept is made again the next time; the run goes on."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mlcl_core.runs.feature_cache.save_arrays", full)
    FeatureCache(tmp_path).put("a", torch.ones(2, 2))
    assert FeatureCache(tmp_path).get("a") is None
