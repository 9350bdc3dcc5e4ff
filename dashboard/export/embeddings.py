"""All items of all splits as the network of a run sees them at a checkpoint: id, split, labels, text, z, h."""

import numpy as np
import pyarrow as pa
import torch

from dashboard.export.origin import origin
from dashboard.export.table import ExportTable
from mlcl_core.engine.measure import encode
from mlcl_core.runs.opened_run import OpenedRun

COLUMNS = {
    "id": "number of the item in the data set, from 0 on",
    "split": "train, validation or test",
    "labels": "names of the item's labels, as a list",
    "text": "the item's text, or its name where the items are no texts",
    "z": "projected embedding of length 1, on which the loss acts",
    "h": "embedding before the projection head, which the linear probe reads",
}


def embeddings_table(opened: OpenedRun, step: int) -> ExportTable:
    """Every item without augmentation, in float32.

    Args:
        opened: The run; its network is given the weights of the checkpoint.
        step: The step of a checkpoint.

    Returns:
        Columns id, split, labels, text, z0.., h0.., in the order of the data set.

    Raises:
        InputError: As :meth:`mlcl_core.runs.opened_run.OpenedRun.load`.
    """
    opened.load(step)
    data, ids = opened.data, torch.arange(len(opened.data))
    seen = encode(opened.network, data, ids, opened.device)
    words = data.item_names if data.words is None else data.words.some(slice(None))
    columns: dict[str, pa.Array] = {
        "id": pa.array(ids.numpy(), pa.int64()),
        "split": pa.array(data.split.tolist(), pa.string()),
        "labels": pa.array(_label_lists(opened), pa.list_(pa.string())),
        "text": pa.array(list(words), pa.string()),
    }
    matrices: dict[str, tuple[str, ...]] = {}
    for name, values in (("z", seen.z), ("h", seen.h)):
        named = {f"{name}{place}": pa.array(column.numpy()) for place, column in enumerate(values.T)}
        columns |= named
        matrices[name] = tuple(named)
    names = list(data.label_names)
    told = origin(opened.run, step, columns=COLUMNS, units="z, h: no unit", items=len(data), label_names=names)
    return ExportTable(pa.table(columns), told, matrices)


def _label_lists(opened: OpenedRun) -> list[list[str]]:
    names = opened.data.label_names
    found: list[list[str]] = []
    for rows in torch.arange(len(opened.data)).split(1024):
        found += [[names[label] for label in np.flatnonzero(row)] for row in opened.data.labels[rows].numpy()]
    return found
