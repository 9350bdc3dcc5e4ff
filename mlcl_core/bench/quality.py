"""Scores of the presets: linear probe on the trained and on the untrained encoder, and the time of training."""

import tempfile
from pathlib import Path
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import preset
from mlcl_core.errors import RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.records import FINISHED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store


def train_to_the_end(home: Path, config: TrainConfig) -> Run:
    """Train as the dashboard does: in a worker process, with frames and maps.

    Raises:
        RunFailed: The run does not finish.
    """
    run = launch.start(Store(home_directory(home)), config)
    state = launch.follow(run, lambda _: None)
    if state != FINISHED:
        raise RunFailed(f"{run.name} is {state}: {run.status().error}")
    launch.wait_for_last_map(run)
    return run


def quality(
    *, presets: str = "icons,digits", path: str | None = None, seed: int = 0, quick: bool = False
) -> dict[str, Any]:
    """Train presets one after the other and report their final numbers.

    Args:
        presets: Names, separated by commas; ``vectors`` is added when ``path`` is given.
        path: A feature file for the preset ``vectors``.
        seed: Seed of weights, batches and augmentation.
        quick: Two epochs only, to see that the bench works.

    Returns:
        Per preset: seconds, steps, test and untrained numbers, their ratios and differences in macro-F1 and mAP, and
        the numbers of the items as given (None where they are no features).
    """
    names = [name for name in presets.split(",") if name] + (["vectors"] if path else [])
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as home:
        for name in names:
            config = preset(name).with_settings({"seed": seed, **({"training.epochs": 2} if quick else {})})
            if name == "vectors":
                config = config.with_settings({"data.path": path})
            run = train_to_the_end(Path(home), config)
            status, ended = run.status(), run.events("finished")[-1]
            test, untrained = ended["test"], ended["untrained"]
            results[name] = {
                "seconds": round(status.seconds, 1),
                "steps": status.step,
                "test": test,
                "untrained": untrained,
                "items": ended["items"],
                "ratio": {key: test[key] / max(untrained[key], 1e-9) for key in ("macro_f1", "map")},
                "gain": {key: test[key] - untrained[key] for key in ("macro_f1", "map")},
            }
    return results
