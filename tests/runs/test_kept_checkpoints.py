"""Which checkpoints stay: enough to branch from, within a disk space."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.engine.config import WatchConfig
from mlcl_core.engine.events import CheckpointDue
from mlcl_core.engine.schedule import checkpoint_due, checkpoint_spacing
from mlcl_core.runs.kept_checkpoints import NEWEST, Kept, kept_checkpoints
from mlcl_core.runs.numbered import numbered
from mlcl_core.runs.worker.worker import Worker
from tests.engine.toy import toy_trainer
from tests.runs.handmade import make_run

MB = 2**20


def kept(
    steps: range | list[int], total: int, marks: tuple[int, ...] = (), *, room: int = 1000, every: int = 100
) -> Kept:
    """What stays of checkpoints of 1 MB each."""
    return kept_checkpoints(
        dict.fromkeys(steps, MB), total, marks, WatchConfig(checkpoint_mb=room, checkpoint_every=every)
    )


def lived(total: int, every: int, room: int) -> list[int]:
    """Steps of the checkpoints at the end of a run that writes them when they are due, and thins them at each."""
    there: list[int] = []
    for step in range(total + 1):
        if checkpoint_due(step, total, every):
            there = sorted(kept([*there, step], total, room=room, every=every).steps)
    return there


def test_about_twenty_are_written_evenly_besides() -> None:
    """Every 20th of a long run, every 20 steps of a short one, and the last; a run that is shorter has no more."""
    assert [checkpoint_spacing(total) for total in (0, 7, 400, 410, 2000)] == [20, 20, 20, 21, 100]
    assert [step for step in range(101) if checkpoint_due(step, 100, 30)] == [0, 20, 30, 40, 60, 80, 90, 100]
    assert [step for step in range(1, 8) if checkpoint_due(step, 7, 100)] == [7]


def test_step_0_the_evenly_spread_the_marks_and_the_newest_two_stay() -> None:
    """A run of 2,000 steps with a checkpoint every 10: one in 100, at or before a mark, 1,990 and 2,000."""
    found = kept(range(0, 2001, 10), 2000, (234, 1500))
    assert found == Kept(frozenset([*range(0, 2001, 100), 230, 1990]), 100, None)


def test_short_runs_keep_what_is_written() -> None:
    """Fifteen steps with a checkpoint at each: all stay; one at the begin and the end: both."""
    assert lived(15, 1, 1000) == list(range(16))
    assert lived(12, 100, 1000) == [0, 12]
    assert lived(150, 100, 1000) == [0, 20, 40, 60, 80, 100, 120, 140, 150]


def test_where_they_do_not_fit_every_second_goes_and_that_is_said() -> None:
    """Room for 8 MB: step 0, two newest, five more at most: one in 400 of 2,000 steps, from the beginning on."""
    assert lived(2000, 100, 8) == [0, 400, 800, 1200, 1600, 1900, 2000]
    early = kept([0, 100, 200], 2000, room=8)
    assert (sorted(early.steps), early.spacing) == ([0, 100, 200], 400)
    assert early.notice == (
        "Checkpoints to branch from are thinned to 8 MB (watch.checkpoint_mb): one in 400 steps instead of 100."
    )


def test_marks_go_after_the_evenly_spread_ones_then_step_0_never_the_newest_two() -> None:
    """Ten marks: with room for five MB three MB are not enough for all of them."""
    steps, marks = list(range(0, 2001, 100)), tuple(range(150, 1150, 100))
    five = kept(steps, 2000, marks, room=5)
    assert sorted(five.steps) == [0, 400, 800, 1900, 2000]
    assert five.notice is not None
    assert five.notice.endswith(": 2 of 10 at marks, beside step 0 and the newest two.")
    assert sorted(kept(steps, 2000, marks, room=2).steps) == [1900, 2000]
    one = kept(steps, 2000, marks, room=1)
    assert sorted(one.steps) == [1900, 2000]
    assert one.notice is not None
    assert one.notice.endswith(": only the newest two.")


def test_no_checkpoints_no_trouble() -> None:
    """Nothing is kept of nothing; a mark before the first has none."""
    assert kept([], 10).steps == frozenset()
    assert kept([50, 60, 70, 79], 0, (40,)).steps == {50, 60, 70, 79}
    assert kept([60, 70, 79, 80], 0, (40,)).steps == {60, 79, 80}


@given(
    total=st.integers(1, 600),
    every=st.integers(1, 120),
    room=st.integers(1, 40),
    marks=st.lists(st.integers(0, 600), max_size=5),
)
def test_the_space_holds_and_what_goes_stays_gone(total: int, every: int, room: int, marks: list[int]) -> None:
    """At every moment: within the space or the newest two alone; those that are kept at the end were kept all along."""
    there: list[int] = []
    for step in (step for step in range(total + 1) if checkpoint_due(step, total, every)):
        found = kept([*there, step], total, tuple(mark for mark in marks if mark <= step), room=room, every=every)
        there = sorted(found.steps)
        assert len(there) <= max(room, NEWEST)
        assert step in there
    if total >= 400 and room > 30:
        assert len([one for one in there if one % checkpoint_spacing(total) == 0]) >= 19


def test_a_worker_thins_says_so_once_and_writes_no_more_than_stays(tmp_path: Path) -> None:
    """Checkpoints of 3 MB and room for 20: in the status and an event; those that would go are not written."""
    run = make_run(tmp_path, state="running", **{"watch.checkpoint_mb": 20, "watch.checkpoint_every": 1000})
    one = Worker(run)
    one.trainer = toy_trainer(model__width=500, training__epochs=100)
    for step in range(0, 101, 20):
        one.trainer.course.stand(step, *divmod(step, 4))  # an epoch has four steps
        one.journal.note(CheckpointDue(step), one.trainer)
    assert numbered(run.path / "checkpoints") == [0, 40, 80]
    (line,) = run.events("thinned")
    assert line["text"] == (
        "Checkpoints to branch from are thinned to 20 MB (watch.checkpoint_mb): one in 40 steps instead of 20."
    )
    assert run.written_status().notice == line["text"]
    one.journal.checkpoint(one.trainer)
    assert numbered(run.path / "checkpoints") == [0, 40, 80, 100]
