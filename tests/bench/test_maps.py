"""The bench of maps."""

from itertools import pairwise
from pathlib import Path

import pytest

import mlcl_core.bench.maps as bench
from mlcl_core.bench.maps import WARM_MAPS, frames, maps


def test_frames_move_a_little() -> None:
    """The frames are directions of the same items, each near the one before."""
    shown = frames(40, 6, 0)
    assert len(shown) == WARM_MAPS + 1
    cosines = [(one * other).sum(1).mean() for one, other in pairwise(shown)]
    assert min(cosines) == pytest.approx(1, abs=0.01)
    assert (shown[0] != shown[1]).any()


@pytest.mark.slow
def test_numbers_are_there() -> None:
    """The first map is timed with its imports, and the maps are faithful."""
    found = maps(quick=True)["ours_600"]["cache_as_found"]
    assert found["first_cpu_seconds"] > found["later_cpu_seconds"] > 0
    assert found["trustworthiness"] > 0.85


def test_an_empty_cache_then_the_one_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``quick``, each competitor draws twice: with an empty cache, then with that cache."""
    seen: list[tuple[str, Path, int]] = []

    def process(order: dict[str, object], cache: str) -> dict[str, float]:
        seen.append((str(order["name"]), Path(cache), len(list(Path(cache).iterdir()))))
        (Path(cache) / "compiled").touch()
        return {}

    monkeypatch.setattr(bench, "_process", process)
    numbers = maps(items=50)
    assert list(numbers["ours_600"]) == ["empty_cache", "filled_cache"]
    for first, second in zip(seen[::2], seen[1::2], strict=True):
        assert first[:2] == second[:2]
        assert (first[2], second[2]) == (0, 1)
    assert len({cache for _, cache, _ in seen}) == len(seen) // 2
