"""Whether the processes that train one run hold the same data: each reads its own file, perhaps on its own machine."""

import hashlib

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from mlcl_core.data import MultiLabelData, fingerprint_of
from mlcl_core.engine.process_group import ProcessGroup
from mlcl_core.errors import InputError


def refuse_other_data(group: ProcessGroup, data: MultiLabelData, device: torch.device) -> None:
    """Compare the data of all processes with those of rank 0.

    Args:
        group: All processes, each of which must call this.
        data: As loaded.
        device: Where tensors are that the processes exchange.

    Raises:
        InputError: They differ somewhere; raised in every process.
        RunFailed: Another process ended early.
    """
    if group.size == 1:
        return
    own = data_digest(data).to(device)
    first = group.broadcast(own.clone())
    others = int(group.all_reduce((own != first).any()))
    if others:
        raise InputError(
            f"data {data.name}: {others} of the {group.size} processes read other data than the first; every machine "
            "needs the same file"
        )


def data_digest(data: MultiLabelData) -> Float32[Tensor, "16"]:
    """A hash of everything that is trained on, in numbers that every device holds exactly."""
    found, of = fingerprint_of(data), hashlib.sha256()
    of.update(repr((found.kind, found.shape, found.label_names)).encode("utf-8", "surrogatepass"))
    for hashes in (found.items, found.labels, found.split):
        of.update(hashes.tobytes())
    return torch.from_numpy(np.frombuffer(of.digest(), "<u2").astype(np.float32))
