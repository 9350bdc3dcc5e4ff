"""One cell after the other, in this process."""

from functools import partial

from mlcl_core.studies.executors.record import Executor, Work


def run_here(work: Work) -> None:
    """Train the cells one by one; imports, data and what is measured before training are paid for once."""
    from mlcl_core.studies.run_cell import run_cell

    for cell in work.cells:
        work.on_result(cell, run_cell(cell, work.shared, work.into(cell), partial(work.on_phase, cell)))


LOCAL = Executor(name="local", title="This process", takes_turns=True, execute=run_here)
