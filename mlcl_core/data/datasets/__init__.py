"""Data sets that come with the Lab. To add one: its file, one line here, its test."""

from mlcl_core.data.datasets.record import DatasetRecord
from mlcl_core.registry import records_in

# Forms list the data sets in this order.
# isort: off
from mlcl_core.data.datasets.icons import ICONS
from mlcl_core.data.datasets.digits import DIGITS
from mlcl_core.data.datasets.movies import MOVIES
# isort: on

DATASETS = records_in(globals(), DatasetRecord)

__all__ = ["DATASETS", "DatasetRecord"]
