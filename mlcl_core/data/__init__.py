"""Items and labels: data sets, views, batches. To add a set: its file, one line in ``DATASETS``, its test."""

from pathlib import Path
from typing import Any

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.dataset import DatasetRecord
from mlcl_core.data.digits import DIGITS
from mlcl_core.data.explore import bands, co_occurrence, lonely_anchors, relation_shares
from mlcl_core.data.files import load_file, reader_of, standardised
from mlcl_core.data.icons import ICONS
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.movies import MOVIES
from mlcl_core.data.multilabel import SPLITS, MultiLabelData
from mlcl_core.data.pictures import Pictures
from mlcl_core.data.readers import READERS
from mlcl_core.data.summary import statistics
from mlcl_core.data.texts import Texts, digest
from mlcl_core.data.thumbnails import thumbnail_png
from mlcl_core.data.views import VIEWS, ViewRecord, augment, to_input
from mlcl_core.errors import InputError
from mlcl_core.pairs.rule import checked_options

DATASETS: dict[str, DatasetRecord] = {record.name: record for record in (ICONS, DIGITS, MOVIES)}

__all__ = [
    "DATASETS",
    "READERS",
    "SPLITS",
    "VIEWS",
    "DatasetRecord",
    "LabelMatrix",
    "MultiLabelData",
    "Pictures",
    "Texts",
    "ViewRecord",
    "augment",
    "bands",
    "co_occurrence",
    "digest",
    "epoch_batches",
    "load_data",
    "lonely_anchors",
    "relation_shares",
    "standardised",
    "statistics",
    "thumbnail_png",
    "to_input",
]


def load_data(source: str | Path, *, seed: int = 0, **params: Any) -> MultiLabelData:
    """Load a data set by its name (``icons``, ``digits``, ``movies``) or a file by its path (``READERS``).

    Args:
        source: A key of ``DATASETS``, or a path. A name comes before a file of the same name.
        seed: Of the split and of everything else that is drawn.
        **params: As in ``DATASETS[source].params``, or in the file's ``READERS[format].params``.

    Raises:
        InputError: An unknown name, unknown or impossible parameters, or anything wrong with the file.
    """
    if isinstance(source, str) and source in DATASETS:
        record = DATASETS[source]
        return record.load(seed=seed, **checked_options(f"data {source}", record.params, params))
    path = Path(source)
    try:
        reader_of(path)
    except InputError:
        if path.is_file():
            raise
        raise InputError(
            f"there is no data set {str(source)!r}; give {', '.join(DATASETS)} or the path of a file "
            f"({', '.join(ending for reader in READERS.values() for ending in reader.suffixes)})"
        ) from None
    return load_file(path, seed=seed, **params)
