"""Work ahead: in order, as far ahead as asked, its errors in their place, nothing begun after the end."""

import threading
from contextlib import closing

import pytest

from mlcl_core.engine.ahead import ahead


@pytest.mark.parametrize(("depth", "threads"), [(1, 1), (3, 2), (50, 4)])
def test_results_come_in_order(depth: int, threads: int) -> None:
    """Whatever thread is first."""
    assert list(ahead(lambda one: one * one, range(20), depth=depth, threads=threads)) == [k * k for k in range(20)]
    assert list(ahead(str, [], depth=depth, threads=threads)) == []


def test_the_next_is_made_while_one_is_used() -> None:
    """When the first result is there, the second is begun without being asked for, and the third is not."""
    begun = [threading.Event() for _ in range(4)]
    with closing(ahead(lambda one: begun[one].set(), range(4))) as results:
        next(results)
        assert begun[1].wait(10)
        assert not begun[2].is_set()


def test_an_error_comes_in_its_place() -> None:
    """The results before it are there; what is not begun is dropped."""
    seen: list[int] = []

    def work(one: int) -> float:
        seen.append(one)
        return 6 / (2 - one)

    results = ahead(work, range(10))
    assert [next(results), next(results)] == [3, 6]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert seen in ([0, 1, 2], [0, 1, 2, 3])


def test_closed_early_it_ends() -> None:
    """No thread stays, and what was not begun never is."""
    seen: list[int] = []
    before = threading.active_count()
    results = ahead(seen.append, range(100), depth=2)
    next(results)
    results.close()
    assert threading.active_count() == before
    assert len(seen) <= 3
