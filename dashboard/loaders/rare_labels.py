"""Numbers about rare labels from the frames and batches of a run, each read once."""

from dashboard.figures.rare_labels import closeness, meetings
from dashboard.loaders.batches import batch_file
from dashboard.loaders.cached import cached_by_file
from dashboard.loaders.run_files import frame_file
from mlcl_core.runs.run import Run

LAST = 5  # batches that are counted together


@cached_by_file(frame_file, entries=400)
def rare_closeness(run: Run, step: int, rare: tuple[int, ...]) -> float | None:
    """How much closer the watched items of a rare label lie at a step, as :func:`figures.rare_labels.closeness`."""
    return closeness(run.frame(step).z, run.watched_items().labels, rare)


@cached_by_file(batch_file, entries=100)
def rare_meetings(run: Run, step: int, rare: tuple[int, ...]) -> tuple[int, int]:
    """Rare labels that met themselves in the batch of a step, as :func:`figures.rare_labels.meetings`."""
    batch = run.batch(step)
    return meetings(batch.ids, batch.y, len(batch.w), rare)


def rare_course(run: Run, rare: tuple[int, ...]) -> list[tuple[int, float]]:
    """The closeness at each frame of a run."""
    found = [(step, rare_closeness(run, step, rare)) for step in run.frame_steps()]
    return [(step, value) for step, value in found if value is not None]


def rare_share(run: Run, rare: tuple[int, ...]) -> float | None:
    """The share of rare labels that met themselves in the last batches of a run; None: there was none yet.

    The first batch is left out, because a queue is empty then.
    """
    met = [rare_meetings(run, step, rare) for step in run.batch_steps()[1:][-LAST:]]
    asked = sum(all_of for _, all_of in met)
    return sum(found for found, _ in met) / asked if asked else None
