"""A study of a small file that trains in a tenth of a second a cell."""

from pathlib import Path
from typing import Any

import numpy as np

from mlcl_core.home_directory import home_directory
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.whole import Study, prepared

# What two trainings of one cell may differ in.
NOT_REPEATED = ("train_seconds", "evaluate_seconds")


def tiny_data(path: Path) -> Path:
    """80 items of 5 features with 3 labels, as a file."""
    rng = np.random.default_rng(0)
    y = rng.random((80, 3)) < 0.4
    np.savez(path, X=y @ rng.normal(size=(3, 5)) + rng.normal(size=(80, 5)), Y=y)
    return path


def tiny_file(path: Path, **changes: Any) -> StudyFile:
    """2 methods x 2 seeds on such a file, two epochs each, on one thread; changes of the study's keys."""
    base = {"preset": "vectors", "training.epochs": 2, "training.batch_size": 16, "training.threads": 1}
    small = {"model.width": 8, "model.feature_dim": 8, "model.projection_hidden": 8, "model.projection_dim": 4}
    tree = {
        "schema_version": 1,
        "name": "tiny",
        "base": base | small,
        "grid": {"data": [{"name": "mine", "path": str(path), "where": "a page"}], "method": ["any_shared", "bce"]},
        "seeds": [0, 1],
    }
    return StudyFile.model_validate({**tree, **changes})


def tiny_study(tmp_path: Path, **changes: Any) -> Study:
    """The study, made and checked."""
    path = tmp_path / "mine.npz"
    return prepared(tiny_file(path if path.exists() else tiny_data(path), **changes), home_directory(tmp_path / "home"))
