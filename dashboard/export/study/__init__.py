"""A study as a file for others. To add a format: its file, one line here, its test."""

from dashboard.export.study.record import StudyFormat
from mlcl_core.registry import records_in

# isort: off
from dashboard.export.study.markdown import MARKDOWN
from dashboard.export.study.csv import CSV
from dashboard.export.study.latex import LATEX
from dashboard.export.study.html import HTML
# isort: on

STUDY_FORMATS = records_in(globals(), StudyFormat)

__all__ = ["STUDY_FORMATS", "StudyFormat"]
