"""Items and labels: data sets, views, batches. To add a set: its file, one line in ``DATASETS``, its test."""

from pathlib import Path
from typing import Any

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.dataset import DatasetRecord
from mlcl_core.data.digits import DIGITS
from mlcl_core.data.explore import bands, co_occurrence, lonely_anchors, relation_shares
from mlcl_core.data.features import load_features, reader_of
from mlcl_core.data.icons import ICONS
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.multilabel import SPLITS, MultiLabelData
from mlcl_core.data.readers import READERS
from mlcl_core.data.summary import statistics
from mlcl_core.data.thumbnails import thumbnail_png
from mlcl_core.data.views import VIEWS, ViewRecord, augment, to_input
from mlcl_core.errors import InputError
from mlcl_core.pairs.rule import checked_options

DATASETS: dict[str, DatasetRecord] = {record.name: record for record in (ICONS, DIGITS)}

__all__ = [
    "DATASETS",
    "READERS",
    "SPLITS",
    "VIEWS",
    "DatasetRecord",
    "LabelMatrix",
    "MultiLabelData",
    "ViewRecord",
    "augment",
    "bands",
    "co_occurrence",
    "epoch_batches",
    "load_data",
    "lonely_anchors",
    "relation_shares",
    "statistics",
    "thumbnail_png",
    "to_input",
]


def load_data(source: str | Path, *, seed: int = 0, **params: Any) -> MultiLabelData:
    """Load a data set by its name (``icons``, ``digits``) or a feature file by its path, in a format of ``READERS``.

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
            f"there is no data set {str(source)!r}; give {', '.join(DATASETS)} or the path of a file of vectors "
            f"({', '.join(ending for reader in READERS.values() for ending in reader.suffixes)})"
        ) from None
    return load_features(path, seed=seed, **params)
