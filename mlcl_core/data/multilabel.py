"""The data set that the rest of the Lab uses: items, their labels and their splits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64, UInt8, UInt64
from scipy.sparse import csr_array
from torch import Tensor

from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.pictures import Pictures
from mlcl_core.data.scale import FeatureScale
from mlcl_core.data.sparse_features import SparseFeatures
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError

SPLITS = ("train", "validation", "test")
UNUSED = "unused"  # the split of training items that are left out (data.train_share)
# kind -> number of axes, type, and both in words for errors; texts are no tensor
TENSORS = {
    "picture": (4, torch.uint8, "uint8 [items, channels, height, width]"),
    "features": (2, torch.float32, "float32 [items, features]"),
    "labels_only": (2, torch.float32, "float32 [items, 0]"),
    "tokens": (2, torch.int32, "int32 [items, tokens]"),
}
KINDS = (*TENSORS, "text")
MIN_ITEMS = {"train": 2, "validation": 1, "test": 1}  # of a split; a contrastive loss needs two items


@dataclass(frozen=True, eq=False)
class MultiLabelData:
    """Items with label sets, entirely in memory, checked when it is created.

    Args:
        name, title: The key in ``DATASETS`` (or the file's stem), and the displayed name.
        kind: ``picture`` (``items`` is uint8; 255 is white), ``features`` (float32, standardised), ``text`` (items are
            :class:`Texts`, for a pretrained encoder), ``labels_only`` (there are no items, only labels to look at; such
            a set is described and never trained on), or ``tokens`` (of such an encoder, int32, -1 after the end of a
            text).
        items: One item per row; features of a sparse file may be :class:`SparseFeatures`.
        labels: The labels of each item, sparse; an item without labels is allowed.
        label_names, item_names: One per column, one per row.
        split: ``train``, ``validation`` or ``test``, one per row; ``unused``: left out.
        thumbnails: Drawings of the items, for display only; None: pictures are displayed as they are.
        texts: The texts of the items, for display, where the items are features or tokens of texts.
        originals: The pictures in full size, for a pretrained encoder; None: there are no larger ones.
        item_hashes: Of each item before its numbers were standardised (:func:`mlcl_core.data.fingerprint.item_hashes`);
            None: the items are as they were loaded, and are hashed where a hash is asked for.
        scale: By which the features were standardised; None: they are as they were loaded, or no features.
        said, left_out, schema: As in :class:`mlcl_core.data.readers.record.LoadedData`, for display only.

    Raises:
        InputError: Shapes or lengths that don't fit, an unknown split, a repeated label name, a NaN or infinity (row
            and column named), fewer than two items to train on, none to validate or test on.
    """

    name: str
    title: str
    kind: str
    items: UInt8[Tensor, "n channels h w"] | Float32[Tensor, "n d"] | Int32[Tensor, "n tokens"] | SparseFeatures | Texts
    labels: LabelMatrix
    label_names: tuple[str, ...]
    split: np.ndarray
    item_names: tuple[str, ...]
    thumbnails: UInt8[Tensor, "n channels big_h big_w"] | None = None
    texts: Texts | None = None
    originals: Pictures | None = None
    item_hashes: UInt64[np.ndarray, " n"] | None = None
    scale: FeatureScale | None = None
    said: tuple[str, ...] = ()
    left_out: tuple[tuple[int, str], ...] = ()
    schema: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check everything that would otherwise fail later, with one error line that says where it is wrong."""
        _check_shapes(self)
        _check_names(self)
        _check_split(self)

    def __len__(self) -> int:
        """The number of items, over all splits."""
        return len(self.labels)

    def indices(self, split: str) -> Int64[Tensor, " k"]:
        """The rows of a split, ascending.

        Raises:
            InputError: An unknown split.
        """
        if split not in SPLITS:
            raise InputError(f"there is no split {split!r}; splits are {', '.join(SPLITS)}")
        return torch.from_numpy(np.flatnonzero(self.split == split))

    @property
    def tensor(self) -> Tensor:
        """All items as one tensor; :meth:`some` gives a few of them, and is the only way where they are sparse.

        Raises:
            InputError: They are texts, which only a pretrained encoder turns into a tensor, or sparse.
        """
        if isinstance(self.items, Texts):
            raise InputError(f"{self.name}: items are texts; a pretrained encoder is needed, pretrained.name=minilm")
        if isinstance(self.items, SparseFeatures):
            raise InputError(f"{self.name}: items are sparse; some of them at a time make a tensor")
        return self.items

    def some(self, rows: Any) -> Tensor:
        """Several items as a tensor: a slice, or row numbers in an array or a tensor; raises as :attr:`tensor`."""
        return self.items.some(rows) if isinstance(self.items, SparseFeatures) else self.tensor[rows]

    @property
    def words(self) -> Texts | None:
        """The texts to display; None where there are none."""
        return self.items if isinstance(self.items, Texts) else self.texts

    @property
    def drawings(self) -> UInt8[Tensor, "n channels h w"] | None:
        """The pictures to display; None where there are none."""
        return self.tensor if self.thumbnails is None and self.kind == "picture" else self.thumbnails


