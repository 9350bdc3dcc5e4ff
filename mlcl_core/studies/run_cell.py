"""One cell of a study, trained and evaluated in this process: what every executor calls."""

import json
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.device import device_title
from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.evaluation import PROTOCOLS, Evaluated, best_moment
from mlcl_core.metrics import FINAL_METRICS
from mlcl_core.studies.cell_run import run_id, write_run
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.records import BEFORE, CELL, FAILED, OK, Result, TestLabels
from mlcl_core.studies.shared import Given, Shared, measure_all
from mlcl_core.studies.train_cell import Trained, frame_of_best, train_cell, watching

CHOSEN_BY = ("micro_f1", "macro_f1")  # their sum, on validation items
MAX_ERROR = 500  # characters
OnPhase = Callable[[str, int, int], None]
"""Is called with a phase, how much of it is done, and how much there is; an exception ends the cell."""
# torch's own choice, which a cell with training.threads leaves
_THREADS = torch.get_num_threads()


def run_cell(cell: Cell, shared: Shared, into: Path | None = None, on_phase: OnPhase = lambda *_: None) -> Result:
    """Train a cell, take the state that is best on validation, and evaluate it.

    Args:
        cell: What is trained; a cell of a tuned study has its tuned value already.
        shared: What cells of this process have in common.
        into: Becomes the cell's run directory, if it has one; a new path whose parent exists. None: there is none.
        on_phase: Called in all phases.

    Returns:
        Its row and predictions. A cell that fails has a row too, which says why: NaN, memory, a loss that refuses the
        data.
    """
    torch.set_num_threads(cell.config.training.threads or _THREADS)
    torch.manual_seed(cell.config.seed)
    try:
        return _ran(cell, shared, into, on_phase)
    except (InputError, RunFailed) as error:
        return failed(cell, str(error))
    except (RuntimeError, ValueError, ArithmeticError, MemoryError, LookupError, TypeError, AttributeError) as error:
        traceback.print_exc()  # into the log of the study
        return failed(cell, f"{type(error).__name__}: {error}")


def failed(cell: Cell, error: str) -> Result:
    """The result of a cell that has none."""
    more = {"state": FAILED, "error": " ".join(error.split())[:MAX_ERROR], "protocol": cell.protocol, "run": ""}
    return Result({**_first(cell), **more, "tuned": json.dumps(cell.tuned), "config": _config(cell)})


def _ran(cell: Cell, shared: Shared, into: Path | None, on_phase: OnPhase) -> Result:
    record = into is not None and cell.keep_run
    config = watching(cell.config, record)
    given = shared.given(config, lambda done, of, what: on_phase(what, done, of))
    trainer = Trainer(given.trained_by(config), data=given.data)
    trained = train_cell(trainer, record=record, on_step=partial(on_phase, "training"))
    begun = perf_counter()
    told = partial(on_phase, "evaluating")
    best = best_moment(trainer.network, trained.states.items(), trainer.data, trainer.device, told)
    row = {**_first(cell), "state": OK, "error": "", "protocol": cell.protocol, "run": ""}
    last = {
        "tuned": json.dumps(cell.tuned),
        "config": _config(cell),
        "train_seconds": round(trained.seconds, 4),
        "device": device_title(trainer.device, torch.get_num_threads()),
    }
    if cell.kind != CELL:
        row["validation"] = best.qualities.get(best.step, 0.0)
        return Result({**row, **last, "evaluate_seconds": round(perf_counter() - begun, 4)})
    if record:
        # before another protocol than the probe trains the network
        frame_of_best(trained, best.step)
    subject = best.features if PROTOCOLS[cell.protocol].takes == "features" else trainer.network
    evaluated = PROTOCOLS[cell.protocol].run(subject, trainer.data, trainer.device, on_progress=told)
    before = shared.untrained(config, given, cell.protocol, trainer.device), shared.items(given)
    row |= _measured(evaluated, trainer.data, before, {"moment": best.step, "of": trainer.total})
    if record and into is not None:
        row["run"] = run_id(cell)
        _write_run(cell, trained, given, shared, into, best.step, row)
    return Result(
        {**row, **last, "evaluate_seconds": round(perf_counter() - begun, 4)},
        {"scores": evaluated.test.scores, "threshold": np.atleast_1d(np.asarray(evaluated.test.threshold, np.float64))},
        _test_labels(trainer.data),
    )


def _measured(
    evaluated: Evaluated, data: MultiLabelData, before: tuple[Any, Any], moment: dict[str, int]
) -> dict[str, Any]:
    """The columns of metrics, on test items; those of the untrained encoder and of the items, None where there is none.

    ``validation``: the sum of micro-F1 and macro-F1 by which everything was chosen.
    """
    test = measure_all(evaluated.test)
    row: dict[str, Any] = dict(test)
    chose = (FINAL_METRICS[name] for name in CHOSEN_BY)
    row["validation"] = float(sum(metric.measure(evaluated.validation) for metric in chose))
    for prefix, numbers in zip(BEFORE, before, strict=True):
        row |= {f"{prefix}{name}": None if numbers is None else numbers[name] for name in test}
    threshold = evaluated.test.threshold
    row["labels_covered"] = int(evaluated.test.labels.any(0).sum())
    row["n_labels"] = len(data.label_names)
    row["threshold"] = json.dumps(threshold.tolist() if isinstance(threshold, np.ndarray) else threshold)
    row["chosen"] = json.dumps({**evaluated.chosen, **moment})
    return row


def _write_run(
    cell: Cell, trained: Trained, given: Given, shared: Shared, into: Path, step: int, row: dict[str, Any]
) -> None:
    names = [key for key in row if f"{BEFORE[0]}{key}" in row]
    untrained = {key: row[f"{BEFORE[0]}{key}"] for key in names}
    files = shared.files.setdefault(given.key, {})
    write_run(into, cell, trained, given.loaded, step, {key: row[key] for key in names}, untrained, files)


def _first(cell: Cell) -> dict[str, Any]:
    names = {"cell": cell.id, "kind": cell.kind, "study": cell.study, "data": cell.data, "method": cell.method}
    return {**names, "seed": cell.seed, **cell.values}


def _config(cell: Cell) -> str:
    return json.dumps(cell.config.model_dump())


def _test_labels(data: MultiLabelData) -> TestLabels:
    train, test = data.indices("train"), data.indices("test")
    counts = data.labels.select(train).counts().numpy()
    return TestLabels(data.label_names, counts, len(train), test.numpy(), data.labels[test].numpy())


__all__ = ["failed", "run_cell"]
