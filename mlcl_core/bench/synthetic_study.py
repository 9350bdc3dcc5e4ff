"""A study with invented results, written by the writer of real ones."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from mlcl_core.home_directory import home_directory
from mlcl_core.metrics import FINAL_METRICS, Predictions
from mlcl_core.pairs import RULES
from mlcl_core.studies.cells import Cell, cells_of
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.records import OK, Result, TestLabels

ITEMS, LABELS, THRESHOLD = 400, 14, 0.5
DIFFERENT = 37  # sets of invented scores; the cells take them in turn
DATA = ("icons", "digits")
SETTING = "loss.temperature"
SKILL = 0.6  # how far scores know the labels
LESS = {"untrained_": 0.2, "items_": 0.1}


def synthetic_study(home: Path, *, methods: int = 10, temperatures: int = 10, seeds: int = 10) -> StudyFolder:
    """A finished study of 2 x ``methods`` x ``temperatures`` x ``seeds`` cells, on 400 test items with 14 labels."""
    rules = [name for name in RULES if name != "formula"]
    file = StudyFile(
        schema_version=1,
        name="synthetic",
        base="icons",
        grid={
            "data": [{"name": name, "preset": name} for name in DATA],
            "method": [{"name": f"method {place}", "loss.rule": rules[place % len(rules)]} for place in range(methods)],
            SETTING: [round(0.05 * (place + 1), 2) for place in range(temperatures)],
        },
        seeds=list(range(seeds)),
        keep_runs=False,
    )
    cells, folder = cells_of(file), StudyFolder(home_directory(home), file.name)
    folder.take(file, len(cells))
    labels = {name: _labels(place) for place, name in enumerate(DATA)}
    invented = {name: [_invented(labels[name], place) for place in range(DIFFERENT)] for name in DATA}
    for place, cell in enumerate(cells):
        folder.add(Result(*_result(cell, *invented[cell.data][place % DIFFERENT]), labels[cell.data]))
    folder.write_table()
    return folder


def _labels(place: int) -> TestLabels:
    shares = np.geomspace(0.6, 0.03, LABELS)
    labels = np.random.default_rng(place).random((ITEMS, LABELS)) < shares
    names = tuple(f"label {number}" for number in range(LABELS))
    return TestLabels(names, (1000 * shares).astype(np.int64), 1000, np.arange(ITEMS), labels)


def _invented(labels: TestLabels, place: int) -> tuple[np.ndarray, dict[str, float]]:
    """Scores of test items, and their metrics."""
    noise = np.random.default_rng([place, 1]).normal(size=labels.labels.shape)
    scores = 1 / (1 + np.exp(-(SKILL * (2.0 * labels.labels - 1) + noise)))
    predictions = Predictions(labels.labels, scores, THRESHOLD)
    return scores, {name: float(record.measure(predictions)) for name, record in FINAL_METRICS.items()}


def _result(cell: Cell, scores: np.ndarray, metrics: dict[str, float]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    row: dict[str, Any] = {
        "cell": cell.id,
        "study": cell.study,
        "data": cell.data,
        "method": cell.method,
        "seed": cell.seed,
        **cell.values,
        "state": OK,
        "error": "",
        "protocol": cell.protocol,
        "run": "",
        "kind": cell.kind,
        **metrics,
        **{f"{before}{name}": value - less for before, less in LESS.items() for name, value in metrics.items()},
        "validation": 0.5,
        "labels_covered": LABELS,
        "n_labels": LABELS,
        "threshold": json.dumps(THRESHOLD),
        "chosen": "{}",
        "tuned": "{}",
        "config": json.dumps(cell.config.model_dump()),
        "train_seconds": 2.0,
        "evaluate_seconds": 0.3,
        "device": "cpu (1 thread)",
    }
    return row, {"scores": scores, "threshold": np.array([THRESHOLD])}
