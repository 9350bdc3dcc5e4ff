"""Where cells are trained. To add one: its file, one line here, its test."""

from mlcl_core.registry import records_in
from mlcl_core.studies.executors.record import Executor, StudyStopped, Work

# isort: off
from mlcl_core.studies.executors.local import LOCAL
from mlcl_core.studies.executors.ray import RAY
# isort: on

EXECUTORS = records_in(globals(), Executor)

__all__ = ["EXECUTORS", "Executor", "StudyStopped", "Work"]
