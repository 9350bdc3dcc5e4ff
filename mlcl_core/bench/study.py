"""What a study costs beside its trainings: many cells on one data set against the sum of their training times."""

import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from mlcl_core.home_directory import home_directory
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.records import OK
from mlcl_core.studies.whole import prepared

METHODS = ("any_shared", "similarity_dissimilarity", "mulsupcon", "bce")
ITEMS, FEATURES, LABELS, CARDINALITY = 2417, 103, 14, 4.2  # of the public data set yeast


def study(
    *, data: str = "", cells: int = 100, threads: int = 1, keep_runs: bool = True, quick: bool = False
) -> dict[str, Any]:
    """Train a study of the preset ``vectors`` in this process, four methods by turns.

    Args:
        data: A file of features and labels; empty: made ones of the size of yeast.
        cells: How many, a multiple of four.
        threads: CPU threads; 0: torch's own choice.
        keep_runs: Whether each cell is a run directory too.
        quick: Four cells of two epochs, to see that the bench works.

    Returns:
        ``seconds`` of the whole study, of which ``train_seconds`` are the sum of the training times of its cells and
        ``evaluate_seconds`` of what follows each; ``ratio`` of the whole to the trainings.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = data or str(_made(Path(folder) / "made.npz"))
        settings = {"training.threads": threads, **({"training.epochs": 2} if quick else {})}
        file = StudyFile(
            schema_version=1,
            name="bench",
            base={"preset": "vectors", **settings},
            grid={"data": [{"name": "data", "path": str(Path(path).absolute())}], "method": list(METHODS)},
            seeds=list(range(1 if quick else max(1, cells // len(METHODS)))),
            keep_runs=keep_runs,
        )
        begun = perf_counter()
        whole = prepared(file, home_directory(Path(folder) / "home"))
        whole.run()
        seconds = perf_counter() - begun
        rows = [row for row in whole.folder.records() if row["state"] == OK]
    trained, evaluated = (sum(row[f"{what}_seconds"] for row in rows) for what in ("train", "evaluate"))
    return {
        "cells": len(rows),
        "device": rows[0]["device"],
        "seconds": round(seconds, 2),
        "train_seconds": round(trained, 2),
        "evaluate_seconds": round(evaluated, 2),
        "ratio": round(seconds / trained, 3),
    }


def _made(path: Path) -> Path:
    rng = np.random.default_rng(0)
    labels = rng.random((ITEMS, LABELS)) < CARDINALITY / LABELS
    features = labels @ rng.normal(size=(LABELS, FEATURES)) + 3 * rng.normal(size=(ITEMS, FEATURES))
    np.savez(path, X=features.astype(np.float32), Y=labels)
    return path
