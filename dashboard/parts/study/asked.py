"""What a reader of a study asks for: which metrics, and what intervals are about."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.loaders import StudyAxes
from dashboard.loaders.study_grid import Setting
from mlcl_core.studies.folder import StudyFolder


@dataclass(frozen=True)
class Asked:
    """A study, and what is shown of it.

    Attributes:
        folder: The study.
        axes: What it crosses.
        metrics: Names of the metrics; one for a chart.
        titles: What each metric is called.
        about: What intervals are about.
        setting: The value of each further axis at which methods are compared.
    """

    folder: StudyFolder
    axes: StudyAxes
    metrics: Sequence[str]
    titles: dict[str, str]
    about: str
    setting: Setting