def _check_shapes(data: MultiLabelData) -> None:
    if data.kind not in KINDS:
        raise InputError(f"{data.name}: kind is {data.kind!r}; it must be one of {', '.join(KINDS)}")
    if data.kind == "text":
        if not isinstance(data.items, Texts):
            raise InputError(f"{data.name}: items of kind text must be Texts")
    elif not isinstance(data.items, SparseFeatures):
        axes, dtype, shape = TENSORS[data.kind]
        if (data.tensor.ndim, data.tensor.dtype) != (axes, dtype):
            found = f"{data.tensor.dtype} {list(data.items.shape)}"
            raise InputError(f"{data.name}: items are {found}; they must be {shape}")
    if data.labels.shape[1] == 0:
        raise InputError(f"{data.name}: there is no label column; at least one is needed")
    if data.kind == "features":
        values = data.items.values if isinstance(data.items, SparseFeatures) else data.tensor.numpy()
        refuse_non_finite(values, f"{data.name}: items")


def _check_names(data: MultiLabelData) -> None:
    lengths = {"labels": len(data.labels), "split": len(data.split), "item_names": len(data.item_names)}
    beside = {"thumbnails": data.thumbnails, "texts": data.texts, "originals": data.originals}
    lengths |= {name: len(values) for name, values in beside.items() if values is not None}
    for what, length in lengths.items():
        if length != len(data.items):
            raise InputError(f"{data.name}: {len(data.items)} items but {length} rows of {what}; they must be as many")
    if len(data.label_names) != data.labels.shape[1]:
        counts = f"{data.labels.shape[1]} label columns but {len(data.label_names)} label names"
        raise InputError(f"{data.name}: {counts}; they must be as many")
    if repeated := _repeated(data.label_names):
        raise InputError(f"{data.name}: label name {repeated!r} stands twice; every label needs a name of its own")


def _check_split(data: MultiLabelData) -> None:
    unknown = ~np.isin(data.split, (*SPLITS, UNUSED))
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        value = str(data.split[row])
        raise InputError(f"{data.name}: split of row {row} is {value!r}; it must be one of {', '.join(SPLITS)}")
    for split, fewest in MIN_ITEMS.items():
        found = int((data.split == split).sum())
        if found < fewest:
            raise InputError(f"{data.name}: {found} of {len(data)} items to {_VERB[split]}; at least {fewest} needed")


_VERB = {"train": "train on", "validation": "validate on", "test": "test on"}


def _repeated(names: tuple[str, ...]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def refuse_non_finite(values: np.ndarray | csr_array, what: str, columns: tuple[str, ...] | None = None) -> None:
    """Raise :class:`InputError` at the first NaN or infinity of a matrix; rows and columns are counted from 0."""
    finite = np.isfinite(values.data if isinstance(values, csr_array) else values)
    if not finite.all():
        if isinstance(values, csr_array):
            entry = int(np.argmin(finite))
            row, column = int(np.searchsorted(values.indptr, entry, side="right")) - 1, int(values.indices[entry])
        else:
            row, column = (int(i) for i in np.argwhere(~finite)[0])
        named = f" ({columns[column]})" if columns else ""
        number = "NaN" if np.isnan(values[row, column]) else "infinite"
        place = f"row {row}, column {column}{named}"
        raise InputError(f"{what} hold a value that is {number} at {place}; every value must be a finite number")
