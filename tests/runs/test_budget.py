"""The mapper's budget of CPU time."""

import pytest

from mlcl_core.runs.budget import OWED_SECONDS, SAVED_SECONDS, WINDOW_SECONDS, Budget


class Times:
    """A wall clock and a CPU clock, turned by hand."""

    wall = used = 0.0

    def budget(self, share: float = 0.1) -> Budget:
        """A budget that goes by these clocks."""
        return Budget(share, clock=lambda: self.wall, cpu=lambda: self.used)

    def work(self, seconds: float) -> None:
        """Use one core for some time."""
        self.wall += seconds
        self.used += seconds


def test_spends_first_and_rests_afterwards() -> None:
    """A cost of 0.5 CPU seconds at a tenth of a core is paid after 5 s of wall, its own half second counted in."""
    times = Times()
    budget = times.budget()
    assert budget.may_spend()
    times.work(0.5)
    assert not budget.may_spend()
    times.wall = 4.9
    assert not budget.may_spend()
    times.wall = 5.01
    assert budget.may_spend()


def test_share_is_kept_in_the_mean() -> None:
    """Working whenever allowed, ten minutes long, ends at the share."""
    times = Times()
    budget = times.budget(0.2)
    while times.wall < 600:
        times.work(0.7) if budget.may_spend() else setattr(times, "wall", times.wall + 0.2)
    assert times.used / times.wall == pytest.approx(0.2, abs=0.005)


def test_idle_time_saves_little() -> None:
    """An idle hour saves no more than four seconds' share."""
    times = Times()
    budget = times.budget()
    times.wall = 3600
    budget.update()
    assert budget.balance == pytest.approx(0.1 * SAVED_SECONDS)


def test_unlimited_owes_nothing() -> None:
    """With a core to itself it may always spend, and owes nothing when the limit comes back."""
    times = Times()
    budget = times.budget()
    budget.limited = False
    times.work(60)
    assert budget.may_spend()
    budget.limited = True
    assert budget.may_spend()


def test_start_up_is_forgiven() -> None:
    """After a start that took 3 CPU seconds it rests five seconds, not thirty."""
    times = Times()
    budget = times.budget()
    times.work(3)
    budget.forgive()
    times.wall += OWED_SECONDS - 0.1
    assert not budget.may_spend()
    times.wall += 0.2
    assert budget.may_spend()


def test_measured_share() -> None:
    """What is measured is the last half minute's use; a young process has used nothing."""
    times = Times()
    budget = times.budget()
    assert budget.measured_share() == 0
    times.work(10)
    budget.update()
    for _ in range(int(WINDOW_SECONDS)):
        times.wall += 1
        times.used += 0.25
        budget.update()
    assert budget.measured_share() == pytest.approx(0.25, abs=0.03)
