"""How long trainings take on this machine: a short piece of each method is trained, in a process of its own.

``python -m mlcl_core.studies.training_time`` reads a study from its input and prints a line of JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.studies.file import StudyFile, study_from_json

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600.0  # seconds: an encoder of texts may have to read them all first


@dataclass(frozen=True)
class TrainingTime:
    """How long a training takes.

    Attributes:
        epoch: Seconds of one epoch.
        around: Seconds of what comes before and after: network, evaluation.
    """

    epoch: float
    around: float

    def seconds(self, trainings: int, epochs: int) -> float:
        """Of some trainings, one after the other."""
        return trainings * (self.around + epochs * self.epoch)


def mean_time(times: Iterable[TrainingTime]) -> TrainingTime:
    """That of methods which all have the same number of trainings."""
    known = list(times)
    return TrainingTime(fmean(time.epoch for time in known), fmean(time.around for time in known))


def timed_apart(file: StudyFile) -> dict[str, TrainingTime]:
    """:func:`timed` in a process of its own, so that a server answers meanwhile.

    Raises:
        InputError: A method cannot be trained on the data.
        RunFailed: The process ended without an answer, or took too long.
    """
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mlcl_core.studies.training_time"],
            input=file.to_json(),
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RunFailed(f"a short piece of the trainings took longer than {PATIENCE / 60:g} minutes") from None
    try:
        answer: dict[str, Any] = json.loads(ended.stdout.strip().rpartition("\n")[2])
    except ValueError:
        last = ended.stderr.strip().rpartition("\n")[2] or f"exit code {ended.returncode}"
        raise RunFailed(f"the time of a training cannot be measured: {last}") from None
    if "error" in answer:
        raise InputError(answer["error"])
    return {method: TrainingTime(**time) for method, time in answer["times"].items()}


def timed(file: StudyFile, home: Path) -> dict[str, TrainingTime]:
    """Train a short piece with each method of a study on one data set, and evaluate it once.

    Raises:
        InputError: As :func:`mlcl_core.studies.check.check_study`.
    """
    from mlcl_core.studies.cells import cells_of
    from mlcl_core.studies.check import check_study
    from mlcl_core.studies.plan import timed_cost
    from mlcl_core.studies.shared import Shared

    shared, cells = Shared(home), {cell.method: cell for cell in cells_of(file)}
    check_study(file, list(cells.values()), shared)
    found = {}
    for method, cell in cells.items():
        cost = timed_cost(cell, shared)
        found[method] = TrainingTime(cost.epoch, cost.around)
    return found


def main() -> int:
    """Answer what stands on the input."""
    try:
        times = timed(study_from_json(sys.stdin.read()), home_directory())
        answer: dict[str, Any] = {"times": {method: asdict(time) for method, time in times.items()}}
    except (InputError, RunFailed) as error:
        answer = {"error": str(error)}
    sys.stdout.write(f"\n{json.dumps(answer)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
