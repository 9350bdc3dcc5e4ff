"""The recorded run of the first screen, read where it ships: nothing is copied into a home directory for it."""

from functools import lru_cache

from dashboard.loaders.maps import map_frame
from dashboard.loaders.run_files import default_anchor, items_message
from dashboard.loaders.run_loss import pairs
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.run import Run

SAMPLE = "similarity_dissimilarity"  # the rule that it was trained with


def sample_run() -> Run:
    """The recorded run."""
    from mlcl_core.demo_runs.make import FOLDER, SAMPLES

    return Run(FOLDER / SAMPLES[SAMPLE][0])


def is_sample(run: Run) -> bool:
    """Whether a run is one of those that ship with the Lab."""
    from mlcl_core.demo_runs.make import SAMPLES

    return run.id in {run_id for run_id, _ in SAMPLES.values()}


@lru_cache(maxsize=1)
def sample_frames() -> bytes:
    """All frames of its first map for the player, coloured by the relation to one anchor."""
    from dashboard.components.player import bundle
    from dashboard.figures.cloud import CloudFrame, alt_text
    from dashboard.figures.colourings.relation import by_relation
    from dashboard.figures.map_names import map_title

    run, title = sample_run(), map_title(FIRST_MAP)
    watched, steps, row = run.watched_items(), run.map_steps(FIRST_MAP), default_anchor(run)
    digest, _ = sample_items()
    colouring = by_relation(pairs(run, steps[-1], row, "anchor"))
    return bundle(
        [
            CloudFrame(
                map_frame(run, FIRST_MAP, step).xy,
                colouring,
                items=digest,
                run=run.id,
                step=step,
                map_name=FIRST_MAP,
                status=f"step {step:,} of {steps[-1]:,}",
                alt=alt_text(title, step, colouring, anchor=watched.names[row]),
                anchor=row,
                anchor_id=int(watched.ids[row]),
                space=f"start {run.id}",
            ).message()
            for step in steps
        ]
    )


def sample_items() -> tuple[str, bytes]:
    """Its items, for the library of the clouds."""
    found = items_message(sample_run())
    assert found is not None, "the recorded run ships with its items"
    return found
