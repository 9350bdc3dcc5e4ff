"""A part of the training items, for curves over the amount of training data."""

from dataclasses import replace

import torch
from torch import Tensor

from mlcl_core.data.files import standardised
from mlcl_core.data.fingerprint import item_hashes
from mlcl_core.data.multilabel import UNUSED, MultiLabelData
from mlcl_core.data.split import stratified_split
from mlcl_core.errors import InputError


def with_train_share(data: MultiLabelData, share: float, seed: int) -> MultiLabelData:
    """The data with a fixed part of the training items; the others stay in their rows, of the split ``unused``.

    The part is stratified (:func:`mlcl_core.data.split.stratified_split`): an item of every label is in it where there
    is room. Validation and test items stay as they are. Dense features are standardised by the items of the part;
    those that are held sparse stay standardised by all training items.

    Args:
        data: As it was loaded.
        share: Of the training items, above 0 and at most 1; 1: the data as they are.
        seed: Of the part; the same for all trainings that are to be compared.

    Raises:
        InputError: Fewer than two items would be left to train on.
    """
    if share == 1:
        return data
    train = data.indices("train").numpy()
    shares = {"train": share, UNUSED: 1 - share}
    split = data.split.copy()
    split[train] = stratified_split(data.labels.select(train).csr(), shares, seed=seed)
    count = int((split == "train").sum())
    if count < 2:
        raise InputError(f"data.train_share is {share:g}: {count} of {len(train):,} training items; two are needed")
    items, hashes, scale = data.items, data.item_hashes, data.scale
    if data.kind == "features" and isinstance(items, Tensor):
        hashes = item_hashes(items) if hashes is None else hashes
        rows, of_part = standardised(items.numpy(), split == "train")
        items, scale = torch.from_numpy(rows), None if scale is None else scale.then(of_part)
    said = f"trained on: {count:,} of {len(train):,} training items (data.train_share)"
    return replace(data, items=items, split=split, item_hashes=hashes, scale=scale, said=(*data.said, said))


__all__ = ["with_train_share"]
