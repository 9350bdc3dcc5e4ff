"""Items and labels: data sets, files, views, samplers. ``README.md`` beside this file says how to add one of each."""

from pathlib import Path
from typing import Any

from mlcl_core.data.batches import epoch_batches, steps_an_epoch
from mlcl_core.data.changes import data_changes, form_changes
from mlcl_core.data.datasets import DATASETS, DatasetRecord
from mlcl_core.data.doubts import split_doubts
from mlcl_core.data.explore import (
    SamplerEffect,
    anchors_without_positive,
    bands,
    co_occurrence,
    relation_shares,
    sampler_effect,
)
from mlcl_core.data.files import load_file, reader_of, standardised
from mlcl_core.data.fingerprint import Fingerprint, fingerprint_of
from mlcl_core.data.hub import HUB_PARAMS, PREFIX, load_hub
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.multilabel import SPLITS, UNUSED, MultiLabelData
from mlcl_core.data.pictures import Pictures, quiet_pillow
from mlcl_core.data.readers import READERS
from mlcl_core.data.samplers import SAMPLERS, Sampler
from mlcl_core.data.scale import FeatureScale
from mlcl_core.data.split import EXACT
from mlcl_core.data.summary import statistics
from mlcl_core.data.texts import Texts, digest
from mlcl_core.data.thumbnails import thumbnail_png
from mlcl_core.data.train_share import with_train_share
from mlcl_core.data.uploads import is_upload, load_upload
from mlcl_core.data.uploads import uploads as all_uploads
from mlcl_core.data.views import VIEWS, CounterRandom, ViewRecord, augment, row_numbers, step_key, to_input
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options

__all__ = [
    "DATASETS",
    "HUB_PARAMS",
    "READERS",
    "SAMPLERS",
    "SPLITS",
    "UNUSED",
    "VIEWS",
    "CounterRandom",
    "DatasetRecord",
    "FeatureScale",
    "Fingerprint",
    "LabelMatrix",
    "MultiLabelData",
    "Pictures",
    "Sampler",
    "SamplerEffect",
    "Texts",
    "ViewRecord",
    "anchors_without_positive",
    "augment",
    "bands",
    "co_occurrence",
    "data_changes",
    "digest",
    "epoch_batches",
    "fingerprint_of",
    "form_changes",
    "load_data",
    "quiet_pillow",
    "relation_shares",
    "row_numbers",
    "sampler_effect",
    "split_doubts",
    "standardised",
    "statistics",
    "step_key",
    "thumbnail_png",
    "to_input",
    "with_train_share",
]


def load_data(
    source: str | Path, *, seed: int = 0, split_method: str = EXACT, labels_only: bool = False, **params: Any
) -> MultiLabelData:
    """Load a data set by its name (``icons``, ``digits``, ``movies``, an upload), or a file by its path (``READERS``).

    Args:
        source: A key of ``DATASETS``, the name of an upload, or a path; the first of these that there is. A ``Path`` is
            never taken for a name.
        seed: Of the split and of everything else that is drawn.
        labels_only: Whether a table of labels without items will do, to look at.
        split_method: How the split of a file that has none is drawn, a key of ``SPLIT_METHODS``.
        **params: As in ``DATASETS[source].params``, in the file's ``READERS[format].params``, or in ``HUB_PARAMS``.

    Raises:
        InputError: An unknown name, unknown or impossible parameters, or anything wrong with the file.
    """
    if isinstance(source, str) and source in DATASETS:
        record = DATASETS[source]
        return record.load(seed=seed, **checked_options(f"data {source}", record.params, params))
    if isinstance(source, str) and is_upload(source):
        return load_upload(source, seed=seed, split_method=split_method, **params)
    path = Path(source)
    if path.as_posix().startswith(PREFIX):
        return load_hub(path.as_posix(), seed=seed, split_method=split_method, **params)
    try:
        reader_of(path)
    except InputError:
        if path.is_file():
            raise
        names = ", ".join([*DATASETS, *(one.name for one in all_uploads())])
        raise InputError(
            f"there is no data set {str(source)!r}; give {names} or the path of a file "
            f"({', '.join(ending for reader in READERS.values() for ending in reader.suffixes)}), of a folder of "
            "pictures, or hf:owner/name"
        ) from None
    return load_file(path, seed=seed, split_method=split_method, labels_only=labels_only, **params)
