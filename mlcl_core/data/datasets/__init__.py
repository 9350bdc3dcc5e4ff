"""Data sets that come with the Lab. To add one: its file, one line here, its test."""

from mlcl_core.data.datasets.digits import DIGITS
from mlcl_core.data.datasets.icons import ICONS
from mlcl_core.data.datasets.movies import MOVIES
from mlcl_core.data.datasets.record import DatasetRecord

DATASETS: dict[str, DatasetRecord] = {record.name: record for record in (ICONS, DIGITS, MOVIES)}

__all__ = ["DATASETS", "DatasetRecord"]
