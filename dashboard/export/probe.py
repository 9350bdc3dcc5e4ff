"""The linear probe of a run at a checkpoint as numbers that need no program of the Lab: one row a label."""

import numpy as np
import pyarrow as pa
import torch

from dashboard.export.origin import origin
from dashboard.export.table import ExportTable
from mlcl_core.engine.measure import encode
from mlcl_core.models import fit_linear_probe
from mlcl_core.runs.opened_run import OpenedRun

COLUMNS = {
    "label": "name of the label",
    "bias": "added to the sum",
    "threshold": "the label is predicted where its probability reaches this; the same for all labels",
    "strength": "C of the logistic regression, as scikit-learn calls it; the same for all labels",
    "w": "weight of each feature h",
    "mean, deviation": "of each feature h over the training items",
}
FORMULA = "probability = 1 / (1 + exp(-(bias + sum over features of w * (h - mean) / deviation)))"


def probe_table(opened: OpenedRun, step: int) -> ExportTable:
    """Fit the linear probe as at the end of a training, and write down all that it consists of, in float64.

    Args:
        opened: The run; its network is given the weights of the checkpoint.
        step: The step of a checkpoint.

    Returns:
        Columns label, bias, threshold, strength, w0..; mean and deviation of each feature beside them. The deviation
        of a feature that is constant over the training items is 1, and its weights are 0.

    Raises:
        InputError: As :meth:`mlcl_core.runs.opened_run.OpenedRun.load`.
        RunFailed: NaN or infinity in the features.
    """
    opened.load(step)
    data = opened.data
    parts = []
    for split in ("train", "validation"):
        ids = data.indices(split)
        parts += [encode(opened.network, data, ids, opened.device).h.to(opened.device), data.labels[ids]]
    probe = fit_linear_probe(*parts)
    constant = torch.isinf(probe.deviation)
    weights = torch.where(constant, 0, probe.weights)
    columns: dict[str, pa.Array] = {
        "label": pa.array(list(data.label_names), pa.string()),
        "bias": pa.array(probe.bias.numpy()),
        "threshold": pa.array(np.full(len(weights), probe.threshold)),
        "strength": pa.array(np.full(len(weights), probe.strength)),
    }
    named = {f"w{place}": pa.array(column.numpy()) for place, column in enumerate(weights.T)}
    scale = {"mean": probe.mean.numpy(), "deviation": torch.where(constant, 1, probe.deviation).numpy()}
    about = {name: values.tolist() for name, values in scale.items()}
    told = origin(opened.run, step, columns=COLUMNS, formula=FORMULA, items=len(weights), **about)
    return ExportTable(pa.table({**columns, **named}), told, {"weights": tuple(named)}, scale)
