"""A small study with invented results, written through the folder's own writer: 2 data sets, 3 methods, 3 seeds."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mlcl_core.home_directory import home_directory
from mlcl_core.metrics import FINAL_METRICS, Predictions
from mlcl_core.studies.cells import Cell, cells_of
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.records import FAILED, OK, Result, TestLabels

LABELS = ("<b>sky</b>", "sea", "*sun*", "snow", "none has it")
ITEMS, THRESHOLD = 60, 0.5
METHODS = ("any_shared", "similarity_dissimilarity", "bce")
# How far the scores of a method stand from those of chance; the untrained encoder's and the items' are below.
SKILL = {"any_shared": 0.9, "similarity_dissimilarity": 1.1, "bce": 0.5}
UNTRAINED, AS_GIVEN = 0.3, 0.6


def made_file(**changes: Any) -> StudyFile:
    """The file of the study; changes of its keys."""
    tree = {
        "schema_version": 1,
        "name": "made",
        "title": "A <i>made</i> study",
        "base": {"preset": "icons", "training.epochs": 1},
        "grid": {"data": ["icons", {"name": "digits", "preset": "digits"}], "method": list(METHODS)},
        "seeds": [0, 1, 2],
    }
    return StudyFile.model_validate({**tree, **changes})


def made_study(
    home: Path, *, done: int | None = None, failed: Sequence[int] = (), file: StudyFile | None = None
) -> StudyFolder:
    """A study folder with results of its cells.

    Args:
        home: The home directory.
        done: How many of the cells have a result, in their order; None: all.
        failed: Places of cells that failed.
        file: Another file; its methods have the skill of bce unless :data:`SKILL` knows them.
    """
    file = made_file() if file is None else file
    cells, folder = cells_of(file), StudyFolder(home_directory(home), file.name)
    folder.take(file, len(cells))
    for place, cell in enumerate(cells[: len(cells) if done is None else done]):
        folder.add(failed_result(cell) if place in failed else made_result(cell))
    folder.write_table()
    return folder


def made_labels(data: str, items: int = ITEMS) -> TestLabels:
    """Labels of a data set from frequent to rare; the last is on no test item."""
    rng = np.random.default_rng([len(data), 1])
    shares = np.array([0.6, 0.3, 0.15, 0.08, 0.0])
    labels = rng.random((items, len(LABELS))) < shares
    labels[0, :4] = True
    return TestLabels(LABELS, np.array([150, 80, 40, 12, 3]), 250, np.arange(items) + 300, labels)


def scores_of(labels: TestLabels, skill: float, seed: int) -> np.ndarray:
    """Scores that know the labels as well as a skill says: chance at 0."""
    noise = np.random.default_rng([seed, round(100 * skill)]).normal(size=labels.labels.shape)
    return 1 / (1 + np.exp(-(skill * (2.0 * labels.labels - 1) + 0.7 * noise)))


def made_result(cell: Cell) -> Result:
    """A result with metrics that are those of its predictions."""
    labels, skill = made_labels(cell.data), SKILL.get(cell.method, 0.5) + 0.01 * cell.seed
    scores = scores_of(labels, skill, cell.seed)
    row = {
        **_first(cell),
        "state": OK,
        "error": "",
        "protocol": cell.protocol,
        "run": "",
        **_metrics(cell.data, skill, cell.seed),
        "validation": 0.5,
        **{f"untrained_{name}": value for name, value in _metrics(cell.data, UNTRAINED, 0).items()},
        **{f"items_{name}": value for name, value in _metrics(cell.data, AS_GIVEN, 0).items()},
        "labels_covered": int(labels.labels.any(0).sum()),
        "n_labels": len(LABELS),
        "threshold": json.dumps(THRESHOLD),
        "chosen": json.dumps({"strength": 0.1, "threshold": THRESHOLD}),
        "tuned": json.dumps({}),
        "config": json.dumps(cell.config.model_dump()),
        "train_seconds": 2.0,
        "evaluate_seconds": 0.3,
        "device": "cpu (1 thread)",
    }
    return Result(row, {"scores": scores, "threshold": np.array([THRESHOLD])}, labels)


def failed_result(cell: Cell) -> Result:
    """The row of a cell that failed."""
    config = json.dumps(cell.config.model_dump())
    row = {"state": FAILED, "error": "the loss became nan at step 3", "protocol": cell.protocol, "run": ""}
    return Result({**_first(cell), **row, "tuned": json.dumps({}), "config": config, "device": "cpu (1 thread)"})


def _first(cell: Cell) -> dict[str, Any]:
    names = {"cell": cell.id, "study": cell.study, "data": cell.data, "method": cell.method, "seed": cell.seed}
    return {**names, **cell.values}


@cache
def _metrics(data: str, skill: float, seed: int) -> dict[str, float]:
    labels = made_labels(data)
    predictions = Predictions(labels.labels, scores_of(labels, skill, seed), THRESHOLD)
    return {name: float(record.measure(predictions)) for name, record in FINAL_METRICS.items()}
