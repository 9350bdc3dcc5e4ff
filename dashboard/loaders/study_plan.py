"""The plan of a study that has not run, and what is missing for it."""

from dataclasses import dataclass
from pathlib import Path

from dashboard.figures.study_words import grid_words
from mlcl_core.studies.axes import DATA, axes_of
from mlcl_core.studies.cells import count_cells, tuning_cells
from mlcl_core.studies.file import read_study


@dataclass(frozen=True)
class StudyPlan:
    """What a study will do.

    Attributes:
        title: What it is called.
        words: What it crosses, and how many trainings that makes.
        missing: A line for each file of data that is not there, with its source.
    """

    title: str
    words: str
    missing: tuple[str, ...]


def study_plan(name: str) -> StudyPlan:
    """The plan of a study that ships.

    Raises:
        InputError: Its file is damaged, or names what this version does not know.
    """
    file = read_study(name)
    axes, cells, tuning = axes_of(file), count_cells(file), len(tuning_cells(file))
    words = grid_words({axis: [value.name for value in values] for axis, values in axes.items()}, file.seeds)
    more = f", after {tuning:,} short ones that tune" if tuning else ""
    missing = []
    for value in axes[DATA]:
        path = value.settings.get("data.path")
        if "path" in value.about and path and not path.startswith("hf:") and not Path(path).exists():
            where = value.about.get("where", "its source is not named")
            missing.append(f"{value.name}: {value.about['path']} is missing; {where}")
    return StudyPlan(file.title or file.name, f"{words}: {cells:,} trainings{more}.", tuple(missing))
